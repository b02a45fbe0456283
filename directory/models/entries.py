"""What the search reads: one row for each listed service, and the words that occur. Made from pages, never edited.

Nothing here is not on a public page; `directory.models.indexing` writes it, `directory.models.finding` reads it.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models


class Minutes(models.Field):
    """PostgreSQL's int4multirange: the minutes at which a service is open in an ordinary week.

    Day `d` (Monday is 0) begins at minute `d * 2880` and goes on for 48 hours, so that a night belongs to the day on which it
    began: a special day takes its own hours away and leaves yesterday's night.
    """

    def db_type(self, connection):  # noqa: ARG002 -- Django's signature
        return "int4multirange"


class Moments(models.Field):
    """PostgreSQL's tsmultirange: openings on special days, on the clock of the place."""

    def db_type(self, connection):  # noqa: ARG002 -- as above
        return "tsmultirange"


class Entry(models.Model):
    """A listed service as the search sees it. `hours_ahead` is its clock's distance from UTC."""

    service = models.OneToOneField("directory.ServicePage", models.CASCADE, primary_key=True, related_name="entry")
    document = SearchVectorField()
    title = models.CharField(max_length=255)
    kind = models.CharField(max_length=3)
    youngest = models.PositiveSmallIntegerField()
    oldest = models.PositiveSmallIntegerField()
    gender = models.CharField(max_length=1)
    price = models.CharField(max_length=1)
    languages = ArrayField(models.CharField(max_length=3))
    easements = ArrayField(models.CharField(max_length=2))
    nationwide = models.BooleanField()
    provinces = ArrayField(models.CharField(max_length=5))
    districts = ArrayField(models.CharField(max_length=100))  # names, as in the areas
    wide = ArrayField(models.CharField(max_length=5))  # provinces that are served as a whole
    active = models.BooleanField()
    hours_ahead = models.PositiveSmallIntegerField()
    week = Minutes()
    apart = ArrayField(models.DateField())
    special = Moments()
    seasonal = models.BooleanField()  # has hours of the week that count for some dates only
    checked_on = models.DateField(null=True)

    class Meta:
        indexes = [
            GinIndex(fields=["document"], name="entry_by_words", fastupdate=False),
            GinIndex(fields=["provinces"], name="entry_by_province", fastupdate=False),
        ]


class Word(models.Model):
    """A word that occurs in some entry, with its two stems; from these words a slip of the finger is mended."""

    word = models.CharField(max_length=60, unique=True)
    stem = models.CharField(max_length=60)
    stem_en = models.CharField(max_length=60)

    class Meta:
        indexes = [
            models.Index(fields=["stem"], name="word_by_stem"),
            models.Index(fields=["stem_en"], name="word_by_stem_en"),
        ]
