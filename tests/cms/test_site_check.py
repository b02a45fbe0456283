"""What anybody can compare: each file as it is served, and the version."""

import base64
import hashlib

import pytest
from django.test import Client

from cms.house_views import version

pytestmark = pytest.mark.django_db


def test_each_number_is_that_of_the_file_as_it_is_served():
    client = Client()
    told = client.get("/info/check/files/").json()
    assert told["version"] == version() == "0.1.0"
    assert {"/static/cms/sekali.css", "/static/cms/exit.js"} <= {file["url"] for file in told["files"]}
    for file in told["files"]:
        served = b"".join(client.get(file["url"]).streaming_content)
        digest = hashlib.sha256(served)
        assert (file["sha256"], file["bytes"]) == (digest.hexdigest(), len(served))
        assert file["integrity"] == f"sha256-{base64.b64encode(digest.digest()).decode()}"


@pytest.mark.parametrize("path", ["/info/check/", "/en/info/check/"])
def test_people_read_the_same(path):
    client = Client()
    page = client.get(path).content.decode()
    for file in client.get("/info/check/files/").json()["files"]:
        assert f'<a href="{file["url"]}">' in page
        assert file["sha256"] in page


def test_after_gathering_it_is_the_file_with_its_number_in_its_name(settings, tmp_path):
    """As in production, where a file's name carries its content."""
    from django.contrib.staticfiles.storage import staticfiles_storage
    from django.core.management import call_command
    from django.utils.functional import empty

    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}
    }
    staticfiles_storage._wrapped = empty
    call_command("collectstatic", verbosity=0, interactive=False)
    staticfiles_storage._wrapped = empty
    try:
        (sheet,) = [f for f in Client().get("/info/check/files/").json()["files"] if "/sekali." in f["url"]]
        gathered = tmp_path / sheet["url"].removeprefix("/static/")
        assert gathered.name != "sekali.css"
        assert hashlib.sha256(gathered.read_bytes()).hexdigest() == sheet["sha256"]
    finally:
        staticfiles_storage._wrapped = empty
