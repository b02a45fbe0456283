"""What a new site must have before anybody opens it; laid after every migration, creating only what is missing."""

from django.contrib.auth.models import Group, Permission
from wagtail.models import GroupPagePermission, Locale, Page, Site, Workflow, WorkflowPage, WorkflowTask

from cms import wording
from cms.models import HomePage, IndependentReader, ProtocolIndexPage, ProtocolPage, ProtocolVersion
from cms.models.limits import LIMIT_FIELDS
from cms.models.searching import enter_all
from cms.wording.laying import lay_pages


def lay():
    """Lay everything; safe to run again."""
    open_front_door()
    wording.seed()
    let_editors_keep_the_words()
    publish_protocols()
    let_two_people_read()
    lay_pages()
    enter_all()


def open_front_door():
    """Our own home page in both languages stands where Wagtail's welcome page stood."""
    indonesian, english = (Locale.objects.get_or_create(language_code=code)[0] for code in ("id", "en"))
    if HomePage.objects.exists():
        return
    root = Page.get_first_root_node()
    for welcome in root.get_children():
        welcome.delete()
    root.refresh_from_db()
    home = root.add_child(instance=HomePage(title="Sekali", slug="sekali", locale=indonesian))
    copy = home.copy_for_translation(english)
    copy.slug = "sekali-en"
    copy.live = True
    copy.save_revision().publish()
    Site.objects.all().delete()
    Site.objects.create(hostname="localhost", root_page=home, is_default_site=True, site_name="Sekali")


def let_editors_keep_the_words():
    """Wagtail's group of editors may add and change topics, wordings and sources; who took that away is not overruled."""
    kept = Permission.objects.filter(
        content_type__app_label="cms",
        codename__in=[
            f"{verb}_{kind}" for verb in ("add", "change", "view") for kind in ("topic", "wording", "source")
        ],
    )
    if not Group.objects.filter(permissions__in=kept).exists():
        editors, _created = Group.objects.get_or_create(name="Editors")
        editors.permissions.add(*kept)


INDEX = {
    "title": {"id": "Protokol", "en": "Protocols"},
    "slug": {"id": "protokol", "en": "protocols"},
    "intro": {
        "id": "Langkah demi langkah: siapa berbuat apa, kapan, dan apa yang bisa diharapkan anak.",
        "en": "Step by step: who does what, by when, and what the child can expect.",
    },
}


PROTOCOLS = (
    "laporan-pertama",
    "wawancara-bersama",
    "pemulihan",
    "lintas-batas-daring",
)  # files in cms/wording, in the order of the list


def publish_protocols():
    """The protocols that a fresh site has in force, in both languages; one that was ever known is left alone."""
    home = HomePage.objects.filter(locale__language_code="id").first()
    for first in [wording.load(code) for code in PROTOCOLS] if home else ():
        code = first["code"]
        if not (ProtocolVersion.objects.of(code).exists() or ProtocolPage.objects.filter(code=code).exists()):
            publish_protocol(home, first)


READERS = [("Pembaca isi protokol", "Isi protokol dibaca"), ("Pembaca hukum protokol", "Hukum protokol dibaca")]
WORKFLOW = "Protokol dibaca dua orang"


def let_two_people_read():
    """Protocols are published after one group read the contents and another the law; laid once, and kept as it is then."""
    lists = ProtocolIndexPage.objects.all()
    if not lists or IndependentReader.objects.exists() or Workflow.objects.filter(name=WORKFLOW).exists():
        return
    workflow = Workflow.objects.create(name=WORKFLOW)
    door = Permission.objects.get(codename="access_admin", content_type__app_label="wagtailadmin")
    # The least right by which a page is seen in the admin; a reader may want to keep a text still while reading it.
    hold = Permission.objects.get(codename="lock_page", content_type__app_label="wagtailcore")
    for place, (people, said) in enumerate(READERS):
        group, _made = Group.objects.get_or_create(name=people)
        group.permissions.add(door)
        for index in lists:
            GroupPagePermission.objects.get_or_create(group=group, page=index.page_ptr, permission=hold)
        task = IndependentReader.objects.create(name=said)
        task.groups.add(group)
        WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=place)
    for index in lists:
        WorkflowPage.objects.get_or_create(page=index.page_ptr, defaults={"workflow": workflow})


def publish_protocol(home, first):
    """One protocol of a seed in both languages, below the list of protocols."""
    index = ProtocolIndexPage.objects.child_of(home).first()
    if index is None:
        index = home.add_child(instance=ProtocolIndexPage(**_in("id", INDEX, "title", "slug", "intro")))
        _publish_in_english(index, INDEX, "title", "slug", "intro")
    page = index.add_child(instance=ProtocolPage(live=False, **_limits(first), **_prose(first, "id")))
    page.save_revision().publish()
    english = page.copy_for_translation(Locale.objects.get(language_code="en"), copy_parents=True)
    for name, value in _prose(first, "en").items():
        setattr(english, name, value)
    english.save_revision().publish()


def _publish_in_english(page, words, *names):
    copy = page.copy_for_translation(Locale.objects.get(language_code="en"), copy_parents=True)
    for name, value in _in("en", words, *names).items():
        setattr(copy, name, value)
    copy.save_revision().publish()


def _in(tongue, words, *names):
    return {name: words[name][tongue] for name in names}


def _prose(first, tongue):
    """The page's fields in one language; streams as the list of `(block, value)` that Wagtail takes."""

    def blocks(name, kind):
        return [(kind, _said(entry, tongue)) for entry in first.get(name, ())]

    return {
        **_in(tongue, first, "title", "slug", "intro", "what_changed"),
        "draft_title": first["title"][tongue],
        "body": [(entry["kind"], _block(entry, tongue)) for entry in first.get("body", ())],
        "steps": blocks("steps", "step"),
        "manner": [(entry["kind"], entry["text"][tongue]) for entry in first.get("manner", ())],
        "checklist": [("item", entry["text"][tongue]) for entry in first.get("checklist", ())],
        "legal_basis": blocks("legal_basis", "law"),
        "evidence": blocks("evidence", "finding"),
    }


def _block(entry, tongue):
    return _in(tongue, entry, "heading", "text") if "heading" in entry else entry["text"][tongue]


def _said(entry, tongue):
    return {name: part[tongue] if isinstance(part, dict) else part for name, part in entry.items()}


def _limits(first):
    """The limits of a seed, as a page has them; a protocol that booking does not read gives none."""
    streams = {"bands": "band", "roles": "role", "reasons_for": "warning", "preparation": "item"}
    return {
        "code": first["code"],
        **{name: first[name] for name in LIMIT_FIELDS if name in first and name not in streams},
        **{name: [(kind, part) for part in first.get(name, ())] for name, kind in streams.items()},
    }
