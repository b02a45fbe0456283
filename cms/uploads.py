"""Files that somebody sends: judged by what is in them, written anew without what was hidden, kept under a name of our own.

Pictures are JPEG, PNG or WebP and are re-encoded from their pixels, so that place, camera and author stay behind and
nothing else can ride along; SVG is refused, since it is a program. Documents are PDF, or recordings of a voice
(cms/recordings.py) without what was written about them. Calendars and spreadsheets are read and never kept. `Nameless` is the storage of every
file field, so nothing is kept that has not passed here, whatever form it came by; the form fields in cms/forms.py ask the
same questions earlier, to answer in a sentence. Sizes in bytes, pixels counted over one frame.
"""

import io
import secrets
import zipfile
from pathlib import PurePosixPath

import filetype
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.utils.translation import gettext_noop as _
from PIL import Image, ImageOps

from cms import recordings

MEGABYTE = 1024 * 1024
PICTURE_BYTES, DOCUMENT_BYTES, MEGAPIXELS = 10 * MEGABYTE, 20 * MEGABYTE, 40
CALENDAR_BYTES = 5 * MEGABYTE
RECORDING_BYTES = 2 * MEGABYTE
SHEET_BYTES, UNPACKED_BYTES, SHEET_PARTS = 15 * MEGABYTE, 80 * MEGABYTE, 200
KINDS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}
MODES = {"JPEG": {"L", "RGB"}, "PNG": {"L", "LA", "RGB", "RGBA"}, "WEBP": {"RGB", "RGBA"}}
SAVED = {"JPEG": {"quality": 90}, "PNG": {"optimize": False}, "WEBP": {"quality": 90}}
PROGRAMS = (b"/JavaScript", b"/Launch", b"/EmbeddedFile", b"/RichMedia")

WORDS = {
    "picture": _("This is not a picture that we can show. Send it as JPEG, PNG or WebP."),
    "pixels": _("This picture has more than %(most)s million pixels. Make it smaller and send it again."),
    "picture_bytes": _("This picture is larger than %(most)s MB. Make it smaller and send it again."),
    "document": _("This is not a PDF. Save it as a PDF and send it again."),
    "document_bytes": _("This document is larger than %(most)s MB. Make it smaller and send it again."),
    "recording": _("This is not a recording that we can play. Save it as MP3, OGG or M4A, sound only."),
    "recording_bytes": _("This recording is larger than %(most)s MB. Make it shorter and send it again."),
    "calendar": _("This is not a calendar file. Export your calendar as .ics and send that."),
    "calendar_bytes": _("This calendar is larger than %(most)s MB. Export fewer months and send it again."),
    "sheet": _("This is not a spreadsheet. Save it as CSV or XLSX and send that."),
    "sheet_old": _("This spreadsheet is locked or of an old kind. Save it as XLSX without a password, or as CSV."),
    "sheet_bytes": _("This spreadsheet is larger than %(most)s MB. Divide it into several files."),
    "sheet_program": _("This spreadsheet carries a program (macros). Save it as XLSX without macros."),
    "program": _("This PDF carries a program or another file inside. Save it as a plain PDF and send it again."),
}
MOST = {
    "pixels": MEGAPIXELS,
    "picture_bytes": PICTURE_BYTES // MEGABYTE,
    "document_bytes": DOCUMENT_BYTES // MEGABYTE,
    "recording_bytes": RECORDING_BYTES // MEGABYTE,
    "calendar_bytes": CALENDAR_BYTES // MEGABYTE,
    "sheet_bytes": SHEET_BYTES // MEGABYTE,
}


class Unfit(Exception):
    """A file that is not kept; `key` names the sentence of WORDS."""

    def __init__(self, key):
        super().__init__(key)
        self.key = key


class Clean(SimpleUploadedFile):
    """What was written anew here and need not be again."""


def clean(content, folder):
    """The file as it may be kept in `folder`, or Unfit."""
    if isinstance(content, Clean):
        return content
    content.seek(0)
    data = content.read(max(PICTURE_BYTES, DOCUMENT_BYTES) + 1)
    if folder == "documents" or (folder == "wagtail_uploads" and (data.startswith(b"%PDF-") or _sounds(data))):
        return paper_or_voice(data)
    return picture(data)


