"""The check of plain words finds each fault, and lets its innocent neighbour pass."""

import subprocess
import sys

import pytest
from django.conf import settings

from cms.plain import LONGEST, jargon_in, legal_claims, long_sentences, words_of_html
from tests.house import plain

WORDS = {"id": {"asesmen": "melihat apa yang dibutuhkan"}, "en": {"assessment": "look at what is needed"}}
LONG = " ".join(["kata"] * (LONGEST + 1)) + "."
SHORT = " ".join(["kata"] * LONGEST) + "."


def page(text, **more):
    return {"title": {"id": "Judul", "en": "Title"}, "body": [{"kind": "text", "text": text}], **more}


def both(indonesian, english="Plain."):
    return {"id": indonesian, "en": english}


LAW = {"kind": "law", "law": both("UU 12/2022 (TPKS)", "Law 12/2022 (TPKS)"), "article": both("pasal 26", "art. 26"),
       "note": both("Ada pendamping.", "There is a companion.")}  # fmt: skip

PLANTED = [
    (page(both(f"<p>Pendek. {LONG}</p>")), "more than twenty words (id)"),
    (page(both("Pendek.", f"{LONG}")), "more than twenty words (en)"),
    (page(both("<p>Asesmen dimulai.</p>")), "“asesmen” (id); say “melihat apa yang dibutuhkan”"),
    (page(both("Mulai.", "An assessment begins.")), "“assessment” (en)"),
    (page(both("Menurut UU 12/2022 kamu boleh ditemani.")), "names UU 12 (id) without saying"),
    (page(both("Kamu boleh ditemani.", "Under article 26 you may.")), "names article 26 (en) without saying"),
    (page({"id": "Hanya ini."}), "body 1.text: is missing in en"),
    (page(both("Ada.", " ")), "body 1.text: is missing in en"),
    (page("Satu untuk semua."), "body 1.text: is written once for both languages"),
    (page(both('<p><a href="page:nowhere">Baca</a></p>')), "leads to “nowhere” (id), which is no page"),
    (page(both("Ada."), body=[{"kind": "step", "title": both("Satu"), "text": both("Ada."), "sources": "TPKS-1"}]),
     "rests on TPKS-1, which this page does not have"),
]  # fmt: skip


def judged(seed, name="remaja", kind="page", explained=None):
    return plain.faults_of(name, seed, kind, WORDS, explained or {})


@pytest.mark.parametrize(("seed", "found"), PLANTED)
def test_every_planted_fault_is_found(seed, found):
    faults = judged(seed)
    assert len(faults) == 1
    assert found in faults[0]


def test_innocent_neighbours_pass():
    for seed in (
        page(both(f"<p>{SHORT}</p><p>{SHORT}</p>")),
        page(both("Asesmennya?", "Reassessments differ.")),
        page(both("Menurut UU 12/2022 pasal 26.", "Under law 12/2022."), body=[{"kind": "text", "text": both("Pasal 26.")}, LAW]),
        page(both('<p><a href="page:privasi">Baca</a></p>')),
    ):  # fmt: skip
        assert judged(seed) == []


def test_a_law_may_stand_alone_where_it_says_to_check_it():
    label = {
        "TPKS-26": {
            "label": both("UU 12/2022 pasal 26 — periksa naskah resmi", "Law 12/2022 — check the official text")
        }
    }
    assert judged(label, "sources", "words") == []
    assert judged({"TPKS-26": {"label": both("UU 12/2022 pasal 26", "The law")}}, "sources", "words")


def test_officers_may_use_what_the_glossary_explains_and_nobody_else():
    glossary = {"terms": [{"term": both("Asesmen", "Assessment"), "meaning": both("Melihat apa yang perlu.")}]}
    explained = plain.explained_by(glossary, WORDS)
    seed = page(both("Asesmen dimulai.", "An assessment begins."))
    assert explained == {"id": {"asesmen"}, "en": {"assessment"}}
    assert judged(seed, "petugas", explained=explained) == judged(seed, "any", "protocol", explained) == []
    assert len(judged(seed, "remaja", explained=explained)) == 2
    assert len(judged(seed, "petugas")) == 2


def test_everything_that_is_laid_is_plain():
    said = []
    assert plain.judge(say=said.append) == []
    names = {name for name, _seed, _kind in plain.files()}
    assert {"anak-kecil", "remaja", "setelah-lapor", "orang-tua", "privasi", "keluar", "wawancara-bersama"} <= names
    assert len(said) == len(names) + 1


def test_the_command_says_what_it_read_and_fails_on_a_fault(tmp_path):
    command = [sys.executable, "-m", "tests.house.plain"]
    answer = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False)
    assert (answer.returncode, "0 faults" in answer.stdout) == (0, True), answer.stdout
    planted = (
        "import sys; from tests.house import plain\n"
        "plain.faults_of = lambda name, *_rest: [name]\n"
        "sys.exit(plain.main())"
    )
    answer = subprocess.run(
        [sys.executable, "-c", planted], cwd=settings.BASE_DIR, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 1


def test_the_pieces():
    assert words_of_html("<p>Satu <b>dua</b></p><ul><li>tiga</li></ul>&amp;") == "Satu dua\ntiga\n&"
    assert long_sentences(f"{SHORT} {SHORT}") == []
    assert long_sentences("“Satu dua.” Tiga empat.", most=2) == []
    assert long_sentences("Satu – dua", most=2) == []
    assert jargon_in("ASESMEN asesmen-diri", "id", WORDS) == [("asesmen", "melihat apa yang dibutuhkan")]
    assert legal_claims("UU No. 12 Tahun 2022 pasal 26; Perpres 55/2024", "id") == [
        "UU No. 12",
        "pasal 26",
        "Perpres 55",
    ]
    assert legal_claims("The law helps. Arts. 48–49 of Law 12/2022", "en") == ["Arts. 48", "Law 12"]
