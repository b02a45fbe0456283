"""Everything held about a child, laid out for whoever may ask to see it: readable, and complete.

A copy is plain values only (text and numbers), so that it can be written as HTML or JSON and read back the same.
It names nobody but the child: other people appear by role and agency. The hour and place of an interview still to come
stay out of it, for paper gets lost: the companion tells the child.
"""

from django.db.models import Count, Max
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cms.accounts.models import Role
from cms.audit.models import AuditEvent
from cms.encryption.models import keys_at_hand
from cms.templatetags.sekali import day, span, when
from services.models.accesses import RecordAccess
from services.models.cases import AccessNeed, CaseMember, Preference, SafetyFlag
from services.models.consents import ChildView, Consent, LegalBasis, Readiness
from services.models.families import FamilyMember
from services.models.groups import GroupMembership, GroupVisit
from services.models.identities import CaseReference, ChildIdentity
from services.models.interviews import Asking, Interview
from services.models.needs import QuestionNeed
from services.models.permits import CourtPermit
from services.models.recovery import RecoveryPlan, RecoverySession, WaitingEntry
from services.models.retention import Closing, LegalHold
from services.models.subjects import SubjectRequest
from services.models.tasks import ChecklistTick, Task
from services.models.testimony import PriorTelling, Testimony
from services.rules.states import AHEAD

FORMAT = "sekali-copy-1"


def copy_of(case, moment):
    """A dictionary: `format`, `made`, and `parts`, each with a title and entries of (name, value) pairs."""
    who = People(case)
    parts = [
        (_("The case"), [the_case(case)]),
        (_("Who the child is"), the_child(case)),
        (_("Team"), [_pairs((_("role"), who.of(row.user_id)), (_("from"), when(row.starts, case.zone)),
                            (_("until"), when(row.ends, case.zone))) for row in who.members]),
        (_("Before the interview"), before(case)),
        (_("What agencies needed to know"), needs(case)),
        (_("Interviews"), interviews(case, moment)),
        (_("What was told, topic by topic"), ledger(case)),
        (_("Wishes to ask again"), askings(case)),
        *([(_("Recovery"), treated)] if (treated := recovery(case, moment)) else []),
        (_("Keeping"), keeping(case)),
        (_("Who opened or changed it"), openings(case, who)),
    ]  # fmt: skip
    return {
        "format": FORMAT,
        "made": when(moment, case.zone),
        "parts": [{"title": title, "entries": [entry for entry in entries if entry]} for title, entries in parts],
    }


class People:
    """Everybody who ever worked on the case, by role and agency; never by name."""

    def __init__(self, case):
        self.members = list(CaseMember.objects.filter(case=case).select_related("agency").order_by("starts", "pk"))
        self.words = {row.user_id: f"{row.get_role_display()}, {row.agency.name}" for row in self.members}
        self.words.setdefault(case.manager_id, f"{Role.CASE_MANAGER.label}, {case.agency.name}")

    def of(self, user_id):
        return self.words.get(user_id, _("the system") if user_id is None else _("another officer"))


def the_case(case):
    return _pairs(
        (_("case code"), case.code),
        (_("opened"), when(case.opened_at, case.zone)),
        (_("closed"), when(case.closed_at, case.zone)),
        (_("agency"), case.agency.name),
        (_("day of the report"), day(case.reported_on)),
        (_("age in months"), case.age_months),
        (_("province"), case.place),
        (_("language the child speaks best"), case.get_language_display()),
        (_("interviewer"), case.get_interviewer_sex_display()),
        (_("companion"), case.get_companion_sex_display()),
        (_("Needs"), _labels(AccessNeed, case.access_needs)),
        (_("Would like"), _labels(Preference, case.preferences)),
        (_("For safety"), _labels(SafetyFlag, case.safety_flags)),
    )


def the_child(case):
    """What is sealed, opened for the child. The safe contact and who must not meet are other people: they stay out."""
    made = []
    with keys_at_hand():
        for row in ChildIdentity.objects.filter(case=case):
            confirmed = day(row.contact_confirmed_on) or _("not confirmed")
            made.append(
                _pairs(
                    (_("name the child wishes to be called"), row.called_name.open()),
                    (_("birth date"), row.birth_date.open()),
                    (_("NIK"), row.nik.open()),
                    (_("safe contact"), confirmed if row.contact_number else ""),
                    (_("who must not meet"), _("recorded") if row.separation else ""),
                )
            )
        made += [
            _pairs((row.get_kind_display(), row.number.open()), (_("recorded"), when(row.at, case.zone)))
            for row in CaseReference.objects.standing().filter(case=case)
        ]
    return made


