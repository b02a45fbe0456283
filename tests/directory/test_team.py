"""Who keeps a provider's pages, and that whoever invites learns nothing of whom they invite."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from cms.accounts.models import User
from cms.audit.models import AuditEvent
from cms.database.context import acting_as
from cms.refusals import Objected
from directory import policies
from directory.actions import team as actions
from directory.models import TeamInvitation
from directory.models.teams import STAYS_OPEN, team, team_groups
from directory.rules import teams as rules
from tests.directory import factories
from tests.entering import letters

pytestmark = pytest.mark.django_db
SITE = "https://sekali.example.org"
NOW = timezone.now


def invite(provider, by, email="baru@contoh.example", name="Baru", now=None):
    return actions.invite(provider=provider, email=email, name=name, site=SITE, by=by, now=now or NOW())


def verbs(user):
    with acting_as(user):
        return list(AuditEvent.objects.filter(actor=user).order_by("at").values_list("verb", flat=True))


def test_somebody_new_gets_an_account_that_opens_nothing_and_a_letter(
    provider, editor, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        invite(provider, editor, email="Baru@Contoh.example")
    person = User.objects.get(email="baru@contoh.example")
    assert (person.first_name, person.has_usable_password(), person.groups.count()) == ("Baru", False, 0)
    assert not policies.can_edit_listing(person, provider)
    assert policies.has_provider_pages(person, NOW())
    (letter,) = letters()
    assert letter.to == ["baru@contoh.example"]
    assert f"{SITE}/account/password/reset/key/" in letter.body
    assert provider.title not in letter.body + letter.subject
    assert "penyunting" not in letter.body
    assert verbs(editor) == ["team.invited"]


def test_somebody_known_is_only_told_that_something_waits(provider, editor, django_capture_on_commit_callbacks):
    known = factories.user("kenal")
    with django_capture_on_commit_callbacks(execute=True):
        invite(provider, editor, email=known.email, name="Siapa pun")
    known.refresh_from_db()
    assert (known.first_name, known.has_usable_password()) == ("kenal", True)
    (letter,) = letters()
    assert f"{SITE}/account/login/" in letter.body
    assert "reset" not in letter.body


def test_a_disabled_account_gets_no_letter_and_is_not_opened(provider, editor, django_capture_on_commit_callbacks):
    gone = factories.user("pergi", is_active=False)
    with django_capture_on_commit_callbacks(execute=True):
        invite(provider, editor, email=gone.email)
    gone.refresh_from_db()
    assert (letters(), gone.is_active) == ([], False)


def test_who_takes_an_invitation_up_keeps_the_pages(provider, editor):
    invitation = invite(provider, editor)
    person = User.objects.get(email="baru@contoh.example")
    assert actions.join(invitation=invitation, by=person, now=NOW()) == provider
    person = User.objects.get(pk=person.pk)
    assert policies.can_edit_listing(person, provider)
    assert list(team(provider)) == [person, editor]
    assert not TeamInvitation.objects.open(NOW()).exists()
    with pytest.raises(Objected, match="team_invitation_over"):
        actions.join(invitation=invitation, by=person, now=NOW())


def test_nobody_else_takes_it_up(provider, editor):
    invitation = invite(provider, editor)
    for by in (editor, factories.user("lain")):
        for answer in (actions.join, actions.decline):
            with pytest.raises(Objected, match="team_invitation_over"):
                answer(invitation=invitation, by=by, now=NOW())


def test_no_is_an_answer(provider, editor):
    invitation = invite(provider, editor)
    person = User.objects.get(email="baru@contoh.example")
    actions.decline(invitation=invitation, by=person, now=NOW())
    assert person.groups.count() == 0
    assert not policies.has_provider_pages(person, NOW())
    assert verbs(person) == ["team.declined"]


def test_an_invitation_ends_by_itself_and_is_swept(provider, editor):
    invitation = invite(provider, editor)
    person = User.objects.get(email="baru@contoh.example")
    late = NOW() + STAYS_OPEN + timedelta(seconds=1)
    with pytest.raises(Objected, match="team_invitation_over"):
        actions.join(invitation=invitation, by=person, now=late)
    invite(provider, editor, email="lain@contoh.example", now=late)
    assert not TeamInvitation.objects.filter(pk=invitation.pk).exists()


def test_inviting_again_replaces_and_taking_back_ends(provider, editor):
    first, second = invite(provider, editor), invite(provider, editor, email="BARU@contoh.example")
    assert list(TeamInvitation.objects.open(NOW())) == [second]
    assert User.objects.filter(email="baru@contoh.example").count() == 1
    with pytest.raises(Objected, match="listing_of_somebody_else"):
        actions.take_back(invitation=second, by=factories.user("lain"), now=NOW())
    actions.take_back(invitation=second, by=editor, now=NOW())
    assert not TeamInvitation.objects.open(NOW()).exists()
    assert first.pk != second.pk


def test_not_of_who_is_there_nor_too_often_nor_for_another(provider, editor):
    with pytest.raises(Objected, match="team_member_already"):
        invite(provider, editor, email="PENYUNTING@contoh.example")
    for number in range(rules.MOST_INVITED):
        invite(provider, editor, email=f"baru{number}@contoh.example")
    with pytest.raises(Objected, match="team_invited_too_many"):
        invite(provider, editor)
    stranger = factories.user("lain")
    factories.provider("Penyedia lain", editors=[stranger])
    with pytest.raises(Objected, match="listing_of_somebody_else"):
        invite(provider, stranger)


def remove(provider, person, by):
    actions.remove(provider=provider, person=person, by=by, now=NOW())


def test_who_is_taken_out_touches_nothing_any_more(provider, editor):
    invitation = invite(provider, editor)
    person = User.objects.get(email="baru@contoh.example")
    actions.join(invitation=invitation, by=person, now=NOW())
    remove(provider, person, editor)
    person = User.objects.get(pk=person.pk)
    assert not policies.can_edit_listing(person, provider)
    assert not policies.works_for_a_provider(person)
    with pytest.raises(Objected, match="team_not_a_member"):
        remove(provider, person, editor)


def test_the_last_one_stays_unless_a_reviewer_says_otherwise(provider, editor):
    with pytest.raises(Objected, match="team_last_member"):
        remove(provider, editor, editor)
    with pytest.raises(Objected, match="listing_of_somebody_else"):
        remove(provider, editor, factories.user("lain"))
    remove(provider, editor, factories.reviewer("peninjau2"))
    assert list(team(provider)) == []


def test_a_provider_from_a_package_gets_its_group_with_the_first_who_joins(provider, editor):
    reviewer = factories.reviewer("peninjau2")
    for group in team_groups(provider):
        group.delete()
    invitation = invite(provider, reviewer)
    person = User.objects.get(email="baru@contoh.example")
    actions.join(invitation=invitation, by=person, now=NOW())
    assert list(team(provider)) == [person]


def test_a_group_that_reaches_further_is_no_team(provider, editor):
    """Reviewers may change this provider's pages, and are no people of it."""
    factories.reviewer("peninjau2")
    assert team_groups(factories.index()).count() == 1
    assert list(team(provider)) == [editor]


def test_one_open_invitation_an_address_and_none_that_ended_before_it_began(provider, editor):
    facts = {"page": provider, "name": "Baru", "invited_by": editor, "invited_at": NOW()}
    TeamInvitation.objects.create(email="baru@contoh.example", **facts)
    with pytest.raises(IntegrityError, match="team_invitation_one_open_per_address"), transaction.atomic():
        TeamInvitation.objects.create(email="BARU@contoh.example", **facts)
    before = NOW() - timedelta(days=1)
    with pytest.raises(IntegrityError, match="team_invitation_ends_after_it_was_made"), transaction.atomic():
        TeamInvitation.objects.create(email="lain@contoh.example", ended_at=before, **facts)


def test_who_may_neither_keep_nor_add(provider):
    nobody = factories.user("lain")
    assert not policies.can_keep_team(nobody, provider)
    assert not policies.can_add_service(nobody, provider)
    assert not policies.has_provider_pages(nobody, NOW())
