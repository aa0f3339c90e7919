"""Threads' sandbox, read by the product's own connector."""

from datetime import timedelta
from typing import Any

import pytest

from socials.errors import NotOffered, ReconnectNeeded, RetryLater
from socials.models.parts import Part
from socials.platforms.threads import THREADS, refresh
from tests.integration.sandbox.wired import Wired

INSIGHTS = "threads_manage_insights"
EVERYBODY = ("ada", "bruno", "noor", "salma", "pia", "zora")


@pytest.fixture
def threads(stack: Any) -> Wired:
    return Wired(stack, THREADS)


@pytest.mark.parametrize("person", EVERYBODY)
def test_everybody_is_read_to_the_end(threads: Wired, person: str) -> None:
    session = threads.session(threads.connect(person))
    posts = threads.posts(session)
    assert len(posts) >= 25 and all(post.metrics.views is not None for post in posts.values())
    days = [day for portion in threads.read(Part.INSIGHTS, session) for day in portion.days]
    assert len(days) >= 25 and days[-1].metrics.clicks is not None and days[-1].metrics.views is None


def test_the_list_ends_though_no_page_names_a_next_one(threads: Wired) -> None:
    session = threads.session(threads.connect("bruno"))
    portions = threads.read(Part.POSTS, session)
    assert len(portions) > 5 and portions[-1].posts == ()


def test_what_was_only_reposted_is_no_post(stack: Any, threads: Wired) -> None:
    tokens = threads.connect()
    kept = threads.posts(threads.session(tokens))
    listed = stack.get("/threads/graph/v1.0/me/threads", tokens.access, fields="id,media_type", limit=100).json["data"]
    reposts = {item["id"] for item in listed if item["media_type"] == "REPOST_FACADE"}
    assert reposts and not reposts & kept.keys() and len(reposts) + len(kept) == len(listed)


def test_followers_are_an_insight(threads: Wired) -> None:
    known = threads.session(threads.connect())
    assert threads.read(Part.PROFILE, known)[0].profile.followers > 0  # type: ignore[operator, union-attr]
    without = threads.session(threads.connect(without=(INSIGHTS,)))
    assert threads.read(Part.PROFILE, without)[0].profile.followers is None  # type: ignore[union-attr]
    assert len(threads.posts(without)) >= 25
    with pytest.raises(NotOffered):
        threads.read(Part.INSIGHTS, without)


def test_scopes_are_those_asked_for_where_threads_does_not_tell_them(stack: Any, threads: Wired) -> None:
    stack.fault("threads", "scope_missing", call="debug_token")
    assert threads.connect().scopes == THREADS.facts.asked_scopes


def test_a_token_renews_itself_until_it_is_removed(stack: Any, threads: Wired) -> None:
    tokens = threads.connect()
    stack.later(days=30)
    fresh = refresh(threads, threads.app(), tokens)
    assert fresh.access_expires_at == stack.now + timedelta(days=60)
    stack.post("/people/threads/ada/revoke")
    with pytest.raises(ReconnectNeeded) as caught:
        refresh(threads, threads.app(), fresh)
    assert caught.value.code == "app_removed"


def test_a_refused_field_expansion_costs_calls_and_no_numbers(stack: Any, threads: Wired) -> None:
    session = threads.session(threads.connect())
    whole = threads.posts(session)
    # The list with all metrics, then with each of the four by itself.
    stack.fault("threads", "bad_request", call="threads", times=5)
    assert threads.posts(session) == whole
    assert "post_insights" in {request.call for request in threads.requests}


def test_a_limit_in_the_middle_is_obeyed(stack: Any, threads: Wired) -> None:
    session = threads.session(threads.connect())
    stack.fault("threads", "429", call="threads", retry_after=120)
    with pytest.raises(RetryLater) as caught:
        threads.posts(session)
    assert caught.value.until == stack.now + timedelta(minutes=2, seconds=1)
