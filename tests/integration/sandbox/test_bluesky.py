"""Bluesky's sessions, profiles and feeds in the sandbox, held against the lexicons."""

import base64
import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

_EVERYBODY = ("ada", "bruno", "noor", "salma", "pia", "zora")
_FORMATS = {
    "did": re.compile(r"did:[a-z]+:[a-zA-Z0-9._:%-]+").fullmatch,
    "handle": re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?").fullmatch,
    "at-uri": re.compile(r"at://did:plc:[a-z2-7]{24}/[a-zA-Z.]+/[a-z2-7]{13}").fullmatch,
    "cid": re.compile(r"bafyrei[a-z2-7]{52}").fullmatch,
    "uri": re.compile(r"https?://\S+").fullmatch,
    "datetime": lambda text: text.endswith("Z") and datetime.fromisoformat(text),
}
_TYPES = {"string": str, "integer": int, "boolean": bool, "array": list, "object": dict}


def _payload(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))


@pytest.fixture(scope="session")
def validate(lexicons: dict[str, Any]) -> Any:
    def check(schema: dict[str, Any], value: Any, home: str, place: str = "$") -> None:
        kind = schema["type"]
        if kind == "ref":
            nsid, _, name = schema["ref"].partition("#")
            if (nsid or home) in lexicons:
                check(lexicons[nsid or home][name or "main"], value, nsid or home, place)
            return
        if kind == "union":
            assert value["$type"] in [ref if not ref.startswith("#") else home + ref for ref in schema["refs"]], place
            return
        if kind == "unknown":
            return
        assert type(value) is _TYPES[kind], f"{place}: {value!r} is no {kind}"
        if kind == "string" and schema.get("format") in _FORMATS:
            assert _FORMATS[schema["format"]](value), f"{place}: {value!r} is no {schema['format']}"
        if kind == "array":
            for number, item in enumerate(value):
                check(schema["items"], item, home, f"{place}[{number}]")
        if kind == "object":
            assert set(schema.get("required", ())) <= set(value), place
            unknown = set(value) - set(schema["properties"]) - {"$type"}
            assert not unknown, f"{place}: {unknown}"
            for name, item in value.items():
                if name != "$type":
                    check(schema["properties"][name], item, home, f"{place}.{name}")

    return lambda nsid, value: check(lexicons[nsid]["main"]["output"]["schema"], value, nsid)


def _feed(bluesky: Any, token: str, **query: Any) -> Iterator[dict[str, Any]]:
    page = bluesky.get("app.bsky.feed.getAuthorFeed", token, **query).json
    yield page
    while "cursor" in page:
        page = bluesky.get("app.bsky.feed.getAuthorFeed", token, cursor=page["cursor"], **query).json
        yield page


def test_sessions_fit_the_lexicons(bluesky: Any, validate: Any) -> None:
    session = bluesky.session()
    validate("com.atproto.server.createSession", session)
    validate("com.atproto.server.getSession", bluesky.get("com.atproto.server.getSession", session["accessJwt"]).json)
    validate("com.atproto.server.refreshSession", bluesky.refresh(session["refreshJwt"]).json)


@pytest.mark.parametrize("person", _EVERYBODY)
def test_everybodys_profile_and_posts_fit_the_lexicons(bluesky: Any, validate: Any, person: str) -> None:
    session = bluesky.session(f"{person}.test")
    profile = bluesky.get("app.bsky.actor.getProfile", session["accessJwt"], actor=session["did"]).json
    validate("app.bsky.actor.getProfile", profile)
    for page in _feed(bluesky, session["accessJwt"], actor=session["did"], limit=100):
        validate("app.bsky.feed.getAuthorFeed", page)
    uris = [item["post"]["uri"] for item in page["feed"]][:25]
    validate("app.bsky.feed.getPosts", bluesky.get("app.bsky.feed.getPosts", session["accessJwt"], uris=uris).json)


def test_one_logs_in_by_handle_email_or_did_and_not_by_a_handle_with_an_at(bluesky: Any) -> None:
    did = bluesky.session()["did"]
    password = bluesky.stack.get("/people/bluesky/ada").json["app_password"]
    for identifier in ("ada.test", "ADA.test", "ada@sandbox.test", did):
        assert bluesky.create(identifier, password).json["did"] == did
    assert bluesky.create("@ada.test", password).status_code == 401


@pytest.mark.parametrize("body", [("ada.test", "xxxx-xxxx-xxxx-xxxx"), ("nobody.test", "x"), ("", "")])
def test_a_wrong_login_is_refused(bluesky: Any, body: tuple[str, str]) -> None:
    answer = bluesky.create(*body)
    assert (answer.status_code, answer.json["error"]) == (401, "AuthenticationRequired")


