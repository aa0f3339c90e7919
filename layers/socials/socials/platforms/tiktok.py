"""TikTok: Login Kit (OAuth v2) and Display API v2. Source: https://developers.tiktok.com/doc/ (pages of November 2026).

Careful readings: the limits are taken for the whole app's; whether a refresh moves the grant's end is unknown, so the
end that each answer names is believed; whether photo posts are listed is unknown, so the total of videos is not shown
as that of the posts; the code of a callback is decoded by whoever reads the query, and not once more here.
"""

import re
from datetime import timedelta
from typing import Any, TypeVar

from socials.errors import SCOPE_MISSING, AccessRefused, NotOffered, PlatformError, ReconnectNeeded, Refused, RetryLater
from socials.models.parts import Part
from socials.models.readings import Identity, Metrics, Portion, Post, ProfileReading, Tokens
from socials.platforms.base import Answer, App, Client, Code, Consent, Json, OAuth, Platform, Request, Session
from socials.platforms.callbacks import tiktok_person
from socials.platforms.explaining import REQUEST_ID, code_of, explained, limited, unavailable
from socials.platforms.facts import Facts, RevocationHelp
from socials.platforms.oauth import consent_url, tokens_from
from socials.platforms.untrusted import (
    TITLE_LENGTH,
    body_of,
    count,
    inner,
    items_of,
    matching,
    moment_of,
    next_cursor,
    text,
    unreadable,
    web_url,
)

WEB = "https://www.tiktok.com"
AUTHORIZE = f"{WEB}/v2/auth/authorize/"
API = "https://open.tiktokapis.com/v2"
PAGE_SIZE = 20

_OPEN_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_USERNAME = re.compile(r"[A-Za-z0-9_.]{1,64}")
_VIDEO_ID = re.compile(r"\d{1,32}")
_CURSOR = re.compile(r"\d{1,15}")
_BASIC, _PROFILE, _STATS, _VIDEOS = "user.info.basic", "user.info.profile", "user.info.stats", "video.list"
# Asking for a field whose scope was not given fails the whole call.
_USER_FIELDS = {
    _BASIC: ("open_id", "union_id", "avatar_url", "avatar_large_url", "display_name"),
    _PROFILE: ("username", "profile_deep_link"),
    _STATS: ("follower_count",),
}
_VIDEO_FIELDS = (
    *("id", "create_time", "title", "video_description", "share_url"),
    *("like_count", "comment_count", "share_count", "view_count"),
)

FACTS = Facts(
    slug="tiktok",
    name="TikTok",
    connect="oauth",
    metrics=frozenset({"followers", "views", "likes", "comments", "shares"}),
    revokes="person",
    revocation=RevocationHelp(
        url="https://support.tiktok.com/en/safety-hc/account-and-user-safety/connect-to-third-party-apps",
        steps=(
            "Open your profile in the TikTok app, then the menu, then Settings and privacy.",
            "Open Security & permissions, then Apps and services permissions.",
            "Choose PostLoudly, then Remove access.",
        ),
        checked_on="2026-11-22",
    ),
    needed_scopes=(_BASIC, _PROFILE, _STATS, _VIDEOS),
    publish_scopes=("video.publish", "video.upload"),
    part_scopes={Part.PROFILE: frozenset({_BASIC}), Part.POSTS: frozenset({_VIDEOS})},
    grant_ends=True,
    # 20 a page: 10,000 posts of one account would take most of what the whole app may call in a minute.
    backfill_posts=2_000,
)


# Connecting ----------------------------------------------------------------------------------------------------


def authorize(app: App, consent: Consent) -> str:
    """Scopes are joined by commas. No PKCE: TikTok wants none of web apps (and hex, not base64url, of others)."""
    return consent_url(AUTHORIZE, app, consent, FACTS.asked_scopes, separator=",", client_field="client_key")


def exchange(client: Client, app: App, code: Code) -> Tokens:
    form = {"grant_type": "authorization_code", "code": code.code, "redirect_uri": code.redirect_uri}
    return _tokens(client, app, "exchange", form)


def refresh(client: Client, app: App | None, tokens: Tokens) -> Tokens:
    """Rotates: the refresh token that was sent is dead once the answer is made."""
    if tokens.refresh is None:
        raise ReconnectNeeded("There is no way to renew the access.", code="token_revoked", platform=FACTS.slug)
    form = {"grant_type": "refresh_token", "refresh_token": tokens.refresh}
    fresh = _tokens(client, _configured(app), "refresh", form)
    known = tokens.extra.get("person")
    if known is not None and fresh.extra.get("person", known) != known:
        raise unreadable("TikTok answered with another account.")
    return fresh


