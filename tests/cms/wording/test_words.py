import re
import subprocess
import sys

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils.translation import override

from cms import wording
from cms.models import Source, Topic, Wording
from cms.models.wording import filled
from cms.objections import Objection
from cms.wording import source_names, words_for, words_for_all
from tests.entering import enter

LONGEST_SENTENCE = 20  # words


def sentences(text):
    return [sentence for sentence in re.split(r"(?<=[.!?])\s+", text) if sentence]


def test_words_in_both_languages(db):
    objection = Objection("companion_missing", "TPKS-26", field="attendees")
    indonesian, english = words_for(objection, "id"), words_for(objection, "en")
    assert indonesian.what == "Anak belum punya pendamping dalam rencana ini."
    assert english.what == "The child has no companion in this plan yet."
    assert indonesian.source == "UU 12/2022 (TPKS) pasal 26 — periksa naskah resmi"
    assert english.source == "Law 12/2022 (TPKS) art. 26 — check the official text"
    assert (english.field, english.warning) == ("attendees", False)


def test_the_page_decides_the_language(db):
    with override("en"):
        assert words_for(Objection("kit_missing")).what.startswith("There is no recording kit")
    with override("id"):
        assert words_for(Objection("kit_missing")).what.startswith("Belum ada alat perekam")


def test_an_unknown_key_gets_a_neutral_sentence(db):
    worded = words_for(Objection("never_heard_of", "NO-SUCH-LAW"), "en")
    assert worded.what == "This cannot be done yet."
    assert worded.instead
    assert worded.source == "NO-SUCH-LAW"


def test_missing_values_and_broken_braces_never_raise(db):
    assert "…" in words_for(Objection("length_above_protocol"), "en").what
    Wording.objects.filter(key="kit_missing").update(what_id="Kurung {terbuka dan } tertutup {")
    assert words_for(Objection("kit_missing"), "id").what == "Kurung {terbuka dan } tertutup {"


def test_a_placeholder_cannot_reach_into_a_value():
    assert filled("{user.password} {user[0]} {user!r:>9}", {"user": "Ani"}) == "… … Ani"
    assert filled("{count} left", {"count": 0}) == "0 left"


def test_codes_are_printed_as_words(db):
    topic = Topic.objects.get(code="images_video")
    worded = words_for(Objection("topic_already_told", values={"topic": topic.pk}), "en")
    assert worded.what == "The child has already told about “Images or video”, and it is recorded."
    assert "prosecutor" in words_for(Objection("role_missing", values={"role": "prosecutor"}), "en").what


@pytest.mark.parametrize("length", [1, 30])
def test_a_list_costs_the_same_however_long(db, django_assert_num_queries, length):
    topic = Topic.objects.first().pk
    objections = [Objection("topic_already_told", "TPKS-26", {"topic": topic})] * length
    with django_assert_num_queries(3):
        assert len(words_for_all(objections, "id")) == length


def test_names_of_sources_cost_one_query(db, django_assert_num_queries):
    with django_assert_num_queries(1):
        names = source_names(["TPKS-54", "our own"], "en")
    assert names == {"TPKS-54": "Law 12/2022 (TPKS) art. 54 — check the official text", "our own": "our own"}


def test_no_objection_no_query(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert words_for_all([], "id") == []


def test_seeding_again_keeps_what_an_editor_wrote(db):
    Wording.objects.filter(key="kit_missing").update(what_id="Kata editor.")
    Topic.objects.filter(code="health").update(retired=True)
    Source.objects.filter(key="TPKS-54").delete()
    counts = Wording.objects.count(), Topic.objects.count()
    wording.seed()
    assert Wording.objects.get(key="kit_missing").what_id == "Kata editor."
    assert Topic.objects.get(code="health").retired
    assert Source.objects.filter(key="TPKS-54").exists()
    assert (Wording.objects.count(), Topic.objects.count()) == counts


def test_two_wordings_cannot_share_a_key(db):
    with pytest.raises(IntegrityError), transaction.atomic():
        Wording.objects.create(key="kit_missing")
    with pytest.raises(ValidationError):
        Wording(key="Kit Missing!", what_id="a", what_en="a", instead_id="a", instead_en="a").full_clean()


@pytest.mark.parametrize(("key", "entry"), wording.rule_words().items())
def test_every_seeded_wording_is_whole_and_short(key, entry):
    for part in ("what", "instead"):
        assert set(entry[part]) == {"id", "en"}, key
    used = {tongue: set(re.findall(r"{(\w+)}", entry["what"][tongue])) for tongue in ("id", "en")}
    assert used["id"] == used["en"], key
    for part in entry.values():
        for text in part.values():
            for sentence in sentences(text):
                assert len(sentence.split()) <= LONGEST_SENTENCE, sentence


@pytest.mark.parametrize(("key", "entry"), wording.load("sources").items())
def test_every_law_says_to_check_the_official_text(key, entry):
    if re.match(r"(TPKS|SPPA|PDP|KUHAP|UU)-", key):
        assert "periksa naskah resmi" in entry["label"]["id"]
        assert "check the official text" in entry["label"]["en"]


def test_topics_are_offered_until_retired(db):
    Topic.objects.filter(code="health").update(retired=True)
    assert "health" not in Topic.objects.offered().values_list("code", flat=True)
    with override("en"):
        assert str(Topic.objects.get(code="health")) == "Health and care"


def test_snippets_are_for_editors_only(db, client, django_user_model):
    stranger = django_user_model.objects.create_user("stranger@example.org", first_name="S", is_staff=True)
    enter(client, stranger)
    assert client.get("/admin/snippets/cms/wording/").status_code != 200
    stranger.groups.add(Group.objects.get(name="Editors"))
    assert client.get("/admin/snippets/cms/wording/").status_code == 200
    assert client.get("/admin/snippets/cms/topic/").status_code == 200
    topic = Topic.objects.first()
    assert client.get(f"/admin/snippets/cms/topic/delete/{topic.pk}/").status_code != 200


def test_laying_the_foundation_again_changes_nothing(own_database):
    before = Wording.objects.count(), Topic.objects.count(), Group.objects.count()
    call_command("migrate", verbosity=0)
    assert (Wording.objects.count(), Topic.objects.count(), Group.objects.count()) == before


def test_rules_can_be_imported_without_django():
    code = "import sys, cms.limits, cms.objections; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
