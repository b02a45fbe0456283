"""Which pages a new site was given. What was laid once is an editor's from then on, and is not laid again when deleted."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page


class LaidPage(models.Model):
    """One seeded page, by its key in cms/wording/pages; `page` is the Indonesian one, while there is one."""

    key = models.CharField(max_length=40, unique=True)
    page = models.ForeignKey(Page, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        verbose_name = _("laid page")