def before(case):
    rows = [(_("Legal basis"), row.get_ground_display(), row.at) for row in LegalBasis.objects.filter(case=case)]
    rows += [
        (_("Consent of a guardian"), f"{row.get_giver_display()}: {row.get_answer_display()}", row.at)
        for row in Consent.objects.filter(case=case)
    ]
    rows += [
        (_("The child's view"), f"{row.get_means_display()}: {row.get_answer_display()}", row.at)
        for row in ChildView.objects.filter(case=case)
    ]
    rows += [
        (_("Permit of the court"), f"{row.get_step_display()}, {day(row.dated)}", row.at)
        for row in CourtPermit.objects.filter(case=case)
    ]
    rows += [(_("Readiness agreed"), day(row.agreed_on), row.at) for row in Readiness.objects.filter(case=case)]
    rows += [
        (_("Task"), f"{row.get_what_display()}, {day(row.due_on)}", row.at) for row in Task.objects.filter(case=case)
    ]
    rows += [
        (_("To see to before it begins"), _said(row), row.at)
        for row in ChecklistTick.objects.filter(case=case).select_related("interview__protocol")
    ]
    rows += [
        (_("An earlier telling"), f"{row.get_listener_display()}, {day(row.told_on)}", row.at)
        for row in PriorTelling.objects.filter(case=case)
    ]
    return [_pairs((name, value), (_("recorded"), when(at, case.zone))) for name, value, at in rows]


def _said(tick):
    """An item of the pinned checklist and whether it was ticked, in the language of the page."""
    items = {item.code: item for item in tick.interview.protocol.protocol_limits().preparation}
    words = items[tick.item].text(get_language() or "id") if tick.item in items else tick.item
    return f"{words} ({_('done') if tick.done else _('not done')})"


def needs(case):
    rows = QuestionNeed.objects.filter(case=case).select_related("agency", "topic")
    return [
        _pairs(
            (_("agency"), row.agency.name),
            (_("topic"), str(row.topic)),
            (_("what for"), row.get_purpose_display()),
            (_("state"), row.get_state_display()),
            (_("why postponed"), row.postponed_because),
        )
        for row in rows
    ]


def _sessions(row, moment):
    """Those of an extended interview that are over; of one still to come no hour stands on paper."""
    over = [part for part in row.parts.all() if part.ends <= moment]
    return [f"{span(part.starts, part.ends, row.zone)}: {part.get_state_display()}" for part in over]


def interviews(case, moment):
    made = []
    for row in (
        Interview.objects.of(case)
        .select_related("venue")
        .prefetch_related("participants__resource__agency", "breaks", "overrides", "moves", "parts")
    ):
        ahead = row.seen_at(moment).state in AHEAD and row.ends > moment
        people = [f"{one.get_role_display()}, {one.resource.agency.name} ({one.get_presence_display()})"
                  for one in row.participants.all()]  # fmt: skip
        made.append(
            _pairs(
                (_("kind"), row.get_kind_display()),
                (_("state"), row.get_state_display()),
                (
                    _("time"),
                    _("still to come; the companion tells the child")
                    if ahead
                    else span(row.starts, row.ends, row.zone),
                ),
                (_("sessions"), [] if ahead else _sessions(row, moment)),
                (_("place"), "" if ahead else row.venue.code_name),
                (_("Who attends"), [] if ahead else people),
                (_("why no prosecutor attends"), row.prosecutor_absent_because),
                (_("moved on"), [when(one.at, case.zone) for one in row.moves.all()]),
                (
                    _("Breaks"),
                    []
                    if ahead
                    else [
                        _("after %(after)d minutes, for %(minutes)d") % {"after": one.after, "minutes": one.minutes}
                        for one in row.breaks.all()
                    ],
                ),
                (
                    _("Booked although a rule warned"),
                    [f"{one.get_rule_display()}: {one.reason}" for one in row.overrides.all()],
                ),
            )
        )
    return made


