"""A spreadsheet of listings: taken in, checked, saved as drafts for review, thrown away. It never publishes.

Work goes in steps of some hundred rows, each in a transaction of its own, so that a page can show how far it is and a
step that fails loses nothing of those before. A row is saved once: what is saved is marked in the same savepoint and
erased from here. `CHECKED` and `WRITTEN` are rows a step.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import DatabaseError, transaction
from django.utils import timezone

from cms.audit.recording import action, record
from cms.objections import Objection
from cms.refusals import Objected
from directory.actions.sheet_doubles import Doubles
from directory.actions.sheet_plans import Directory, Plan, plan_rows
from directory.actions.sheet_saving import Saving
from directory.models import Sheet, SheetRow
from directory.models.sheets import KEPT_FOR
from directory.policies import User, can_upload_listings
from directory.rules.sheet_columns import Column, by_name
from directory.rules.sheet_files import Row, Unreadable, read
from directory.rules.sheets import name_key, place_objections

CHECKED, WRITTEN, STORED = 1000, 50, 2000
MOST_WAITING = 10  # files of one person that are kept at a time
Fate = SheetRow.Fate
TO_SAVE = (Fate.NEW, Fate.CHANGED)
# A row to which a rule says this is not kept: it tells, or may tell, where a shelter is.
UNSPEAKABLE = {"shelter_has_address", "shelter_place_in_words", "sheet_shelter_beside_address"}
WHY_UNREADABLE = {
    "sheet_too_many_rows": "sheet_too_many_rows",
    "sheet_broken": "sheet_broken",
}


@action("sheet.refused")
def receive_sheet(*, data: bytes, by: User, now: datetime) -> Sheet:
    """Take in a file that cms.uploads judged: its rows are kept for a day, for `by` alone, and nothing is done yet.

    A row that names the place of a shelter is not kept, only its number and what is wrong with it. Raises `Objected`: may
    not upload, no columns that we know, no rows, too many of them, a file that cannot be read, `MOST_WAITING` others kept. Sheets of `by` that are
    expired go at the same time.
    """
    if not can_upload_listings(by):
        raise Objected([Objection("sheet_not_allowed")])
    Sheet.objects.filter(by=by, ends_at__lte=now).delete()
    if Sheet.objects.visible_to(by, now).count() >= MOST_WAITING:
        raise Objected([Objection("sheet_several_waiting", values={"limit": MOST_WAITING})])
    try:
        columns, rows = read(data)
        sheet = Sheet.objects.create(
            by=by,
            made_at=now,
            ends_at=now + KEPT_FOR,
            columns=[[one.letter, one.header[:60], one.name] for one in columns],
        )
        told = _store(sheet, columns, rows, Directory(by).secret())
    except Unreadable as why:
        raise Objected([Objection(WHY_UNREADABLE.get(why.key, "sheet_no_columns"))]) from None
    if not told:
        raise Objected([Objection("sheet_empty")])
    sheet.rows_in_all = sheet.todo = told
    sheet.done = sheet.rows.exclude(fate=Fate.WAITING).count()
    if sheet.done == told:
        sheet.state = Sheet.State.READY
    sheet.save()
    record("sheet.received", by=by, now=now, about=sheet, rows=told)
    return sheet


def _store(sheet: Sheet, columns: Sequence[Column], rows: Iterator[Row], secret: frozenset[str]) -> int:
    told = 0
    while chunk := [_row(sheet, columns, row, secret) for row in islice(rows, STORED)]:
        SheetRow.objects.bulk_create(chunk)
        told += len(chunk)
    return told


def _row(sheet: Sheet, columns: Sequence[Column], row: Row, secret: frozenset[str]) -> SheetRow:
    number, texts = row
    cells = by_name(columns, texts)
    names = {
        cells.get("id_lembaga", "").lower(),
        cells.get("id_layanan", "").lower(),
        name_key(cells.get("nama_lembaga", "")),
    }
    known = not names.isdisjoint(secret)
    objections = place_objections(cells, secret=known)
    if objections:
        return SheetRow(sheet=sheet, number=number, fate=Fate.FAULTY, remarks=_kept(objections))
    return SheetRow(sheet=sheet, number=number, cells=cells)


@action("sheet.refused")
def go_on(*, sheet: Sheet, by: User, now: datetime) -> Sheet:
    """Do the next step of the work that a sheet is at, if it is at any; returns the sheet as it then is.

    Two that go on at once do not wait for each other: one does the step, the other finds the sheet as it was.
    """
    held = Sheet.objects.visible_to(by, now).select_for_update(skip_locked=True).filter(pk=sheet.pk).first()
    if held is None:
        return sheet
    if held.state == Sheet.State.CHECKING:
        _check(held, by, now)
    elif held.state == Sheet.State.SAVING:
        _save(held, by, now)
    return held


def _check(sheet: Sheet, by: User, now: datetime) -> None:
    rows = list(sheet.rows.filter(fate=Fate.WAITING)[:CHECKED])
    directory = Directory(by)
    plans = plan_rows(rows, directory=directory, today=timezone.localdate(now))
    doubles = Doubles(sheet, plans, directory)
    for plan in plans:
        plan.remarks += doubles.judge(plan)
        _remember(plan)
    SheetRow.objects.remember(rows)
    sheet.done += len(rows)
    if sheet.done == sheet.todo:
        sheet.state = Sheet.State.READY
    sheet.save()


def _remember(plan: Plan) -> None:
    """What a row keeps of its plan; of a shelter's place, nothing."""
    row, told = plan.row, plan.told
    faults = [remark for remark in plan.remarks if not remark.warning]
    row.fate = Fate.FAULTY if faults else plan.fate
    row.remarks = _kept(plan.remarks)
    row.changes = plan.shown_changes()
    if any(fault.key in UNSPEAKABLE for fault in faults):
        row.cells, row.changes = {}, []
        row.remarks = _kept(fault for fault in faults if fault.key in UNSPEAKABLE)
    elif not faults:
        row.office, row.name, row.place = plan.office, told.name[:255], "|".join(told.place)
        row.numbers, row.services = list(told.numbers), [service.title for service in told.services]