def test_a_login_without_its_parts_is_an_invalid_request(bluesky: Any) -> None:
    for given in ({"json": {"identifier": "ada.test"}}, {"json": {"identifier": 1, "password": "x"}}, {"data": b"x"}):
        answer = bluesky.call("com.atproto.server.createSession", **given)
        assert (answer.status_code, answer.json["error"]) == (400, "InvalidRequest")


def test_the_token_tells_an_app_password_from_the_main_one(bluesky: Any) -> None:
    assert _payload(bluesky.session()["accessJwt"])["scope"] == "com.atproto.appPass"
    assert _payload(bluesky.session("bruno.test")["accessJwt"])["scope"] == "com.atproto.appPassPrivileged"
    full = bluesky.create("ada.test", "main-password-of-ada").json
    assert _payload(full["accessJwt"])["scope"] == "com.atproto.access"
    assert _payload(full["refreshJwt"])["scope"] == "com.atproto.refresh"
    second_factor = bluesky.create("pia.test", "main-password-of-pia")
    assert (second_factor.status_code, second_factor.json["error"]) == (401, "AuthFactorTokenRequired")


def test_tokens_are_signed_and_a_changed_one_is_no_token(bluesky: Any) -> None:
    access = bluesky.session()["accessJwt"]
    head, _, signature = access.split(".")
    assert json.loads(base64.urlsafe_b64decode(head + "==")) == {"typ": "at+jwt", "alg": "HS256"}
    forged = (
        base64.urlsafe_b64encode(json.dumps({**_payload(access), "exp": 9999999999}).encode()).rstrip(b"=").decode()
    )
    for token in (f"{head}.{forged}.{signature}", "x", "x.y.z", f"{access}é"):
        answer = bluesky.get("com.atproto.server.getSession", token)
        assert (answer.status_code, answer.json["error"]) == (400, "InvalidToken")
    assert bluesky.get("com.atproto.server.getSession").json["error"] == "AuthMissing"


def test_access_lasts_two_hours_and_a_refresh_brings_a_new_pair(stack: Any, bluesky: Any) -> None:
    first = bluesky.session()
    assert _payload(first["accessJwt"])["exp"] - stack.now.timestamp() == 7200
    stack.later(hours=2)
    dead = bluesky.get("com.atproto.server.getSession", first["accessJwt"])
    assert (dead.status_code, dead.json["error"]) == (400, "ExpiredToken")
    second = bluesky.refresh(first["refreshJwt"]).json
    assert second["did"] == first["did"]
    assert _payload(second["refreshJwt"])["jti"] != _payload(first["refreshJwt"])["jti"]
    assert bluesky.get("com.atproto.server.getSession", second["accessJwt"]).status_code == 200


def test_an_old_refresh_token_has_two_hours_of_grace_and_leads_to_the_same_next_one(stack: Any, bluesky: Any) -> None:
    first = bluesky.session()["refreshJwt"]
    second = bluesky.refresh(first).json["refreshJwt"]
    stack.later(minutes=119)
    again = bluesky.refresh(first).json["refreshJwt"]
    assert _payload(again)["jti"] == _payload(second)["jti"]
    stack.later(minutes=1)
    late = bluesky.refresh(first)
    assert (late.status_code, late.json) == (400, {"error": "ExpiredToken", "message": "Token has been revoked"})
    assert bluesky.refresh(second).status_code == 200


def test_ninety_days_without_a_refresh_end_the_session(stack: Any, bluesky: Any) -> None:
    refresh = bluesky.session()["refreshJwt"]
    stack.later(days=90)
    assert bluesky.refresh(refresh).json["error"] == "ExpiredToken"


def test_access_and_refresh_tokens_do_not_stand_in_for_each_other(bluesky: Any) -> None:
    session = bluesky.session()
    assert bluesky.refresh(session["accessJwt"]).json["error"] == "InvalidToken"
    assert bluesky.get("com.atproto.server.getSession", session["refreshJwt"]).json["error"] == "InvalidToken"


def test_a_refresh_with_a_body_or_content_type_is_refused(bluesky: Any) -> None:
    refresh = bluesky.session()["refreshJwt"]
    assert bluesky.refresh(refresh, json={}).json["error"] == "InvalidRequest"
    assert bluesky.refresh(refresh, content_type="application/json").json["error"] == "InvalidRequest"
    assert bluesky.refresh(refresh).status_code == 200


