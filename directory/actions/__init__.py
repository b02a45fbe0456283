"""What is done with listings. Each action is one savepoint, keyword-only, and recorded."""

from directory.actions.listings import register_provider, update_listing

__all__ = ["register_provider", "update_listing"]