def _kept(objections: Iterable[Objection]) -> list[dict[str, Any]]:
    return [asdict(objection) for objection in objections]


@action("sheet.refused")
def save_sheet(*, sheet: Sheet, by: User, now: datetime) -> Sheet:
    """Begin to save every sound row as drafts for review; `go_on` does it. Pressing twice begins once.

    Raises `Objected`: still being checked, or nothing in it to save.
    """
    held = Sheet.objects.visible_to(by, now).select_for_update().get(pk=sheet.pk)
    if held.state in {Sheet.State.SAVING, Sheet.State.SAVED}:
        return held
    if held.state == Sheet.State.CHECKING:
        raise Objected([Objection("sheet_still_checked")])
    todo = held.rows.filter(fate__in=TO_SAVE).count()
    if not todo:
        raise Objected([Objection("sheet_nothing_to_save")])
    held.state, held.done, held.todo = Sheet.State.SAVING, 0, todo
    held.save()
    record("sheet.saving", by=by, now=now, about=held, rows=todo)
    return held


def _save(sheet: Sheet, by: User, now: datetime) -> None:
    rows = list(sheet.rows.filter(fate__in=TO_SAVE, saved=False)[:WRITTEN])
    try:
        with transaction.atomic():
            done = _write(rows, by, now)
    except DatabaseError:  # one of them: each by itself, so that the others are saved
        done = [one for row in rows for one in _write_alone(row, by, now)]
    SheetRow.objects.remember(done)
    sheet.done += len(done)
    if not sheet.rows.filter(fate__in=TO_SAVE, saved=False).exists():
        _end(sheet, by, now)
    sheet.save()


def _write(rows: Sequence[SheetRow], by: User, now: datetime) -> list[SheetRow]:
    """Save what can be saved now; returns the rows that are done with, marked so, but not written yet themselves."""
    saving, done = Saving(by=by, now=now), []
    for plan in plan_rows(rows, directory=Directory(by), today=timezone.localdate(now)):
        if not saving.can_write(plan):
            continue
        if plan.fate == Fate.FAULTY:
            _remember(plan)
        else:
            _write_one(saving, plan)
        done.append(plan.row)
    saving.finish()
    return done


def _write_one(saving: Saving, plan: Plan) -> None:
    try:
        if plan.fate != Fate.UNCHANGED:
            with transaction.atomic():
                saving.write(plan)
    except Objected as refusal:
        plan.row.fate, plan.row.remarks = Fate.FAULTY, _kept(refusal.objections)
    else:
        plan.row.fate = plan.fate
        _erase(plan.row)


def _write_alone(row: SheetRow, by: User, now: datetime) -> list[SheetRow]:
    row.refresh_from_db()  # the attempt that failed had already emptied it
    try:
        with transaction.atomic():
            return _write([row], by, now)
    except DatabaseError:
        row.refresh_from_db()
        row.fate, row.remarks = Fate.FAULTY, _kept([Objection("sheet_row_not_taken")])
        return [row]


def _erase(row: SheetRow) -> None:
    """A row that is saved says nothing any more; how it ended and its number stay."""
    row.saved = True
    row.cells, row.changes, row.remarks, row.numbers, row.services = {}, [], [], [], []
    row.office = row.name = row.place = ""


def _end(sheet: Sheet, by: User, now: datetime) -> None:
    sheet.state, sheet.done = Sheet.State.SAVED, sheet.todo
    sheet.rows.filter(fate=Fate.UNCHANGED).update(
        cells={}, changes=[], remarks=[], office="", name="", place="", numbers=[], services=[]
    )
    record("sheet.saved", by=by, now=now, about=sheet, rows=sheet.rows.filter(saved=True).count())


@action("sheet.refused")
def forget_sheet(*, sheet: Sheet, by: User, now: datetime) -> None:
    """Throw a sheet away with all its rows; what was saved of it stays saved."""
    record("sheet.forgotten", by=by, now=now, about=sheet)
    Sheet.objects.filter(pk=sheet.pk, by=by).delete()


@action("sheet.refused")
def forget_expired(*, by: User | None, now: datetime) -> int:
    """Throw away every sheet whose day is over, whosever it is; for background work. Returns how many."""
    expired = Sheet.objects.expired(now)
    gone = expired.count()
    expired.delete()
    if gone:
        record("sheet.expired", by=by, now=now, sheets=gone)
    return gone
