"""Bad days on request, the record of calls, and the sandbox's own pages."""

import json
from typing import Any

import pytest

from local import sandbox
from local.sandbox.bluesky import _MEANINGS as bluesky_kinds
from local.sandbox.faults import WIRE_KINDS
from local.sandbox.pinterest import _MEANINGS as pinterest_kinds


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"kind": "500"}, "platform"),
        ({"platform": "myspace", "kind": "500"}, "platform"),
        ({"platform": "pinterest"}, "kind"),
        ({"platform": "pinterest", "kind": "rain"}, "kind"),
        ({"platform": "bluesky", "kind": "spam"}, "kind"),
        ({"platform": "pinterest", "kind": "500", "person": "nobody"}, "person"),
        ({"platform": "pinterest", "kind": "500", "call": "getProfile"}, "call"),
        ({"platform": "pinterest", "kind": "500", "times": 0}, "times"),
        ({"platform": "pinterest", "kind": "500", "times": True}, "times"),
        ({"platform": "pinterest", "kind": "429", "retry_after": "soon"}, "retry_after"),
        ({"platform": "pinterest", "kind": "slow", "seconds": -1}, "seconds"),
        ({"platform": "pinterest", "kind": "scope_missing", "scope": "x"}, "scope"),
        ({"platform": "pinterest", "kind": "500", "colour": "red"}, "colour"),
        ([], "body"),
    ],
)
def test_a_bad_day_that_cannot_be_is_refused_by_field(stack: Any, asked: Any, field: str) -> None:
    answer = stack.post("/faults", json=asked)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == [field]
    assert stack.get("/faults").json == {"faults": []}


def test_a_bad_day_can_be_listed_and_cleared_and_goes_away_when_used_up(stack: Any, pinterest: Any) -> None:
    token = pinterest.connect()["access_token"]
    added = stack.fault("pinterest", "503", times=2)
    assert added.status_code == 201
    assert [fault["id"] for fault in stack.get("/faults").json["faults"]] == [added.json["id"]]
    assert [pinterest.get("user_account", token).status_code for _ in range(3)] == [503, 503, 200]
    stack.fault("pinterest", "503", times=None)
    assert [pinterest.get("user_account", token).status_code for _ in range(3)] == [503, 503, 503]
    assert stack.delete("/faults").status_code == 204
    assert pinterest.get("user_account", token).status_code == 200


def test_a_bad_day_meets_only_its_person_call_and_platform(stack: Any, pinterest: Any, bluesky: Any) -> None:
    ada, bruno = pinterest.connect("ada"), pinterest.connect("bruno")
    stack.fault("pinterest", "500", person="ada", call="pins")
    assert pinterest.get("user_account", ada["access_token"]).status_code == 200
    assert pinterest.get("pins", bruno["access_token"]).status_code == 200
    assert bluesky.create().status_code == 200
    assert pinterest.get("pins", ada["access_token"]).status_code == 500


def test_a_bad_day_finds_its_person_by_refresh_token_code_and_login(stack: Any, pinterest: Any, bluesky: Any) -> None:
    ada = pinterest.connect("ada")
    stack.fault("pinterest", "500", person="ada", call="token", times=2)
    stack.fault("bluesky", "500", person="ada", call="createSession")
    assert pinterest.refresh(ada["refresh_token"]).status_code == 500
    assert pinterest.exchange(pinterest.code("ada")).status_code == 500
    assert bluesky.create("bruno.test").status_code == 200
    assert bluesky.create("ada.test").status_code == 500


def test_too_many_requests_name_the_time_as_each_platform_does(stack: Any, pinterest: Any, bluesky: Any) -> None:
    token = pinterest.connect()["access_token"]
    stack.fault("pinterest", "429", retry_after=90)
    stack.fault("bluesky", "429", retry_after=90)
    answer = pinterest.get("pins", token)
    assert (answer.status_code, answer.json["code"], answer.headers["x-ratelimit-reset"]) == (429, 8, "90")
    answer = bluesky.public("app.bsky.actor.getProfile", actor="ada.test")
    assert (answer.status_code, answer.json["error"]) == (429, "RateLimitExceeded")
    assert answer.headers["Retry-After"] == "90"
    assert int(answer.headers["RateLimit-Reset"]) == int(stack.now.timestamp()) + 90


def test_a_timeout_waits_and_breaks_off_and_a_slow_answer_is_right(stack: Any, pinterest: Any) -> None:
    token = pinterest.connect()["access_token"]
    stack.fault("pinterest", "timeout")
    with pytest.raises(ConnectionError):
        pinterest.get("user_account", token)
    stack.fault("pinterest", "slow", seconds=7)
    assert pinterest.get("user_account", token).status_code == 200
    assert stack.naps == [30, 7]


def test_a_reset_does_nothing_and_a_lost_answer_has_done_it(stack: Any, pinterest: Any) -> None:
    pair = pinterest.connect()
    stack.fault("pinterest", "reset", call="token")
    with pytest.raises(ConnectionError):
        pinterest.refresh(pair["refresh_token"])
    stack.fault("pinterest", "lost", call="token")
    with pytest.raises(ConnectionError):
        pinterest.refresh(pair["refresh_token"])
    assert pinterest.refresh(pair["refresh_token"]).status_code == 401