def ledger(case):
    entries = Testimony.objects.filter(case=case).select_related("topic", "custodian", "correction")
    made = [
        _pairs(
            (_("topic"), str(row.topic)),
            (_("what came of it"), row.get_outcome_display()),
            (_("kept by"), row.custodian.name if row.custodian else ""),
            (_("sealed reference"), row.reference),
            (_("SHA-256 of the recording"), row.sha256),
            (_("why it is corrected"), row.get_correction_reason_display()),
            (_("no longer valid"), "" if row.stands else _("corrected by a later entry")),
        )
        for row in entries
    ]
    asked = RecordAccess.objects.filter(case=case).select_related("agency", "testimony__topic")
    made += [
        _pairs(
            (_("asked to see the record"), row.agency.name),
            (_("topic"), str(row.testimony.topic)),
            (_("what for"), row.get_purpose_display()),
            (_("recorded"), when(row.at, case.zone)),
            (_("state"), row.get_state_display()),
            (_("may be seen until"), day(row.until)),
            (_("how to see it"), row.instructions),
            (_("why not"), row.get_refusal_display()),
        )
        for row in asked
    ]
    return made


def askings(case):
    rows = Asking.objects.filter(case=case).select_related("agency", "court").prefetch_related("topics", "approvals")
    return [
        _pairs(
            (_("kind"), row.get_kind_display()),
            (_("agency"), row.agency.name),
            (_("topics"), [str(topic) for topic in row.topics.all()]),
            (_("reason"), row.reason),
            (_("court"), row.court.name if row.court else ""),
            (_("approved by"), [one.get_role_display() for one in row.approvals.all()]),
        )
        for row in rows
    ]


def recovery(case, moment):
    """Plans, groups, what came of each session that has passed, the waiting list, siblings; nothing when there was none."""
    made = [
        _pairs(
            (_("recovery plan"), row.get_state_display()),
            (_("therapist"), row.therapist.agency.name),
            (_("sessions"), row.planned),
            (_("outcome"), row.get_outcome_display()),
        )
        for row in RecoveryPlan.objects.filter(case=case).select_related("therapist__agency")
    ]
    passed = RecoverySession.objects.filter(case=case, span__endswith__lte=moment)
    made += [
        _pairs((_("recovery session"), day(row.starts, case.zone)), (_("attendance"), row.get_state_display()))
        for row in passed
    ]
    made += [
        _pairs(
            (_("group"), row.group.get_kind_display()),
            (_("from"), when(row.at, case.zone)),
            (_("left"), when(row.left_at, case.zone)),
        )
        for row in GroupMembership.objects.filter(case=case).select_related("group")
    ]
    visited = GroupVisit.objects.filter(case=case, session__span__endswith__lte=moment).select_related("session")
    made += [
        _pairs(
            (_("session of a group"), day(row.session.starts, case.zone)), (_("attendance"), row.get_state_display())
        )
        for row in visited
    ]
    made += [
        _pairs((_("waiting list"), row.get_state_display()), (_("from"), when(row.at, case.zone)))
        for row in WaitingEntry.objects.filter(case=case)
    ]
    made += [
        _pairs((_("member of a family"), when(row.at, case.zone)), (_("taken back"), when(row.left_at, case.zone)))
        for row in FamilyMember.objects.filter(case=case)
    ]
    return made


def keeping(case):
    made = [
        _pairs((row.get_step_display(), when(row.at, case.zone)), (_("why"), row.get_reason_display()))
        for row in Closing.objects.filter(case=case)
    ]
    made += [
        _pairs(
            (_("hold on erasing"), row.get_reason_display()),
            (_("from"), when(row.at, case.zone)),
            (_("lifted"), when(row.lifted_at, case.zone)),
        )
        for row in LegalHold.objects.filter(case=case)
    ]
    made += [
        _pairs(
            (_("request to see what is held"), row.get_asker_display()),
            (_("received"), when(row.received_at, case.zone)),
            (_("how it ended"), row.get_ending_display()),
        )
        for row in SubjectRequest.objects.filter(case=case)
    ]
    return made


def openings(case, who):
    """One line per person and thing done: how often, and when last."""
    events = AuditEvent.objects.filter(case_id=case.pk).values("actor_id", "verb").order_by("actor_id", "verb")
    return [
        _pairs(
            (_("who"), who.of(row["actor_id"])),
            (_("what"), row["verb"]),
            (_("how often"), row["times"]),
            (_("last on"), when(row["last"], case.zone)),
        )
        for row in events.annotate(times=Count("pk"), last=Max("at"))
    ]


def _pairs(*pairs):
    """What there is to say, as text or numbers; empty values are left out, several are joined."""
    told = [(name, "; ".join(value) if isinstance(value, list) else value) for name, value in pairs]
    return [{"name": str(name), "value": value if isinstance(value, int) else str(value)}
            for name, value in told if value not in {"", None}]  # fmt: skip


def _labels(choices, values):
    words = dict(choices.choices)
    return [str(words.get(value, value)) for value in values]
