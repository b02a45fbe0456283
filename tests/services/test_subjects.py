"""Somebody asks what is held about a child: what the actions write down, hand out, and refuse."""

from datetime import timedelta

import pytest

from cms.audit.models import AuditEvent
from cms.database.context import acting_as
from cms.refusals import Objected
from services.actions import subjects
from services.models import SubjectRequest
from tests import factories


@pytest.fixture
def ask(act, world):
    """`ask(**facts)` writes a request about the fresh case down, received an hour ago."""

    def do(**facts):
        typed = {"asker": "child", "asker_is_suspect": False, "received_at": factories.now() - timedelta(hours=1)}
        return act(subjects.record_request, world.fresh, **(typed | facts))

    return do


def kept(world, pk):
    with acting_as(world.cast.social_worker):
        return SubjectRequest.objects.get(pk=pk)


def verbs_about(world, request):
    with acting_as(world.cast.social_worker):
        about = AuditEvent.objects.filter(kind="subjectrequest", key=str(request.pk))
        return sorted((event.verb, *event.detail.values()) for event in about)


@pytest.mark.parametrize(
    ("facts", "key"),
    [
        ({"asker": "guardian", "asker_is_suspect": True}, "subject_asker_is_suspect"),
        ({"received_at": factories.now() + timedelta(days=3650)}, "moment_still_to_come"),
    ],
)
def test_a_request_that_nobody_may_make_is_not_written_down(ask, world, facts, key):
    with pytest.raises(Objected) as refused:
        ask(**facts)
    assert refused.value.keys == (key,)
    with acting_as(world.cast.social_worker):
        assert not SubjectRequest.objects.exists()


def test_a_copy_is_not_said_to_be_handed_over_before_it_was_made(act, ask, world):
    asked = ask()
    with pytest.raises(Objected) as refused:
        act(subjects.end_request, world.fresh, request=asked, ending="handed_over")
    assert refused.value.keys == ("subject_copy_not_made",)
    assert kept(world, asked.pk).ended_at is None


def test_each_copy_and_the_end_are_recorded_and_nothing_follows_the_end(act, ask, world):
    asked = ask()
    for written_as in ("html", "json"):
        copy = act(subjects.make_copy, world.fresh, request=asked, written_as=written_as)
        assert [part["title"] for part in copy["parts"]]
    ended = act(subjects.end_request, world.fresh, request=asked, ending="handed_over")
    row = kept(world, asked.pk)
    assert (row.ended_at, row.ended_by, row.ending) == (ended.ended_at, world.cast.social_worker, "handed_over")
    assert verbs_about(world, asked) == [
        ("case.exported", "html"),
        ("case.exported", "json"),
        ("subject.ended", "handed_over"),
        ("subject.requested", "child"),
    ]
    for function, facts in (
        (subjects.make_copy, {"written_as": "html"}),
        (subjects.end_request, {"ending": "harm"}),
    ):
        with pytest.raises(Objected) as refused:
            act(function, world.fresh, request=kept(world, asked.pk), **facts)
        assert "subject_request_ended" in refused.value.keys
    assert kept(world, asked.pk).ending == "handed_over"


def test_a_request_is_not_ended_through_another_case(act, ask, world):
    asked = ask()
    with pytest.raises(SubjectRequest.DoesNotExist):
        act(subjects.end_request, world.told, request=asked, ending="taken_back")
    assert kept(world, asked.pk).ended_at is None
