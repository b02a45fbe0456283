"""What a refused field says in Wagtail's editor, by the key of its rule; elsewhere the editable wording is used."""

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.translation import gettext_lazy as _

WORDS = {
    "name_missing": _("Write the name."),
    "kind_missing": _("Choose what kind of help this is."),
    "description_missing": _("Write in a few words what people get here."),
    "contact_missing": _("Give at least one way to reach you: a telephone number, an e-mail address or a website."),
    "shelter_has_address": _(
        "A shelter's address is never kept here. Leave this empty; give a number to call instead."
    ),
    "shelter_place_in_words": _("This text seems to name a place. A shelter's place is never kept here. Take it out."),
    "age_out_of_range": _("Write an age from 0 to %(limit)s."),
    "ages_reversed": _("The oldest age is below the youngest. Swap them or leave one empty."),
    "check_incomplete": _("A check needs both its day and who checked."),
    "check_in_the_future": _("This day has not come yet. Write the day of the last check."),
    "text_too_long": _("This text is too long. Use at most %(limit)s characters."),
    "phone_not_one_number": _("Write a whole number or a short code: one of the two."),
    "phone_not_valid": _("This is not a telephone number. Write it with its area code."),
    "short_code_not_valid": _("A short code has three to six digits, for example 129."),
    "whatsapp_needs_a_whole_number": _("WhatsApp needs a whole number, not a short code."),
    "extension_not_valid": _("An extension is digits, after a whole number."),
    "weekday_not_valid": _("Choose a day of the week."),
    "hours_incomplete": _("Give both hours, or tick 24 hours and leave both empty."),
    "hours_empty": _("Opening and closing are the same hour. For day and night tick 24 hours."),
    "hours_valid_dates_reversed": _("The last day is before the first day."),
    "hours_twice": _("The same hours are written twice."),
    "area_nationwide_or_one_province": _("Tick all of Indonesia or choose one province: one of the two."),
    "district_needs_a_province": _("Choose the province of this district."),
    "area_twice": _("The same area is written twice."),
}


def refuse(objections):
    """Raise Django's ValidationError for a list of objections, each beside its field; nothing for an empty list."""
    errors = {}
    for objection in objections:
        message = ValidationError(WORDS[objection.key], code=objection.key, params=dict(objection.values))
        errors.setdefault(objection.field or NON_FIELD_ERRORS, []).append(message)
    if errors:
        raise ValidationError(errors)
