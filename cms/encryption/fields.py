"""A column that holds sealed text: written by saving its instance, read only by opening it, on purpose, in place.

`identity.called_name` is a `Sealed`; `identity.called_name.open()` is the text. Whatever prints a `Sealed` prints
`[sealed]`, so that neither a value nor its sealed form slips into a page, a log or an exception.

The instance needs a `uuid` made in Python; with `per_case` (the default) also a `case_id`, whose own data key is used.
`label` is fixed for ever: it is part of what the text is bound to. The column's check constraint (`sealed_or_empty`)
keeps open text out of it whoever writes.
"""

from django.db import models
from django.db.models.query_utils import DeferredAttribute

from cms.encryption import sealing


class Token(str):
    """A sealed text as the database holds it."""

    __slots__ = ()

    def __repr__(self):
        return "[sealed]"


class Typed(str):
    """An open text that was set on an instance and is sealed when that is saved."""

    __slots__ = ()

    def __repr__(self):
        return "[sealed]"


class Sealed:
    """One sealed value in its place. True when there is something in it."""

    __slots__ = ("_field", "_instance", "_raw")

    def __init__(self, field, instance, raw):
        self._field, self._instance, self._raw = field, instance, raw

    def open(self):
        """The text. Raises sealing.Unreadable or sealing.Destroyed."""
        return self._field.opened(self._raw, self._instance)

    def __bool__(self):
        return bool(self._raw)

    def __eq__(self, other):
        return self._raw == other._raw if isinstance(other, Sealed) else NotImplemented

    __hash__ = None

    def __str__(self):
        return "[sealed]" if self._raw else ""

    __repr__ = __str__


class SealedAttribute(DeferredAttribute):
    """Hands out `Sealed`, takes text; what was read from the database stays as it is until text replaces it."""

    def __get__(self, instance, cls=None):
        if instance is None:
            return self
        name = self.field.attname
        if name not in instance.__dict__:
            instance.refresh_from_db(fields=[name])
        return Sealed(self.field, instance, instance.__dict__[name])

    def __set__(self, instance, value):
        if isinstance(value, Sealed):
            value = value._raw  # noqa: SLF001 -- its own module
        if value is None:
            value = ""
        if not isinstance(value, str):
            raise TypeError(f"{self.field.label}: only text is sealed")
        instance.__dict__[self.field.attname] = value if isinstance(value, Token) or not value else Typed(value)


class SealedField(models.TextField):
    """See the module. Neither looked up by nor ordered by: only `""`, which means that there is nothing."""

    descriptor_class = SealedAttribute
    _pyi_private_set_type: str | None  # what django-stubs takes for the attribute's types
    _pyi_private_get_type: Sealed

    def __init__(self, *args, label="", per_case=True, **kwargs):
        self.label, self.per_case = label, per_case
        super().__init__(*args, **{"blank": True, "default": "", **kwargs})

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "label": self.label, "per_case": self.per_case}

    def opened(self, raw, instance):
        if not raw or isinstance(raw, Typed):
            return str.__str__(raw)
        if self.per_case:
            from cms.encryption.models import DataKey

            return DataKey.objects.unseal(raw, label=self.label, row=instance.uuid)
        return sealing.unseal(raw, label=self.label, row=instance.uuid)

    def sealed(self, text, instance):
        if self.per_case:
            from cms.encryption.models import DataKey

            return DataKey.objects.seal(text, case_id=instance.case_id, label=self.label, row=instance.uuid)
        return sealing.seal(text, label=self.label, row=instance.uuid)

    def pre_save(self, model_instance, add):  # noqa: ARG002 -- Django's signature
        raw = getattr(model_instance, self.attname)._raw  # noqa: SLF001 -- its own module
        if isinstance(raw, Typed):
            raw = Token(self.sealed(str.__str__(raw), model_instance))
            setattr(model_instance, self.attname, raw)
        return raw

    def from_db_value(self, value, _expression, _connection):
        return Token(value) if value else value

    def to_python(self, value):
        return value if isinstance(value, Sealed) else super().to_python(value)

    def get_prep_value(self, value):
        if isinstance(value, Sealed):
            value = value._raw  # noqa: SLF001 -- its own module
        if not value or isinstance(value, Token):
            return str.__str__(value or "")
        raise TypeError(f"{self.label}: a sealed column is written by saving its instance, and never searched")

    def value_to_string(self, obj):
        return self.get_prep_value(self.value_from_object(obj))


def sealed_or_empty(*names, model, per_case=True):
    """The constraint that keeps open text out of the columns, for a model's `Meta.constraints`."""
    kind = sealing.DATA if per_case else sealing.MASTER
    condition = models.Q()
    for name in names:
        condition &= models.Q(
            models.Q(**{name: ""}) | models.Q(**{f"{name}__regex": rf"^{kind}\.[a-z0-9-]+\.[A-Za-z0-9_=-]+$"})
        )
    return models.CheckConstraint(condition=condition, name=f"{model}_holds_sealed_text_only")
