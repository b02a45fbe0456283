"""The addresses of a protocol's versions: their list, each one as it was published, and what differs between two.

A version belongs to the page that wrote it and to that page's translations, and has its address in each language. The
prose of a version is the Indonesian one, which rules: an English reader is told so. The limits are said in the reader's
language. Nobody's name stands here.
"""

from django.http import Http404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from wagtail.contrib.routable_page.models import RoutablePageMixin, path
from wagtail.models import Page

from cms.differences import differences, lines_of
from cms.models import limit_words
from cms.models.paper_pages import PaperAddress
from cms.models.versions import ProtocolVersion
from cms.models.wording import source_names

PROSE_FIELDS = ("intro", "body", "steps", "manner", "checklist", "legal_basis", "evidence", "what_changed")
RULING_LANGUAGE = "id"


class VersionAddresses(PaperAddress, RoutablePageMixin):
    """What a protocol's page answers below its own address. The same words in both languages would be a riddle in one."""

    @path("versi/", name="versions_id")
    @path("versions/", name="versions_en")
    def version_list(self, request):
        """Every version, newest first, with its day and what changed."""
        return self._shown(request, "cms/protocol_versions.html", self.published_versions())

    @path("versi/<int:number>/", name="version_id")
    @path("versions/<int:number>/", name="version_en")
    def version_detail(self, request, number):
        """One version as it was published."""
        versions = self.published_versions()
        version = _numbered(versions, number)
        limits = version.protocol_limits()
        earlier = next((one for one in versions if one.number < number), None)
        return self._shown(
            request,
            "cms/protocol_version.html",
            versions,
            shown=version,
            published=self.as_published(version),
            limits=limit_words.in_words(limits) if limits else None,
            earlier=earlier,
        )

    @path("versi/<int:number>/beda/<int:other>/", name="difference_id")
    @path("versions/<int:number>/difference/<int:other>/", name="difference_en")
    def version_difference(self, request, number, other):
        """What `number` says otherwise than the earlier `other`."""
        versions = self.published_versions()
        after, before = _numbered(versions, number), _numbered(versions, other)
        if other >= number:
            raise Http404
        prose = differences(self.prose_lines(before), self.prose_lines(after))
        numbers = number_differences(before.protocol_limits(), after.protocol_limits())
        shown = {"before": before, "after": after, "prose": prose, "numbers": numbers}
        return self._shown(request, "cms/protocol_difference.html", versions, **shown)

    def _shown(self, request, template, versions, **shown):
        """A page about versions; `version` is the one in force."""
        now = timezone.now()
        ruling = next((version for version in versions if version.effective_from <= now), None)
        context = {**Page.get_context(self, request), "versions": versions, "version": ruling, **shown}
        return TemplateResponse(request, template, context)

    def published_versions(self):
        """This protocol's versions, newest first; none for a copy that never ruled."""
        versions = list(ProtocolVersion.objects.of(self.code))
        family = set(type(self).objects.filter(translation_key=self.translation_key).values_list("pk", flat=True))
        return versions if any(version.page_id in family for version in versions) else []

    def address_of(self, name, *numbers):
        """The address of `versions`, `version` or `difference` below this page, in the page's language."""
        return self.url + self.reverse_subpage(f"{name}_{'en' if get_language() == 'en' else 'id'}", args=numbers)

    def as_published(self, version):
        """A page that is saved nowhere, with the Indonesian prose of `version`."""
        page = type(self)(title=version.title, code=version.code)
        for name in PROSE_FIELDS:
            field = self._meta.get_field(name)
            setattr(page, name, field.to_python(version.text.get(name) or ""))
        return page

    def prose_lines(self, version):
        """The prose of `version` as `[(part, [line, …]), …]`, with Indonesian words for roles and labels."""
        page = self.as_published(version)
        with override(RULING_LANGUAGE):
            return [("title", [version.title]), *((name, _lines(getattr(page, name))) for name in PROSE_FIELDS)]


def address_of_difference(later, earlier):
    """Where two versions of a protocol can be compared, in the page's language; empty where no such page is published."""
    from cms.models.protocols import ProtocolPage  # which stands above

    pages = ProtocolPage.objects.live().filter(code=later.code, locale__language_code=get_language())
    page = pages.first()
    return page.address_of("difference", later.number, earlier.number) if page and later.number > earlier.number else ""


def _numbered(versions, number):
    """The version of that number. Raises Http404."""
    found = next((version for version in versions if version.number == number), None)
    if found is None:
        raise Http404
    return found


def number_differences(before, after):
    """What differs between two ProtocolLimits (or None), in words of the page's language."""
    names = source_names([key for limits in (before, after) if limits for key in limits.sources()])
    return differences(*(limit_words.lines(limits, names) if limits else [] for limits in (before, after)))


def _lines(value):
    """The lines of a text or of a stream of blocks."""
    if isinstance(value, str):
        return [line.strip() for line in value.splitlines() if line.strip()]
    return [line for block in value for line in _block_lines(block)]


def _block_lines(block):
    if block.block_type == "step":
        return _step_lines(block.value)
    if hasattr(block.value, "items"):
        return [line for name, part in block.value.items() if name != "source" for line in lines_of(_stored(part))]
    mark = {"do": _("Do") + ": ", "dont": _("Don't") + ": "}.get(block.block_type, "")
    return [mark + line for line in lines_of(_stored(block.value))]


def _step_lines(step):
    """A step's title, what is done, and its other parts; not its place, which changes when one before it goes."""
    said = [
        (_("Who:"), limit_words.roles(step["who"] or ())),
        (_("By when:"), step["by_when"]),
        (_("Form or paper:"), step["form"]),
        (_("What the child can expect:"), step["child"]),
    ]
    return [step["title"], *lines_of(_stored(step["what"])), *(f"{label} {part}" for label, part in said if part)]


def _stored(value):
    """What was stored of a text or a rich text."""
    return str(getattr(value, "source", value) or "")