def picture(data):
    """The picture of `data`, encoded anew from its pixels alone."""
    if len(data) > PICTURE_BYTES:
        raise Unfit("picture_bytes")
    kind = filetype.guess_extension(data)
    if kind not in KINDS.values():
        raise Unfit("picture")
    try:
        image = Image.open(io.BytesIO(data), formats=list(KINDS))
        _small_enough(image)
        written = _rewritten(image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Unfit("pixels") from None
    except Unfit:
        raise
    except Exception:  # noqa: BLE001 -- a crafted file makes a decoder raise whatever it likes
        raise Unfit("picture") from None
    return Clean(f"picture.{KINDS[image.format]}", written, content_type=f"image/{image.format.lower()}")


def _small_enough(image):
    """Asked of the header, before a single pixel is decoded."""
    if image.width * image.height > MEGAPIXELS * 1_000_000:
        raise Unfit("pixels")


def _rewritten(image):
    kind = image.format
    upright = ImageOps.exif_transpose(image)
    if upright.mode not in MODES[kind]:
        seen_through = upright.has_transparency_data and kind != "JPEG"
        upright = upright.convert("RGBA" if seen_through else "RGB")
    # A picture made of pixels only: comments, profiles and text of the one that was sent hang on its own object.
    fresh = Image.frombytes(upright.mode, upright.size, upright.tobytes())
    written = io.BytesIO()
    fresh.save(written, kind, **SAVED[kind])
    return written.getvalue()


def paper_or_voice(data):
    """A document as Wagtail knows them: a PDF, or a recording."""
    return recording(data) if _sounds(data) else document(data)


def _sounds(data):
    """Does this call itself a recording, playable or not?"""
    return (filetype.guess_mime(data) or "").startswith(("audio/", "video/"))


def recording(data):
    """The recording of `data`: what is heard, and nothing that was written about it."""
    if len(data) > RECORDING_BYTES:
        raise Unfit("recording_bytes")
    try:
        kind, written = recordings.written_anew(data)
    except (ValueError, IndexError):
        raise Unfit("recording") from None
    return Clean(f"recording.{kind}", written, content_type=recordings.KINDS[kind])


def document(data):
    """The PDF of `data` as it is: its text cannot be written anew without breaking signatures."""
    if len(data) > DOCUMENT_BYTES:
        raise Unfit("document_bytes")
    if not data.startswith(b"%PDF-") or b"%%EOF" not in data[-2048:]:
        raise Unfit("document")
    if any(word in data for word in PROGRAMS):
        raise Unfit("program")
    return Clean("document.pdf", data, content_type="application/pdf")


def calendar(data):
    """The bytes of a calendar file (RFC 5545, UTF-8) as they are: to be read, never to be kept."""
    if len(data) > CALENDAR_BYTES:
        raise Unfit("calendar_bytes")
    begins = data[:512].removeprefix(b"\xef\xbb\xbf").lstrip().upper()
    if not begins.startswith(b"BEGIN:VCALENDAR") or b"\0" in data:
        raise Unfit("calendar")
    return data


OLD_WORKBOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # Excel until 2003, and every workbook with a password
OTHER_FILES = (b"%PDF-", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"{\\rtf", b"<?xml", b"<html", b"<!DOC")


def sheet(data):
    """The bytes of a CSV or XLSX file as they are: to be read row by row, never to be kept as a file.

    A workbook is a zip: its parts are counted and their unpacked sizes added up before any is unpacked (reading stops at
    the size that a part declares). Macros are refused, and a part that declares entities of its own.
    """
    if len(data) > SHEET_BYTES:
        raise Unfit("sheet_bytes")
    if data.startswith(OLD_WORKBOOK):
        raise Unfit("sheet_old")
    if data.startswith(b"PK"):
        _fit_workbook(data)
    elif data.startswith(OTHER_FILES) or (b"\0" in data and not data.startswith((b"\xff\xfe", b"\xfe\xff"))):
        raise Unfit("sheet")
    return data


def _fit_workbook(data):
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            fault = _fault_of_workbook(packed)
    except Exception:  # noqa: BLE001 -- a crafted archive makes the reader raise whatever it likes
        raise Unfit("sheet") from None
    if fault:
        raise Unfit(fault)


def _fault_of_workbook(packed):
    """Why this archive is no workbook that we read, or an empty text. Sizes are asked of the list of its parts."""
    parts = packed.infolist()
    if "xl/workbook.xml" not in packed.namelist():
        return "sheet"
    if len(parts) > SHEET_PARTS or sum(part.file_size for part in parts) > UNPACKED_BYTES:
        return "sheet_bytes"
    if any(word in part.filename.lower() for part in parts for word in ("vba", "macro")):
        return "sheet_program"
    for part in parts:
        with packed.open(part) as opened:
            begins = opened.read(4096)
        if b"macroEnabled" in begins and part.filename == "[Content_Types].xml":
            return "sheet_program"
        if b"<!DOCTYPE" in begins or b"<!ENTITY" in begins:
            return "sheet"
    return ""


class Nameless(FileSystemStorage):
    """Keeps clean files under names that say nothing; `images/` holds only what we made of clean pictures."""

    def get_available_name(self, name, max_length=None):
        path = PurePosixPath(name)
        return super().get_available_name(str(path.with_name(f"{secrets.token_hex(16)}{path.suffix}")), max_length)

    def save(self, name, content, max_length=None):
        path = PurePosixPath(name.replace("\\", "/"))
        folder = path.parts[0] if len(path.parts) > 1 else ""
        if folder != "images":
            try:
                content = clean(content, folder)
            except Unfit as unfit:
                raise SuspiciousFileOperation(f"a file was not fit to be kept: {unfit.key}") from None
            name = str(path.with_suffix(PurePosixPath(content.name).suffix))
        return super().save(name, content, max_length)


class Bounded(FileUploadHandler):
    """Lets no more of a file through than is needed to see that it is too large; the rest never touches the disk."""

    def new_file(self, *args, **kwargs):
        super().new_file(*args, **kwargs)
        self.passed = 0

    def receive_data_chunk(self, raw_data, start):  # noqa: ARG002 -- Django's signature
        if self.passed > DOCUMENT_BYTES:
            return None
        self.passed += len(raw_data)
        return raw_data

    def file_complete(self, file_size):
        """The handlers after this one make the file."""
