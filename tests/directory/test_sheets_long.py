"""Twenty thousand rows: taken in and checked in steps, in little memory however long the file is."""

import tracemalloc

import pytest
from django.db import connection
from django.utils import timezone

from cms.database.context import acting_as
from cms.places import DISTRICTS, PROVINCES
from directory.actions import sheets as actions
from directory.models import ProviderPage, ServicePage
from directory.rules import sheet_files
from tests.directory import factories
from tests.directory.sheets import as_csv, as_xlsx, done, office

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
MEGABYTE = 1024 * 1024


def long_list(number):
    """Rows of districts all over the country; every hundredth has a number that is none."""
    districts = list(DISTRICTS.values())
    for place in range(number):
        name, province = districts[place % len(districts)]
        yield office(
            f"UPTD PPA {name} {place}",
            provinsi=PROVINCES[province][0],
            kabupaten_kota=name,
            telepon="714951" if place % 100 == 99 else f"021 {29000000 + place}",
            layanan="pengaduan;konseling",
            alamat=f"Jalan Contoh {place}",
            jam_layanan="Senin-Jumat 08.00-16.00",
        )


def test_twenty_thousand_rows_are_checked_step_by_step():
    reviewer = factories.reviewer()
    with acting_as(reviewer):
        sheet = actions.receive_sheet(data=as_csv(list(long_list(20_000))), by=reviewer, now=timezone.now())
        asked = []

        def counting(execute, *statement):
            asked[-1] += 1
            return execute(*statement)

        with connection.execute_wrapper(counting):
            while sheet.at_work:
                asked.append(0)
                sheet = actions.go_on(sheet=sheet, by=reviewer, now=timezone.now())
        assert (sheet.rows_in_all, len(asked)) == (20_000, 20)
        assert max(asked) < 40
        assert sheet.rows.filter(fate="faulty").count() == 200
        assert sheet.rows.filter(fate="new").count() == 19_800


@pytest.mark.parametrize("write", [as_csv, as_xlsx])
def test_reading_takes_no_more_memory_for_a_file_four_times_as_long(write):
    def peak(number):
        data = write(list(long_list(number)))
        tracemalloc.start()
        try:
            assert sum(1 for _row in sheet_files.read(data)[1]) == number
            return tracemalloc.get_traced_memory()[1] - len(data) * 4  # the file itself, as bytes and as text
        finally:
            tracemalloc.stop()

    small, large = peak(500), peak(2_000)
    assert large < small + 6 * MEGABYTE


def test_a_step_takes_no_more_memory_at_the_end_of_a_long_file(monkeypatch):
    monkeypatch.setattr(actions, "CHECKED", 100)
    reviewer = factories.reviewer()
    with acting_as(reviewer):
        sheet = actions.receive_sheet(data=as_csv(list(long_list(1_000))), by=reviewer, now=timezone.now())
        peaks = []
        while sheet.at_work:
            tracemalloc.start()
            sheet = actions.go_on(sheet=sheet, by=reviewer, now=timezone.now())
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
        assert peaks[-1] < peaks[1] + 12 * MEGABYTE


def test_hundreds_of_rows_are_saved_and_marked():
    reviewer = factories.reviewer()
    with acting_as(reviewer):
        sheet = actions.receive_sheet(data=as_csv(list(long_list(120))), by=reviewer, now=timezone.now())
        sheet = actions.save_sheet(sheet=done(sheet, reviewer), by=reviewer, now=timezone.now())
        sheet = done(sheet, reviewer)
        assert (sheet.done, ProviderPage.objects.count(), ServicePage.objects.count()) == (119, 119, 238)
