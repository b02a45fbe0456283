from datetime import UTC, datetime, timedelta

from cms.limits import CheckItem
from services.rules.tasks import answerable, checklist, undone

START = datetime(2026, 12, 3, 2, 0, tzinfo=UTC)
TOLD = CheckItem("told", "Anak tahu.", "The child knows.", "companion", 24)
KIT = CheckItem("kit", "Alat dicoba.", "The kit was tried.", "investigator", 2)


def test_what_comes_due_first_stands_first_and_is_late_once_its_hour_has_passed():
    lines = checklist([KIT, TOLD], {}, START, START - timedelta(hours=24))
    assert [(line.item.code, line.due, line.late) for line in lines] == [
        ("told", START - timedelta(hours=24), True),
        ("kit", START - timedelta(hours=2), False),
    ]


def test_what_is_done_is_never_late_and_not_left():
    lines = checklist([KIT, TOLD], {"told": True, "kit": False}, START, START)
    assert [(line.item.code, line.done, line.late) for line in lines] == [("told", True, False), ("kit", False, True)]
    assert [line.item.code for line in undone(lines)] == ["kit"]


def test_who_attends_in_the_role_answers_or_else_the_case_manager():
    attending = {"companion": frozenset({7, 8})}
    assert answerable("companion", attending, 1) == {7, 8}
    assert answerable("investigator", attending, 1) == {1}


def test_an_item_speaks_both_languages():
    assert (TOLD.text("id"), TOLD.text("en-gb")) == ("Anak tahu.", "The child knows.")
