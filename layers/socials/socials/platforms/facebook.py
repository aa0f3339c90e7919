"""Facebook Pages, by the Graph API. Source: https://developers.facebook.com/docs/graph-api and Meta's published node
specs (facebook-business-sdk-codegen @ ad2b0b6f).

One consent gives a person's token (60 days) and one without expiry for each Page they chose: those read and publish,
the person's own can only revoke.

Careful readings: the token calls are sent as POST forms, which keeps the secret out of addresses (documented as GET).
The 60 days are taken for the grant's end, because after them nothing can be revoked any more and Meta may end the
access to data. Reels are left out: no documented list returns them. A missing `comment` in a post's activity is
unknown, not 0; a missing `shares` is 0. Comment summaries are not asked for: they take a scope more, or fail the page.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from socials.errors import PlatformError, ReconnectNeeded, Refused
from socials.models.parts import Part
from socials.models.readings import OF_PAGE, Day, Identity, Metrics, Portion, Post, ProfileReading, Tokens
from socials.platforms import graph, graph_errors
from socials.platforms.base import Answer, App, Client, Code, Consent, OAuth, Platform, Query, Request, Session
from socials.platforms.callbacks import meta_person
from socials.platforms.facts import Facts, RevocationHelp
from socials.platforms.graph_feed import Feed, Item, read_feed
from socials.platforms.graph_tokens import LONG_TOKEN_LIVES, code_form
from socials.platforms.oauth import consent_url, tokens_from
from socials.platforms.untrusted import (
    body_of,
    count,
    inner,
    items_of,
    matching,
    moment,
    text,
    token,
    unreadable,
    web_url,
)
from socials.platforms.untrusted import day as date_of

AUTHORIZE = "https://www.facebook.com/v25.0/dialog/oauth"
API = "https://graph.facebook.com/v25.0"
# Two years are kept; one is what our page and API show. A call tells 90 days at most, and one with the end of summer
# time in it is an hour longer.
DAYS_BACK = 365
_MOST_DAYS = timedelta(days=89)
PAGES_AT_ONCE = 100
# All tokens of a grant are one secret, which may have 64 KB.
_TOKENS_LENGTH = 48_000
_MOST_LISTS = 10

_ENGAGEMENT, _INSIGHTS = "pages_read_engagement", "read_insights"
_PICTURE = "picture.width(200).height(200){url}"
_PAGE_FIELDS = f"id,name,username,{_PICTURE},followers_count"
_USERNAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_MEDIA = {"photo": "image", "video": "video", "album": "gallery", "link": "link"}
_REACTIONS = tuple(
    f"page_actions_post_reactions_{kind}_total" for kind in ("like", "love", "wow", "haha", "sorry", "anger")
)
_DAY_METRICS = ("page_media_view", "page_total_media_view_unique", "page_total_actions", *_REACTIONS)

FACTS = Facts(
    slug="facebook",
    name="Facebook",
    connect="oauth",
    # Impressions were removed; media views are their successor, but not comparable and never shown in their place.
    metrics=frozenset({"followers", "reach", "likes", "comments", "shares", "clicks", "views"}),
    revokes="person",
    revocation=RevocationHelp(
        url="https://www.facebook.com/settings?tab=business_tools",
        steps=(
            "Open Settings & privacy, then Settings, then Business Integrations, on Facebook.",
            "Find PostLoudly. If it is not there, look under Apps and Websites.",
            "Choose Remove. This ends the access to all of your Pages at once.",
        ),
        checked_on="2026-11-22",
    ),
    day_zone=graph.DAY_ZONE,
    # Without business_management, Pages that live in a business portfolio may be missing from the list.
    needed_scopes=("pages_show_list", _ENGAGEMENT, _INSIGHTS, "business_management"),
    publish_scopes=("pages_manage_posts",),
    part_scopes={
        Part.PROFILE: frozenset({_ENGAGEMENT}),
        Part.INSIGHTS: frozenset({_ENGAGEMENT, _INSIGHTS}),
        Part.POSTS: frozenset({_ENGAGEMENT}),
    },
    grant_ends=True,
    own_tokens=True,
)


# Connecting ----------------------------------------------------------------------------------------------------


def authorize(app: App, consent: Consent) -> str:
    """`auth_type` makes Facebook ask again for what the person declined before. PKCE is for its OIDC variant only."""
    more = (("auth_type", "rerequest"),) if consent.reconnect else ()
    return consent_url(AUTHORIZE, app, consent, FACTS.asked_scopes, separator=",", more=more)


def exchange(client: Client, app: App, code: Code) -> Tokens:
    """A code for the person's token of an hour, that for one of 60 days, that for a token of each Page.

    The Pages' tokens have no end, so the access has none; the 60 days are the refresh token's, which is none.
    """
    short = tokens_from(client.call(_token_request("exchange", code_form(app, code)))).access
    ours = {"client_id": app.client_id, "client_secret": app.client_secret}
    longer = {"grant_type": "fb_exchange_token", "fb_exchange_token": short}
    answer = client.call(_token_request("long_token", ours | longer))
    long = tokens_from(answer)
    person = graph.id_of(body_of(client.call(_get("person", "/me", long.access, (("fields", "id"),)))).get("id"))
    if person is None:
        raise unreadable()
    return Tokens(
        access=long.access,
        refresh_expires_at=long.access_expires_at or answer.received_at + LONG_TOKEN_LIVES,
        scopes=_granted(client, long.access),
        extra={"person": person, **_page_tokens(client, long.access)},
    )


def _token_request(call: str, form: Mapping[str, str]) -> Request:
    return Request(call=call, method="POST", url=f"{API}/oauth/access_token", form=form)


def _granted(client: Client, access: str) -> tuple[str, ...]:
    """What the person left ticked."""
    body = body_of(client.call(_get("permissions", "/me/permissions", access)))
    scopes = (row.get("permission") for row in items_of(body, "data", 200) if row.get("status") == "granted")
    return tuple(dict.fromkeys(scope for scope in scopes if isinstance(scope, str) and token(scope)))


def _page_tokens(client: Client, access: str) -> dict[str, str]:
    """As many as one secret has room for."""
    tokens: dict[str, str] = {}
    room = _TOKENS_LENGTH
    for page in _pages(client, access):
        page_id, found = graph.id_of(page.get("id")), token(page.get("access_token"))
        room -= len(found or "") + 60
        if page_id is not None and found is not None and room > 0:
            tokens[f"{OF_PAGE}{page_id}"] = found
    return tokens


def _pages(client: Client, access: str) -> Iterator[Mapping[str, Any]]:
    """The Pages that the person chose, as their own token lists them."""
    after: str | None = None
    for _ in range(_MOST_LISTS):
        query = (("fields", f"{_PAGE_FIELDS},access_token"), ("limit", str(PAGES_AT_ONCE)), *graph.page_at(after))
        body = body_of(client.call(_get("pages", "/me/accounts", access, query)))
        yield from items_of(body, "data", PAGES_AT_ONCE)
        after = graph.after_of(body, after, needs_next=True)
        if after in (None, graph.LOST):  # better the Pages that came than none
            return


def identify(client: Client, tokens: Tokens) -> tuple[Identity, ...]:
    """The Pages that we hold a token of."""
    read = (_page(page).identity for page in _pages(client, tokens.access) if graph.id_of(page.get("id")))
    identities = {one.platform_account_id: one for one in read if f"{OF_PAGE}{one.platform_account_id}" in tokens.extra}
    if not identities:
        raise Refused("Access was given to no Facebook Page.", code="no_pages", platform=FACTS.slug)
    return tuple(identities.values())


def revoke(client: Client, _app: App | None, tokens: Tokens) -> None:
    """Removes the app from the person: every Page of theirs, for all of our users. Needs the person's own token alive.

    An app that they removed themselves is revoked as well as can be.
    """
    request = Request(call="revoke", method="DELETE", url=f"{API}/me/permissions", bearer=tokens.access)
    try:
        answer = client.call(request)
    except ReconnectNeeded as error:
        if error.code != graph_errors.APP_REMOVED:
            raise
        return
    if body_of(answer).get("success") is not True:
        raise Refused("Facebook did not revoke the access.", platform=FACTS.slug)


# Requests ------------------------------------------------------------------------------------------------------


def _get(call: str, path: str, access: str, query: Query = ()) -> Request:
    return Request(call=call, method="GET", url=API + path, query=tuple(query), bearer=access)


def _of_page(call: str, session: Session, path: str, query: Query) -> Request:
    return _get(call, f"/{session.platform_account_id}{path}", _token_of(session), query)


def _token_of(session: Session) -> str:
    """The Page's own. Raises ReconnectNeeded where the newest consent left the Page out."""
    found = session.tokens.extra.get(f"{OF_PAGE}{session.platform_account_id}")
    if found is None:
        raise ReconnectNeeded("Access to this Page was not given.", code="page_not_granted", platform=FACTS.slug)
    return found