def test_deleting_a_session_wants_its_refresh_token_though_it_may_have_expired(stack: Any, bluesky: Any) -> None:
    session = bluesky.session()
    assert bluesky.call("com.atproto.server.deleteSession", session["accessJwt"]).json["error"] == "InvalidToken"
    answer = bluesky.call("com.atproto.server.deleteSession", session["refreshJwt"])
    assert (answer.status_code, answer.data) == (200, b"")
    assert bluesky.refresh(session["refreshJwt"]).json["message"] == "Token has been revoked"
    assert bluesky.get("com.atproto.server.getSession", session["accessJwt"]).status_code == 200
    stack.later(days=91)
    assert bluesky.call("com.atproto.server.deleteSession", session["refreshJwt"]).status_code == 200


def test_a_deleted_app_password_ends_its_sessions_and_the_next_one_is_another_word(stack: Any, bluesky: Any) -> None:
    session, full = bluesky.session(), bluesky.create("ada.test", "main-password-of-ada").json
    old = stack.get("/people/bluesky/ada").json["app_password"]
    answer = stack.post("/people/bluesky/ada/revoke").json
    assert bluesky.refresh(session["refreshJwt"]).json == {"error": "ExpiredToken", "message": "Token has been revoked"}
    assert bluesky.refresh(full["refreshJwt"]).status_code == 200
    # As on the real platform: what was given lives out its two hours.
    assert bluesky.get("com.atproto.server.getSession", session["accessJwt"]).status_code == 200
    assert bluesky.create("ada.test", old).status_code == 401
    assert bluesky.create("ada.test", answer["app_password"]).status_code == 200


def test_the_did_document_names_the_server_which_answers_too(bluesky: Any) -> None:
    ada, bruno = bluesky.session(), bluesky.session("bruno.test")
    assert ada["didDoc"]["service"][0]["serviceEndpoint"] == "https://bsky.social"
    assert bruno["didDoc"]["service"][0]["serviceEndpoint"] == "https://morel.us-east.host.bsky.network"
    assert bluesky.get("app.bsky.actor.getProfile", bruno["accessJwt"], "morel", actor=bruno["did"]).status_code == 200
    assert bluesky.stack.get(f"/bluesky/plc/{ada['did']}").json == ada["didDoc"]


def test_the_public_view_needs_no_session_and_the_server_does(bluesky: Any) -> None:
    assert bluesky.public("app.bsky.actor.getProfile", actor="ada.test").json["handle"] == "ada.test"
    assert bluesky.public("com.atproto.identity.resolveHandle", handle="ada.test").json["did"].startswith("did:plc:")
    assert bluesky.get("app.bsky.actor.getProfile", actor="ada.test").json["error"] == "AuthMissing"
    assert bluesky.public("app.bsky.actor.getProfile", actor="nobody.test").json["message"] == "Profile not found"
    assert bluesky.public("com.atproto.identity.resolveHandle", handle="nobody.test").status_code == 400
    assert bluesky.public("app.bsky.feed.getTimeline").status_code == 501


def test_a_server_of_ones_own_knows_its_owner_alone(bluesky: Any) -> None:
    did = bluesky.public("com.atproto.identity.resolveHandle", handle="otto.test").json["did"]
    (service,) = bluesky.stack.get(f"/bluesky/plc/{did}").json["service"]
    assert service["serviceEndpoint"] == "https://pds.otto.test"
    assert [bluesky.create("otto.test", at=at).status_code for at in ("otto", "social", "morel")] == [200, 401, 401]
    assert bluesky.create("ada.test", at="otto").status_code == 401


def test_the_feed_pages_through_everything_once_newest_first(bluesky: Any) -> None:
    session = bluesky.session("bruno.test")
    pages = list(_feed(bluesky, session["accessJwt"], actor=session["did"], limit=100))
    items = [item for page in pages for item in page["feed"]]
    assert len(pages) >= 3
    assert len({(item["post"]["uri"], "reason" in item) for item in items}) == len(items) > 300
    times = [item.get("reason", {}).get("indexedAt") or item["post"]["record"]["createdAt"] for item in items]
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize("person", _EVERYBODY)
def test_without_replies_there_are_at_least_25_posts_of_their_own_among_reposts(bluesky: Any, person: str) -> None:
    session = bluesky.session(f"{person}.test")
    query = {"actor": session["did"], "filter": "posts_no_replies", "limit": 10}
    pages = list(_feed(bluesky, session["accessJwt"], **query))
    items = [item for page in pages for item in page["feed"]]
    own = [item for item in items if "reason" not in item]
    assert len(own) >= 25
    assert all("reply" not in item and item["post"]["author"]["did"] == session["did"] for item in own)
    assert any(item["reason"]["$type"] == "app.bsky.feed.defs#reasonRepost" for item in items if "reason" in item)
    assert min(len(page["feed"]) for page in pages[:-1]) < 10, "a page may be short though more follows"


