"""What an interview may be about: a short list of neutral words, kept by editors.

A topic names a subject ("where, when and how often"); it never holds, and never invites, a word of a child's account.
"""

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel

code_shape = RegexValidator(r"^[a-z][a-z0-9_]*$", _("Small letters, digits and underscores only."))


class TopicQuerySet(models.QuerySet):
    def offered(self):
        """Topics that may be chosen today; retired ones stay readable in old records."""
        return self.filter(retired=False)


class Topic(models.Model):
    """One subject, in both languages. Its `code` never changes once used; a topic is retired, not deleted."""

    code = models.CharField(_("code"), max_length=40, unique=True, validators=[code_shape])
    name_id = models.CharField(_("name in Indonesian"), max_length=120)
    name_en = models.CharField(_("name in English"), max_length=120)
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    retired = models.BooleanField(_("retired"), default=False)

    objects = TopicQuerySet.as_manager()
    panels = [FieldPanel(name) for name in ("code", "name_id", "name_en", "order", "retired")]

    class Meta:
        verbose_name = _("interview topic")
        verbose_name_plural = _("interview topics")
        ordering = ["order", "code"]

    def __str__(self):
        return self.name

    @property
    def name(self):
        """The name in the language of the page."""
        return self.name_en if (get_language() or "").startswith("en") else self.name_id