# Parts ---------------------------------------------------------------------------------------------------------


def read_profile(client: Client, session: Session, _cursor: str | None) -> Portion:
    body = body_of(client.call(_of_page("profile", session, "", (("fields", _PAGE_FIELDS),))))
    reading = _page(body)
    if reading.identity.platform_account_id != session.platform_account_id:
        raise unreadable("Facebook answered with another Page.")
    return Portion(profile=reading)


def _page(body: Mapping[str, Any]) -> ProfileReading:
    """A Page without a user name goes by its id. `fan_count` are likes of the Page, not followers."""
    page_id = graph.id_of(body.get("id"))
    if page_id is None:
        raise unreadable()
    username = matching(body.get("username"), _USERNAME) or page_id
    identity = Identity(
        platform_account_id=page_id,
        username=username,
        display_name=text(body.get("name")) or username,
        avatar_url=web_url(inner(body, "picture", "data").get("url")),
        profile_url=f"https://www.facebook.com/{username}",
    )
    return ProfileReading(identity=identity, followers=count(body.get("followers_count")))


def read_insights(client: Client, session: Session, cursor: str | None) -> Portion:
    """The Page's closed days, 90 at most in a call, oldest first, so that what is known is known without holes.
    `cursor`: the first day still to be read. A Page with less than 100 likes has none."""
    first = date_of(cursor) or session.first_day(DAYS_BACK, graph.DAYS_READ_AGAIN)
    end = min(first + _MOST_DAYS, session.today)
    span = (("since", str(graph.epoch(first))), ("until", str(graph.epoch(end))))

    def request(metrics: Sequence[str]) -> Request:
        return _of_page("insights", session, "/insights", (("metric", ",".join(metrics)), ("period", "day"), *span))

    days: dict[Any, dict[str, int]] = {}
    for body in graph.ask(client, _DAY_METRICS, request):
        for day, numbers in graph.series_of(body).items():
            days.setdefault(day, {}).update(numbers)
    read = (
        Day(date=day, metrics=_day(days[day]), provisional=graph.is_provisional(session, day))
        for day in sorted(days)
        if first <= day < end
    )
    further = end.isoformat() if end < session.today else None
    return Portion(days=tuple(day for day in read if day.metrics.known()), cursor=further)


