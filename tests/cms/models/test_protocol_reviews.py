"""Two people read a protocol before it is published, and neither wrote it: everybody who tries to get round it is refused."""

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from wagtail.actions.publish_page_revision import PublishPagePermissionError
from wagtail.models import GroupPagePermission, Page, TaskState, WorkflowState

from cms import foundation
from cms.models import IndependentReader, ProtocolIndexPage, ProtocolPage, ProtocolVersion
from tests.cms.models.test_protocol_editing import form_of
from tests.entering import enter

CONTENTS, LAW = (name for name, _said in foundation.READERS)


@pytest.fixture
def people(db, django_user_model):
    """`people(name, *groups)` makes somebody with Wagtail's groups."""

    def make(name, *groups):
        user = django_user_model.objects.create_user(f"{name}@example.org", "x" * 12, first_name=name)
        user.groups.add(*(Group.objects.get(name=group) for group in groups))
        return user

    return make


@pytest.fixture
def author(people):
    return people("penulis", "Editors")


@pytest.fixture
def mighty(people):
    """Somebody whose group may publish everywhere, by Wagtail's own rights."""
    return people("kuat", "Editors", "Moderators")


def page():
    return ProtocolPage.objects.get(code="wawancara-bersama", locale__language_code="id")


def written(author, days=9):
    """A draft with another clock, asked to be read."""
    draft = page()
    draft.clock_days = days
    draft.save_revision(user=author)
    draft.get_workflow().start(draft, author)
    return draft


def now_reading():
    return page().current_workflow_state.current_task_state


def approve(user):
    state = now_reading()
    state.task.specific.on_action(state.specific, user, "approve")


def versions():
    return ProtocolVersion.objects.of("wawancara-bersama").count()


def test_a_fresh_site_has_the_two_readings_on_both_lists(db):
    for index in ProtocolIndexPage.objects.all():
        names = [task.name for task in index.get_workflow().tasks]
        assert names == ["Isi protokol dibaca", "Hukum protokol dibaca"]
    tasks = IndependentReader.objects.order_by("pk")
    assert [list(task.groups.values_list("name", flat=True)) for task in tasks] == [[CONTENTS], [LAW]]


def test_laying_again_keeps_what_was_changed(db):
    IndependentReader.objects.first().groups.clear()
    foundation.let_two_people_read()
    assert IndependentReader.objects.count() == 2
    assert not IndependentReader.objects.first().groups.exists()


def test_two_other_people_publish_it(people, author):
    contents, law = people("isi", CONTENTS), people("hukum", LAW)
    written(author)
    approve(contents)
    assert versions() == 1
    approve(law)
    assert (versions(), page().clock_days) == (2, 9)
    assert ProtocolVersion.objects.of("wawancara-bersama").first().published_by == law


def test_the_same_person_does_not_approve_twice(people, author):
    both = people("dua", CONTENTS, LAW)
    written(author)
    approve(both)
    with pytest.raises(PermissionDenied, match="sudah menyetujui"):
        approve(both)
    assert versions() == 1


def test_the_author_approves_nothing(people):
    author = people("penulis", "Editors", CONTENTS, LAW)
    written(author)
    with pytest.raises(PermissionDenied, match="menulis naskah ini"):
        approve(author)
    approve(people("isi", CONTENTS))
    with pytest.raises(PermissionDenied, match="menulis naskah ini"):
        approve(author)
    assert versions() == 1


def test_whoever_wrote_an_earlier_part_of_the_change_is_an_author_too(people, author):
    helper, contents = people("pembantu", LAW), people("isi", CONTENTS)
    draft = page()
    draft.sessions_a_day = 2
    draft.save_revision(user=helper)
    written(author)
    approve(contents)
    with pytest.raises(PermissionDenied, match="menulis naskah ini"):
        approve(helper)


def test_a_text_that_changed_after_the_first_approval_is_read_anew(people, author):
    contents, law = people("isi", CONTENTS), people("hukum", LAW)
    draft = written(author)
    approve(contents)
    draft.clock_days = 8
    draft.save_revision(user=author)
    with pytest.raises(PermissionDenied, match="berubah setelah"):
        approve(law)
    page().current_workflow_state.cancel(user=author)
    draft.get_workflow().start(draft, author)
    approve(contents)
    approve(law)
    assert (versions(), page().clock_days) == (2, 8)


def test_people_of_other_groups_approve_nothing(people, author, mighty):
    written(author)
    for stranger in (people("orang"), people("hukum", LAW), mighty):
        with pytest.raises(PermissionDenied):
            approve(stranger)


def test_an_administrator_does_not_read_twice_either(people, author, django_user_model):
    boss = django_user_model.objects.create_superuser("boss@example.org", "x" * 12, first_name="B")
    written(author)
    approve(boss)
    with pytest.raises(PermissionDenied, match="sudah menyetujui"):
        approve(boss)


