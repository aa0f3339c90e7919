"""What a status means where a platform says nothing more, and what an answer tells about itself."""

from typing import Any

import pytest

from socials.errors import PlatformError, Refused, RetryLater
from socials.platforms.explaining import by_status, code_of, request_id_of
from tests.unit.platforms.scripted import answer


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (200, None, None),
        (299, None, None),
        (300, Refused, "unexpected_redirect"),
        (399, Refused, "unexpected_redirect"),
        (400, Refused, Refused.code),
        (407, Refused, Refused.code),
        (408, RetryLater, RetryLater.code),
        (424, Refused, Refused.code),
        (425, RetryLater, RetryLater.code),
        (426, Refused, Refused.code),
        (429, RetryLater, "rate_limited"),
        (499, Refused, Refused.code),
        (500, RetryLater, RetryLater.code),
    ],
)
def test_a_status_means_the_same_everywhere(status: int, kind: type[PlatformError] | None, code: str | None) -> None:
    error = by_status(answer(status))
    assert (type(error) if error else None, error and error.code) == (kind, code)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"error": "invalid_grant"}, "invalid_grant"),
        ({"code": 17}, "17"),
        ({"error": {"code": 190, "type": "OAuthException"}}, "190"),
        ({"error": {"type": "OAuthException"}}, "OAuthException"),
        ({"error": "your token abc was refused"}, "?"),
        ({"error": True}, None),
        ({"error": ""}, None),
        ({"error": []}, None),
        ([], None),
    ],
)
def test_a_platforms_own_code_is_a_word_or_a_number(body: Any, code: str | None) -> None:
    assert code_of(answer(400, body)) == code


@pytest.mark.parametrize(
    "header", ["x-pinterest-rid", "x-request-id", "x-fb-trace-id", "x-tt-logid", "x-li-uuid", "x-transaction-id"]
)
def test_the_id_of_an_answer_is_found_by_each_platforms_name_for_it(header: str) -> None:
    assert request_id_of(answer(400, **{header: "a1B2"})) == "a1B2"
