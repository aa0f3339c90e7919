"""TikTok in the sandbox, and the product's connector on it."""

from datetime import timedelta
from typing import Any

import pytest

from socials.errors import AccessRefused, NotOffered, ReconnectNeeded, Refused, RetryLater
from socials.models.parts import Part
from socials.platforms.tiktok import TIKTOK, refresh, revoke
from tests.integration.sandbox.wired import Wired

EVERYBODY = ("ada", "bruno", "noor", "salma", "pia", "zora")


@pytest.fixture
def tiktok(stack: Any) -> Wired:
    return Wired(stack, TIKTOK)


@pytest.mark.parametrize("person", EVERYBODY)
def test_everybody_connects_and_has_at_least_25_videos(tiktok: Wired, person: str) -> None:
    tokens = tiktok.connect(person)
    assert set(TIKTOK.facts.asked_scopes) == set(tokens.scopes)
    assert tokens.access.startswith("act.") and str(tokens.refresh).startswith("rft.")
    session = tiktok.session(tokens)
    posts = [post for portion in tiktok.read(Part.POSTS, session) for post in portion.posts]
    assert len(posts) >= 25 and len({post.post_id for post in posts}) == len(posts)
    assert [post.published_at for post in posts] == sorted((post.published_at for post in posts), reverse=True)
    assert tokens.extra["person"] == session.platform_account_id


def test_pages_are_shorter_than_asked_for_and_go_on(tiktok: Wired) -> None:
    portions = tiktok.read(Part.POSTS, tiktok.session(tiktok.connect("bruno")))
    assert len(portions) > 10 and all(len(portion.posts) < 20 for portion in portions)


def test_unknown_numbers_are_absent_and_real_zeros_are_zero(tiktok: Wired) -> None:
    noor, zora = (tiktok.session(tiktok.connect(person)) for person in ("noor", "zora"))
    reading = tiktok.read(Part.PROFILE, noor)[0].profile
    assert reading and reading.followers is None
    known = {bool(post.metrics.known()) for portion in tiktok.read(Part.POSTS, noor) for post in portion.posts}
    assert known == {True, False}
    reading = tiktok.read(Part.PROFILE, zora)[0].profile
    assert reading and reading.followers == 0
    assert {post.metrics.likes for post in tiktok.read(Part.POSTS, zora)[0].posts} == {0}


def test_a_scope_taken_away_on_the_page_costs_its_fields_only(tiktok: Wired) -> None:
    tokens = tiktok.connect("ada", **{"without:user.info.stats": "yes", "without:video.list": "yes"})
    assert "user.info.stats" not in tokens.scopes and not TIKTOK.facts.can_read(Part.POSTS, tokens.scopes)
    session = tiktok.session(tokens)
    reading = tiktok.read(Part.PROFILE, session)[0].profile
    assert reading and reading.followers is None and reading.identity.username == "ada.sandbox"
    with pytest.raises(NotOffered):
        tiktok.read(Part.POSTS, session)


def test_the_permission_that_comes_with_the_login_cannot_be_taken_away(tiktok: Wired) -> None:
    everything = {f"without:{scope}": "yes" for scope in TIKTOK.facts.asked_scopes}
    assert tiktok.connect("ada", **everything).scopes == ("user.info.basic",)


def test_the_profile_is_read_even_where_tiktok_sees_fewer_scopes_than_we_do(stack: Any, tiktok: Wired) -> None:
    session = tiktok.session(tiktok.connect())
    stack.fault("tiktok", "scope_missing", call="user_info")
    reading = tiktok.read(Part.PROFILE, session)[0].profile
    assert reading and reading.followers is None


def test_an_access_token_lives_two_hours_and_a_refresh_rotates_both(stack: Any, tiktok: Wired) -> None:
    tokens = tiktok.connect()
    assert tokens.access_expires_at == stack.now + timedelta(hours=2)
    stack.later(hours=2)
    with pytest.raises(AccessRefused):
        tiktok.session(tokens)
    fresh = refresh(tiktok, tiktok.app(), tokens)
    assert tiktok.session(fresh) and fresh.refresh != tokens.refresh
    with pytest.raises(ReconnectNeeded):
        refresh(tiktok, tiktok.app(), tokens)


