"""The parts of a listing that come in numbers: telephones, hours, special days, areas, languages, easements.

They are children of their page, so that a draft holds its own and the published ones stay until a reviewer agrees.
"""

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from phonenumber_field.modelfields import PhoneNumberField
from wagtail.admin.panels import FieldPanel, FieldRowPanel
from wagtail.models import Orderable

from cms.places import PROVINCE_CHOICES
from directory.models.kinds import Ease, Tongue, Weekday
from directory.rules import listings as rules
from directory.words import refuse


class Phone(Orderable):
    """An ordinary number or a short code such as 129 (which the telephone library rejects): exactly one of the two."""

    number = PhoneNumberField(_("whole number"), blank=True, help_text=_("With area code, for example 021 0000 0001."))
    short_code = models.CharField(
        _("short code"),
        max_length=6,
        blank=True,
        validators=[RegexValidator(r"^[0-9]{3,6}\Z", _("Three to six digits, for example 129."))],
        help_text=_("Instead of a whole number, for example 129."),
    )
    extension = models.CharField(_("extension"), max_length=10, blank=True)
    whatsapp = models.BooleanField(_("answers on WhatsApp"), default=False)
    description = models.CharField(_("what it is for"), max_length=120, blank=True)
    description_en = models.CharField(_("what it is for, in English"), max_length=120, blank=True)

    panels = [
        FieldRowPanel([FieldPanel("number"), FieldPanel("short_code"), FieldPanel("extension")]),
        FieldPanel("whatsapp"),
        FieldRowPanel([FieldPanel("description"), FieldPanel("description_en")]),
    ]

    class Meta(Orderable.Meta):
        abstract = True
        verbose_name = _("telephone number")
        verbose_name_plural = _("telephone numbers")
        constraints = [
            models.CheckConstraint(
                condition=(models.Q(number="") & ~models.Q(short_code=""))
                | (~models.Q(number="") & models.Q(short_code="")),
                name="%(class)s_is_a_number_or_a_short_code",
            ),
            models.CheckConstraint(
                condition=models.Q(whatsapp=False) | ~models.Q(number=""), name="%(class)s_whatsapp_has_a_whole_number"
            ),
        ]

    def clean(self):
        # An invalid number is the field's own error; asking again would say it twice.
        refuse(found for found in rules.phone_objections(self.facts()) if found.key != "phone_not_valid")

    def facts(self):
        number = self.number
        return rules.Phone(
            number=str(number or ""),
            short_code=self.short_code,
            whatsapp=self.whatsapp,
            extension=self.extension,
            valid=not number or number.is_valid(),
        )

    @property
    def href(self):
        """The `tel:` address."""
        if self.short_code:
            return f"tel:{self.short_code}"
        return f"tel:{self.number.as_e164}" + (f";ext={self.extension}" if self.extension else "")

    @property
    def whatsapp_href(self):
        return f"https://wa.me/{self.number.as_e164.lstrip('+')}" if self.whatsapp else ""

    @property
    def shown(self):
        """As people here write it: without the country code at home, with it abroad."""
        if self.short_code:
            return self.short_code
        return self.number.as_national if self.number.country_code == 62 else self.number.as_international

    def words_beside(self):
        return [self.description, self.description_en]

    @property
    def note(self):
        english = (get_language() or "").startswith("en")
        return (self.description_en or self.description) if english else self.description


class ProviderPhone(Phone):
    page = ParentalKey("directory.ProviderPage", on_delete=models.CASCADE, related_name="phones")


class ServicePhone(Phone):
    page = ParentalKey("directory.ServicePage", on_delete=models.CASCADE, related_name="phones")


class ServiceSchedule(Orderable):
    """Open on a weekday, on the clock of the service's province. Closing earlier than opening means past midnight."""

    page = ParentalKey("directory.ServicePage", on_delete=models.CASCADE, related_name="schedules")
    weekday = models.PositiveSmallIntegerField(_("day"), choices=Weekday.choices)
    all_day = models.BooleanField(_("24 hours"), default=False)
    opens = models.TimeField(_("opens"), null=True, blank=True)
    closes = models.TimeField(_("closes"), null=True, blank=True)
    valid_from = models.DateField(_("from"), null=True, blank=True)
    valid_to = models.DateField(_("until"), null=True, blank=True)

    panels = [
        FieldRowPanel([FieldPanel("weekday"), FieldPanel("all_day"), FieldPanel("opens"), FieldPanel("closes")]),
        FieldRowPanel([FieldPanel("valid_from"), FieldPanel("valid_to")]),
    ]

    class Meta(Orderable.Meta):
        verbose_name = _("opening hours")
        verbose_name_plural = _("opening hours")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(weekday__gte=1, weekday__lte=7), name="schedule_weekday_is_one_of_seven"
            ),
            models.CheckConstraint(
                condition=models.Q(all_day=True, opens__isnull=True, closes__isnull=True)
                | models.Q(all_day=False, opens__isnull=False, closes__isnull=False),
                name="schedule_is_all_day_or_has_both_hours",
            ),
            models.CheckConstraint(
                condition=models.Q(all_day=True) | ~models.Q(opens=models.F("closes")),
                name="schedule_closes_at_another_hour_than_it_opens",
            ),
            models.CheckConstraint(
                condition=models.Q(valid_from__isnull=True)
                | models.Q(valid_to__isnull=True)
                | models.Q(valid_to__gte=models.F("valid_from")),
                name="schedule_ends_no_earlier_than_it_begins",
            ),
        ]

    def clean(self):
        if self.weekday is not None:  # else the field itself has spoken
            refuse(rules.one_hours_objections(self.facts()))

    def facts(self):
        return rules.Hours(
            weekday=self.weekday,
            opens=self.opens,
            closes=self.closes,
            all_day=self.all_day,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
        )


