"""Measurements that anybody can repeat: `manage.py bench slots --json`, and so on."""
