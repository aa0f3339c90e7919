"""LinkedIn's Community Management API: organization pages, and the member who runs them.

Source: https://learn.microsoft.com/linkedin/marketing/community-management and .../linkedin/shared/authentication.

Unconfirmed, and so read with care: an access token that LinkedIn calls revoked is tried to be renewed before anybody is
asked to connect again; the undocumented revoke address is not called at all. LinkedIn lets us keep numbers for a year,
and posts for half of one.
"""

from collections.abc import Mapping
from datetime import datetime, time, timedelta

from socials.errors import (
    RATE_LIMITED,
    SCOPE_MISSING,
    AccessRefused,
    NotOffered,
    PlatformError,
    ReconnectNeeded,
    Refused,
    RetryLater,
)
from socials.models.parts import Part
from socials.models.readings import Identity, Portion, Tokens
from socials.platforms import linkedin_members as members
from socials.platforms import linkedin_pages as pages
from socials.platforms.base import Answer, App, Client, Code, Consent, Json, OAuth, Platform, Request, Session
from socials.platforms.explaining import explained, unavailable
from socials.platforms.facts import Facts, Keeping, RevocationHelp
from socials.platforms.oauth import consent_url, tokens_from

WEB = "https://www.linkedin.com/oauth/v2"
_MEMBER, _PAGES, _PAGE_POSTS = "r_basicprofile", "rw_organization_admin", "r_organization_social"

# `backfill_posts`: apps begin with 500 calls a day, 100 of them a member's.
FACTS = Facts(
    slug="linkedin",
    name="LinkedIn",
    connect="oauth",
    metrics=frozenset({"followers", "impressions", "reach", "likes", "comments", "saves", "shares", "clicks", "views"}),
    revokes="nothing",
    revocation=RevocationHelp(
        url="https://www.linkedin.com/mypreferences/d/data-sharing-for-permitted-services",
        steps=(
            "Open Settings & Privacy, then Data privacy, on LinkedIn.",
            "Open Permitted services under Other applications, and find PostLoudly.",
            "Choose Remove.",
        ),
        checked_on="2026-11-22",
    ),
    needed_scopes=(_MEMBER, _PAGES, _PAGE_POSTS, "r_member_profileAnalytics", "r_member_postAnalytics"),
    publish_scopes=("w_organization_social", "w_member_social"),
    part_scopes={
        Part.PROFILE: frozenset({_MEMBER}),
        Part.INSIGHTS: frozenset({_PAGES}),
        Part.POSTS: frozenset({_PAGES, _PAGE_POSTS}),
    },
    grant_ends=True,
    rotates=False,
    backfill_posts=200,
    keeps=Keeping(posts=180, days=365),
    newest_first=False,
    page_ids="urn:li:organization:",
)


# Connecting ----------------------------------------------------------------------------------------------------


def authorize(app: App, consent: Consent) -> str:
    """Always the whole set of scopes: another one would end every earlier grant of the member. No PKCE in this flow."""
    return consent_url(f"{WEB}/authorization", app, consent, FACTS.asked_scopes)


def exchange(client: Client, app: App, code: Code) -> Tokens:
    """A refresh token comes only for apps that LinkedIn has enabled for it."""
    form = {"grant_type": "authorization_code", "code": code.code, "redirect_uri": code.redirect_uri}
    return _tokens(client, app, "exchange", form)


def refresh(client: Client, app: App | None, tokens: Tokens) -> Tokens:
    """60 more days of access; the refresh token stays, and so does its end."""
    if app is None:
        raise RetryLater("Our registration with LinkedIn is not configured.", code="not_configured")
    if tokens.refresh is None:
        ended = tokens.access_expires_at is None or tokens.access_expires_at <= client.now + FACTS.refresh_before
        message = "LinkedIn's access has ended; it lasts for 60 days." if ended else "LinkedIn took our access back."
        code = "token_expired" if ended else "token_revoked"
        raise ReconnectNeeded(message, code=code, platform=FACTS.slug)
    return _tokens(client, app, "refresh", {"grant_type": "refresh_token", "refresh_token": tokens.refresh})


def _tokens(client: Client, app: App, call: str, form: Mapping[str, str]) -> Tokens:
    """LinkedIn wants the secret in the body."""
    secret = {"client_id": app.client_id, "client_secret": app.client_secret}
    return tokens_from(
        client.call(Request(call=call, method="POST", url=f"{WEB}/accessToken", form={**form, **secret}))
    )


def identify(client: Client, tokens: Tokens) -> tuple[Identity, ...]:
    """The pages that the member administers, then the member."""
    found: list[Identity] = []
    if _PAGES in tokens.scopes:
        try:
            found += pages.administered(client, tokens)
        except (NotOffered, Refused):
            found = []
    if _MEMBER in tokens.scopes or not found:
        found.append(members.read_member(client, "member", tokens))
    return tuple(found)