class ServiceSpecialDay(Orderable):
    """A day that is not as its weekday says: closed, or open at other hours. It stands above the week's hours."""

    page = ParentalKey("directory.ServicePage", on_delete=models.CASCADE, related_name="special_days")
    day = models.DateField(_("day"))
    closed = models.BooleanField(_("closed all day"), default=False)
    all_day = models.BooleanField(_("24 hours"), default=False)
    opens = models.TimeField(_("opens"), null=True, blank=True)
    closes = models.TimeField(_("closes"), null=True, blank=True)
    note = models.CharField(_("why"), max_length=120, blank=True)
    note_en = models.CharField(_("why, in English"), max_length=120, blank=True)

    panels = [
        FieldRowPanel([FieldPanel("day"), FieldPanel("closed"), FieldPanel("all_day")]),
        FieldRowPanel([FieldPanel("opens"), FieldPanel("closes")]),
        FieldRowPanel([FieldPanel("note"), FieldPanel("note_en")]),
    ]

    class Meta(Orderable.Meta):
        verbose_name = _("special day")
        verbose_name_plural = _("special days")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(closed=True, all_day=False, opens__isnull=True, closes__isnull=True)
                | models.Q(closed=False, all_day=True, opens__isnull=True, closes__isnull=True)
                | models.Q(closed=False, all_day=False, opens__isnull=False, closes__isnull=False),
                name="special_day_is_closed_or_all_day_or_has_both_hours",
            ),
            models.CheckConstraint(
                condition=models.Q(opens__isnull=True) | ~models.Q(opens=models.F("closes")),
                name="special_day_closes_at_another_hour_than_it_opens",
            ),
        ]

    def clean(self):
        if self.day is not None:
            refuse(rules.one_special_day_objections(self.facts()))

    def facts(self):
        return rules.SpecialDay(
            day=self.day, closed=self.closed, opens=self.opens, closes=self.closes, all_day=self.all_day
        )

    def words_beside(self):
        return [self.note, self.note_en]

    @property
    def reason(self):
        english = (get_language() or "").startswith("en")
        return (self.note_en or self.note) if english else self.note


class ServiceArea(Orderable):
    """For whom by place: everybody in Indonesia, or one province and perhaps a district. Coverage, never an address."""

    page = ParentalKey("directory.ServicePage", on_delete=models.CASCADE, related_name="areas")
    nationwide = models.BooleanField(_("all of Indonesia"), default=False)
    province = models.CharField(_("province"), max_length=5, choices=PROVINCE_CHOICES, blank=True)
    district = models.CharField(_("district"), max_length=100, blank=True, help_text=_("Regency or city, if only one."))

    panels = [FieldRowPanel([FieldPanel("nationwide"), FieldPanel("province"), FieldPanel("district")])]

    class Meta(Orderable.Meta):
        verbose_name = _("area")
        verbose_name_plural = _("areas")
        indexes = [models.Index(fields=["province"], name="area_by_province")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(nationwide=True, province="")
                | (models.Q(nationwide=False) & ~models.Q(province="")),
                name="area_is_nationwide_or_one_province",
            ),
            models.CheckConstraint(
                condition=models.Q(district="") | ~models.Q(province=""), name="area_district_has_a_province"
            ),
        ]

    def clean(self):
        refuse(rules.one_area_objections(self.facts()))

    def facts(self):
        return rules.Area(province=self.province, district=self.district, nationwide=self.nationwide)


class ServiceLanguage(Orderable):
    page = ParentalKey("directory.ServicePage", on_delete=models.CASCADE, related_name="languages")
    code = models.CharField(_("language"), max_length=3, choices=Tongue.choices)

    panels = [FieldPanel("code")]

    class Meta(Orderable.Meta):
        verbose_name = _("language")
        verbose_name_plural = _("languages")


class ServiceEase(Orderable):
    page = ParentalKey("directory.ServicePage", on_delete=models.CASCADE, related_name="easements")
    code = models.CharField(_("for disabled people"), max_length=2, choices=Ease.choices)

    panels = [FieldPanel("code")]

    class Meta(Orderable.Meta):
        verbose_name = _("easement for disabled people")
        verbose_name_plural = _("easements for disabled people")
