"""What a new site must have before anybody opens it; laid after every migration, creating only what is missing."""

from django.contrib.auth.models import Group, Permission
from wagtail.models import Locale, Page, Site

from cms import wording
from cms.models import HomePage


def lay():
    """Lay everything; safe to run again."""
    open_front_door()
    wording.seed()
    let_editors_keep_the_words()


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