def test_states_forged_past_the_task_publish_nothing(people, author):
    """Wagtail's own way to approve asks nobody; publishing does."""
    one = people("satu", CONTENTS, LAW)
    written(author)
    now_reading().approve(user=one)
    with pytest.raises(PublishPagePermissionError):
        now_reading().approve(user=one)
    assert versions() == 1


def test_another_workflow_with_one_reader_publishes_nothing(people, author):
    from wagtail.models import Workflow, WorkflowTask

    easy = Workflow.objects.create(name="Mudah")
    WorkflowTask.objects.create(workflow=easy, task=IndependentReader.objects.first(), sort_order=0)
    draft = page()
    draft.clock_days = 9
    draft.save_revision(user=author)
    easy.start(draft, author)
    with pytest.raises(PublishPagePermissionError):
        approve(people("isi", CONTENTS))
    assert versions() == 1


def test_the_right_to_publish_is_not_enough(author, mighty):
    draft = page()
    draft.clock_days = 9
    revision = draft.save_revision(user=author)
    for person in (author, mighty):
        assert not page().permissions_for_user(person).can_publish()
        assert not Page.objects.get(pk=page().pk).permissions_for_user(person).can_publish()
        with pytest.raises(PublishPagePermissionError):
            revision.publish(user=person)
    assert GroupPagePermission.objects.filter(group__name="Moderators", permission__codename="publish_page").exists()
    assert versions() == 1


@pytest.mark.parametrize("who", ["author", "mighty"])
def test_the_editor_offers_no_publishing_and_takes_none(request, client, who):
    enter(client, request.getfixturevalue(who))
    address = reverse("wagtailadmin_pages:edit", args=[page().pk])
    assert 'name="action-publish"' not in client.get(address).content.decode()
    client.post(address, {**form_of(page(), clock_days=9), "action-publish": "1"})
    assert (versions(), page().clock_days) == (1, 14)


def test_a_new_protocol_is_not_published_by_its_maker(client, mighty):
    enter(client, mighty)
    index = ProtocolIndexPage.objects.get(locale__language_code="id")
    address = reverse("wagtailadmin_pages:add", args=["cms", "protocolpage", index.pk])
    client.post(address, {**form_of(page(), slug="baru", code="baru"), "action-publish": "1"})
    assert not ProtocolVersion.objects.of("baru").exists()
    assert not ProtocolPage.objects.filter(code="baru", live=True).exists()


def test_the_workflows_own_addresses_refuse_who_may_not(client, people, author, mighty):
    both = people("dua", CONTENTS, LAW)
    written(author)
    approve(both)
    state = now_reading()
    for person in (author, mighty, both):
        enter(client, person)
        for name in ("workflow_action", "collect_workflow_action_data"):
            address = reverse(f"wagtailadmin_pages:{name}", args=[page().pk, "approve", state.pk])
            client.post(address, {"comment": ""})
        edit = reverse("wagtailadmin_pages:edit", args=[page().pk])
        data = {**form_of(page()), "action-workflow-action": "1", "workflow-action-name": "approve"}
        client.post(edit, data)
    assert TaskState.objects.get(pk=state.pk).status == TaskState.STATUS_IN_PROGRESS
    assert versions() == 1


def test_the_editor_says_why_and_leaves_asking_for_changes(client, people, author):
    both = people("dua", CONTENTS, LAW)
    written(author)
    approve(both)
    enter(client, both)
    html = client.get(reverse("wagtailadmin_pages:edit", args=[page().pk])).content.decode()
    assert "sudah menyetujui" in html or "already approved" in html
    state = now_reading()
    assert [name for name, *_rest in state.task.specific.get_actions(page(), both)] == ["reject"]
    state.task.specific.on_action(state.specific, both, "reject")
    assert page().current_workflow_state.status == WorkflowState.STATUS_NEEDS_CHANGES


def test_a_reader_approves_in_the_editor(client, people, author):
    contents, law = people("isi", CONTENTS), people("hukum", LAW)
    written(author)
    for person in (contents, law):
        enter(client, person)
        edit = reverse("wagtailadmin_pages:edit", args=[page().pk])
        assert client.get(edit).status_code == 200
        address = reverse("wagtailadmin_pages:workflow_action", args=[page().pk, "approve", now_reading().pk])
        assert client.post(address, {"comment": ""}).status_code in {200, 302}
    assert (versions(), page().clock_days) == (2, 9)


def test_what_is_scheduled_needs_two_readers_as_well(people, author, mighty):
    draft = page()
    draft.clock_days, draft.go_live_at = 9, "2099-01-01T00:00:00+07:00"
    revision = draft.save_revision(user=author)
    with pytest.raises(PublishPagePermissionError):
        revision.publish(user=mighty)
    revision.refresh_from_db()
    assert revision.approved_go_live_at is None