# Parts ---------------------------------------------------------------------------------------------------------


def read_profile(client: Client, session: Session, _cursor: str | None) -> Portion:
    read = pages.profile if _is_page(session) else members.profile
    return Portion(profile=read(client, session))


def read_insights(client: Client, session: Session, _cursor: str | None) -> Portion:
    return pages.insights(client, session) if _is_page(session) else members.insights(client, session)


def read_posts(client: Client, session: Session, cursor: str | None) -> Portion:
    if not _is_page(session):
        raise NotOffered("LinkedIn lists the posts of pages, not those of members.", code="pages_only")
    return pages.posts(client, session, cursor)


def _is_page(session: Session) -> bool:
    return pages.ORGANIZATION.fullmatch(session.platform_account_id) is not None


# Errors --------------------------------------------------------------------------------------------------------

_DEAD_TOKENS = frozenset({65600, 65601, 65602})
_DEAD_GRANT = frozenset({"invalid_request", "invalid_grant"})
_VERSION_CODES = frozenset({"NONEXISTENT_VERSION", "VERSION_MISSING", "INVALID_VERSION"})


def explain(call: str, answer: Answer) -> PlatformError | None:
    """By status, then by LinkedIn's own codes. The one text we look at tells which limit a 429 is about."""
    if not 400 <= answer.status < 500:
        return None
    if call in ("exchange", "refresh"):
        return _explain_token_call(call, answer)
    return _explain_limit(answer) if answer.status == 429 else _explain_read(call, answer)


def _explain_read(call: str, answer: Answer) -> PlatformError | None:
    if answer.status == 401 or _said(answer, "serviceErrorCode") in _DEAD_TOKENS:
        return explained(AccessRefused, answer, "LinkedIn did not accept the access token.")
    if answer.status == 403:
        return _explain_403(call, answer)
    if answer.status == 426 or _said(answer, "code") in _VERSION_CODES:
        return explained(Refused, answer, "LinkedIn has retired the version that we ask for.", code="version_retired")
    return None


def _explain_token_call(call: str, answer: Answer) -> PlatformError | None:
    """A 401 is about our app, and no proof of anything."""
    if answer.status != 400 or _said(answer, "error") not in _DEAD_GRANT:
        return None
    if call == "exchange":
        return explained(Refused, answer, "LinkedIn did not accept the code.", code="code_refused")
    return explained(ReconnectNeeded, answer, "LinkedIn no longer accepts our access.", code="token_revoked")


def _explain_limit(answer: Answer) -> PlatformError | None:
    """LinkedIn names no time. What it counts by the day begins anew at midnight UTC; the rest passes soon."""
    words = str(_said(answer, "message")).upper().split()
    if "DAY" not in words:
        return None
    tomorrow = answer.received_at.date() + timedelta(days=1)
    return explained(
        RetryLater,
        answer,
        "LinkedIn's limit for today is reached; this goes on tomorrow.",
        code=RATE_LIMITED,
        until=datetime.combine(tomorrow, time(), answer.received_at.tzinfo),
        scope="app" if "APPLICATION" in words else "account",
    )


_NOT_TOLD = ("not_offered", "LinkedIn does not tell this of the account.")


def _explain_403(call: str, answer: Answer) -> PlatformError | None:
    """No dead token: a scope is missing, or the member is no longer an administrator of the page."""
    if not isinstance(answer.json, dict):  # a wall before LinkedIn
        return unavailable(answer)
    denied = _said(answer, "serviceErrorCode") == 100 or _said(answer, "code") == "ACCESS_DENIED"
    if call != "profile":
        code, message = (SCOPE_MISSING, "A permission that this needs is missing.") if denied else _NOT_TOLD
        return explained(NotOffered, answer, message, code=code)
    if not denied:
        return None
    message = "A permission is missing, or you are no longer an administrator of this page."
    return explained(ReconnectNeeded, answer, message, code=SCOPE_MISSING)


def _said(answer: Answer, name: str) -> Json:
    """A word or number of the body; None for anything else."""
    said = answer.json.get(name) if isinstance(answer.json, dict) else None
    return said if isinstance(said, str | int) else None


LINKEDIN = Platform(
    facts=FACTS,
    connect=OAuth(authorize=authorize, exchange=exchange),
    identify=identify,
    refresh=refresh,
    revoke=None,
    parts={Part.PROFILE: read_profile, Part.INSIGHTS: read_insights, Part.POSTS: read_posts},
    explain=explain,
)
