from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CmsConfig(AppConfig):
    name = "cms"
    verbose_name = _("Pages")
    append_only = ("protocolversion",)
    written_by_functions = ("pagestamp",)

    def ready(self):
        from cms import exports, previews, starters

        starters.install()
        exports.install()
        previews.install()
