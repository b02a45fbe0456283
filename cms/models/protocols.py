"""Protocols: pages people read, and the immutable versions that the rules of booking read.

Publishing the Indonesian page writes a `ProtocolVersion` in the same transaction, by whatever route it is published: the
editor, a workflow, a schedule, a script. (The editor goes round `Page.publish`; all routes end in `save` with a new live
revision.) The English page is prose only and writes none.

What was decided:
- Nothing changed, no version: publishing the same text, limits and dates again leaves the last version standing.
- A version never applies before it was published: a date in the past counts from the publication.
- The last version published wins, also over an earlier one that was still to come into force.
- Unpublishing or deleting the page withdraws the page, not the version: a child's booking is never left without limits.
  To change the rules, publish another version.
"""

import re
from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import connection, models, transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.fields import StreamField
from wagtail.log_actions import LogContext, get_active_log_context
from wagtail.models import Page
from wagtail.search import index

from cms import blocks, page_cache
from cms.accounts.models import Role
from cms.audit.recording import record
from cms.limits import BOOKING_READS
from cms.models import limit_words
from cms.models.limits import LIMIT_FIELDS, Limited
from cms.models.openness import SeldomClosed
from cms.models.reviews import NobodyAlone, read_by_two
from cms.models.touched_panel import TouchedPanel
from cms.models.version_pages import PROSE_FIELDS, RULING_LANGUAGE, VersionAddresses
from cms.models.versions import ProtocolVersion
from cms.models.wording import Source, words_for_all
from cms.objections import Objection
from cms.page_forms import CheckedForm
from cms.places import JAKARTA

EDITOR_KEY = re.compile(r' data-block-key="[^"]*"')
code_shape = RegexValidator(r"^[a-z][a-z0-9-]*$", _("Small letters, digits and hyphens only."))


class ProtocolIndexPage(SeldomClosed, Page):
    """The list of protocols, one per language."""

    intro = models.TextField(_("introduction"), blank=True)

    content_panels = [*Page.content_panels, FieldPanel("intro")]
    parent_page_types = ["cms.HomePage"]
    subpage_types = ["cms.ProtocolPage"]
    template = "cms/protocol_index_page.html"

    class Meta:
        verbose_name = _("protocol list")

    def get_context(self, request, *args, **kwargs):
        pages = ProtocolPage.objects.child_of(self).live().order_by("path")
        ruling = ProtocolVersion.objects.in_force_for(list(pages), timezone.now())
        protocols = [{"page": page, "version": version} for page, version in ruling.items()]
        return {**super().get_context(request, *args, **kwargs), "protocols": protocols}

    def permissions_for_user(self, user):
        return NobodyAlone(user, self)


