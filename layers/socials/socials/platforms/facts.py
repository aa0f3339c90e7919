"""What is always true of a platform, apart from what calls it: whoever needs only this loads only this."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec import Struct, field

from socials.models.parts import Part

Revokes = Literal["nothing", "token", "person"]
Kind = Literal["profile", "page"]


class Keeping(Struct, frozen=True, kw_only=True):
    """For how many days after it was last read a platform lets us keep a post and a day; None: it says nothing. What is
    stored may go sooner."""

    posts: int | None = None
    days: int | None = None


class RevocationHelp(Struct, frozen=True, kw_only=True):
    """How a person revokes our access on the platform itself. `instance_path`: where, on the server that they named."""

    url: str
    steps: tuple[str, ...]
    checked_on: str
    instance_path: str | None = None

    def url_for(self, instance: str | None) -> str:
        return f"https://{instance}{self.instance_path}" if instance and self.instance_path else self.url


class Facts(Struct, frozen=True, kw_only=True):
    """What is always true of a platform. Source: the platform's page, named in its file.

    `revokes`: what a revoke ends: nothing (none offered), one token, or every grant of the person to our app.
    `refresh_before`: a token with less than this left is renewed. `grant_ends`: renewing does not move the grant's end
    (the refresh token's expiry, or the access token's where nothing renews it): the person has to reconnect by then.
    `rotates`: a renewal may end what it was asked with; False where the platform says that its refresh token stays.
    `backfill_posts`: how many posts are read at most. `revisit_days`: posts younger than this are read every day, older
    ones once a week. `newest_first`: posts come by age, so that a page of old ones ends the reading.
    `keeps`: how long the platform lets us keep what it told. `own_tokens`: a grant's secret also holds a token of each
    identity that it gives access to. `page_ids`: where one consent offers a person's own profile and pages, how the ids
    of pages begin.
    """

    slug: str
    name: str
    connect: Literal["oauth", "app_password", "instance_oauth"]
    metrics: frozenset[str]
    revokes: Revokes
    revocation: RevocationHelp
    day_zone: str = "UTC"
    needs_app: bool = True
    needed_scopes: tuple[str, ...] = ()
    publish_scopes: tuple[str, ...] = ()
    part_scopes: Mapping[Part, frozenset[str]] = field(default_factory=dict)
    refresh_before: timedelta = timedelta(minutes=5)
    grant_ends: bool = False
    rotates: bool = True
    backfill_posts: int = 10_000
    revisit_days: int = 90
    newest_first: bool = True
    keeps: Keeping = field(default_factory=Keeping)
    own_tokens: bool = False
    page_ids: str | None = None

    def kind_of(self, platform_account_id: str) -> Kind | None:
        """None where a consent offers one kind only."""
        if self.page_ids is None:
            return None
        return "page" if platform_account_id.startswith(self.page_ids) else "profile"

    def today(self, now: datetime) -> date:
        """The day it is on the platform's clock."""
        return now.astimezone(ZoneInfo(self.day_zone)).date()

    @property
    def asked_scopes(self) -> tuple[str, ...]:
        """Everything asked for at connect, publishing included, so that nobody has to reconnect for it."""
        return tuple(dict.fromkeys(self.needed_scopes + self.publish_scopes))

    def missing_scopes(self, granted: Sequence[str]) -> tuple[str, ...]:
        return tuple(scope for scope in self.asked_scopes if scope not in granted)

    def can_read(self, part: Part, granted: Sequence[str]) -> bool:
        return self.part_scopes.get(part, frozenset()) <= set(granted)

    def can_read_metrics(self, granted: Sequence[str]) -> bool:
        return self.can_read(Part.INSIGHTS, granted) and self.can_read(Part.POSTS, granted)

    def can_publish(self, granted: Sequence[str]) -> bool:
        return set(self.publish_scopes) <= set(granted)
