"""The immutable versions of protocols, which the rules of booking read; cms/models/protocols.py writes them."""

from django.db import models
from django.db.models import Exists, ExpressionWrapper, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from cms.limits import ProtocolLimits


class ProtocolVersionQuerySet(models.QuerySet):
    def of(self, code):
        """Every version of one protocol, newest first."""
        return self.filter(code=code).order_by("-number")

    def in_force(self, code, at):
        """The version that rules at `at`, or None: the last one published among those that have begun."""
        return self.of(code).filter(effective_from__lte=at).first()

    def in_force_for(self, pages, at):
        """`{page: version or None}` for protocol pages in any language, in two queries however many they are.

        A version belongs to the page that wrote it and to that page's translations; a copy that has the same code has none.
        """
        from cms.models.protocols import ProtocolPage  # which writes versions, and so stands above them

        begun = self.filter(code__in={page.code for page in pages}, effective_from__lte=at)
        ruling = {version.code: version for version in begun.order_by("code", "-number").distinct("code")}
        written_by = {version.page_id for version in ruling.values()}
        keys = set(ProtocolPage.objects.filter(pk__in=written_by).values_list("code", "translation_key"))
        return {page: ruling.get(page.code) if (page.code, page.translation_key) in keys else None for page in pages}

    def ruling_and_next(self, page, at):
        """`(version, waiting)` of a protocol's page in any language: the one in force and the one still to come, or None.

        One query. What an earlier version was to bring is not announced once a later one rules.
        """
        from cms.models.protocols import ProtocolPage  # as above

        family = ProtocolPage.objects.filter(pk=OuterRef("page_id"), translation_key=page.translation_key)
        newest = self.filter(code=page.code).annotate(
            begun=ExpressionWrapper(Q(effective_from__lte=at), models.BooleanField()), ours=Exists(family)
        )
        found = {one.begun: one for one in newest.order_by("begun", "-number").distinct("begun") if one.ours}
        ruling, coming = found.get(True), found.get(False)
        return ruling, coming if coming and (not ruling or coming.number > ruling.number) else None


class ProtocolVersion(models.Model):
    """What was published, when, and from when it rules. Rows are added and never changed: rights and triggers see to it.

    `limits` is `ProtocolLimits.to_json()`, or empty where the protocol has none; `text` the Indonesian prose as published; `sources` what it all rests on.
    Page and revision are plain numbers, since the record outlives the page.
    """

    code = models.CharField(_("code"), max_length=60)
    number = models.PositiveIntegerField(_("version"))
    title = models.CharField(_("title"), max_length=255)
    page_id = models.BigIntegerField()
    revision_id = models.BigIntegerField()
    limits = models.JSONField()
    sources = models.JSONField(default=list)
    text = models.JSONField(default=dict)
    effective_from = models.DateTimeField(_("in force from"))
    published_at = models.DateTimeField(_("published"))
    published_by = models.ForeignKey("accounts.User", null=True, on_delete=models.PROTECT, related_name="+")

    objects = ProtocolVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("protocol version")
        verbose_name_plural = _("protocol versions")
        ordering = ["code", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["code", "number"], name="protocol_version_numbers_are_distinct"),
            models.CheckConstraint(condition=Q(number__gte=1), name="protocol_version_numbers_start_at_one"),
            models.CheckConstraint(
                condition=Q(effective_from__gte=F("published_at")),
                name="protocol_version_never_applies_before_it_is_published",
            ),
        ]

    def __str__(self):
        return f"{self.code} v{self.number}"

    def protocol_limits(self):
        """The limits as the rules read them, or None where the protocol has none. Raises MalformedLimits."""
        return ProtocolLimits.from_json(self.limits) if self.limits else None
