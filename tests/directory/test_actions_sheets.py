"""A spreadsheet is taken in, checked and saved: as drafts, once, for its sender alone, and never a shelter's place."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from wagtail.models import (
    GroupPagePermission,
    Page,
    PageLogEntry,
    Revision,
    Task,
    TaskState,
    Workflow,
    WorkflowPage,
    WorkflowState,
    WorkflowTask,
)

from cms.audit.models import AuditEvent
from cms.database.context import acting_as
from cms.refusals import Objected
from directory import policies
from directory.actions import sheet_saving, update_listing
from directory.actions import sheets as actions
from directory.actions.sheet_plans import kinds
from directory.actions.submitting import submit_quietly
from directory.models import ProviderPage, ServicePage, Sheet, SheetRow
from directory.models.sheet_exports import listing_rows
from directory.rules.sheet_columns import TEMPLATE
from tests.databases import as_owner
from tests.directory import factories
from tests.directory.sheets import (
    NOBODYS,
    as_csv,
    as_xlsx,
    checked,
    done,
    faults,
    office,
    saved,
    warnings,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewer():
    person = factories.reviewer()
    with acting_as(person):
        yield person


@pytest.fixture
def editor():
    return factories.user("penyunting")


@pytest.fixture
def provider(editor):
    return factories.provider("UPTD PPA Kabupaten Garut", editors=[editor], phones=[{"number": "021 29681560"}])


@pytest.fixture
def as_editor(editor, provider):
    with acting_as(editor):
        yield editor


def receive(data, by, **at):
    return actions.receive_sheet(data=data, by=by, now=at.get("now", timezone.now()))


def rows(sheet):
    return {row.number: row for row in sheet.rows.all()}


def newest(page):
    return type(page).objects.get(pk=page.pk).get_latest_revision_as_object()


def refusal(call, *args, **facts):
    with pytest.raises(Objected) as refused:
        call(*args, **facts)
    return refused.value.keys


# --- taking in ---


def test_nothing_is_saved_before_somebody_says_so(reviewer):
    sheet = checked([office(), office("Kedua")], reviewer)
    assert (sheet.state, sheet.rows_in_all, [row.fate for row in sheet.rows.all()]) == ("ready", 2, ["new", "new"])
    assert not ProviderPage.objects.exists()


def test_who_may_not_upload_is_refused(editor):
    with acting_as(editor):
        assert refusal(receive, as_csv([office()]), editor) == ("sheet_not_allowed",)
        assert not policies.can_upload_listings(None)
        editor.is_active = False
        assert not policies.can_upload_listings(editor)


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (b"apa,saja\n1,2", "sheet_no_columns"), (b"nama,telp\n", "sheet_empty"), (b"\x81", "sheet_broken"),
        (b'nama,telp\nA,"' + b"x" * 200_000, "sheet_broken"),
    ],
)  # fmt: skip
def test_a_file_that_says_nothing_is_refused_whole(reviewer, data, key):
    assert refusal(receive, data, reviewer) == (key,)
    assert not Sheet.objects.exists()


def test_a_workbook_and_text_become_the_same_rows(reviewer):
    told = [office(), office("Kedua", telepon="714951"), office("Ketiga", layanan="=1+1")]
    one, other = checked(as_csv(told), reviewer), checked(as_xlsx(told), reviewer)
    values = ("number", "cells", "fate", "remarks", "changes", "name", "place", "numbers", "services")
    assert list(one.rows.values_list(*values)) == list(other.rows.values_list(*values))


def test_one_person_keeps_a_few_files_at_a_time(reviewer, monkeypatch):
    monkeypatch.setattr(actions, "MOST_WAITING", 2)
    for _twice in range(2):
        receive(as_csv([office()]), reviewer)
    assert refusal(receive, as_csv([office()]), reviewer) == ("sheet_several_waiting",)
    assert Sheet.objects.count() == 2


# --- shelters ---


def everything_kept():
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(string_agg(r::text, ''), '') FROM directory_sheetrow r")
        rows_ = cursor.fetchone()[0]
        cursor.execute("SELECT coalesce(string_agg(r.content::text, ''), '') FROM wagtailcore_revision r")
        return rows_ + cursor.fetchone()[0]


@pytest.mark.parametrize(
    "row",
    [
        office("Rumah Aman Melati", alamat="Jalan Rahasia 7"),
        office(layanan="penampungan sementara", alamat="Jalan Rahasia 7"),
        office(jenis_bantuan="c8", layanan="Di Jalan Rahasia nomor 7"),
    ],
)
def test_the_place_of_a_shelter_is_not_kept_for_a_moment(reviewer, row):
    sheet = receive(as_csv([row, office("Kedua")]), reviewer)
    assert "Rahasia" not in everything_kept()
    sheet = saved([row, office("Kedua")], reviewer)
    assert "Rahasia" not in everything_kept()
    assert rows(sheet)[2].fate == "faulty"
    assert rows(sheet)[2].cells == {}
    assert [page.title for page in ProviderPage.objects.all()] == ["Kedua"]


def test_a_file_of_shelters_alone_is_checked_at_once(reviewer):
    sheet = receive(as_csv([office("Rumah Aman Melati", alamat="Jalan Rahasia 7")]), reviewer)
    assert sheet.state == "ready"
    assert refusal(actions.save_sheet, sheet=sheet, by=reviewer, now=timezone.now()) == ("sheet_nothing_to_save",)


@pytest.mark.parametrize("how", ["name", "provider", "service"])
def test_an_office_that_is_known_as_a_shelter_keeps_its_secret(reviewer, how):
    hidden = factories.provider("Melati", by=reviewer, hidden_place=True)
    place = factories.service(factories.provider("Mawar", by=reviewer), "Kamar", kind="c8")
    row = {
        "name": office("  MELATI ", alamat="Jalan Rahasia 7"),
        "provider": office(id_lembaga=str(hidden.identifier).upper(), alamat="Jalan Rahasia 7"),
        "service": office("Mawar", id_layanan=str(place.identifier), alamat="Jalan Rahasia 7"),
    }[how]
    sheet = receive(as_csv([row]), reviewer)
    assert faults(rows(sheet)[2]) == {("sheet_shelter_beside_address", "alamat")}
    assert "Rahasia" not in everything_kept()


def test_what_only_the_directory_knows_to_be_a_shelter_is_erased_when_it_is_compared(reviewer):
    factories.service(factories.provider("Mawar", by=reviewer), "Kamar", kind="c8")
    sheet = checked([office("Mawar", nama_layanan="Kamar", layanan="Di Jalan Rahasia 7")], reviewer)
    assert faults(rows(sheet)[2]) == {("shelter_place_in_words", "layanan")}
    assert "Rahasia" not in everything_kept()


# --- whose ---


def test_an_editor_uploads_its_own_and_need_not_name_it(as_editor, provider):
    row = {"jenis_bantuan": "c4", "layanan": "Mendengarkan."}
    sheet = saved([row], as_editor)
    (service,) = ServicePage.objects.all()
    assert service.get_parent().specific == provider
    assert not service.live
    assert rows(sheet)[2].saved


def test_another_s_name_identifier_or_service_is_answered_like_one_that_does_not_exist(as_editor):
    with acting_as(None):
        others = factories.provider("Lembaga Lain")
        service = factories.service(others, "Layanan Lain")
    told = [
        office("Lembaga Lain"), office("Tidak Ada"), office("", id_lembaga=str(others.identifier)), office("", id_lembaga=NOBODYS),
        office("", id_layanan=str(service.identifier)), office("", id_layanan=NOBODYS), office("", id_lembaga="bukan kode"),
        office("", id_layanan="bukan kode"), office(id_layanan=str(service.identifier)), office(id_layanan=NOBODYS),
    ]  # fmt: skip
    sheet = checked(told, as_editor)
    found = rows(sheet)
    assert faults(found[2]) == faults(found[3]) == {("sheet_provider_of_somebody_else", "nama_lembaga")}
    assert faults(found[4]) == faults(found[5]) == faults(found[8]) == {("sheet_id_unknown", "id_lembaga")}
    assert faults(found[6]) == faults(found[7]) == faults(found[9]) == {("sheet_id_unknown", "id_layanan")}
    assert faults(found[10]) == faults(found[11]) == {("sheet_id_unknown", "id_layanan")}
    assert "Lembaga Lain" not in str([row.remarks for row in found.values() if row.number != 2])
    assert refusal(actions.save_sheet, sheet=sheet, by=as_editor, now=timezone.now()) == ("sheet_nothing_to_save",)


def test_an_editor_of_two_says_which(as_editor):
    with acting_as(None):
        factories.provider("Kedua", editors=[as_editor])
    sheet = checked(
        [{"jenis_bantuan": "c4", "layanan": "x"}, {"nama_lembaga": "kedua", "jenis_bantuan": "c4", "layanan": "x"}],
        as_editor,
    )
    assert [row.fate for row in sheet.rows.all()] == ["faulty", "new"]


def test_a_right_that_ends_before_saving_saves_nothing(as_editor, provider):
    sheet = checked([office(layanan="konseling")], as_editor)
    actions.save_sheet(sheet=sheet, by=as_editor, now=timezone.now())
    as_editor.groups.clear()
    person = type(as_editor).objects.get(pk=as_editor.pk)
    done(Sheet.objects.get(), person)
    assert not ServicePage.objects.exists()
    assert faults(SheetRow.objects.get()) == {("sheet_provider_of_somebody_else", "nama_lembaga")}


def test_the_database_shows_a_sheet_to_its_sender_alone(reviewer, editor, provider):
    sheet = checked([office()], reviewer)
    for other in (editor, None):
        with acting_as(other):
            assert (Sheet.objects.count(), SheetRow.objects.count()) == (0, 0)
            with pytest.raises(DatabaseError), transaction.atomic():
                SheetRow.objects.create(sheet_id=sheet.pk, number=99)
            with pytest.raises(DatabaseError), transaction.atomic():
                Sheet.objects.create(by=reviewer, made_at=timezone.now(), ends_at=timezone.now())
    assert not Sheet.objects.visible_to(editor, timezone.now()).exists()
    assert actions.go_on(sheet=sheet, by=editor, now=timezone.now()) == sheet


@pytest.mark.parametrize("role", ["sekali_public", "sekali_jobs"])
def test_other_roles_read_none_of_it(reviewer, role):
    checked([office()], reviewer)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT has_table_privilege(%s, 'directory_sheetrow', 'SELECT'), has_table_privilege(%s, 'directory_sheetrow', 'INSERT, UPDATE')",
            [role, role],
        )
        reads, writes = cursor.fetchone()
    assert (reads, writes) == (role == "sekali_jobs", False)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE directory_sheet SET ends_at = made_at + interval '2 days'", "UPDATE directory_sheet SET done = todo + 1",
        "UPDATE directory_sheetrow SET saved = true", "UPDATE directory_sheetrow SET number = 2",
    ],
)  # fmt: skip
def test_what_the_database_itself_refuses(reviewer, change):
    checked([office(), office("Kedua")], reviewer)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


# --- saving ---


def test_new_offices_wait_as_drafts_before_the_reviewers_and_nobody_gets_a_letter(reviewer):
    sheet = saved([office(layanan="pengaduan;konseling", email="a@contoh.example", jam_layanan="24 jam")], reviewer)
    provider = ProviderPage.objects.get()
    services = ServicePage.objects.order_by("path")
    assert [page.live for page in [provider, *services]] == [False] * 3
    assert not ServicePage.objects.listed().exists()
    assert [service.kind for service in services] == ["c1", "c4"]
    assert newest(services[0]).schedules.count() == 7
    assert services[0].areas.get().district == "Kabupaten Garut"
    assert newest(provider).phones.get().number.as_e164 == "+622129681560"
    for page in [provider, *services]:
        assert page.current_workflow_state.current_task_state.revision == page.latest_revision
        assert PageLogEntry.objects.filter(page=page.pk, action="wagtail.workflow.start").exists()
    assert mail.outbox == []
    group = Group.objects.get(name__endswith=f"({provider.identifier.hex[:8]})")
    assert GroupPagePermission.objects.filter(group=group, page=provider.pk).count() == 2
    assert (sheet.state, sheet.done, sheet.todo) == ("saved", 1, 1)
    row = sheet.rows.get()
    assert (row.saved, row.cells, row.changes, row.remarks, row.name, row.numbers) == (True, {}, [], [], "", [])
    verbs = AuditEvent.objects.filter(actor=reviewer).values_list("verb", flat=True)
    assert {"sheet.received", "sheet.saving", "provider.registered", "listing.submitted", "sheet.saved"} <= set(verbs)


def test_a_draft_of_a_sheet_is_published_as_any_other(reviewer):
    saved([office()], reviewer)
    for page in (ProviderPage.objects.get(), ServicePage.objects.get()):
        page.current_workflow_state.current_task_state.approve(user=reviewer)
    assert ServicePage.objects.listed().get().provider == ProviderPage.objects.get()


def test_what_changed_waits_beside_what_is_published(as_editor, provider):
    with acting_as(None):
        service = factories.service(provider, "Konseling", kind="c4", description="Lama.")
    sheet = checked(
        [office(jenis_bantuan="c4", nama_layanan="konseling", layanan="Baru.", telepon="021 29681560; 129")], as_editor
    )
    row = sheet.rows.get()
    assert row.fate == "changed"
    assert ["konseling", "description", "Lama.", "Baru."] in row.changes
    done(actions.save_sheet(sheet=sheet, by=as_editor, now=timezone.now()), as_editor)
    service.refresh_from_db()
    assert (service.description, newest(service).description) == ("Lama.", "Baru.")
    assert newest(provider).phones.count() == 2
    assert service.current_workflow_state.current_task_state.revision == service.latest_revision
    assert mail.outbox == []


def test_the_same_file_again_changes_nothing(reviewer):
    told = [
        office(layanan="pengaduan;konseling", syarat="KTP", biaya="gratis", situs="www.contoh.example"),
        office("Kedua", layanan=""),
    ]
    saved(told, reviewer)
    sheet = checked(told, reviewer)
    assert [row.fate for row in sheet.rows.all()] == ["unchanged", "unchanged"]
    assert refusal(actions.save_sheet, sheet=sheet, by=reviewer, now=timezone.now()) == ("sheet_nothing_to_save",)


def test_pressing_twice_saves_once(reviewer):
    sheet = checked([office()], reviewer)
    for _twice in range(2):
        sheet = actions.save_sheet(sheet=sheet, by=reviewer, now=timezone.now())
    sheet = done(sheet, reviewer)
    again = actions.save_sheet(sheet=sheet, by=reviewer, now=timezone.now())
    assert (again.state, ProviderPage.objects.count()) == ("saved", 1)
    assert done(again, reviewer).state == "saved"


def test_a_step_that_breaks_in_the_middle_loses_nothing_and_can_be_gone_on_with(reviewer, monkeypatch):
    monkeypatch.setattr(actions, "WRITTEN", 2)
    sheet = checked([office(f"Lembaga {letter}") for letter in "ABCDE"], reviewer)
    sheet = actions.save_sheet(sheet=sheet, by=reviewer, now=timezone.now())
    sheet = actions.go_on(sheet=sheet, by=reviewer, now=timezone.now())
    assert (sheet.done, ProviderPage.objects.count()) == (2, 2)

    class Lightning(Exception):
        pass

    def struck(*_args, **_facts):
        raise Lightning

    with monkeypatch.context() as broken:
        broken.setattr(sheet_saving, "submit_quietly", struck)
        with pytest.raises(Lightning):
            actions.go_on(sheet=sheet, by=reviewer, now=timezone.now())
    assert ProviderPage.objects.count() == 2
    sheet = done(Sheet.objects.get(), reviewer)
    assert (sheet.state, ProviderPage.objects.count(), SheetRow.objects.filter(saved=True).count()) == ("saved", 5, 5)


def test_a_file_that_is_still_checked_is_not_saved(reviewer):
    sheet = receive(as_csv([office()]), reviewer)
    assert refusal(actions.save_sheet, sheet=sheet, by=reviewer, now=timezone.now()) == ("sheet_still_checked",)


def test_a_row_that_the_database_refuses_leaves_the_others_alone(reviewer, monkeypatch):
    sheet = checked([office(), office("Kedua"), office("Ketiga")], reviewer)
    as_owner("CREATE UNIQUE INDEX once ON wagtailcore_page (title) WHERE title = 'Kedua'")
    as_owner("UPDATE wagtailcore_page SET title = 'Kedua' WHERE id = %s", factories.index().pk)
    sheet = actions.save_sheet(sheet=sheet, by=reviewer, now=timezone.now())
    sheet = done(sheet, reviewer)
    found = rows(sheet)
    assert [found[number].saved for number in (2, 3, 4)] == [True, False, True]
    assert faults(found[3]) == {("sheet_row_not_taken", "")}
    assert sorted(ProviderPage.objects.values_list("title", flat=True)) == ["Ketiga", "UPTD PPA Kabupaten Garut"]


def test_what_was_changed_meanwhile_is_judged_anew(reviewer, monkeypatch):
    provider = factories.provider("Mawar", by=reviewer)
    service = factories.service(provider, "Kamar", kind="c4")
    sheet = checked(
        [office("Mawar", nama_layanan="Kamar", layanan="Di Jalan Melati 7"), office("Kedua", telepon="129")], reviewer
    )
    assert [row.fate for row in sheet.rows.all()] == ["changed", "new"]
    update_listing(page=service, changes={"kind": "c8"}, by=reviewer, now=timezone.now())
    saved_ = done(actions.save_sheet(sheet=sheet, by=reviewer, now=timezone.now()), reviewer)
    row = rows(saved_)[2]
    assert faults(row) == {("shelter_place_in_words", "layanan")}
    assert (row.cells, row.saved) == ({}, False)


def test_what_became_so_meanwhile_need_not_be_saved(reviewer):
    sheet = checked([office()], reviewer)
    saved([office()], reviewer)
    sheet = done(actions.save_sheet(sheet=sheet, by=reviewer, now=timezone.now()), reviewer)
    assert (sheet.rows.get().fate, sheet.rows.get().saved, ProviderPage.objects.count()) == ("unchanged", True, 1)


def test_a_rule_of_the_pages_that_no_plan_foresaw_still_refuses(reviewer, monkeypatch):
    sheet = checked([office(email="a@contoh.example")], reviewer)
    monkeypatch.setattr(sheet_saving, "malformed", lambda _draft: [actions.Objection("field_not_valid", field="email")])
    sheet = done(actions.save_sheet(sheet=sheet, by=reviewer, now=timezone.now()), reviewer)
    assert faults(sheet.rows.get()) == {("field_not_valid", "email")}
    assert not ProviderPage.objects.exists()


# --- rows among themselves ---


def test_several_rows_of_one_new_office_become_one_office(reviewer):
    told = [office(jenis_bantuan="c4", layanan="a"), office(jenis_bantuan="c6", layanan="b", telepon="", email="a@contoh.example"),
            office("uptd ppa  KABUPATEN garut", jenis_bantuan="c1", layanan="c", provinsi="", kabupaten_kota="")]  # fmt: skip
    sheet = saved(told, reviewer)
    assert [row.saved for row in sheet.rows.all()] == [True] * 3
    provider = ProviderPage.objects.get()
    assert newest(provider).email == "a@contoh.example"
    assert sorted(ServicePage.objects.child_of(provider).values_list("kind", flat=True)) == ["c1", "c4", "c6"]


def test_rows_that_contradict_each_other_are_faults_of_the_later(reviewer, monkeypatch):
    told = [
        office(alamat="Jalan Mawar 1"),
        office(alamat="Jalan Melati 2", layanan="konseling"),
        office(jenis_bantuan="c1", layanan="x"),
    ]
    together = checked(told, reviewer)
    monkeypatch.setattr(actions, "CHECKED", 1)
    apart = checked(told, reviewer)
    for sheet in (together, apart):
        found = rows(sheet)
        assert faults(found[2]) == set()
        assert faults(found[3]) == {("sheet_contradicts_row", "alamat")}
        assert faults(found[4]) == {("sheet_service_twice", "layanan")}
        assert found[3].remarks[-1]["values"] == {"row": 2}


def test_offices_of_one_name_in_two_provinces_are_two(reviewer):
    told = [office("LBH Melati"), office("LBH Melati", provinsi="Bali", kabupaten_kota="")]
    saved(told, reviewer)
    assert ProviderPage.objects.count() == 2
    sheet = checked([office("LBH Melati", provinsi="", kabupaten_kota="")], reviewer)
    assert faults(sheet.rows.get()) == {("sheet_name_several", "nama_lembaga")}
    provider = ProviderPage.objects.first()
    for _twice in range(2):
        factories.service(provider, "Sama", live=False)
    sheet = checked([office("", id_lembaga=str(provider.identifier), nama_layanan="Sama")], reviewer)
    assert ("sheet_name_several", "nama_layanan") in faults(sheet.rows.get())


def test_likely_doubles_are_warned_of(reviewer):
    factories.provider(
        "Lembaga Perlindungan Saksi dan Korban (LPSK)", by=reviewer, phones=[{"number": "0857 7001 0048"}]
    )
    told = [
        office("kantor LPSK", provinsi="", kabupaten_kota=""), office("Pos Melati", telepon="0857 7001 0048", provinsi="", kabupaten_kota=""),
        office("Graha Kenanga", telepon="(021) 29681551"), office("Graha Kenanga Garut"), office("Pos Dahlia", telepon="021 296 81551"),
    ]  # fmt: skip
    found = rows(checked(told, reviewer))
    assert warnings(found[2]) >= {("sheet_likely_same", "nama_lembaga")}
    assert warnings(found[3]) >= {("sheet_same_number", "telepon")}
    assert warnings(found[5]) >= {("sheet_likely_same_row", "nama_lembaga")}
    assert warnings(found[6]) >= {("sheet_same_number_row", "telepon")}
    assert not any(faults(row) for row in found.values())


# --- back and forth ---


def test_one_s_own_listings_go_out_and_come_back_unchanged(as_editor, provider):
    with acting_as(None):
        every = [{"weekday": day, "all_day": True} for day in range(1, 8)]
        factories.service(provider, "Konseling", kind="c4", description="Satu\ndua, tiga.", schedules=every, minimum_age=6, cost="Gratis.",
                          areas=[{"province": "ID-JB", "district": "Kota Bandung"}, {"nationwide": True}])  # fmt: skip
        factories.service(provider, "Kamar", kind="c8", live=False, areas=[{"province": "ID-JB"}])
        factories.provider("Lembaga Lain")
    told = [dict(zip(TEMPLATE, row, strict=True)) for row in listing_rows(as_editor, kinds().titles)]
    assert [row["nama_layanan"] for row in told] == ["Konseling", "Kamar"]
    assert {row["nama_lembaga"] for row in told} == {"UPTD PPA Kabupaten Garut"}
    for data in (as_csv(told), as_xlsx(told)):
        sheet = checked(data, as_editor)
        assert [(row.fate, row.changes, faults(row)) for row in sheet.rows.all()] == [("unchanged", [], set())] * 2
    told[0] |= {"nama_layanan": "Ruang Tenang", "nama_lembaga": "UPTD PPA Garut"}
    sheet = checked(told, as_editor)
    assert faults(rows(sheet)[3]) == {("sheet_contradicts_row", "nama_lembaga")}
    told[1]["nama_lembaga"] = "UPTD PPA Garut"
    before = Revision.objects.filter(object_id=str(provider.pk)).count()
    assert [row.saved for row in saved(told, as_editor).rows.all()] == [True, True]
    assert newest(provider).title == "UPTD PPA Garut"
    assert Revision.objects.filter(object_id=str(provider.pk)).count() == before + 1


def test_a_provider_without_services_goes_out_too_and_a_long_list_ends(reviewer):
    for name in "ABC":
        factories.provider(name, by=reviewer)
    assert len(list(listing_rows(reviewer, {}))) == 3
    assert len(list(listing_rows(reviewer, {}, most=2))) == 2
    as_owner("UPDATE wagtailcore_page SET latest_revision_id = NULL")
    assert list(listing_rows(reviewer, {})) == []


def test_an_empty_cell_changes_nothing_and_the_word_erases(as_editor, provider):
    with acting_as(None):
        factories.service(provider, "Konseling", kind="c4", requirements="KTP", maximum_age=9)
    empty = {"nama_lembaga": provider.title, "nama_layanan": "Konseling", "syarat": "", "usia_sampai": ""}
    assert checked([empty], as_editor).rows.get().fate == "unchanged"
    row = checked([empty | {"syarat": "hapus", "usia_sampai": "hapus"}], as_editor).rows.get()
    assert row.changes == [["Konseling", "requirements", "KTP", ""], ["Konseling", "maximum_age", 9, None]]


# --- forgetting ---


def test_a_sheet_is_forgotten_after_a_day(reviewer):
    sheet = checked([office()], reviewer)
    later = timezone.now() + timedelta(days=1, seconds=1)
    assert not Sheet.objects.visible_to(reviewer, later).exists()
    assert actions.go_on(sheet=sheet, by=reviewer, now=later) == sheet
    receive(as_csv([office()]), reviewer, now=later)
    assert Sheet.objects.count() == 1
    assert actions.forget_expired(by=None, now=later) == 0
    assert actions.forget_expired(by=None, now=later + timedelta(days=2)) == 1
    assert not SheetRow.objects.exists()


def test_a_sheet_is_forgotten_when_asked(reviewer):
    sheet = checked([office()], reviewer)
    actions.forget_sheet(sheet=sheet, by=reviewer, now=timezone.now())
    assert not SheetRow.objects.exists()
    assert AuditEvent.objects.filter(verb="sheet.forgotten").count() == 1


# --- submitting ---


def test_a_second_submission_takes_the_place_of_the_first(reviewer):
    provider = factories.provider(by=reviewer)
    for word in ("Satu.", "Dua."):
        update_listing(page=provider, changes={"description": word}, by=reviewer, now=timezone.now(), quietly=True)
    states = WorkflowState.objects.filter(object_id=str(provider.pk)).values_list("status", flat=True)
    assert sorted(states) == ["cancelled", "in_progress"]
    assert TaskState.objects.filter(status="in_progress").get().revision == Revision.objects.latest("pk")


def test_a_provider_s_own_workflow_and_none_at_all(reviewer):
    provider = factories.provider(by=reviewer, live=False)
    own = Workflow.objects.create(name="Sendiri")
    WorkflowPage.objects.create(workflow=own, page=Page.objects.get(pk=provider.pk))
    submit_quietly([provider], by=reviewer, now=timezone.now())
    assert not WorkflowState.objects.exists()  # it has no step yet
    WorkflowTask.objects.create(workflow=own, task=Task.objects.first(), sort_order=0)
    submit_quietly([provider], by=reviewer, now=timezone.now())
    assert WorkflowState.objects.get().workflow == own
    WorkflowPage.objects.all().delete()
    submit_quietly([factories.provider("Kedua", by=reviewer, live=False)], by=reviewer, now=timezone.now())
    assert WorkflowState.objects.count() == 1


def test_a_chunk_is_planned_with_as_many_queries_as_a_row(reviewer):
    def count(names):
        sheet = receive(as_csv([office(f"Lembaga {name}", telepon="129") for name in names]), reviewer)
        with CaptureQueriesContext(connection) as queries:
            actions.go_on(sheet=sheet, by=reviewer, now=timezone.now())
        return len(queries)

    for name in "ABC":
        factories.service(factories.provider(f"Lembaga {name}", by=reviewer))
    assert count("A") == count("ABC")
