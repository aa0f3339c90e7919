from datetime import datetime, timedelta

import pytest

from socials.errors import RetryLater
from socials.platforms import platform as platform_named
from socials.platforms.explaining import verdict
from socials.platforms.limits import LONGEST_WAIT, wait_until
from tests.unit.platforms.scripted import NOW, answer

EPOCH = int(NOW.timestamp())


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after": "120"}, 121),
        ({"retry_after": "0.2"}, 2),
        ({"retry_after": " 7 "}, 8),
        ({"retry_after": "Sun, 22 Nov 2026 20:46:00 GMT"}, 60),
        ({"ratelimit_reset": str(EPOCH + 90)}, 90),
        ({"ratelimit_reset": "42"}, 43),
        ({"x_ratelimit_reset": str(EPOCH + 90)}, 90),
        ({"x_ratelimit_reset": "2026-11-22T20:50:00Z"}, 300),
        ({"x_ratelimit_reset": "2026-11-22T20:50:00.123Z"}, 301),
        ({"retry_after": "2026-11-22T20:50:00+00:00"}, 300),
        ({"x_rate_limit_reset": str(EPOCH + 900)}, 900),
        ({"retry_after": "10", "ratelimit_reset": str(EPOCH + 90)}, 11),
        ({"retry_after": "soon", "ratelimit_reset": str(EPOCH + 90)}, 90),
        ({"retry_after": "0", "x_ratelimit_reset": "30"}, 31),
    ],
)
def test_the_end_of_a_wait_is_read_in_every_spelling(headers: dict[str, str], seconds: int) -> None:
    """A number of seconds counts from the end of the second in which the answer came."""
    assert wait_until(answer(429, **headers)) == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "value", ["", "0", "-5", "nan", "soon", "1e400", "inf", "-inf", "x" * 100, "12:00", str(EPOCH - 60)]
)
def test_a_wait_that_is_past_or_no_time_is_none(value: str) -> None:
    assert wait_until(answer(429, retry_after=value)) is None
    assert wait_until(answer(429, x_ratelimit_reset=value)) is None


@pytest.mark.parametrize("value", ["999999999", "99999999999", "1e300", "9999-12-31T23:59:59Z", str(EPOCH * 1000)])
def test_no_header_stops_an_account_for_years(value: str) -> None:
    until = wait_until(answer(429, retry_after=value))
    assert until is None or until == NOW + LONGEST_WAIT


def test_without_headers_no_time_is_made_up() -> None:
    assert wait_until(answer(429)) is None
    assert isinstance(wait_until(answer(429, retry_after="1")), datetime)


@pytest.mark.parametrize(
    ("platform", "headers"),
    [
        ("x", {"x_rate_limit_reset": str(EPOCH + 900), "x_rate_limit_remaining": "899"}),
        ("mastodon", {"x_ratelimit_reset": "2026-11-22T20:50:00Z", "x_ratelimit_remaining": "299"}),
        ("bluesky", {"ratelimit_reset": str(EPOCH + 3000), "ratelimit_remaining": "2999"}),
        ("pinterest", {"x_ratelimit_reset": "55"}),
    ],
)
@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_a_reset_that_comes_with_every_answer_is_no_time_that_an_outage_names(
    platform: str, headers: dict[str, str], status: int
) -> None:
    for more, until in (({}, None), ({"retry_after": "30"}, NOW + timedelta(seconds=31))):
        error = verdict(platform_named(platform), "posts", answer(status, None, False, **headers, **more))
        assert isinstance(error, RetryLater)
        assert (error.until, error.scope) == (until, "account")
    limited = verdict(platform_named(platform), "posts", answer(429, None, False, **headers))
    assert isinstance(limited, RetryLater)
    assert limited.until is not None
