"""The error tree: a class says what to do next.

Messages are for people and hold no token, code, password or URL.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct


class SocialsError(Exception):
    """Everything this product raises on purpose. `code` is stable, for programs; the text is for people."""

    code = "error"

    def __init__(self, message: str = "", *, code: str | None = None) -> None:
        self.code = code or self.code
        super().__init__(message or self.code.replace("_", " "))


# The caller's doing --------------------------------------------------------------------------------------------


class FieldError(Struct, frozen=True):
    """One wrong input: the field's name and what was expected of it."""

    field: str
    detail: str


class Unauthenticated(SocialsError):
    """A signed-in route without the gateway's own word on who asks. No route of the deployed gateway leads here."""

    code = "unauthenticated"


class NotFound(SocialsError):
    """It does not exist, or belongs to somebody else: the two are never told apart."""

    code = "not_found"


class Malformed(SocialsError):
    """A body that does not parse, or (`bad_cursor`) a cursor that we did not make."""

    code = "malformed_json"


class Invalid(SocialsError):
    """Input that parses but cannot be taken; `errors` names each field."""

    code = "invalid"

    def __init__(self, errors: Sequence[FieldError], *, code: str | None = None, message: str = "") -> None:
        super().__init__(message or "; ".join(f"{e.field}: {e.detail}" for e in errors), code=code)
        self.errors = tuple(errors)


class Conflict(SocialsError):
    """The state of the account or connection does not allow it; `code` says which."""

    code = "conflict"


class Forged(SocialsError):
    """A platform's callback that the platform has not signed."""

    code = "bad_signature"


class Gone(SocialsError):
    """It existed and has expired."""

    code = "expired"


class TooSoon(SocialsError):
    """Allowed later; `retry_after` in seconds."""

    code = "too_soon"

    def __init__(self, message: str, *, code: str, retry_after: int) -> None:
        super().__init__(message, code=code)
        self.retry_after = max(1, retry_after)


# The platform's doing ------------------------------------------------------------------------------------------


class PlatformError(SocialsError):
    """A platform's answer that is not what was asked for. `platform_code` and `request_id` are the platform's own."""

    code = "platform_error"

    def __init__(
        self,
        message: str = "",
        *,
        code: str | None = None,
        platform: str = "",
        http_status: int | None = None,
        platform_code: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message, code=code)
        self.platform = platform
        self.http_status = http_status
        self.platform_code = platform_code
        self.request_id = request_id


class RetryLater(PlatformError):
    """Limits, outages, timeouts. `until`: the time the platform named, None where it named none.

    `scope` tells whom the platform asked to wait: this account, or the whole app.
    """

    code = "platform_unavailable"

    def __init__(
        self,
        message: str = "",
        *,
        until: datetime | None = None,
        scope: Literal["account", "app"] = "account",
        code: str | None = None,
        platform: str = "",
        http_status: int | None = None,
        platform_code: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(
            message,
            code=code,
            platform=platform,
            http_status=http_status,
            platform_code=platform_code,
            request_id=request_id,
        )
        self.until = until
        self.scope = scope

    @property
    def holds_for_every_call(self) -> bool:
        """A limit, a named time, or no answer at all; a lone 5xx and an unreadable answer are of their own call."""
        unanswered = self.http_status is None and self.code not in _ANSWERED
        limited = self.http_status == 429 or self.code == RATE_LIMITED  # Meta's come as a 400
        return self.scope == "app" or self.until is not None or unanswered or limited


RATE_LIMITED = "rate_limited"
# A permission that was never given, or that somebody took back on the platform.
SCOPE_MISSING = "scope_missing"
# Errors of an answer that was there, whatever its status.
_ANSWERED = frozenset({"unreadable_answer", "body_too_large"})


class AccessRefused(PlatformError):
    """The access token is not taken any more. No proof by itself: a refresh tells whether the grant is dead."""

    code = "access_refused"


class ReconnectNeeded(PlatformError):
    """Proof that the grant is dead or short of a scope that the profile needs. `code` is the reason."""

    code = "token_revoked"


class NotOffered(PlatformError):
    """This account or app tier has no such data: numbers stay null."""

    code = "not_offered"


class Refused(PlatformError):
    """Any other refusal: the part fails and is recorded; no retry."""

    code = "platform_refused"


# Ours ----------------------------------------------------------------------------------------------------------


class Fenced(SocialsError):
    """This worker no longer owns what it works on (disconnected, reconnected, or taken over): stop, write nothing."""

    code = "fenced"


class OutOfTime(Exception):
    """Too little time left for another step, or for another call of one; what was read before it is safe."""


class Busy(Exception):
    """The table has no room just now, or left work undone again and again: whoever asked has to come back. None of the
    tree, so that no use case takes it for an answer about a row, a grant or a person."""


class Overloaded(SocialsError):
    """How a caller is told of a Busy; `retry_after` in seconds."""

    code = "overloaded"
    retry_after = 5


class NoSecret(SocialsError):
    """The vault holds nothing under that name (any more)."""

    code = "no_secret"
