"""What a new site must have before anybody opens it; laid after every migration, creating only what is missing."""

from wagtail.models import Locale, Page, Site

from cms.models import HomePage


def lay():
    """Lay everything; safe to run again."""
    open_front_door()


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
