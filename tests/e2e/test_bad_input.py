"""Bad input: a clear error that names the field, and nothing stored."""

from typing import Any

import pytest
import requests

from tests.support.consent import come_back, press
from tests.support.product import connect_bluesky, connect_pinterest, sandbox_people
from tests.support.stack import Person, Stack


@pytest.fixture
def nothing_stored(stack: Stack) -> Any:
    """Items and secrets are afterwards what they were before. What others asked for earlier is done by then."""
    stack.until(lambda: not any(map(any_message, stack.state()["queues"].values())))
    before = stack.state()
    yield
    after = stack.state()
    assert after["items"] == before["items"]
    assert after["secrets"] == before["secrets"]


def any_message(queue: dict[str, int]) -> bool:
    return any(queue.values())


def problem(answer: requests.Response, status: int, code: str | None = None) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert body["request_id"]
    assert code is None or body["code"] == code
    return body


def fields(answer: requests.Response) -> set[str]:
    return {each["field"] for each in problem(answer, 422)["errors"]}


def test_without_a_token_nobody_comes_in(stack: Stack) -> None:
    for method, path in (("GET", "/accounts"), ("POST", "/connections"), ("DELETE", "/accounts/acc_x")):
        answer = stack.anyone().request(method, path)
        assert (answer.status_code, answer.json()) == (401, {"message": "Unauthorized"})


@pytest.mark.usefixtures("nothing_stored")
@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"platform": "friendster"}, {"platform"}),
        ({}, {"platform"}),
        ({"platform": 7}, {"platform"}),
        ({"platform": "bluesky"}, {"identifier", "app_password"}),
        ({"platform": "bluesky", "identifier": "a" * 300, "app_password": "x"}, {"identifier"}),
        ({"platform": "bluesky", "identifier": "ad\u0000a", "app_password": "x"}, {"identifier"}),
        ({"platform": "bluesky", "identifier": "ada", "app_password": "x\u0007"}, {"app_password"}),
        ({"platform": "pinterest", "app_password": "x"}, {"app_password"}),
        ({"platform": "pinterest", "colour": "red"}, {"colour"}),
        ([], {"body"}),
    ],
)
def test_a_wrong_body_names_its_fields(person: Person, body: object, wrong: set[str]) -> None:
    assert fields(person.post("/connections", json=body)) == wrong


def test_a_body_that_is_no_json_is_400(person: Person) -> None:
    problem(person.post("/connections", data="{"), 400, "malformed_json")
    problem(person.post("/connections", data=b"\xff\xfe{}"), 400, "malformed_json")


@pytest.mark.parametrize("odd", ["%00", "%F0%9F%8C%BB", "a%23b", "%22", "a%5Cb", "a%3Fb", "%60", "a" * 3000])
def test_an_id_that_nothing_could_have_does_not_exist(person: Person, odd: str) -> None:
    for path in ("/accounts/{}", "/accounts/{}/runs", "/receipts/{}", "/connections/{}"):
        problem(person.get(path.format(odd)), 404, "not_found")
    problem(person.delete(f"/accounts/{odd}"), 404, "not_found")
    problem(person.post(f"/accounts/{odd}/sync"), 404, "not_found")


@pytest.mark.usefixtures("nothing_stored")
def test_a_second_factor_is_asked_of_main_passwords_only_so_it_was_one(person: Person, stack: Stack) -> None:
    who = next(each for each in sandbox_people(stack, "bluesky") if each["person"] == "pia")
    body = {"platform": "bluesky", "identifier": who["handle"], "app_password": who["main_password"]}
    problem(person.post("/connections", json=body), 422, "main_password_refused")


@pytest.mark.usefixtures("nothing_stored")
def test_a_service_that_does_not_exist_is_named(person: Person) -> None:
    body = {"platform": "bluesky", "identifier": "a.b", "app_password": "x", "service": "nosuchhost.invalid"}
    assert fields(person.post("/connections", json=body)) == {"service"}


@pytest.mark.usefixtures("nothing_stored")
def test_a_wrong_app_password_leaves_nothing(person: Person, stack: Stack) -> None:
    who = sandbox_people(stack, "bluesky")[0]
    body = {"platform": "bluesky", "identifier": who["handle"], "app_password": "aaaa-bbbb-cccc-dddd"}
    problem(person.post("/connections", json=body), 422, "credentials_refused")