def test_answers_can_be_spoiled(stack: Any, pinterest: Any) -> None:
    token = pinterest.connect()["access_token"]
    right = pinterest.get("pins", token).json

    def spoiled(kind: str) -> Any:
        stack.fault("pinterest", kind)
        return pinterest.get("pins", token)

    assert spoiled("not_json").mimetype == "text/html"
    assert spoiled("blank").data == b""
    assert spoiled("empty").json == {}
    assert spoiled("no_items").json == {"items": []}
    assert spoiled("nulls").json["items"][0]["media"] != right["items"][0]["media"]
    assert spoiled("redirect").status_code == 302
    assert token in spoiled("quoting").json["error"]
    half = spoiled("truncated")
    assert len(half.data) < int(half.headers["Content-Length"])
    with pytest.raises(ValueError):
        json.loads(half.data)
    assert pinterest.get("pins", token).json == right


def test_a_platform_may_call_a_good_token_dead_by_mistake(stack: Any, pinterest: Any, bluesky: Any) -> None:
    token, session = pinterest.connect()["access_token"], bluesky.session()
    stack.fault("pinterest", "revoked")
    stack.fault("bluesky", "revoked", call="refreshSession")
    assert pinterest.get("user_account", token).json == {"code": 2, "message": "Authentication failed."}
    assert bluesky.refresh(session["refreshJwt"]).json["message"] == "Token has been revoked"
    assert pinterest.get("user_account", token).status_code == 200
    assert bluesky.refresh(session["refreshJwt"]).status_code == 200


def test_every_kind_of_every_platform_answers(stack: Any, pinterest: Any, bluesky: Any) -> None:
    token = pinterest.connect()["access_token"]
    page = stack.get("/").text
    for platform, own in (("pinterest", pinterest_kinds), ("bluesky", bluesky_kinds)):
        for kind in own:
            assert f"<code>{kind}</code>" in page
            assert stack.fault(platform, kind).status_code == 201
            read = pinterest.get("pins", token) if platform == "pinterest" else bluesky.public("x.y.z")
            assert read.status_code >= 400
    for kind in WIRE_KINDS:
        assert f"<code>{kind}</code>" in page


def test_the_record_tells_every_call_and_never_a_token(stack: Any, pinterest: Any, bluesky: Any) -> None:
    pair, session = pinterest.connect(), bluesky.session()
    pinterest.get("pins", pair["access_token"], bookmark="!")
    stack.fault("bluesky", "reset")
    with pytest.raises(ConnectionError):
        bluesky.refresh(session["refreshJwt"])
    seen = [(call["platform"], call["call"], call["person"], call["status"]) for call in stack.calls()]
    assert seen == [
        ("pinterest", "authorize", "ada", 302),
        ("pinterest", "token", "ada", 200),
        ("bluesky", "createSession", "ada", 200),
        ("pinterest", "pins", "ada", 400),
        ("bluesky", "refreshSession", "ada", None),
    ]
    assert stack.calls(platform="bluesky")[1]["fault"] == "reset"
    text = json.dumps(stack.calls())
    assert not any(
        secret in text for secret in (*pair.values(), *session.values()) if isinstance(secret, str) and len(secret) > 30
    )
    assert stack.get("/calls", platform="myspace").status_code == 422
    assert stack.delete("/calls").status_code == 204
    assert stack.calls() == []


def test_limits_can_be_lifted_for_a_load_test(stack: Any, bluesky: Any) -> None:
    assert stack.post("/limits", json={"enforced": "no"}).status_code == 422
    assert stack.post("/limits", json={"enforced": False}).json == {"enforced": False}
    assert {bluesky.create().status_code for _ in range(40)} == {200}


@pytest.mark.parametrize("path", ["/people/myspace/ada/revoke", "/people/bluesky/nobody/revoke"])
def test_revoking_for_nobody_is_refused_by_field(stack: Any, path: str) -> None:
    assert stack.post(path).status_code == 422


def test_the_index_shows_people_and_how_to_ask_for_bad_days(stack: Any) -> None:
    page = stack.get("/").text
    for person in stack.get("/people").json["people"]:
        for shown in ("handle", "app_password", "username"):
            assert person.get(shown, "") in page
    assert "curl -X POST http://localhost/_sandbox/faults" in page


def test_the_welcome_names_logins_that_work(bluesky: Any) -> None:
    lines = [line.split() for line in sandbox.welcome("http://127.0.0.1:3000/").splitlines() if ".test " in line]
    assert len(lines) >= 4
    assert all(bluesky.create(handle, password).status_code == 200 for handle, password, *_ in lines)


def test_every_origin_leads_into_the_sandbox(stack: Any) -> None:
    places = sandbox.origins("http://127.0.0.1:3000")
    assert {"https://www.pinterest.com", "https://api.pinterest.com", "https://bsky.social"} <= set(places)
    assert "https://public.api.bsky.app" in places
    for place in places.values():
        path = place.removeprefix("http://127.0.0.1:3000/_sandbox")
        assert stack.get(f"{path}/profile/somebody").status_code in (200, 400, 404, 501)
        assert stack.calls()[-1]["call"] in ("page", "unknown", "did")


def test_two_sandboxes_show_the_same_world(stack: Any, bluesky: Any) -> None:
    twin = type(bluesky)(type(stack)())
    query = {"actor": "ada.test", "limit": 100}
    one, other = (client.public("app.bsky.feed.getAuthorFeed", **query).json for client in (bluesky, twin))
    assert one == other
