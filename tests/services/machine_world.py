"""Where the machine begins, how a day passes in it, and the promises that it asks of the database."""

from cms.database.context import acting_as
from services.actions import cases
from services.models import CaseMember, Resource
from tests import factories
from tests.services.conftest import record_preparation

PROMISES = """
DO $promises$ BEGIN
  IF EXISTS (SELECT FROM services_interview WHERE kind = 'joint' AND state IN ('proposed', 'booked', 'held')
              GROUP BY case_id HAVING count(*) > 1) THEN
    RAISE EXCEPTION 'two live joint interviews of one case';
  END IF;
  IF EXISTS (SELECT FROM services_interview WHERE asking_id IS NOT NULL AND state IN ('proposed', 'booked', 'held')
              GROUP BY asking_id HAVING count(*) > 1) THEN
    RAISE EXCEPTION 'one wish, two interviews';
  END IF;
  IF EXISTS (SELECT FROM services_occupancy a JOIN services_occupancy b
               ON a.resource_id = b.resource_id AND a.id < b.id AND a.span && b.span AND a.live AND b.live) THEN
    RAISE EXCEPTION 'a resource is used twice';
  END IF;
  IF EXISTS (SELECT FROM services_interview i JOIN services_booking b ON b.interview_id = i.id
               JOIN services_occupancy o ON o.id = b.occupancy_id AND o.live
              WHERE i.state IN ('cancelled', 'expired')) THEN
    RAISE EXCEPTION 'what ended still takes something';
  END IF;
  IF EXISTS (SELECT FROM services_interview i
               JOIN services_case c ON c.id = i.case_id
               CROSS JOIN LATERAL (SELECT resource_id AS id FROM services_participant WHERE interview_id = i.id
                                   UNION SELECT c.child_resource_id) AS needed
              WHERE (i.state IN ('booked', 'held') OR (i.state = 'proposed' AND i.proposed_until > clock_timestamp()))
                AND NOT EXISTS (SELECT FROM services_booking b JOIN services_occupancy o ON o.id = b.occupancy_id
                                 WHERE b.interview_id = i.id AND o.resource_id = needed.id AND o.live
                                   AND o.span @> i.span AND o.hold_until IS NOT DISTINCT FROM i.proposed_until)) THEN
    RAISE EXCEPTION 'somebody is expected whose time is not taken';
  END IF;
  IF EXISTS (SELECT FROM services_occupancy o WHERE o.live AND NOT EXISTS (
               SELECT FROM services_booking b JOIN services_interview i ON i.id = b.interview_id
                WHERE b.occupancy_id = o.id AND i.state IN ('proposed', 'booked', 'held'))) THEN
    RAISE EXCEPTION 'something is taken for nothing';
  END IF;
  IF EXISTS (SELECT FROM services_askingtopic t JOIN services_asking a ON a.id = t.asking_id
               JOIN services_testimony told ON told.case_id = a.case_id AND told.topic_id = t.topic_id
              WHERE told.outcome = 'told_recorded' AND told.at < a.at AND a.kind <> 'court_ordered') THEN
    RAISE EXCEPTION 'a topic that is told and recorded was asked for again';
  END IF;
  IF EXISTS (SELECT FROM services_testimony t JOIN services_interview i ON i.id = t.interview_id WHERE i.state <> 'held') THEN
    RAISE EXCEPTION 'testimony of what was not held';
  END IF;
  IF EXISTS (SELECT FROM services_questionneed n JOIN services_interview i ON i.id = n.interview_id
              WHERE n.state = 'attached' AND i.state IN ('cancelled', 'expired')) THEN
    RAISE EXCEPTION 'a need hangs on what ended';
  END IF;
  IF EXISTS (SELECT FROM services_interview i WHERE i.kind = 'supplementary'
               AND (SELECT count(DISTINCT by_id) FROM services_approval p WHERE p.asking_id = i.asking_id) < 2) THEN
    RAISE EXCEPTION 'the child is asked again without two approvals';
  END IF;
  IF EXISTS (SELECT FROM services_interviewformer was JOIN services_interview i ON i.id = was.pgh_obj_id
              WHERE was.state <> i.state AND was.state NOT IN ('proposed', 'booked')) THEN
    RAISE EXCEPTION 'what was over came back';
  END IF;
END $promises$
"""
# A day passes: what was planned comes a day nearer. Earliest first, so that no two uses meet on the way.
PASS = """
DO $pass$ DECLARE one record; BEGIN
  UPDATE services_interview SET proposed_until = NULL, state = state WHERE false;
  UPDATE services_interview SET span = tstzrange(lower(span) - interval '1 day', upper(span) - interval '1 day'),
                                proposed_until = proposed_until - interval '1 day';
  FOR one IN SELECT id FROM services_occupancy ORDER BY lower(span), id LOOP
    UPDATE services_occupancy SET span = tstzrange(lower(span) - interval '1 day', upper(span) - interval '1 day'),
                                  hold_until = hold_until - interval '1 day' WHERE id = one.id;
  END LOOP;
END $pass$
"""


def world(cast, things):
    """The cast's two case managers with a case each, two of most things, and everything recorded that must be."""
    elsewhere = cast.other_worker.memberships.get().agency
    factories.person_resource(cast.other_worker, elsewhere)
    lia = factories.member("Lia", cast.house, "companion")
    nia = factories.member("Nia", cast.house, "interviewer")
    for person, kind in ((lia, "companion"), (nia, "forensic")):
        factories.qualify(factories.person_resource(person, cast.house), kind)
    venue = things["room"].venue
    second = {
        "room": factories.room(venue, "Anggrek", child_friendly=True),
        "kit": Resource.objects.create(kind="kit", name="Perekam 2", agency=cast.house, venue=venue),
        "observation": factories.room(venue, "Kaca 2", kind=Resource.Kind.OBSERVATION_ROOM),
    }
    for resource in Resource.objects.bookable():
        factories.works(resource, days=20)
    made = [
        _case(cast, worker, agency, lia)
        for worker, agency in ((cast.social_worker, cast.house), (cast.other_worker, elsewhere))
    ]
    return {
        "cast": cast,
        "cases": made,
        "things": [things, second],
        "people": {
            "interviewer": [cast.interviewer, nia],
            "companion": [cast.companion, lia],
            "investigator": [cast.investigator],
            "prosecutor": [cast.prosecutor],
        },
    }


def _case(cast, worker, agency, lia):
    with acting_as(worker):
        case = cases.open_new_case(facts=factories.case_facts(), agency=agency, by=worker, now=factories.now())
        factories.add_team(case, cast)
        CaseMember.objects.create(case=case, user=lia, agency=cast.house, role="companion", starts=factories.now())
        # The database's now() is when the outermost transaction began, which here is long before.
        CaseMember.objects.filter(case=case).update(starts=factories.long_ago())
        prepared = type("Prepared", (), {"social_worker": worker, "investigator": cast.investigator})
        for companion in (cast.companion, lia):
            prepared.companion = companion
            record_preparation(case, prepared)
        factories.need(case, cast, by=worker)
    return case
