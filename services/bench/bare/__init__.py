"""A Wagtail site as `wagtail start` makes one, with a single kind of page: what readers' pages are measured against."""
