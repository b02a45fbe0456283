"""Packages that are no packages, or not to be trusted: each is refused whole, with one sentence."""

import zipfile

import pytest
from django.core.management import CommandError

from directory.hsds import package as packages
from directory.hsds.package import Unreadable, read
from directory.hsds.placing import Placement
from tests.directory.packages import PackageMaker, zipped
from tests.directory.test_import import counts, run


def refused(path):
    before = counts()
    with pytest.raises(CommandError) as error:
        run(path)
    assert counts() == before
    assert str(error.value).endswith("Nothing was imported.")
    assert error.value.returncode == 1
    return str(error.value)


def spoil(folder, name, content):
    (folder / name).write_bytes(content)
    return folder


@pytest.fixture
def folder(tmp_path):
    make = PackageMaker()
    make.service(make.organization())
    return make.write(tmp_path / "package")


SPOILED = [
    ("datapackage.json", b"{", "cannot be understood"),
    ("datapackage.json", b'{"resources": 7}', "cannot be understood"),
    ("datapackage.json", b'{"resources": [{"name": "organization"}]}', "cannot be understood"),
    ("datapackage.json", b'{"resources": [{"name": "organization", "path": ["a.csv"]}]}', "one name and one path"),
    ("datapackage.json", b'{"resources": []}', "no table organization"),
    ("datapackage.json", b'{"resources": [{"name": "organization", "path": "../secret.csv"}]}', "outside itself"),
    ("datapackage.json", b'{"resources": [{"name": "organization", "path": "/etc/passwd"}]}', "outside itself"),
    ("datapackage.json", b'{"resources": [{"name": "organization", "path": "http://x.example/a"}]}', "outside itself"),
    ("datapackage.json", b"[" * 100_000, "cannot be understood"),
    ("services.csv", "id,organization_id,name,status\n\xe9".encode("latin-1"), "not written in UTF-8"),
    ("services.csv", b"id,name\n\0,a\n", "no text has"),
    ("services.csv", b"name,status\na,b\n", "no column id"),
    ("services.csv", b"id,id\na,b\n", "column twice"),
    ("services.csv", b"", "no column id"),
    ("services.csv", b'id,name\na,"unfinished', "breaks off near line 2"),
    ("services.csv", b"id,name\na," + b"x" * 200_000, "breaks off near line 2"),
]


@pytest.mark.parametrize(("name", "content", "sentence"), SPOILED)
def test_a_spoiled_package_imports_nothing(folder, db, name, content, sentence):
    assert sentence in refused(spoil(folder, name, content))


def test_no_package_at_all(tmp_path, db):
    assert "There is no folder or file" in refused(tmp_path / "nowhere")
    assert "this is not a data package" in refused(tmp_path)
    (tmp_path / "letter.zip").write_text("Dengan hormat")
    assert "neither a folder nor a zip" in refused(tmp_path / "letter.zip")


def test_a_package_without_its_services_file_imports_nothing(folder, db):
    (folder / "services.csv").unlink()
    assert "no table service" in refused(folder)


def test_a_symbolic_link_out_of_the_folder_is_refused(folder, tmp_path, db):
    (tmp_path / "secret.csv").write_text("id,name\n")
    (folder / "services.csv").unlink()
    (folder / "services.csv").symlink_to(tmp_path / "secret.csv")
    assert "outside itself" in refused(folder)


@pytest.mark.parametrize("prefix", ["", "hsds/", "a/b/"])
def test_a_zip_is_read_like_a_folder(folder, tmp_path, db, prefix):
    assert "services: 1 new" in run(zipped(folder, tmp_path / "package.zip", prefix))


def test_a_zip_bomb_is_stopped_while_it_is_read(folder, tmp_path, db, monkeypatch):
    monkeypatch.setattr(packages, "MOST_BYTES", 100_000)
    spoil(folder, "services.csv", b"id,name\n" + b"0" * 50_000_000)
    archive = zipped(folder, tmp_path / "package.zip")
    assert archive.stat().st_size < 100_000
    assert "MB of text" in refused(archive)


def test_a_zip_of_very_many_files_is_refused(tmp_path, db):
    with zipfile.ZipFile(tmp_path / "many.zip", "w") as archive:
        for number in range(501):
            archive.writestr(f"{number}.csv", "")
    assert "more than 500 files" in refused(tmp_path / "many.zip")


def test_a_zip_with_a_lying_checksum_is_refused(folder, tmp_path, db):
    archive = zipped(folder, tmp_path / "package.zip")
    content = archive.read_bytes()
    place = content.index(b"organizations.csv") + len(b"organizations.csv") + 3
    archive.write_bytes(content[:place] + b"\xff\xff\xff" + content[place + 3 :])
    assert "damaged" in refused(archive)


def test_a_mark_of_byte_order_and_windows_lines_are_no_fault(folder, db):
    text = (folder / "services.csv").read_text()
    spoil(folder, "services.csv", b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert "services: 1 new" in run(folder)


def test_a_fault_of_the_database_undoes_the_whole(folder, own_database, monkeypatch):
    """Half a package is worse than none: the last step fails, and the first is gone too."""
    from directory.actions import imports

    def fail(*_args, **_kwargs):
        raise RuntimeError

    monkeypatch.setattr(imports, "record", fail)
    before = counts()
    with pytest.raises(RuntimeError):
        run(folder)
    assert counts() == before


def test_reading_keeps_the_line_of_a_row_that_spans_several(folder):
    spoil(folder, "services.csv", b'id,name\n1,"two\nlines"\n\n2,b\n')
    assert [(row.line, row["name"]) for row in read(folder).rows("service")] == [(2, "two\nlines"), (5, "b")]


def test_a_locked_zip_is_refused(folder, tmp_path, db):
    archive = zipped(folder, tmp_path / "package.zip")
    content = bytearray(archive.read_bytes())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = 0
        while (start := content.find(mark, start)) != -1:
            content[start + place] |= 1
            start += 4
    archive.write_bytes(content)
    with pytest.raises(Unreadable, match="damaged or locked"):
        read(archive)


def test_placing_needs_no_database(folder):
    placement = Placement(read(folder))
    assert [listed.fields["title"] for listed in placement.services.values()] == ["Konseling"]
