"""Pinterest's consent page, codes and tokens in the sandbox."""

import base64
import re
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from local.sandbox import app_credentials


class Form(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.action = self.method = ""
        self.inputs: list[dict[str, str | None]] = []
        self.buttons: list[dict[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "form":
            self.action, self.method = found["action"] or "", found["method"] or ""
        elif tag in ("input", "button"):
            (self.inputs if tag == "input" else self.buttons).append(found)


def test_the_first_button_of_the_consent_page_says_yes_and_leads_back_with_code_and_state(
    stack: Any, pinterest: Any
) -> None:
    form = Form(pinterest.page().text)
    filled = {field["name"]: field["value"] for field in form.inputs if field["type"] == "hidden" or "checked" in field}
    first = form.buttons[0]
    answer = stack.client.open(form.action, method=form.method, data=filled | {first["name"]: first["value"]})
    assert answer.status_code == 302
    back = urlsplit(answer.location)
    assert f"{back.scheme}://{back.netloc}{back.path}" == pinterest.question()["redirect_uri"]
    assert parse_qs(back.query)["state"] == [pinterest.question()["state"]]
    assert pinterest.exchange(parse_qs(back.query)["code"][0]).status_code == 200


def test_the_consent_page_offers_several_people_and_selects_the_first_not_yet_connected(pinterest: Any) -> None:
    def selected() -> list[str | None]:
        return [field["value"] for field in Form(pinterest.page().text).inputs if "checked" in field]

    offered = [field["value"] for field in Form(pinterest.page().text).inputs if field["type"] == "radio"]
    assert len(offered) >= 4
    assert selected() == offered[:1]
    pinterest.connect(offered[0])
    assert selected() == offered[1:2]


def test_saying_no_leads_back_with_access_denied_and_the_state(pinterest: Any) -> None:
    query = parse_qs(urlsplit(pinterest.answer(decision="deny").location).query)
    assert query["error"] == ["access_denied"]
    assert query["state"] == [pinterest.question()["state"]]
    assert "code" not in query


@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": "1"},
        {"redirect_uri": "http://127.0.0.1:3000/connections/callback?x=1"},
        {"redirect_uri": "/connections/callback"},
        {"redirect_uri": "http://127.0.0.1:3000/elsewhere"},
        {"response_type": "token"},
        {"scope": ""},
        {"scope": "pins:read,everything"},
        {"state": ""},
    ],
)
def test_a_wrong_link_to_the_consent_page_sends_nobody_back(pinterest: Any, changed: dict[str, str]) -> None:
    for answer in (pinterest.page(**changed), pinterest.answer(**changed)):
        assert answer.status_code == 400
        assert "Location" not in answer.headers
        assert next(iter(changed)) in answer.text


def test_a_code_exchange_answers_a_pair_with_the_granted_scopes(pinterest: Any) -> None:
    pair = pinterest.connect()
    assert re.match("pina", pair["access_token"])
    assert re.match("pinr", pair["refresh_token"])
    assert pair["response_type"] == "authorization_code"
    assert pair["scope"].split() == ["user_accounts:read", "pins:read", "boards:read"]
    assert (pair["expires_in"], pair["refresh_token_expires_in"]) == (2592000, 5184000)
    assert pair["refresh_token_expires_at"] == int(pinterest.stack.now.timestamp()) + 5184000


def test_a_code_works_once_for_ten_minutes_and_for_its_own_redirect_only(stack: Any, pinterest: Any) -> None:
    used, old, foreign = pinterest.code(), pinterest.code(), pinterest.code()
    assert pinterest.exchange(used).status_code == 200
    assert pinterest.exchange(foreign, redirect_uri="http://localhost:3000/connections/callback").status_code == 401
    stack.later(minutes=10)
    for code in (used, old, "made-up"):
        answer = pinterest.exchange(code)
        assert (answer.status_code, answer.json) == (401, {"code": 2, "message": "Authentication failed."})


def test_the_client_proves_itself_by_basic_and_nothing_else(pinterest: Any) -> None:
    question = {"grant_type": "authorization_code", "code": pinterest.code()}
    for headers in ({}, {"Authorization": "Basic !!"}, {"Authorization": "Basic eDp5"}):
        assert pinterest.token(headers, **question, client_id="1507001", client_secret="x").status_code == 401


def test_a_refresh_rotates_and_the_token_that_was_sent_dies_at_once(pinterest: Any) -> None:
    first = pinterest.connect()
    second = pinterest.refresh(first["refresh_token"]).json
    assert second["response_type"] == "refresh_token"
    assert second["refresh_token"] != first["refresh_token"]
    assert pinterest.get("user_account", second["access_token"]).status_code == 200
    assert pinterest.refresh(first["refresh_token"]).status_code == 401
    assert pinterest.refresh(second["refresh_token"]).status_code == 200


def test_of_many_refreshes_at_once_one_wins(pinterest: Any) -> None:
    token = pinterest.connect()["refresh_token"]
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: pinterest.refresh(token).status_code, range(16)))
    assert sorted(statuses) == [200] + [401] * 15


