"""What an answer of Pinterest means: by status first, then by its code."""

from socials.errors import SCOPE_MISSING, AccessRefused, NotOffered, PlatformError, ReconnectNeeded, Refused
from socials.platforms.base import Answer
from socials.platforms.explaining import explained, limited
from socials.platforms.untrusted import count

_REPORTS = ("insights", "saves", "views")
_TOKEN_CALLS = frozenset({"exchange", "refresh"})
_NO_FEATURE, _NO_PERMISSION, _NOT_AUTHENTICATED = 3, 29, 2


def explain(call: str, answer: Answer) -> PlatformError | None:
    """By status first, then by `code`: the description's own examples mix real codes with HTTP numbers.

    The one text we look at tells Pinterest's two kinds of 429 apart: spam has no code of its own.
    """
    if answer.status == 429:
        return _spam(answer) or limited(answer)
    if not 400 <= answer.status < 500:
        return None
    if call in _TOKEN_CALLS:
        return _explain_token_call(call, answer)
    if answer.status == 401:
        return _explain_401(answer)
    return _explain_403(call, answer) if answer.status == 403 else None


def _explain_token_call(call: str, answer: Answer) -> PlatformError | None:
    if call == "exchange" and answer.status in (400, 401, 403):
        return explained(Refused, answer, "Pinterest did not accept the code.", code="code_refused")
    if answer.status == 401 and _code(answer) == _NOT_AUTHENTICATED:
        return explained(ReconnectNeeded, answer, "Pinterest no longer accepts our access.", code="token_revoked")
    return None


def _explain_401(answer: Answer) -> PlatformError | None:
    code = _code(answer)
    if code == _NO_FEATURE:
        return explained(NotOffered, answer, "Pinterest does not offer this to our app.")
    if code in (_NOT_AUTHENTICATED, None) or code == 401:
        return explained(AccessRefused, answer, "Pinterest did not accept the access token.")
    return None


def _explain_403(call: str, answer: Answer) -> PlatformError | None:
    code = _code(answer)
    if call in _REPORTS and code is not None:
        message = "Pinterest gives these numbers to business accounts only."
        return explained(NotOffered, answer, message, code="business_account_required")
    if code != _NO_PERMISSION:
        return None
    if call == "profile":
        return explained(ReconnectNeeded, answer, "A permission that the profile needs is missing.", code=SCOPE_MISSING)
    return explained(NotOffered, answer, "A permission that this needs is missing.", code=SCOPE_MISSING)


def _code(answer: Answer) -> int | None:
    body = answer.json if isinstance(answer.json, dict) else {}
    return count(body.get("code"))


def _spam(answer: Answer) -> PlatformError | None:
    body = answer.json if isinstance(answer.json, dict) else {}
    said = " ".join(str(body.get(name)) for name in ("message", "message_detail"))
    if "spam" not in said.lower():
        return None
    return explained(Refused, answer, "Pinterest took our request for spam.", code="taken_for_spam")
