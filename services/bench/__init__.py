"""Measurements that anybody can repeat: `manage.py bench slots --json`, `manage.py bench bookings --json`."""
