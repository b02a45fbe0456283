"""What a shared computer and a stranger may find: nothing of the case."""

import pytest

from tests import factories
from tests.journeys.conftest import asked_again

pytestmark = pytest.mark.browser

SECRET = "SEGEL-7731-UJI"  # the ledger's reference, shown to who asks and nowhere else


def sign_out(visitor):
    visitor.press("Sign out")
    assert visitor.path == "/"


def test_back_after_signing_out_shows_nothing_of_the_case(visit, ready, owner):
    asked_again(ready, owner)
    worker = visit().sign_in(ready.cast.social_worker)
    told = str(factories.topic(0))
    worker.open(ready.path)
    assert told in worker.text()
    worker.open(f"{ready.path}again/")
    assert told in worker.text()
    sign_out(worker)
    for _step in range(3):
        worker.page.go_back()
        worker.page.wait_for_load_state()
        assert told not in worker.page.content()
        assert ready.case.code not in worker.text()
        assert worker.path == "/account/login/"


STORES = """async () => ({
  local: Object.entries(localStorage), session: Object.entries(sessionStorage), cookies: document.cookie,
  databases: (await indexedDB.databases()).map(one => one.name), caches: await caches.keys(),
  workers: (await navigator.serviceWorker.getRegistrations()).map(one => one.scope), window: window.name,
})"""
LEAVE = """async () => {
  localStorage.setItem("a", "left"); sessionStorage.setItem("a", "left"); document.cookie = "a=left; path=/";
  await new Promise(done => { indexedDB.open("left").onsuccess = done; });
  await caches.open("left"); window.name = "left";
}"""
NOTHING = {"local": [], "session": [], "cookies": "", "databases": [], "caches": [], "workers": [], "window": ""}


def test_nothing_is_left_in_the_browser(visit, ready, owner):
    asked_again(ready, owner)
    worker = visit().sign_in(ready.cast.social_worker)
    worker.open(ready.path)
    assert worker.page.evaluate(STORES) == NOTHING
    worker.open(f"{ready.path}identity/edit/")
    worker.page.fill("input[name=called_name]", SECRET)
    worker.page.wait_for_timeout(1000)
    assert worker.page.evaluate(STORES) == NOTHING  # nor is anything that was typed and not sent
    sign_out(worker)
    assert worker.page.evaluate(STORES) == NOTHING
    assert worker.page.context.cookies() == []


def test_what_is_left_in_a_browser_would_be_found(visit, ready):
    worker = visit().sign_in(ready.cast.social_worker)
    worker.open(ready.path)
    worker.page.evaluate(LEAVE)
    assert worker.page.evaluate(STORES) == NOTHING | {
        "local": [["a", "left"]], "session": [["a", "left"]], "cookies": "a=left", "databases": ["left"],
        "caches": ["left"], "window": "left",
    }  # fmt: skip


def test_a_stolen_session_is_worth_nothing_after_signing_out(visit, ready):
    worker, thief = visit().sign_in(ready.cast.social_worker), visit()
    thief.page.context.add_cookies(worker.page.context.cookies())
    assert thief.open(ready.path).status == 200
    sign_out(worker)
    thief.open(ready.path)
    assert thief.path == "/account/login/"


def test_an_outsider_finds_no_page_of_a_case_whose_addresses_he_learnt(visit, ready, owner):
    held = asked_again(ready, owner)
    outsider = visit().sign_in(ready.cast.other_worker)  # a case manager, of another agency
    places = ["", "child/", "team/new/", "needs/new/", "records/basis/", "interviews/new/", "again/",
              f"team/{held.member.pk}/end/", f"interviews/{held.interview.pk}/", f"interviews/{held.booked.pk}/hold/",
              f"interviews/{held.booked.pk}/cancel/", f"interviews/{held.interview.pk}/outcomes/",
              f"again/{held.asking.pk}/", f"again/{held.asking.pk}/interview/"]  # fmt: skip
    found = {}
    for place in places:
        status = outsider.open(f"{ready.path}{place}").status
        if status != 404 or SECRET in outsider.page.content() or ready.case.code in outsider.text():
            found[place] = status
    assert found == {}
    answers = [(outsider.open(path).status, outsider.text()) for path in ("/cases/K-2222-2222/", ready.path)]
    assert answers[0] == answers[1]


def test_an_outsider_who_types_the_code_is_told_no_more_than_for_a_code_that_is_none(visit, ready):
    outsider = visit().sign_in(ready.cast.other_worker)
    answers = []
    for code in (ready.case.code, other_code(ready.case.code)):
        outsider.open("/cases/")
        outsider.page.fill("[name=code]", code)
        outsider.press("Go to the case")
        answers.append(outsider.text())
        assert outsider.value("code") == code
    assert answers[0] == answers[1]


def other_code(code):
    """A well-formed code of no case."""
    from services.rules.codes import new_code

    return next(fresh for fresh in iter(new_code, None) if fresh != code)


def test_reading_changes_nothing_but_the_record_of_having_read(visit, ready, owner):
    worker = visit().sign_in(ready.cast.social_worker)
    before = counts(owner)
    for place in ("", "child/", "team/new/", "needs/new/", "records/basis/", "interviews/new/", "again/"):
        worker.open(f"{ready.path}{place}")
    after = counts(owner)
    changed = {table for table in before if before[table] != after[table]}
    assert changed <= {"audit_auditevent", "django_session"}
    assert after["audit_auditevent"][0] == before["audit_auditevent"][0] + 7


def counts(owner):
    """{table: (rows, a sum over their contents)} of every table."""
    tables = [row[0] for row in owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    return {
        table: owner.execute(f'SELECT count(*), sum(hashtext(t::text)::bigint) FROM "{table}" t').fetchone()
        for table in tables
    }


def test_every_opening_is_recorded_and_shown_to_the_team(visit, ready, owner):
    prosecutor = visit().sign_in(ready.cast.prosecutor)
    prosecutor.open(ready.path)
    worker = visit().sign_in(ready.cast.social_worker)
    worker.open(ready.path)
    worker.page.click("summary >> nth=-1")
    assert ready.cast.prosecutor.name in worker.page.inner_text("details >> nth=-1")
    opened = owner.execute("SELECT count(*) FROM audit_auditevent WHERE verb = 'case.opened'").fetchone()[0]
    assert opened == 2