def revoke(client: Client, app: App | None, tokens: Tokens) -> None:
    """Takes our app off the person's list: every grant of theirs ends. Only a live access token does it: AccessRefused
    for another, which whoever keeps the tokens renews."""
    if tokens.access_expires_at is not None and tokens.access_expires_at - client.now < FACTS.refresh_before:
        raise AccessRefused("TikTok revokes by a live access token only.", platform=FACTS.slug)
    client.call(_token_call("revoke", _configured(app), "revoke", {"token": tokens.access}))


def _configured(app: App | None) -> App:
    if app is None:
        raise RetryLater("Our registration with TikTok is not configured.", code="not_configured")
    return app


def _tokens(client: Client, app: App, call: str, form: dict[str, str]) -> Tokens:
    answer = client.call(_token_call(call, app, "token", form))
    person = matching(body_of(answer).get("open_id"), _OPEN_ID)
    return tokens_from(answer, extra={"person": person} if person else {})


def _token_call(call: str, app: App, name: str, form: dict[str, str]) -> Request:
    credentials = {"client_key": app.client_id, "client_secret": app.client_secret}
    return Request(call=call, method="POST", url=f"{API}/oauth/{name}/", form=credentials | form)


def identify(client: Client, tokens: Tokens) -> tuple[Identity, ...]:
    return (_profile(client, tokens).identity,)


# Parts ---------------------------------------------------------------------------------------------------------


def read_profile(client: Client, session: Session, _cursor: str | None) -> Portion:
    reading = _profile(client, session.tokens)
    if reading.identity.platform_account_id != session.platform_account_id:
        raise unreadable("TikTok answered with another account.")
    return Portion(profile=reading)


def _profile(client: Client, tokens: Tokens) -> ProfileReading:
    """All that the scopes allow; just who it is where TikTok thinks less of our scopes than we do."""
    wanted = tuple(name for scope, names in _USER_FIELDS.items() if scope in (_BASIC, *tokens.scopes) for name in names)
    try:
        return _user(client.call(_user_call("profile", tokens, wanted)))
    except NotOffered:
        return _user(client.call(_user_call("profile_basic", tokens, _USER_FIELDS[_BASIC])))


def _user_call(call: str, tokens: Tokens, wanted: tuple[str, ...]) -> Request:
    query = (("fields", ",".join(wanted)),)
    return Request(call=call, method="GET", url=f"{API}/user/info/", query=query, bearer=tokens.access)


def _user(answer: Answer) -> ProfileReading:
    """Without `user.info.profile` there is no username: the display name stands for it, and no link is known."""
    user = inner(body_of(answer), "data", "user")
    open_id, shown = matching(user.get("open_id"), _OPEN_ID), text(user.get("display_name"))
    username = matching(user.get("username"), _USERNAME)
    if open_id is None or (called := username or shown) is None:
        raise unreadable()
    identity = Identity(
        platform_account_id=open_id,
        username=called,
        display_name=shown or called,
        avatar_url=web_url(user.get("avatar_large_url")) or web_url(user.get("avatar_url")),
        profile_url=web_url(user.get("profile_deep_link")) or (f"{WEB}/@{username}" if username else None),
    )
    return ProfileReading(identity=identity, followers=count(user.get("follower_count")))


def read_posts(client: Client, session: Session, cursor: str | None) -> Portion:
    """Public videos, newest first; a page may hold fewer than asked for, `has_more` alone tells the end."""
    asked: dict[str, Json] = {"max_count": PAGE_SIZE}
    if cursor is not None and _CURSOR.fullmatch(cursor):
        asked["cursor"] = int(cursor)
    request = Request(
        call="posts",
        method="POST",
        url=f"{API}/video/list/",
        query=(("fields", ",".join(_VIDEO_FIELDS)),),
        json=asked,
        bearer=session.tokens.access,
    )
    data = inner(body_of(client.call(request)), "data")
    listed = items_of(data, "videos", PAGE_SIZE) if data.get("videos") is not None else ()
    read = (_post(item, session) for item in listed)
    posts = {post.post_id: post for post in read if post is not None}
    return Portion(posts=tuple(posts.values()), cursor=_next(data.get("has_more"), data.get("cursor"), cursor))


