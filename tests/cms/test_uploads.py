"""Files as somebody might craft them: refused in words, or kept without anything that was hidden in them."""

import io
import struct
import zlib

import pytest
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import translation
from PIL import Image as Picture
from PIL import PngImagePlugin
from wagtail.documents.models import Document
from wagtail.images.models import Image
from wagtail.models import Collection
from wagtail.models.media import UploadedFile

from cms import exports, uploads
from cms.accounts.models import User
from tests import factories
from tests.cast import PASSWORD
from tests.entering import enter

SECRET = "Anak Rahasia 4471"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
SVG = f'<svg xmlns="http://www.w3.org/2000/svg"><script>alert("{SECRET}")</script></svg>'.encode()


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def desk(db, client):
    enter(client, User.objects.create_superuser("bos@contoh.example", PASSWORD, first_name="Bos"))
    return client


def encoded(kind="JPEG", size=(30, 20), mode="RGB", **how):
    written = io.BytesIO()
    Picture.new(mode, size).save(written, kind, **how)
    return written.getvalue()


def exif():
    found = Picture.Exif()
    found[0x010E], found[0x013B] = SECRET, SECRET  # description, author
    found[0x0112] = 6  # lies on its side
    found.get_ifd(0x8825)[2] = (6.0, 54.0, 52.0)  # where it was taken
    return found


def with_secrets(kind):
    how = {"exif": exif().tobytes()}
    if kind == "JPEG":
        how["comment"] = SECRET.encode()
    if kind == "PNG":
        how["pnginfo"] = PngImagePlugin.PngInfo()
        how["pnginfo"].add_text("Author", SECRET)
        how["pnginfo"].add_itxt("XML:com.adobe.xmp", SECRET)
    if kind == "WEBP":
        how["xmp"] = SECRET.encode()
    return encoded(kind, **how) + (b"<script>" + SECRET.encode() + b"</script>")


