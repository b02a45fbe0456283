"""Words that mean the same to somebody who looks for help; editors keep them, the search reads them."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel

from directory.rules.queries import words_of

LONGEST_LIST = 500  # characters


class Synonyms(models.Model):
    """One group of words or short phrases, separated by commas, of which each is as good as another."""

    terms = models.CharField(
        _("words that mean the same"),
        max_length=LONGEST_LIST,
        unique=True,
        help_text=_("Separated by commas, in whatever language: rumah aman, shelter, penampungan."),
    )

    panels = [FieldPanel("terms")]

    class Meta:
        ordering = ["terms"]
        verbose_name = _("words that mean the same")
        verbose_name_plural = _("words that mean the same")

    def __str__(self):
        return self.terms

    def clean(self):
        if len(self.as_set()) < 2:
            raise ValidationError({"terms": _("Write at least two words, separated by a comma.")})

    def as_set(self):
        """The terms in small letters, each word apart by one space."""
        return {term for term in (" ".join(words_of(part)) for part in self.terms.split(",")) if term}
