"""The page for whoever wants to use the open data: the licence, and every address with what it can be asked.

Made from the OpenAPI document itself, so that it cannot say anything else; without a script, and nothing of it comes from
elsewhere.
"""

from functools import cache

from django.shortcuts import render

from cms.page_cache import kept
from directory.api.endpoints import api


@kept()
def open_data(request):
    return render(request, "directory/open_data.html", {"endpoints": endpoints()})


@cache
def endpoints():
    """`[{path, methods, summary, description, parameters}]`, a line an address, in the document's order."""
    found = []
    for path, methods in api.get_openapi_schema(path_prefix="")["paths"].items():
        asked = methods["get"]
        found.append(
            {
                "path": "/api/hsds" + path,
                "methods": ", ".join(method.upper() for method in methods),
                "description": plain(asked.get("description", asked["summary"])),
                "parameters": [
                    {"name": one["name"], "description": plain(one["description"])}
                    for one in asked["parameters"]
                    if one["in"] == "query"
                ],
            }
        )
    return found


def plain(text):
    """The document's texts are in Markdown; the only mark they use is dropped here."""
    return text.replace("`", "")
