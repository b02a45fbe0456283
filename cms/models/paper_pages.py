"""A protocol on paper: the PDF file of what rules now, with its version, its day and the way back to the living page.

One file is set at a time in a process, and kept there: whoever asks again gets the same, so that asking costs nothing.
The file's name and address say no more than the page's.
"""

from hashlib import sha256
from threading import Lock

from django.core.cache import caches
from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from wagtail.contrib.routable_page.models import path

from cms.paper import CannotBeSet, as_pdf
from cms.squares import squares

KEPT = 24 * 60 * 60  # seconds; the key changes with whatever the file says
ONE_AT_A_TIME = Lock()


class PaperAddress:
    """What a protocol's page answers at `pdf/`; a part of VersionAddresses."""

    @path("pdf/", name="paper")
    def paper(self, request):
        """The page as a PDF file; 503 and what to install where it cannot be set."""
        try:
            document = kept(self.markup(request))
        except CannotBeSet:
            return render(request, "cms/paper_missing.html", {"page": self}, status=503)
        response = HttpResponse(document, content_type="application/pdf")
        response["Content-Disposition"] = 'inline; filename="sekali.pdf"'
        return response

    def markup(self, request):
        """The whole document as HTML, without an address that would be fetched."""
        address = request.build_absolute_uri(self.url)
        across, drawn = squares(address)
        context = {**self.get_context(request), "address": address, "across": across, "squares": drawn}
        context["standing"] = render_to_string("cms/_protocol_version.html", context).strip()
        return render_to_string("cms/protocol_paper.html", context)


def kept(markup):
    """The PDF file of a document, set once for as long as the document says the same. Raises CannotBeSet."""
    files, key = caches["files"], f"paper:{sha256(markup.encode()).hexdigest()}"
    with ONE_AT_A_TIME:
        if (document := files.get(key)) is None:
            document = as_pdf(markup, "paper", "protocol-paper")
            files.set(key, document, KEPT)
    return document