def test_tokens_expire_by_the_stacks_clock(stack: Any, pinterest: Any) -> None:
    pair = pinterest.connect()
    stack.later(days=30)
    dead = pinterest.get("user_account", pair["access_token"])
    assert (dead.status_code, dead.json["code"]) == (401, 2)
    pair = pinterest.refresh(pair["refresh_token"]).json
    assert pinterest.get("user_account", pair["access_token"]).status_code == 200
    stack.later(days=60)
    assert pinterest.refresh(pair["refresh_token"]).status_code == 401


def test_a_refresh_may_ask_for_fewer_scopes_but_not_for_more(pinterest: Any) -> None:
    pair = pinterest.connect()
    assert pinterest.refresh(pair["refresh_token"], scope="pins:write").status_code == 400
    fewer = pinterest.refresh(pair["refresh_token"], scope="user_accounts:read").json
    assert fewer["scope"] == "user_accounts:read"
    assert pinterest.get("pins", fewer["access_token"]).status_code == 403


def test_revoking_through_the_api_is_refused_because_it_is_for_system_users(stack: Any, pinterest: Any) -> None:
    pair = pinterest.connect()
    path = "/_sandbox/pinterest/api/v5/oauth/token/revoke"
    basic = "Basic MTUwNzAwMTp4"
    assert stack.client.post(path, data={"token": "x"}, headers={"Authorization": basic}).status_code == 401
    app = app_credentials()["pinterest"]
    right = base64.b64encode(f"{app['client_id']}:{app['client_secret']}".encode()).decode()
    answer = stack.client.post(path, data={"token": pair["refresh_token"]}, headers={"Authorization": f"Basic {right}"})
    assert (answer.status_code, answer.json["code"]) == (403, 29)
    assert pinterest.get("user_account", pair["access_token"]).status_code == 200


def test_a_person_who_removes_the_app_kills_all_of_their_tokens_and_nobody_elses(stack: Any, pinterest: Any) -> None:
    ada, again, bruno = pinterest.connect("ada"), pinterest.connect("ada"), pinterest.connect("bruno")
    assert stack.post("/people/pinterest/ada/revoke").json["revoked"] == 4
    for pair in (ada, again):
        assert pinterest.get("user_account", pair["access_token"]).status_code == 401
        assert pinterest.refresh(pair["refresh_token"]).status_code == 401
    assert pinterest.get("user_account", bruno["access_token"]).status_code == 200


def test_a_consent_may_come_back_without_a_scope(stack: Any, pinterest: Any) -> None:
    stack.fault("pinterest", "scope_missing", call="token", scope="boards:read")
    pair = pinterest.connect()
    assert pair["scope"].split() == ["user_accounts:read", "pins:read"]
    assert pinterest.get("pins", pair["access_token"]).json["code"] == 29
    assert pinterest.get("user_account", pair["access_token"]).status_code == 200
