"""The people of the tests. The outsider must never see anything."""

from dataclasses import dataclass

from cms.accounts.models import Agency, Role, User
from services.models import Qualification, Resource
from tests import factories

PASSWORD = "satu-kali-saja-cukup"


@dataclass
class Cast:
    """A house, a police unit, a prosecutor's office, and who works there."""

    house: Agency
    police: Agency
    prosecution: Agency
    social_worker: User
    interviewer: User
    investigator: User
    prosecutor: User
    companion: User
    psychologist: User
    keeper: User
    outsider: User
    other_worker: User


def gather():
    """Make the cast and the resource rows of those who attend interviews."""
    house = factories.agency("UPTD PPA Contoh", "uptd_ppa")
    police = factories.agency("Unit PPA Polres Contoh", "police")
    prosecution = factories.agency("Kejaksaan Negeri Contoh", "prosecutor")
    elsewhere = factories.agency("UPTD PPA Lain", "uptd_ppa")
    cast = Cast(
        house=house,
        police=police,
        prosecution=prosecution,
        social_worker=factories.member("Sari", house, Role.CASE_MANAGER),
        interviewer=factories.member("Ratna", house, Role.INTERVIEWER),
        investigator=factories.member("Bima", police, Role.INVESTIGATOR),
        prosecutor=factories.member("Citra", prosecution, Role.PROSECUTOR),
        companion=factories.member("Dewi", house, Role.COMPANION),
        psychologist=factories.member("Eka", house, Role.PSYCHOLOGIST),
        keeper=factories.member("Fajar", house, Role.KEEPER),
        outsider=factories.user("Orang Luar"),
        other_worker=factories.member("Gita", elsewhere, Role.CASE_MANAGER),
    )
    for person, place in [
        (cast.social_worker, house),
        (cast.interviewer, house),
        (cast.investigator, police),
        (cast.prosecutor, prosecution),
        (cast.companion, house),
        (cast.psychologist, house),
    ]:
        factories.person_resource(person, place)
    factories.qualify(cast.interviewer.resource, Qualification.Kind.FORENSIC)
    factories.qualify(cast.companion.resource, Qualification.Kind.COMPANION)
    return cast


def rooms(cast):
    """A venue of the house with a friendly room, a plain room, an observation room and a kit."""
    venue = factories.venue(cast.house)
    return {
        "room": factories.room(venue, "Melati", child_friendly=True),
        "plain": factories.room(venue, "Rapat", child_friendly=False),
        "observation": factories.room(venue, "Kaca", kind=Resource.Kind.OBSERVATION_ROOM),
        "kit": Resource.objects.create(kind="kit", name="Perekam 1", agency=cast.house, venue=venue),
    }
