"""What the directory needs before anybody opens it; laid after every migration, creating only what is missing."""

from datetime import timedelta

from django.contrib.auth.models import Group, Permission
from django.db.models import Q
from django.utils import timezone
from wagtail.models import GroupApprovalTask, GroupPagePermission, Page, Workflow, WorkflowPage, WorkflowTask

from cms import wording
from cms.models import HomePage
from directory.models import Criterion, DirectoryIndexPage, Entry, ServicePage, Standard, Synonyms
from directory.models.indexing import index_everything
from directory.rules.standards import NOTICE

REVIEWERS = "Peninjau"  # reviewers: they check and publish what providers submit
VERIFIERS = "Pemeriksa standar"  # verifiers: they confirm what providers say of themselves
WORKFLOW = "Peninjauan layanan"
SYNONYMS = [
    "rumah aman, shelter, penampungan, safe house, tempat tinggal sementara",
    "konseling, counselling, counseling, curhat, psikolog, pendampingan psikologis",
    "pelecehan, kekerasan seksual, pencabulan, sexual abuse, sexual violence",
    "perkosaan, pemerkosaan, rape",
    "lapor, melapor, pengaduan, aduan, report",
    "pengacara, bantuan hukum, advokat, lawyer, legal help",
    "visum, visum et repertum, pemeriksaan medis",
    "gratis, cuma cuma, tanpa biaya, free",
    "anak, child, children, remaja",
    "foto, gambar, video, konten, picture, photo",
    "hapus, penghapusan, takedown, removal",
    "dokter, rumah sakit, puskesmas, doctor, hospital",
    "trauma, terapi, therapy",
    "perdagangan orang, tppo, trafficking",
    "disabilitas, difabel, cacat, disability",
    "polisi, ppa, unit ppa, police",
]
PAGE_RIGHTS = ("add_page", "change_page", "publish_page", "lock_page", "unlock_page")


def lay():
    """Lay everything; safe to run again. Needs the Indonesian home page of `cms.foundation`."""
    home = HomePage.objects.filter(locale__language_code="id").first()
    if home is None:
        return
    index = DirectoryIndexPage.objects.first() or make_index(home)
    reviewers = make_reviewers(index)
    make_workflow(index, reviewers)
    make_verifiers()
    let_editors_keep_the_standards()
    lay_first_standard()
    seed_synonyms()
    if not Entry.objects.exists() and ServicePage.objects.listed().exists():
        index_everything()  # a site from before there was an index


def seed_synonyms():
    """The first groups of words that mean the same; editors keep them from then on. Wagtail's group of editors may."""
    if Synonyms.objects.exists():
        return
    Synonyms.objects.bulk_create([Synonyms(terms=terms) for terms in SYNONYMS])
    editors, _made = Group.objects.get_or_create(name="Editors")
    editors.permissions.add(
        *Permission.objects.filter(content_type__app_label="directory", content_type__model="synonyms")
    )


def make_index(home):
    index = DirectoryIndexPage(title="Direktori layanan", slug="direktori", locale=home.locale)
    return home.add_child(instance=index)


def make_reviewers(index):
    """The group that may do everything to listings but delete them in bulk, and alone says that one was checked."""
    group, _made = Group.objects.get_or_create(name=REVIEWERS)
    for codename in PAGE_RIGHTS:
        permission = Permission.objects.get(codename=codename, content_type__app_label="wagtailcore")
        page = Page.objects.get(pk=index.pk)
        GroupPagePermission.objects.get_or_create(group=group, page=page, permission=permission)
    group.permissions.add(
        *Permission.objects.filter(
            Q(codename="access_admin", content_type__app_label="wagtailadmin")
            | Q(codename="check_servicepage", content_type__app_label="directory")
        )
    )
    return group


def make_workflow(index, reviewers):
    """One step: somebody of the reviewers approves. An editor may give the directory another workflow; it is kept."""
    if WorkflowPage.objects.filter(page_id=index.pk).exists():
        return
    task = GroupApprovalTask.objects.create(name=WORKFLOW)
    task.groups.add(reviewers)
    workflow = Workflow.objects.create(name=WORKFLOW)
    WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=0)
    WorkflowPage.objects.create(workflow=workflow, page=Page.objects.get(pk=index.pk))


def make_verifiers():
    """The group that alone confirms what a provider says of itself; whose people are of no provider's team."""
    group, made = Group.objects.get_or_create(name=VERIFIERS)
    if made:
        group.permissions.add(Permission.objects.get(codename="verify_assessment", content_type__app_label="directory"))


def let_editors_keep_the_standards():
    """Wagtail's group of editors may add and change standards; who took that away is not overruled."""
    kept = Permission.objects.filter(
        content_type__app_label="directory", codename__in=[f"{verb}_standard" for verb in ("add", "change", "view")]
    )
    if not Group.objects.filter(permissions__in=kept).exists():
        editors, _created = Group.objects.get_or_create(name="Editors")
        editors.permissions.add(*kept)


def lay_first_standard():
    """The standard of houses, where there is none. It binds after the usual notice: houses are verified meanwhile."""
    if Standard.objects.exists():
        return
    first = wording.load("standar-rumah")
    standard = Standard(
        version=first["version"],
        kind=first["kind"],
        starts_on=timezone.localdate() + timedelta(days=NOTICE),
        **_both(first, "title", "about", "source"),
    )
    standard.criteria = [
        Criterion(essential=told["essential"], months=told["months"], sort_order=place, **_both(told, "words", "asks"))
        for place, told in enumerate(first["criteria"])
    ]
    standard.save()


def _both(told, *names):
    """A field in Indonesian, and the one beside it in English."""
    return {name: told[name]["id"] for name in names} | {f"{name}_en": told[name]["en"] for name in names}