class ProtocolForm(CheckedForm):
    """Wagtail's page form; it shows the limits on the Indonesian page only, and their faults before publishing."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not self.instance.is_ruling:
            for name in LIMIT_FIELDS:
                self.fields.pop(name, None)

    def _post_clean(self):
        super()._post_clean()  # fills the instance
        if self.is_deferred_validation or self.errors:
            return
        faults = self.instance.publishing_faults()
        for worded in words_for_all(faults, get_language()):
            self.add_error(worded.field if worded.field in self.fields else None, str(worded))


class ProtocolPage(SeldomClosed, VersionAddresses, Limited, Page):
    """A standard procedure in numbered steps. `code` names the protocol across its versions and both languages."""

    code = models.CharField(
        _("code"),
        max_length=60,
        validators=[code_shape],
        help_text=_("Names the protocol for ever: wawancara-bersama."),
    )
    intro = models.TextField(_("introduction"), blank=True)
    body = StreamField(blocks.ProseBlock(), blank=True, verbose_name=_("body"))
    steps = StreamField(blocks.StepsBlock(), blank=True, verbose_name=_("steps"))
    manner = StreamField(blocks.MannerBlock(), blank=True, verbose_name=_("do and don't"))
    checklist = StreamField(blocks.ChecklistBlock(), blank=True, verbose_name=_("checklist"))
    legal_basis = StreamField(blocks.LegalBasesBlock(), blank=True, verbose_name=_("legal basis"))
    evidence = StreamField(blocks.FindingsBlock(), blank=True, verbose_name=_("evidence"))
    what_changed = models.TextField(_("what changed"), blank=True)
    effective_from = models.DateField(
        _("in force from"), null=True, blank=True, help_text=_("Empty: from the moment it is published.")
    )
    content_panels = [
        *Page.content_panels,
        FieldPanel("code"),
        *(FieldPanel(name) for name in PROSE_FIELDS),
        MultiFieldPanel(
            [TouchedPanel(), *(FieldPanel(name) for name in LIMIT_FIELDS)],
            heading=_("Limits that the booking rules read"),
        ),
    ]
    base_form_class = ProtocolForm
    parent_page_types = ["cms.ProtocolIndexPage"]
    search_fields = [
        *Page.search_fields,
        *(index.SearchField(name) for name in PROSE_FIELDS if name != "what_changed"),
    ]
    subpage_types = []
    template = "cms/protocol_page.html"

    class Meta:
        verbose_name = _("protocol")

    @property
    def is_ruling(self):
        """Is this the page whose limits rule? The translations hold prose only."""
        return self.locale.language_code == RULING_LANGUAGE

    @property
    def list_url(self):
        """The address of the list that this page stands in, without asking for it."""
        return self.url.removesuffix(f"{self.slug}/") if self.pk and self.url else ""

    def publishing_faults(self):
        """Objections that keep this page from being published."""
        others = ProtocolPage.objects.filter(code=self.code).exclude(translation_key=self.translation_key)
        faults = [Objection("protocol_code_taken", field="code")] if others.exists() else []
        return faults + self._faults_of_limits() if self.is_ruling else faults

    def _faults_of_limits(self):
        """All limits or none; none would leave booking without its protocol."""
        if self.has_limits:
            return self.given_limits().faults(Role.values)
        return [Objection("limits_needed", field="bands")] if self.code == BOOKING_READS else []

    def publish(self, revision, user=None, **options):
        """Publish as Wagtail does, all or nothing, and let `save` know who does it.

        Raises PublishPagePermissionError for a person who is no administrator, unless two people read this revision.
        """
        if user is not None and not user.is_superuser:
            options["skip_permission_checks"] = read_by_two(self, revision)
        with transaction.atomic(), LogContext(user=user or get_active_log_context().user):
            super().publish(revision, user=user, **options)

    @transaction.atomic
    def save(self, clean=True, **options):  # noqa: FBT002 -- Wagtail's signature
        """Save; where this makes another revision live on the Indonesian page, write its version too.

        Every way Wagtail publishes ends here, with a new live revision; its copying adds a page, or does not
        validate (`clean=False`), and is no publication. Raises ValidationError, and saves nothing, when the limits have faults.
        """
        publishing = clean and options.get("update_fields") is None and self._goes_live()
        if publishing:
            self._one_at_a_time()
            faults = self.publishing_faults()
            if faults:
                raise ValidationError([str(worded) for worded in words_for_all(faults)])
        super().save(clean=clean, **options)
        if publishing and self.is_ruling:
            self.write_version(by=get_active_log_context().user)

    def permissions_for_user(self, user):
        return NobodyAlone(user, self)

    def _goes_live(self):
        if self._state.adding or not self.live or self.live_revision_id is None:
            return False
        return not ProtocolPage.objects.filter(pk=self.pk, live=True, live_revision=self.live_revision_id).exists()

    def _one_at_a_time(self):
        """Wait for another publication of the same protocol, on whichever page, until the transaction ends."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"protocol {self.code}"])

    def write_version(self, *, by):
        """Add the version this live page stands for, unless nothing changed since the last one; return it or None."""
        contents = {"title": self.title, "limits": self.limits(), "text": self.text(), "sources": self.sources()}
        last = ProtocolVersion.objects.of(self.code).first()
        starts = self.starts_on()
        if last is not None and all(getattr(last, name) == value for name, value in contents.items()):
            return None
        version = ProtocolVersion.objects.create(
            code=self.code,
            number=last.number + 1 if last is not None else 1,
            page_id=self.pk,
            revision_id=self.live_revision_id,
            effective_from=max(starts, self.last_published_at) if starts else self.last_published_at,
            published_at=self.last_published_at,
            published_by=by,
            **contents,
        )
        record(
            "protocol.published",
            by=by,
            now=version.published_at,
            about=version,
            code=version.code,
            number=version.number,
        )
        return version

    def starts_on(self):
        """The first moment of the day named as the effective date, in the capital's time; None without one."""
        if self.effective_from is None:
            return None
        return datetime.combine(self.effective_from, time.min, ZoneInfo(JAKARTA))

    def text(self):
        """The prose as plain data, without the ids that the editor gives to blocks."""
        text = {name: _plain(self._meta.get_field(name).value_from_object(self)) for name in PROSE_FIELDS}
        return {**text, "effective_from": self.effective_from.isoformat() if self.effective_from else None}

    def sources(self):
        """What the limits and steps rest on, each once: the sources of the limits, then laws, then findings."""
        found = self.given_limits().sources() if self.has_limits else []
        found += [f"{block.value['law']} {block.value['article']}" for block in self.legal_basis]
        found += [block.value["reference"] for block in self.evidence]
        return list(dict.fromkeys(found))

    def version_in_force(self, at):
        """The version written by this page or the page it translates that rules at `at`, or None."""
        return ProtocolVersion.objects.in_force_for([self], at)[self]

    def get_context(self, request, *args, **kwargs):
        standing = page_cache.for_a_minute(request, f"standing {self.pk} {get_language()}", self.standing)
        version, waiting = standing["version"], standing["waiting"]
        as_published = version and waiting and self.is_ruling
        return {
            **super().get_context(request, *args, **kwargs),
            **standing,
            "text": self.as_published(version) if as_published else self,
        }

    def standing(self):
        """What rules now and what is to come, with the limits in words and the sources they name."""
        version, waiting = ProtocolVersion.objects.ruling_and_next(self, timezone.now())
        limits = version.protocol_limits() if version else None
        sources = self.known_sources(limits)
        names = {key: source.label() for key, source in sources.items()}
        shown = limit_words.in_words(limits, names) if limits else None
        return {"version": version, "waiting": waiting, "limits": shown, "sources": sources}

    def known_sources(self, limits):
        """`{key: Source}` of what the law and `limits` rest on, in one query; words that are no key stand for themselves."""
        keys = [block.value["source"] for block in self.legal_basis] + (limits.sources() if limits else [])
        known = Source.objects.in_bulk({key for key in keys if key}, field_name="key")
        return {key: known.get(key) or Source(key=key, label_id=key, label_en=key) for key in keys if key}


def _plain(value):
    """A StreamValue or text as JSON-able data, without empty parts and the keys that the editor gives to parts."""
    if hasattr(value, "get_prep_value"):
        value = value.get_prep_value()
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items() if name != "id" and part not in (None, "")}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return EDITOR_KEY.sub("", value) if isinstance(value, str) else value
