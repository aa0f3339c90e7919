"""What an answer of X means: problems by the last word of their `type`, and OAuth's codes.

Unconfirmed, and so read with care: a 403 without a type of its own means a missing scope.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from socials.errors import SCOPE_MISSING, AccessRefused, NotOffered, PlatformError, ReconnectNeeded, Refused, RetryLater
from socials.platforms.base import Answer
from socials.platforms.explaining import explained, limited
from socials.platforms.untrusted import count, inner

# The parameter by which a post's fields are asked for: by its old name, and by its new one.
FIELDS, NEW_FIELDS = "tweet.fields", "post.fields"

_TOKEN_CALLS = frozenset({"exchange", "refresh", "revoke"})
_DEAD_GRANT = frozenset({"invalid_request", "invalid_grant"})
_UNPAID = frozenset({"credits", "credits-depleted", "usage-capped"})
_OUR_APP = frozenset({"client-forbidden", "unsupported-authentication", "oauth1-permissions"})
_NOT_OURS = frozenset({"not-authorized-for-resource", "not-authorized-for-field", "field-unauthorized"})
_GONE = frozenset({"resource-not-found", "resource-unavailable"})
_LEGACY_LIMIT = 88
# Nobody but us can end it, by paying or at the turn of the month: a look an hour is enough.
_UNPAID_FOR = timedelta(hours=1)


def explain(call: str, answer: Answer) -> PlatformError | None:
    """By status, and by the last word of the problem's `type`: its host differs. A 200 may hold problems too."""
    if call in _TOKEN_CALLS:
        return _explain_token_call(call, answer)
    kinds = _kinds(answer)
    if 200 <= answer.status < 300:
        return _explain_empty(call, answer, kinds)
    return _explain_4xx(call, answer, kinds) if 400 <= answer.status < 500 else None


def _explain_4xx(call: str, answer: Answer, kinds: frozenset[str]) -> PlatformError | None:
    if answer.status == 402 or kinds & _UNPAID:
        return _unpaid(answer)
    if answer.status == 429 or "rate-limit-exceeded" in kinds or _LEGACY_LIMIT in _legacy_codes(answer):
        return limited(answer)
    if answer.status == 401:
        return explained(AccessRefused, answer, "X did not accept the access token.")
    return _explain_403(call, answer, kinds) if answer.status == 403 else _explain_request(answer, kinds)


def _explain_token_call(call: str, answer: Answer) -> PlatformError | None:
    """`invalid_request` is X's word for a code or token that is used, old or taken back. A 401 is about our app."""
    said = _body(answer).get("error")
    if answer.status != 400 or not isinstance(said, str) or said not in _DEAD_GRANT:
        return None
    if call == "exchange":
        return explained(Refused, answer, "X did not accept the code.", code="code_refused")
    if call == "refresh":
        return explained(ReconnectNeeded, answer, "X no longer accepts our access.", code="token_revoked")
    return None


def _explain_empty(call: str, answer: Answer, kinds: frozenset[str]) -> PlatformError | None:
    """Problems instead of what was asked for."""
    if call == "clicks" or not kinds or _body(answer).keys() & {"data", "meta"}:
        return None
    if kinds & _NOT_OURS:
        return explained(NotOffered, answer, "X does not tell this of the account.")
    return _explain_request(answer, kinds)


def _explain_403(call: str, answer: Answer, kinds: frozenset[str]) -> PlatformError | None:
    if kinds & _OUR_APP:
        return explained(Refused, answer, "X does not let our app do this.", code="app_not_allowed")
    if kinds & _NOT_OURS and call != "profile":
        return explained(NotOffered, answer, "X does not tell this of the account.")
    if kinds != {"about:blank"}:
        return None
    kind = ReconnectNeeded if call == "profile" else NotOffered
    return explained(kind, answer, "A permission that this needs is missing.", code=SCOPE_MISSING)


def _explain_request(answer: Answer, kinds: frozenset[str]) -> PlatformError | None:
    if kinds & _GONE:
        return explained(Refused, answer, "The account is suspended or gone on X.", code="account_unavailable")
    if "invalid-request" in kinds and _names_fields(answer):
        return explained(Refused, answer, "X does not know a parameter.", code="parameter_refused")
    return None


def _unpaid(answer: Answer) -> RetryLater:
    """Our credits or our cap are used up: nothing is wrong with the person's account."""
    until = answer.received_at + _UNPAID_FOR
    message = "Our allowance with X is used up; this goes on by itself later."
    return explained(RetryLater, answer, message, code="allowance_used_up", until=until, scope="app")


def _body(answer: Answer) -> Mapping[str, Any]:
    return answer.json if isinstance(answer.json, dict) else {}


def _problems(answer: Answer) -> list[Mapping[str, Any]]:
    """The problem that an answer is, and those listed in it."""
    body = _body(answer)
    listed = body.get("errors")
    return [body, *(one for one in listed[:200] if isinstance(one, dict))] if isinstance(listed, list) else [body]


def _kinds(answer: Answer) -> frozenset[str]:
    types = (problem.get("type") for problem in _problems(answer))
    return frozenset(kind.rsplit("/", 1)[-1] for kind in types if isinstance(kind, str))


def _legacy_codes(answer: Answer) -> set[int | None]:
    return {count(problem.get("code")) for problem in _problems(answer)}


def _names_fields(answer: Answer) -> bool:
    """As the descriptions say it, `parameters` up to 2.166 and `parameter` from 2.167, and as X words it."""
    return any(
        FIELDS in inner(problem, "parameters")
        or problem.get("parameter") == FIELDS
        or f"[{FIELDS}]" in str(problem.get("message"))
        for problem in _problems(answer)
    )