def test_a_pinned_post_comes_twice_when_asked_for(bluesky: Any) -> None:
    feed = bluesky.public("app.bsky.feed.getAuthorFeed", actor="ada.test", includePins="true", limit=100).json["feed"]
    assert feed[0]["reason"] == {"$type": "app.bsky.feed.defs#reasonPin"}
    assert [item["post"]["uri"] for item in feed].count(feed[0]["post"]["uri"]) == 2


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 101}, {"limit": "x"}, {"filter": "best"}, {"actor": ""}])
def test_wrong_parameters_are_refused(bluesky: Any, query: dict[str, Any]) -> None:
    answer = bluesky.public("app.bsky.feed.getAuthorFeed", **{"actor": "ada.test"} | query)
    assert (answer.status_code, answer.json["error"]) == (400, "InvalidRequest")


def test_posts_are_asked_for_by_25_and_missing_ones_left_out(bluesky: Any) -> None:
    feed = bluesky.public("app.bsky.feed.getAuthorFeed", actor="ada.test", filter="posts_with_media").json["feed"]
    uris = [item["post"]["uri"] for item in feed][:5]
    gone = uris[0][:-13] + "2" * 13
    posts = bluesky.public("app.bsky.feed.getPosts", uris=[*uris, gone, "at://x/y/z"]).json["posts"]
    assert [post["uri"] for post in posts] == uris
    assert bluesky.public("app.bsky.feed.getPosts", uris=[gone] * 26).status_code == 400
    assert bluesky.public("app.bsky.feed.getPosts").status_code == 400


def test_unknown_numbers_are_absent_and_real_zeros_are_zero(bluesky: Any) -> None:
    assert "followersCount" not in bluesky.public("app.bsky.actor.getProfile", actor="noor.test").json
    posts = [item["post"] for item in bluesky.public("app.bsky.feed.getAuthorFeed", actor="noor.test").json["feed"]]
    assert {"likeCount" in post for post in posts} == {True, False}
    assert not any("bookmarkCount" in post for post in posts if post["author"]["handle"] == "noor.test")
    assert bluesky.public("app.bsky.actor.getProfile", actor="zora.test").json["followersCount"] == 0


def test_a_day_later_followers_and_the_newest_posts_have_moved(stack: Any, bluesky: Any) -> None:
    def seen() -> tuple[int, int]:
        profile = bluesky.public("app.bsky.actor.getProfile", actor="salma.test").json
        feed = bluesky.public("app.bsky.feed.getAuthorFeed", actor="salma.test").json["feed"]
        return profile["followersCount"], sum(item["post"]["likeCount"] for item in feed)

    today = seen()
    assert seen() == today
    stack.later(days=1)
    tomorrow = seen()
    assert tomorrow[0] != today[0]
    assert tomorrow[1] != today[1]


def test_rate_limits_are_told_and_logins_end_at_thirty_in_five_minutes(stack: Any, bluesky: Any) -> None:
    headers = bluesky.public("app.bsky.actor.getProfile", actor="ada.test").headers
    assert headers["RateLimit-Limit"] == "3000"
    assert int(headers["RateLimit-Reset"]) > stack.now.timestamp()
    assert headers["RateLimit-Policy"] == "3000;w=300"
    assert {bluesky.create().status_code for _ in range(30)} == {200}
    refused = bluesky.create()
    assert (refused.status_code, refused.json["error"]) == (429, "RateLimitExceeded")
    assert 0 < int(refused.headers["Retry-After"]) <= 300
    assert bluesky.create("bruno.test").status_code == 200
    stack.later(seconds=int(refused.headers["Retry-After"]))
    assert bluesky.create().status_code == 200


def test_a_load_test_finds_a_crowd_and_a_long_archive(bluesky: Any) -> None:
    assert bluesky.session("crowd-17.test")["did"] != bluesky.session("crowd-71.test")["did"]
    did = bluesky.session("crowd-17.test")["did"]
    assert bluesky.public("app.bsky.actor.getProfile", actor=did).json["handle"] == "crowd-17.test"
    assert bluesky.public("app.bsky.actor.getProfile", actor="whale.test").json["postsCount"] > 9000