@pytest.mark.usefixtures("nothing_stored")
def test_the_main_password_is_refused_with_advice(person: Person, stack: Stack) -> None:
    who = sandbox_people(stack, "bluesky")[0]
    body = {"platform": "bluesky", "identifier": who["handle"], "app_password": who["main_password"]}
    refusal = problem(person.post("/connections", json=body), 422, "main_password_refused")
    assert "app password" in refusal["detail"].lower()


@pytest.mark.usefixtures("nothing_stored")
def test_a_platform_that_is_down_while_connecting_is_503(person: Person, stack: Stack) -> None:
    who = sandbox_people(stack, "bluesky")[1]
    stack.anyone().post("/_sandbox/faults", json={"platform": "bluesky", "kind": "503", "call": "createSession"})
    try:
        body = {"platform": "bluesky", "identifier": who["handle"], "app_password": who["app_password"]}
        problem(person.post("/connections", json=body), 503)
    finally:
        stack.anyone().delete("/_sandbox/faults")


@pytest.mark.usefixtures("nothing_stored")
def test_a_callback_with_an_unknown_state_ends_on_the_page_with_an_error(person: Person) -> None:
    ended = come_back(person, f"{person.base}/connections/callback?code=x&state=never-made")
    assert ended["outcome"] == "failed"
    assert "connection" not in ended


def test_a_state_works_once(person: Person) -> None:
    leaving = person.post("/connections", json={"platform": "pinterest"}).json()
    callback = press(leaving["authorize_url"])
    assert come_back(person, callback)["outcome"] == "done"
    assert come_back(person, callback)["outcome"] == "failed"
    assert len(person.get("/accounts").json()["accounts"]) == 1


def test_a_callback_in_another_browser_connects_nothing(person: Person, stack: Stack) -> None:
    leaving = person.post("/connections", json={"platform": "pinterest"}).json()
    callback = press(leaving["authorize_url"])
    secrets = stack.state()["secrets"]
    assert come_back(stack.anyone(), callback)["outcome"] == "failed"
    assert come_back(person, callback)["outcome"] == "failed"
    assert person.get("/accounts").json()["accounts"] == []
    assert stack.state()["secrets"] == secrets


def test_saying_no_on_the_platform_connects_nothing(person: Person) -> None:
    leaving = person.post("/connections", json={"platform": "pinterest"}).json()
    ended = come_back(person, press(leaving["authorize_url"], button=1))
    assert (ended["outcome"], ended["error"]) == ("failed", "access_denied")
    assert person.get(f"/connections/{ended['connection']}").json()["status"] == "failed"


def test_a_cursor_that_was_tampered_with_is_400(person: Person, stack: Stack) -> None:
    connect_pinterest(person, choose="ada")
    connect_pinterest(person, choose="zora")
    cursor = person.get("/accounts?limit=1").json()["next_cursor"]
    assert person.get(f"/accounts?limit=1&cursor={cursor}").status_code == 200
    for wrong in (cursor[:-1], "x" + cursor[1:], "!!", "", cursor + "A"):
        problem(person.get("/accounts", params={"limit": 1, "cursor": wrong}), 400, "bad_cursor")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=ten", "limit"),
        ("status=fine", "status"),
        ("platform=friendster", "platform"),
        ("can_publish=perhaps", "can_publish"),
    ],
)
def test_a_wrong_query_names_its_field(person: Person, query: str, field: str) -> None:
    assert fields(person.get(f"/accounts?{query}")) == {field}


def test_somebody_elses_account_does_not_exist(person: Person, stack: Stack) -> None:
    account = connect_pinterest(person)["account_id"]
    other = stack.person("somebody-else")
    for method, path in (
        ("GET", ""),
        ("GET", "/runs"),
        ("GET", "/metrics"),
        ("GET", "/posts"),
        ("POST", "/sync"),
        ("POST", "/reconnect"),
        ("DELETE", ""),
    ):
        theirs = other.request(method, f"/accounts/{account}{path}")
        missing = other.request(method, f"/accounts/acc_missing{path}")
        assert (theirs.status_code, theirs.json()["code"]) == (404, "not_found")
        assert theirs.json().keys() == missing.json().keys()
        assert theirs.json()["detail"] == missing.json()["detail"]
    assert person.get(f"/accounts/{account}").status_code == 200


def test_an_app_password_account_is_not_reconnected_by_a_consent_page(person: Person, stack: Stack) -> None:
    who = sandbox_people(stack, "bluesky")[0]
    account = connect_bluesky(person, who["handle"], who["app_password"])
    problem(person.post(f"/accounts/{account['account_id']}/reconnect"), 409)
