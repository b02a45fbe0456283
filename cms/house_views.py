"""Pages about the site itself, in every process: how it looks, and what anybody can check of it."""

import base64
import hashlib
import tomllib
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.views.decorators.http import require_safe

from cms import specimens, tokens
from cms.page_cache import kept


def _shown(request, parts):
    """Each part with its specimens as HTML, rendered by the components' own templates."""
    return [
        {
            "part": part,
            "specimens": [
                (state, render_to_string(part.template, context, request)) for state, context in part.specimens
            ],
        }
        for part in parts
    ]


@kept()
@require_safe
def style(request):
    """The living style page: tokens, components, icons and drawings as they are now."""
    groups = {
        "words": specimens.words_parts(), "forms": specimens.form_parts(),
        "frame": specimens.frame_parts(), "staff": specimens.staff_parts(),
    }  # fmt: skip
    shown = {
        **{name: _shown(request, parts) for name, parts in groups.items()},
        "colours": tokens.colours(),
        "word_pairs": tokens.pairs(),
        "line_pairs": tokens.pairs(tokens.LINES_ON),
        "sizes": tokens.sizes("size-"),
        "spaces": tokens.sizes(r"s(?=\d)"),
        "icons": specimens.ICONS,
        "drawings": specimens.DRAWINGS,
        "wide_drawings": specimens.WIDE_DRAWINGS,
        "chips": specimens.CHIPS,
        "asked": tokens.TEXT,
    }
    response = render(request, "cms/style.html", shown)
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@cache
def version():
    """The version of the software, as it is released."""
    return tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


def _as_served(name):
    """A static file's bytes, as a browser is given them (uncompressed)."""
    stored = getattr(staticfiles_storage, "stored_name", str)(name)
    gathered = Path(staticfiles_storage.path(stored))
    return (gathered if gathered.is_file() else Path(finders.find(name))).read_bytes()


def served_files():
    """`[{url, bytes, sha256, integrity}]` of every file of ours that a page may load; `integrity` as browsers write it."""
    folder = Path(__file__).parent / "static"
    found = []
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            name = file.relative_to(folder).as_posix()
            content = _as_served(name)
            digest = hashlib.sha256(content)
            integrity = f"sha256-{base64.b64encode(digest.digest()).decode()}"
            found.append(
                {"url": static(name), "bytes": len(content), "sha256": digest.hexdigest(), "integrity": integrity}
            )
    return found


@kept()
@require_safe
def site_check(request):
    """What the site promises its readers, and what somebody can compare without trusting us."""
    return render(request, "cms/site_check.html", {"files": served_files(), "version": version()})


@require_safe
def site_files(request):  # noqa: ARG001 -- a view is given one
    """The same for programs."""
    return JsonResponse({"name": "sekali", "version": version(), "files": served_files()})
