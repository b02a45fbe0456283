"""Wagtail's spreadsheets without formulas: a title that begins like one must not run on the desk of whoever opens it."""

from functools import wraps

BEGINNINGS = ("=", "+", "-", "@", "\t", "\r", "\n")


def inert(value):
    """A text that a spreadsheet shows and does not compute; anything but a text stays as it is."""
    return f"'{value}" if isinstance(value, str) and value.lstrip(" ").startswith(BEGINNINGS) else value


def install():
    """Once, when the apps are ready: every cell of every export passes through `inert`."""
    from wagtail.admin.views.mixins import SpreadsheetExportMixin

    original = SpreadsheetExportMixin.preprocess_field_value

    @wraps(original)
    def preprocess_field_value(self, field, value, export_format):
        return inert(original(self, field, value, export_format))

    SpreadsheetExportMixin.preprocess_field_value = preprocess_field_value
