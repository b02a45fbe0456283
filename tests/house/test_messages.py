"""Every text on screen has its Indonesian, the catalogue that is committed is the one in use, and the check can fail."""

import io

import pytest
from django.core.management import call_command

from cms.management.commands import messages

HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n'


def told(**options):
    out = io.StringIO()
    try:
        call_command("messages", stdout=out, **options)
    except SystemExit as end:
        return end.code, out.getvalue()
    return 0, out.getvalue()


def test_every_text_has_its_indonesian():
    code, out = told(check=True)
    assert code == 0, out


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """The command at work in another folder: a whole catalogue, no fragment yet."""
    (tmp_path / "locale" / "fragments").mkdir(parents=True)
    monkeypatch.setattr(messages, "FOLDER", tmp_path / "locale")
    monkeypatch.setattr(messages, "PO", tmp_path / "locale" / "id" / "LC_MESSAGES" / "django.po")
    catalogue, _faults = messages.joined()
    for message in catalogue:
        if message.id:
            message.string = (message.id[-1],) if isinstance(message.id, tuple | list) else message.id
    messages.PO.parent.mkdir(parents=True, exist_ok=True)
    messages.PO.write_bytes(messages.po_bytes(catalogue))
    messages.PO.with_suffix(".mo").write_bytes(messages.mo_bytes(catalogue))
    return tmp_path / "locale"


def faults():
    catalogue, found = messages.joined()
    return found + messages.untranslated(catalogue) + messages.wrong_placeholders(catalogue)


def fragment(folder, name, *pairs):
    body = "".join(f'\nmsgid "{ident}"\nmsgstr "{string}"\n' for ident, string in pairs)
    (folder / "fragments" / name).write_text(HEAD + body, encoding="utf-8")


def test_a_whole_catalogue_has_no_faults(elsewhere):
    assert faults() == []


def test_a_missing_translation_is_a_fault(elsewhere):
    text = messages.PO.read_text(encoding="utf-8").replace('msgstr "Check the official text."', 'msgstr ""')
    messages.PO.write_text(text, encoding="utf-8")
    assert faults() == ["no Indonesian: 'Check the official text.' (templates/cms/_protocol_basis.html)"]


def test_a_fragment_is_newer_than_the_catalogue(elsewhere):
    fragment(elsewhere, "a.po", ("Legal basis", "Landasan hukum"))
    catalogue, _faults = messages.joined()
    assert catalogue.get("Legal basis").string == "Landasan hukum"


def test_two_fragments_that_contradict_each_other_are_a_fault(elsewhere):
    fragment(elsewhere, "x.po", ("Legal basis", "Satu"))
    fragment(elsewhere, "y.po", ("Legal basis", "Dua"))
    assert faults() == ["contradiction: 'Legal basis' in y.po and in a fragment before it"]


def test_a_lost_placeholder_is_a_fault(elsewhere):
    fragment(elsewhere, "a.po", ("at most %(days)s days", "paling lama %(hari)s hari"))
    assert faults() == ["placeholders differ: 'at most %(days)s days'"]


def test_texts_of_templates_and_code_are_found():
    found = {ident for _context, ident in messages.texts()}
    assert "What the child can expect" in found  # {% translate %}
    assert "Version %(number)s, in force since %(day)s" in found  # {% blocktranslate trimmed %} with an alias
    assert "case manager" in found  # gettext_lazy in Python


def test_the_catalogue_is_written_the_same_twice(elsewhere):
    catalogue, _faults = messages.joined()
    again, _faults = messages.joined()
    assert messages.po_bytes(catalogue) == messages.po_bytes(again)
    assert messages.mo_bytes(catalogue) == messages.mo_bytes(again)
