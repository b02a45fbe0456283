"""Every address of the project, found in its URL patterns, Wagtail's admin included."""

import re

from django.urls import Resolver404, get_resolver, resolve
from django.urls.resolvers import RegexPattern
from django.utils.regex_helper import normalize

SAMPLES = {"int": "1", "uuid": "8b1f7b1e-7d0c-4b7c-9f57-3a1f5f0c2a11", "path": "x"}
CANDIDATES = ("1", "x", "x/", "accounts", "cdn", "0x", "1-x", "images/x")


def _texts(pattern):
    """How one part of a route may be written."""
    if isinstance(pattern, RegexPattern):
        (template, params), *_more = normalize(pattern._regex)
        for value in CANDIDATES:
            yield template % dict.fromkeys(params, value)
    else:
        yield re.sub(r"<(?:(\w+):)?\w+>", lambda found: SAMPLES.get(found[1], "x"), str(pattern))


def _walk(patterns, parts=()):
    for pattern in patterns:
        here = (*parts, pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from _walk(pattern.url_patterns, here)
        else:
            yield pattern, here


def _paths(parts):
    texts = [""]
    for part in parts:
        texts = [before + after for before in texts for after in _texts(part)]
    return ["/" + text.lstrip("/") for text in texts]


def every_address():
    """`([(path, view name)], [route that no path reaches])`; an address that an earlier one stands before is no route."""
    found, unreachable = {}, []
    for pattern, parts in _walk(get_resolver().url_patterns):
        for path in _paths(parts):
            try:
                match = resolve(path)
            except Resolver404:
                continue
            if match.func is pattern.callback:
                found[path] = match.view_name
                break
        else:
            unreachable.append(pattern.name)
    return sorted(found.items()), unreachable