def _day(numbers: Mapping[str, int]) -> Metrics:
    """Clicks are those on the Page's own buttons and contacts. Likes are known where every kind of reaction is."""
    reactions = [numbers.get(metric) for metric in _REACTIONS]
    return Metrics(
        reach=numbers.get("page_total_media_view_unique"),
        likes=None if None in reactions else sum(n for n in reactions if n is not None),
        clicks=numbers.get("page_total_actions"),
        views=numbers.get("page_media_view"),
    )


def _post(_session: Session, item: Item, numbers: Mapping[str, Any]) -> Post | None:
    post_id, published_at = graph.id_of(item.get("id")), moment(item.get("created_time"))
    if post_id is None or published_at is None:
        return None
    attachments = inner(item, "attachments").get("data")
    first = attachments[0] if isinstance(attachments, list) and attachments else None
    attached: Mapping[str, Any] = first if isinstance(first, dict) else {}
    return Post(
        post_id=post_id,
        published_at=published_at,
        permalink=web_url(item.get("permalink_url")) or f"https://www.facebook.com/{post_id}",
        title=graph.first_line(item.get("message")) or graph.first_line(attached.get("title")),
        media_type=_media_type(item, attached),
        metrics=Metrics(
            reach=count(numbers.get("post_total_media_view_unique")),
            likes=_sum(numbers.get("post_reactions_by_type_total")),
            comments=count(inner(numbers, "post_activity_by_action_type").get("comment")),
            shares=count(inner(item, "shares").get("count")) if "shares" in item else 0,
            clicks=count(numbers.get("post_clicks")),
            views=count(numbers.get("post_media_view")),
        ),
    )


def _media_type(item: Item, attached: Mapping[str, Any]) -> str | None:
    if not attached and item.get("status_type") == "mobile_status_update":
        return "text"
    return _MEDIA.get(str(attached.get("media_type")))


def _sum(by_type: object) -> int | None:
    """All reactions; an empty object in a good answer is none of any kind."""
    counts = [count(n) for n in by_type.values()] if isinstance(by_type, dict) else [None]
    return None if None in counts else sum(n for n in counts if n is not None)


_FEED = Feed(
    # `/feed` returns visitors' posts too.
    edge=lambda session: f"{API}/{session.platform_account_id}/published_posts",
    node=lambda post_id: f"{API}/{post_id}",
    bearer=_token_of,
    fields="id,message,created_time,permalink_url,status_type,attachments{media_type,title},shares",
    metrics=(
        "post_media_view",
        "post_total_media_view_unique",
        "post_clicks",
        "post_reactions_by_type_total",
        "post_activity_by_action_type",
    ),
    scope=_INSIGHTS,
    of_account=lambda session: (
        f"{API}/{session.platform_account_id}/insights",
        (("metric", _DAY_METRICS[0]), ("period", "day")),
    ),
    read=_post,
)


def read_posts(client: Client, session: Session, cursor: str | None) -> Portion:
    return read_feed(client, session, cursor, _FEED)


def explain(call: str, answer: Answer) -> PlatformError | None:
    return graph_errors.explain(call, answer, renewable=False)


FACEBOOK = Platform(
    facts=FACTS,
    connect=OAuth(authorize=authorize, exchange=exchange),
    identify=identify,
    refresh=None,
    revoke=revoke,
    parts={Part.PROFILE: read_profile, Part.INSIGHTS: read_insights, Part.POSTS: read_posts},
    explain=explain,
    hear=meta_person,
)
