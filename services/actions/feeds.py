"""Make, renew and end a calendar feed; let an agency's people have them, or no longer."""

import hashlib
import secrets
from datetime import datetime

from cms.accounts.models import Agency, User
from cms.audit.recording import action, record
from cms.objections import Objection
from cms.refusals import Objected
from services.models import Feed, FeedSwitch, Resource


@action("feed.refused")
def make_feed(*, by: User, now: datetime) -> str:
    """Make `by` a feed, in place of the former one, whose address ends with it. Returns the token, once and for all.

    Refuses somebody who cannot be booked, and one whose agency does not allow feeds.
    """
    own = Resource.objects.active().filter(user=by).first()
    if own is None:
        raise Objected([Objection("feed_needs_a_row")])
    if not FeedSwitch.objects.allowing().filter(agency=own.agency_id).exists():
        raise Objected([Objection("feed_not_allowed")])
    token = secrets.token_urlsafe(32)
    facts = {"token_hash": hash_of(token), "seed": secrets.token_hex(32), "made_at": now}
    feed, _new = Feed.objects.update_or_create(user=by, defaults=facts)
    record("feed.made", by=by, now=now, about=feed)
    return token


@action("feed.refused")
def end_feed(*, by: User, now: datetime) -> None:
    """End one's own feed: its address answers no longer. Without one, nothing happens."""
    feed = Feed.objects.filter(user=by).first()
    if feed is not None:
        record("feed.ended", by=by, now=now, about=feed)
        feed.delete()


@action("feed.refused")
def switch_feeds(*, agency: Agency, allowed: bool, by: User, now: datetime) -> None:
    """Let the people of `agency` have feeds, or end all of them at once. Said again, nothing changes."""
    switch, new = FeedSwitch.objects.get_or_create(agency=agency, defaults={"allowed": allowed, "by": by, "at": now})
    if not new and switch.allowed == allowed:
        return
    switch.allowed, switch.by, switch.at = allowed, by, now
    switch.save(update_fields=["allowed", "by", "at"])
    record("feeds.allowed" if allowed else "feeds.forbidden", by=by, now=now, about=agency)


def hash_of(token: str) -> str:
    """SHA-256 of a token, in hexadecimal. A token is 256 random bits, so that this needs no salt and no slowness."""
    return hashlib.sha256(token.encode()).hexdigest()
