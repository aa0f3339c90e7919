"""Codes, tokens, passwords, client secrets and verifiers on every way through the product, good days and bad ones, with
everything told that can be told (LOG_LEVEL=DEBUG, traces on); then all that was written anywhere is searched for them.
"""

import base64
import json
import secrets
from typing import Any

import pytest

from socials.platforms import every_platform
from tests.leaks.watching import Watched
from tests.support.hunting import leaks

SLUGS = {platform.slug for platform in every_platform()}


def lines(watched: Watched) -> list[dict[str, Any]]:
    """What the functions told."""
    places = watched.places()
    written = [line for name in places if name.endswith(".log") for line in places[name].splitlines()]
    return [json.loads(line) for line in written if line.startswith("{")]


def test_nothing_leaks(lived: Watched) -> None:
    found = leaks(lived.secrets, lived.places())
    assert found == [], "\n".join(found[:20])


def test_nothing_leaks_where_tokens_rest_sealed_in_the_table(sealed: Watched) -> None:
    found = leaks(sealed.secrets, sealed.places())
    assert found == [], "\n".join(found[:20])
    assert '"SECRET#' in sealed.aws.text
    assert {"tokens renewed", "erase done", "registration unreadable"} <= {line["message"] for line in lines(sealed)}


def test_something_could_have_leaked(lived: Watched) -> None:
    """The ways were really gone: every platform connected, renewed, failed, revoked; every place was written to."""
    places = lived.places()
    assert all(len(text) > 200 for text in places.values() if text is not places["web.log"]), {
        name: len(text) for name, text in places.items()
    }
    told = lines(lived)
    calls = [line for line in told if line["message"] == "platform call"]
    for slug in SLUGS:
        outcomes = {line["outcome"] for line in calls if line["platform"] == slug}
        assert {"ok"} < outcomes, slug
        ended = {line.get("outcome") for line in told if line.get("platform") == slug and "Runs" in line}
        assert "succeeded" in ended, slug
    renewing = {line["platform"] for line in calls if line["call"] == "refresh"}
    assert {"bluesky", "x", "youtube", "tiktok", "pinterest", "threads", "instagram"} <= renewing
    revoking = {line["platform"] for line in calls if line["call"] == "revoke"}
    assert len(revoking) >= 4, revoking  # a bad day ends one grant or another before
    messages = {line["message"] for line in told}
    assert {"message failed", "tokens renewed", "tokens not renewed", "erase taken up", "run waits"} <= messages
    assert len(lived.secrets) > 3 * len(SLUGS)


def test_every_platform_repeated_what_it_was_sent(lived: Watched) -> None:
    calls = lived.stack.anyone().get("/_sandbox/calls").json()["calls"]
    assert {call["platform"] for call in calls if call["fault"] == "quoting"} == SLUGS


@pytest.mark.parametrize("place", ["run_syncs.log", "console", "AWS", "traces", "answers"])
def test_a_leak_in_any_place_would_be_found(lived: Watched, place: str) -> None:
    places = lived.places()
    token = f"pina_{lived.mark}{secrets.token_urlsafe(8)}"
    planted = base64.b64encode(f"client:{token}".encode()).decode()
    found = leaks([lived.mark], places | {place: places[place] + planted})
    assert {each.partition(":")[0] for each in found} == {place}
