"""Pages of ours as PDF files. WeasyPrint sets them, fetches nothing, and is loaded only when somebody wants a file."""

from django.conf import settings

STYLES = settings.BASE_DIR / "cms" / "static" / "cms"


class CannotBeSet(Exception):
    """A library of the system that WeasyPrint needs is not installed."""


def as_pdf(markup, *styles):
    """A whole HTML document as the bytes of a tagged PDF file, in the named styles of ours. Raises CannotBeSet.

    Title and language come from the document; whatever it points at is not fetched.
    """
    try:
        from weasyprint import CSS, HTML
        from weasyprint.urls import URLFetcher
    except OSError:  # what the package says when a library of the system is missing
        raise CannotBeSet from None
    nothing = URLFetcher(allowed_protocols=())
    sheets = [(STYLES / f"{style}.css").read_text(encoding="utf-8") for style in styles]
    page = HTML(string=markup, url_fetcher=nothing)
    return page.write_pdf(
        stylesheets=[CSS(string=sheet, url_fetcher=nothing) for sheet in sheets], pdf_variant="pdf/ua-1"
    )