def _next(has_more: Json, value: Json, sent: str | None) -> str | None:
    if has_more is False:
        return None
    position = count(value)
    if has_more is not True or position is None:
        raise unreadable()
    return next_cursor(str(position), sent)


def _post(item: Any, session: Session) -> Post | None:
    post_id, created = matching(item.get("id"), _VIDEO_ID), moment_of(item.get("create_time"))
    if post_id is None or created is None:
        return None
    owner = matching(session.username, _USERNAME) or ""
    return Post(
        post_id=post_id,
        published_at=created,
        permalink=web_url(item.get("share_url")) or f"{WEB}/@{owner}/video/{post_id}",
        title=text(item.get("title"), TITLE_LENGTH) or text(item.get("video_description"), TITLE_LENGTH),
        media_type="video",
        metrics=Metrics(
            views=count(item.get("view_count")),
            likes=count(item.get("like_count")),
            comments=count(item.get("comment_count")),
            shares=count(item.get("share_count")),
        ),
    )


# Errors --------------------------------------------------------------------------------------------------------

E = TypeVar("E", bound=PlatformError)

_TOKEN_CALLS = frozenset({"exchange", "refresh", "revoke"})
_CODE = re.compile(r"[a-z_]{2,63}")
_ALSO_OUTAGES = frozenset({"internal_error", "server_error", "temporarily_unavailable"})
_WAIT = timedelta(seconds=60)


def explain(call: str, answer: Answer) -> PlatformError | None:
    """By the code: `error.code` of the API, `error` of the token addresses, which may come with status 200."""
    code = code_of(answer)
    if answer.status == 429 or code == "rate_limit_exceeded":
        return _named(limited(answer, scope="app", otherwise=answer.received_at + _WAIT), answer)
    if answer.status >= 500 or code in _ALSO_OUTAGES:
        return _named(unavailable(answer), answer)
    if code in (None, "ok"):
        return None
    known = _explain_token_call(call, answer, code) if call in _TOKEN_CALLS else _explain_api(call, answer, code)
    return known or (_explain_good_status(answer, code) if answer.status < 300 else None)


def _explain_token_call(call: str, answer: Answer, code: str) -> PlatformError | None:
    if call == "exchange" and code in ("invalid_grant", "invalid_request", "access_denied"):
        return _said(Refused, answer, "TikTok did not accept the code.", "code_refused")
    if call == "refresh" and code == "invalid_grant":
        return _said(ReconnectNeeded, answer, "TikTok no longer accepts our access.", "token_revoked")
    if call == "revoke" and code in ("invalid_grant", "access_token_invalid"):
        return _said(AccessRefused, answer, "TikTok did not accept the access token.")
    return None


def _explain_api(call: str, answer: Answer, code: str) -> PlatformError | None:
    if code == "access_token_invalid":
        return _said(AccessRefused, answer, "TikTok did not accept the access token.")
    if code not in ("scope_not_authorized", "scope_permission_missed"):
        return None
    if call == "profile_basic":
        message = "A permission that the profile needs is missing."
        return _said(ReconnectNeeded, answer, message, SCOPE_MISSING)
    return _said(NotOffered, answer, "A permission that this needs is missing.", SCOPE_MISSING)


def _explain_good_status(answer: Answer, code: str) -> PlatformError:
    """An error that comes with a good status; nonsense in its place is the platform's bad hour."""
    if _CODE.fullmatch(code) is None:
        return _said(RetryLater, answer, "The platform's answer could not be read.", "unreadable_answer")
    return _said(Refused, answer, "TikTok refused the request.")


def _said(kind: type[E], answer: Answer, message: str, code: str | None = None) -> E:
    return _named(explained(kind, answer, message, code=code), answer)


def _named(error: E, answer: Answer) -> E:
    """`log_id` is what TikTok's support asks for."""
    body = answer.json if isinstance(answer.json, dict) else {}
    said = inner(body, "error").get("log_id") or body.get("log_id")
    error.request_id = error.request_id or matching(said, REQUEST_ID)
    return error


TIKTOK = Platform(
    facts=FACTS,
    connect=OAuth(authorize=authorize, exchange=exchange),
    identify=identify,
    refresh=refresh,
    revoke=revoke,
    parts={Part.PROFILE: read_profile, Part.POSTS: read_posts},
    explain=explain,
    hear=tiktok_person,
)
