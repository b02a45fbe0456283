from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DirectoryConfig(AppConfig):
    name = "directory"
    verbose_name = _("Directory")

    def ready(self):
        # Wagtail's own events of a page's life: what is public changes nowhere else.
        from wagtail.signals import page_published, page_unpublished, post_page_move

        from directory.models.indexing import follow

        for moved in (page_published, page_unpublished, post_page_move):
            moved.connect(follow, dispatch_uid="directory.index")