def png_of(width, height):
    """A PNG that says it has so many pixels, in a few bytes."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


def send(client, name, data, **fields):
    sent = {"title": "Judul", "file": SimpleUploadedFile(name, data), "collection": Collection.objects.get().pk}
    return client.post(reverse("wagtailimages:add"), sent | fields)


def send_document(client, name, data):
    sent = {"title": "Judul", "file": SimpleUploadedFile(name, data), "collection": Collection.objects.get().pk}
    return client.post(reverse("wagtaildocs:add"), sent)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_nothing_hidden_in_a_picture_is_kept(desk, media, kind):
    sent = with_secrets(kind)
    assert SECRET.encode() in sent
    assert send(desk, f"{SECRET}.{uploads.KINDS[kind]}", sent).status_code == 302
    image = Image.objects.get()
    kept = image.file.path
    with open(kept, "rb") as file:  # noqa: PTH123 -- a path of Django's
        data = file.read()
    assert SECRET.encode() not in data
    assert b"Exif" not in data
    with Picture.open(kept) as opened:
        assert not opened.getexif()
        assert set(opened.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "loop", "background", "timestamp", "duration"}  # fmt: skip
        assert opened.size == (20, 30)  # set upright, since what said so is gone
    assert (image.width, image.height, image.file_size) == (20, 30, len(data))


def test_names_are_ours(desk, media):
    for name in ("Anak Rahasia.jpg", "../../anak rahasia.jpg", "anak-rahasia.PNG.jpg", "x" * 300 + ".jpg"):
        assert send(desk, name, encoded()).status_code == 302
    kept = [file.name for file in media.rglob("*") if file.is_file() and "original_images" in str(file)]
    assert len(kept) == 4
    assert all(len(name) == 32 + 4 and int(name[:32], 16) and name.endswith(".jpg") for name in kept), kept


REFUSED = {
    "svg": (SVG, "a.svg", "picture"),
    "svg named png": (SVG, "a.png", "picture"),
    "html named jpg": (b"<script>alert(1)</script>", "a.jpg", "picture"),
    "gif": (encoded("GIF"), "a.gif", "picture"),
    "gif named jpg": (encoded("GIF"), "a.jpg", "picture"),
    "tiff named png": (encoded("TIFF"), "a.png", "picture"),
    "head of a jpeg": (encoded()[:80], "a.jpg", "picture"),
    "broken png": (encoded("PNG")[:50] + b"\0" * 90, "a.png", "picture"),
    "many pixels": (png_of(9000, 9000), "a.png", "pixels"),
    "a bomb": (png_of(60_000, 60_000), "a.png", "pixels"),
    "a bomb of the greatest size": (png_of(2**31 - 1, 2**31 - 1), "a.png", "pixels"),
    "no pixels": (png_of(0, 0), "a.png", "picture"),
    "pdf": (PDF, "a.jpg", "picture"),
    "too large": (encoded() + b"\0" * uploads.PICTURE_BYTES, "a.jpg", "picture_bytes"),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("prefix", ["", "/en"])
def test_what_is_no_picture_is_refused_in_words_and_the_rest_of_the_form_stays(desk, media, name, prefix):
    data, called, key = REFUSED[name]
    sent = {"title": "Judul yang tetap", "file": SimpleUploadedFile(called, data)}
    with translation.override(prefix.strip("/") or "id"):
        address = reverse("wagtailimages:add")
    assert address.startswith(f"{prefix}/admin/")
    answer = desk.post(address, sent)
    shown = answer.content.decode()
    words = uploads.WORDS[key] % {"most": uploads.MOST.get(key)}
    assert answer.status_code == 200
    assert ("Judul yang tetap" in shown) is True
    assert (words in shown) is (prefix == "/en")
    assert answer.context["form"].errors["file"]
    assert not Image.objects.exists()
    assert not [file for file in media.rglob("*") if file.is_file()]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16", "CMYK"])
def test_pictures_of_every_kind_of_pixel_are_shown(mode):
    kind = "JPEG" if mode == "CMYK" else "PNG"
    made = uploads.picture(encoded(kind, mode=mode))
    assert Picture.open(made).size == (30, 20)


def test_glass_stays_glass():
    image = Picture.new("RGBA", (2, 2), (10, 20, 30, 0))
    for kind in ("PNG", "WEBP"):
        written = io.BytesIO()
        image.save(written, kind, lossless=True)
        assert Picture.open(uploads.picture(written.getvalue())).getpixel((0, 0))[3] == 0


# --- documents --------------------------------------------------------------------------------------------------------


def test_a_pdf_is_kept_under_our_name_and_saved_not_shown(desk, client):
    assert send_document(desk, f"{SECRET}.pdf", PDF).status_code == 302
    document = Document.objects.get()
    assert len(document.filename) == 32 + 4
    answer = client.get(document.url)
    assert b"".join(answer.streaming_content) == PDF
    assert answer["Content-Disposition"] == f'attachment; filename="{document.filename}"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'"
    assert answer["Content-Type"] == "application/pdf"


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (b"<html><script>alert(1)</script>", "document"),
        (b"MZ\x90" + b"\0" * 200, "document"),
        (b"%PDF-1.4 and no end", "document"),
        (b"x" + PDF, "document"),
        (encoded(), "document"),
        (PDF.replace(b"/Catalog", b"/Catalog/OpenAction<</S/JavaScript>>"), "program"),
        (PDF.replace(b"/Catalog", b"/Catalog/Names<</EmbeddedFiles 1>>"), "program"),
        (b"%PDF-" + b"\0" * uploads.DOCUMENT_BYTES + b"%%EOF", "document_bytes"),
    ],
)
def test_what_is_no_plain_pdf_is_refused(desk, media, data, key):
    answer = send_document(desk, "surat.pdf", data)
    assert answer.status_code == 200
    (said,) = answer.context["form"].errors["file"]
    assert said != uploads.WORDS[key] % {"most": uploads.MOST.get(key)}  # it is said in Indonesian
    assert "Judul" in answer.content.decode()
    assert not Document.objects.exists()
    assert not [file for file in media.rglob("*") if file.is_file()]


# --- the other ways in ------------------------------------------------------------------------------------------------


def test_many_at_once_pass_the_same_judges(desk, media):
    def add(data, name="a.jpg"):
        return desk.post(
            reverse("wagtailimages:add_multiple"),
            {"title": "Judul", "collection": Collection.objects.get().pk, "files[]": SimpleUploadedFile(name, data)},
            headers={"x-requested-with": "XMLHttpRequest"},
        ).json()

    assert add(SVG)["success"] is False
    assert add(png_of(60_000, 60_000))["success"] is False
    assert add(with_secrets("JPEG"), "x" * 280 + ".jpg")["success"] is True
    assert add(with_secrets("JPEG"))["success"] is True
    assert not [file for file in media.rglob("*") if file.is_file() and SECRET.encode() in file.read_bytes()]


def test_a_file_that_waits_for_its_form_is_clean_as_well(db):
    """Wagtail keeps a picture aside whose other fields were wrong, without asking the form."""
    waiting = UploadedFile.objects.create(file=SimpleUploadedFile("rahasia.jpg", with_secrets("JPEG")))
    with waiting.file as kept:
        assert SECRET.encode() not in kept.read()
    with pytest.raises(SuspiciousFileOperation):
        UploadedFile.objects.create(file=SimpleUploadedFile("a.jpg", SVG))


@pytest.mark.parametrize("folder", ["original_images/", "avatar_images/", "documents/", "", "elsewhere/"])
@pytest.mark.parametrize("data", [SVG, b"MZ", b"", png_of(60_000, 60_000)])
def test_the_storage_keeps_nothing_that_was_not_judged(folder, data, media):
    with pytest.raises(SuspiciousFileOperation):
        default_storage.save(f"{folder}a.png", ContentFile(data))
    assert not [file for file in media.rglob("*") if file.is_file()]


def test_a_picture_of_oneself_is_clean(client, db):
    person = factories.user("Sari")
    profile = person.wagtail_userprofile if hasattr(person, "wagtail_userprofile") else None
    from wagtail.users.models import UserProfile

    profile = profile or UserProfile.get_for_user(person)
    profile.avatar.save("rahasia.jpg", ContentFile(with_secrets("JPEG")))
    with profile.avatar.open() as kept:
        assert SECRET.encode() not in kept.read()
    assert "rahasia" not in profile.avatar.name


def test_what_is_far_too_large_never_reaches_the_disk(desk):
    """The bounds hold while the body is read: what is beyond them is dropped, and the form says so."""
    handler = uploads.Bounded()
    handler.new_file("file", "a.jpg", "image/jpeg", None)
    chunk = b"\0" * uploads.MEGABYTE
    passed = sum(handler.receive_data_chunk(chunk, 0) is not None for _ in range(500))
    assert passed == uploads.DOCUMENT_BYTES // uploads.MEGABYTE + 1
    answer = send(desk, "a.jpg", encoded() + b"\0" * (uploads.DOCUMENT_BYTES + 3 * uploads.MEGABYTE))
    assert answer.status_code == 200
    assert answer.context["form"].errors["file"]


def test_originals_have_no_address_and_pictures_cannot_act(desk, client):
    send(desk, "a.png", encoded("PNG"))
    image = Image.objects.get()
    for path in (f"/media/{image.file.name}", "/media/documents/x.pdf", "/media/images/../original_images/x",
                 "/media/", "/media/images/", "/media/wagtail_uploads/x.jpg"):  # fmt: skip
        assert client.get(path).status_code == 404, path
    answer = client.get(image.get_rendition("max-20x20").url)
    assert answer.status_code == 200
    assert answer["Content-Disposition"] == "attachment"
    assert answer["X-Content-Type-Options"] == "nosniff"
    b"".join(answer.streaming_content)


# --- and out: spreadsheets --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["=1+1", "+62", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1+1", "\n=1"])
def test_no_cell_begins_a_formula(text):
    assert exports.inert(text) == f"'{text}"
    assert exports.inert("Layanan = baik") == "Layanan = baik"
    assert exports.inert(7) == 7
    assert exports.inert(None) is None


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_title_that_is_a_formula_is_exported_as_text(desk, kind):
    from cms.models import HomePage

    home = HomePage.objects.get(locale__language_code="id")
    home.title = "=HYPERLINK(9)"
    home.locked = True
    home.save()
    answer = desk.get(reverse("wagtailadmin_reports:locked_pages"), {"export": kind})
    assert answer.status_code == 200
    data = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if kind == "xlsx":
        import zipfile

        book = zipfile.ZipFile(io.BytesIO(data))
        data = b"".join(book.read(name) for name in book.namelist() if name.endswith(".xml"))
    assert b"'=HYPERLINK(9)" in data.replace(b"&apos;", b"'").replace(b"&#39;", b"'")


# --- calendars --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data", [b"BEGIN:VCALENDAR\r\n", b"\xef\xbb\xbfBEGIN:VCALENDAR\r\n", b"\r\n begin:vcalendar\n"]
)
def test_a_calendar_is_known_by_its_beginning_and_left_as_it_is(data):
    assert uploads.calendar(data) == data


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (b"", "calendar"),
        (b"\x89PNG\r\n\x1a\n", "calendar"),
        (b"BEGIN:VCARD\r\n", "calendar"),
        (b"BEGIN:VCALENDAR\r\n\0", "calendar"),
        (b"BEGIN:VCALENDAR\r\n" + b"X" * uploads.CALENDAR_BYTES, "calendar_bytes"),
    ],
)
def test_what_is_no_calendar_is_not_read(data, key):
    with pytest.raises(uploads.Unfit) as unfit:
        uploads.calendar(data)
    assert unfit.value.key == key
    assert str(unfit.value) == key
