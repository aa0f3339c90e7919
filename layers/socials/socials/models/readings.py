"""What a platform tells us, in our words. Unknown is None, never 0."""

from collections.abc import Mapping
from datetime import date, datetime

from msgspec import Struct, field

from socials.values import Discreet


class Metrics(Struct, frozen=True, kw_only=True):
    """Counts by our names; None where the platform does not offer or does not know the number."""

    impressions: int | None = None
    reach: int | None = None
    likes: int | None = None
    comments: int | None = None
    saves: int | None = None
    shares: int | None = None
    clicks: int | None = None
    views: int | None = None

    def known(self) -> dict[str, int]:
        """Only the numbers that are known."""
        return {name: value for name in METRIC_NAMES if (value := getattr(self, name)) is not None}

    def over(self, older: "Metrics") -> "Metrics":
        """These numbers, and the older one wherever this reading knows none: a blank never overwrites a number."""
        return Metrics(**(older.known() | self.known()))


METRIC_NAMES = Metrics.__struct_fields__


class Identity(Struct, frozen=True, kw_only=True):
    """Somebody or something on a platform that a grant may act for."""

    platform_account_id: str
    username: str
    display_name: str
    avatar_url: str | None = None
    profile_url: str | None = None


class ProfileReading(Struct, frozen=True, kw_only=True):
    """The profile as it is now. `hides_followers`: the person lets nobody know their number, which is not the same as
    an answer that lacks it. `posts_total` only where it counts just what the posts part will list. `moved_to`: the
    account that the person goes by now, where they have left this one, as people write its name."""

    identity: Identity
    followers: int | None
    hides_followers: bool = False
    posts_total: int | None = None
    moved_to: str | None = None


class Day(Struct, frozen=True, kw_only=True):
    """One day of one account, the platform's day and the platform's own account-level numbers.

    `provisional`: the platform still works on the numbers, or one of them is left from when it did; None in a reading
    that says nothing of it (followers only).
    """

    date: date
    followers: int | None = None
    metrics: Metrics = Metrics()
    provisional: bool | None = None


class Post(Struct, frozen=True, kw_only=True):
    """One post with its lifetime totals. `updated_at`: when a number of it last changed with us. `leaves_at`: when our
    copy ends, because the platform lists the post no more; not told to anybody."""

    post_id: str
    published_at: datetime
    permalink: str
    title: str | None = None
    media_type: str | None = None
    metrics: Metrics = Metrics()
    updated_at: datetime | None = None
    leaves_at: datetime | None = None


class Portion(Struct, frozen=True, kw_only=True):
    """What one step of one part brought. `cursor` None: this part is complete. `total` where the platform told it."""

    profile: ProfileReading | None = None
    days: tuple[Day, ...] = ()
    posts: tuple[Post, ...] = ()
    cursor: str | None = None
    total: int | None = None


# Before a page's id, in a grant's `extra`: the token that is that page's own.
OF_PAGE = "page:"


class Tokens(Discreet, frozen=True, kw_only=True):
    """One grant's tokens. `extra`: what else belongs to the grant: `service`, `did`, `handle` (Bluesky), `instance` (a
    host that a person named) and `registration` (ours there), `page:<id>` (a page's own token), `person` (the
    platform's own name of whom a revoke cuts off). Never printed: repr shows expiries and scopes only."""

    shown = ("access_expires_at", "refresh_expires_at", "scopes")
    access: str
    refresh: str | None = None
    access_expires_at: datetime | None = None
    refresh_expires_at: datetime | None = None
    scopes: tuple[str, ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict)
