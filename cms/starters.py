"""Wagtail's admin without inline scripts: what its choosers would run in the page becomes data that a file of ours reads.

Wagtail starts its date fields, choosers and inline panels by a `<script>` beside each. Our templates/wagtailadmin/ write
an inert `<template data-start>` instead, and `render` below does so for the choosers, which Wagtail renders in Python;
cms/static/cms/starters.js starts them. tests/journeys/test_admin_policy.py clicks through the screens.
"""

import json

from django.utils.html import format_html

TEMPLATE = '{}<template data-start="{}" data-target="{}" data-kind="{}" data-options="{}"></template>'


def render(self, name, value, attrs=None, renderer=None):  # noqa: ARG001 -- Django's signature of a widget
    """Stands in for `BaseChooser.render`."""
    from wagtail.admin.widgets.workflows import AdminTaskChooser

    chosen = self.get_value_data(value)
    target = attrs["id"]
    return format_html(
        TEMPLATE,
        self.render_html(name, chosen, attrs),
        "task" if isinstance(self, AdminTaskChooser) else "chooser",
        target,
        self.js_constructor,
        json.dumps(self.get_js_init_options(target, name, chosen)),
    )


def install():
    """Once, when the apps are ready."""
    from wagtail.admin.widgets.chooser import BaseChooser

    BaseChooser.render = render
