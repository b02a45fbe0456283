"""A calendar that only says *busy*, which somebody takes along to their own telephone."""

from django.conf import settings
from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from cms.accounts.models import Agency

OPEN = "SELECT EXISTS (SELECT FROM sekali_open_feeds() AS id WHERE id = %s)"
TIMES = "SELECT uid, span FROM sekali_feed(%s)"


class FeedQuerySet(models.QuerySet):
    def open_to(self, user):
        """The feed of `user` that answers at this moment, as the database decides it."""
        feed = self.filter(user=user).first()
        with connection.cursor() as cursor:
            cursor.execute(OPEN, [feed.pk if feed else None])
            return feed if cursor.fetchone()[0] else None


class Feed(models.Model):
    """Somebody's own feed. The token stands in nobody's database: `token_hash` is its SHA-256, in hexadecimal.

    `seed` makes the events' names, so that they stay the same from one reading to the next and say nothing. The row ends
    when its owner ends it; it answers no longer once the person, the membership or the agency's leave is gone.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    seed = models.CharField(max_length=64)
    made_at = models.DateTimeField()

    objects = FeedQuerySet.as_manager()

    class Meta:
        verbose_name = _("calendar feed")
        verbose_name_plural = _("calendar feeds")


class FeedSwitchQuerySet(models.QuerySet):
    def allowing(self):
        return self.filter(allowed=True)


class FeedSwitch(models.Model):
    """Whether an agency lets its people have feeds. Without a row it does not; `at` is the last time it changed."""

    agency = models.OneToOneField(Agency, on_delete=models.CASCADE, related_name="+", verbose_name=_("agency"))
    allowed = models.BooleanField(_("allowed"), default=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = FeedSwitchQuerySet.as_manager()

    class Meta:
        verbose_name = _("leave to have calendar feeds")
        verbose_name_plural = _("leave to have calendar feeds")


def times_behind(token_hash):
    """[(name, span)] of the feed behind a token's hash; None where there is none, for whatever reason. One query."""
    with connection.cursor() as cursor:
        cursor.execute(TIMES, [token_hash])
        rows = cursor.fetchall()
    return [(uid, span) for uid, span in rows if uid is not None] if rows else None