def test_a_refresh_token_lives_180_days(stack: Any, tiktok: Wired) -> None:
    tokens = tiktok.connect()
    stack.later(days=180)
    with pytest.raises(ReconnectNeeded):
        refresh(tiktok, tiktok.app(), tokens)


def test_a_revoke_ends_every_grant_of_the_person_and_nobody_elses(stack: Any, tiktok: Wired) -> None:
    first, second, other = tiktok.connect("ada"), tiktok.connect("ada"), tiktok.connect("bruno")
    stack.later(hours=3)
    with pytest.raises(AccessRefused):
        revoke(tiktok, tiktok.app(), first)
    revoke(tiktok, tiktok.app(), refresh(tiktok, tiktok.app(), first))
    with pytest.raises(ReconnectNeeded):
        refresh(tiktok, tiktok.app(), second)
    assert refresh(tiktok, tiktok.app(), other)


def test_errors_of_the_token_address_come_with_a_good_status(stack: Any, tiktok: Wired) -> None:
    form = {"client_key": "x", "client_secret": "y", "grant_type": "refresh_token", "refresh_token": "z"}
    answer = stack.client.post("/_sandbox/tiktok/api/v2/oauth/token/", data=form)
    assert (answer.status_code, answer.json["error"]) == (200, "invalid_client") and answer.json["log_id"]


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("", {}),
        ("fields=id,everything", {}),
        ("fields=id", {"max_count": 21}),
        ("fields=id", {"max_count": "20"}),
        ("fields=id", {"cursor": "1"}),
        ("fields=id", ["x"]),
    ],
)
def test_wrong_parameters_are_refused(stack: Any, tiktok: Wired, query: str, body: Any) -> None:
    token = tiktok.connect().access
    answer = stack.post(f"/tiktok/api/v2/video/list/?{query}", token, json=body)
    assert (answer.status_code, answer.json["error"]["code"]) == (400, "invalid_params")


def test_videos_are_asked_for_by_id_twenty_at_most_and_foreign_ones_are_left_out(stack: Any, tiktok: Wired) -> None:
    tokens = tiktok.connect()
    posts = tiktok.read(Part.POSTS, tiktok.session(tokens))[0].posts
    path = "/tiktok/api/v2/video/query/?fields=id,like_count"
    ids = [post.post_id for post in posts[:3]]
    answer = stack.post(path, tokens.access, json={"filters": {"video_ids": [*ids, "1"]}})
    assert [video["id"] for video in answer.json["data"]["videos"]] == ids
    assert stack.post(path, tokens.access, json={"filters": {"video_ids": ids * 7}}).status_code == 400


def test_the_whole_app_may_call_600_times_a_minute(stack: Any, tiktok: Wired) -> None:
    ada, bruno = tiktok.connect("ada"), tiktok.connect("bruno")
    for _ in range(600):
        assert stack.get("/tiktok/api/v2/user/info/", ada.access, fields="open_id").status_code == 200
    with pytest.raises(RetryLater) as caught:
        tiktok.session(bruno)
    assert caught.value.scope == "app" and caught.value.until == stack.now + timedelta(minutes=1)
    stack.later(minutes=1)
    assert tiktok.session(bruno)


@pytest.mark.parametrize(
    ("kind", "error"),
    [("429", RetryLater), ("503", RetryLater), ("revoked", AccessRefused), ("bad_request", Refused)],
)
@pytest.mark.parametrize("call", ["user_info", "video_list"])
def test_bad_days_have_their_class(stack: Any, tiktok: Wired, kind: str, error: type, call: str) -> None:
    session = tiktok.session(tiktok.connect())
    stack.fault("tiktok", kind, call=call)
    with pytest.raises(error):
        tiktok.read(Part.PROFILE if call == "user_info" else Part.POSTS, session)


def test_a_person_who_removes_the_app_kills_the_tokens(stack: Any, tiktok: Wired) -> None:
    tokens = tiktok.connect()
    stack.post("/people/tiktok/ada/revoke")
    with pytest.raises(AccessRefused):
        tiktok.session(tokens)
