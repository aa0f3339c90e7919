"""X in the sandbox: consent, tokens, users and posts, held against both of its official descriptions."""

import base64
import hashlib
import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

jsonschema = pytest.importorskip("jsonschema", reason="answers are checked with jsonschema")

from local import sandbox  # noqa: E402
from socials.errors import AccessRefused, ReconnectNeeded, Refused, RetryLater  # noqa: E402
from socials.models.parts import Part  # noqa: E402
from socials.platforms.x import X  # noqa: E402
from tests.integration.sandbox.wired import Wired  # noqa: E402

EVERYBODY = ("ada", "bruno", "noor", "salma", "pia", "zora")
VERIFIER = "v" * 43
CALLBACK = "http://127.0.0.1:3000/connections/callback"
SCOPES = "tweet.read users.read offline.access tweet.write media.write"
PUBLIC = {"expansions": "attachments.media_keys", "media.fields": "type,public_metrics"}
FIELDS = "created_at,text,attachments,public_metrics"


class XClient:
    def __init__(self, stack: Any) -> None:
        self.stack = stack

    @staticmethod
    def question(**changed: str) -> dict[str, str]:
        challenge = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "client_id": sandbox.app_credentials()["x"]["client_id"],
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": SCOPES,
            "state": "state",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return asked | changed

    def code(self, person: str = "ada", **changed: str) -> str:
        form = self.question(**changed) | {"person": person, "decision": "allow"}
        answer = self.stack.post("/x/www/i/oauth2/authorize", data=form)
        return parse_qs(urlsplit(answer.location).query)["code"][0]

    def post(self, path: str, headers: dict[str, str] | None = None, **form: str) -> Any:
        app = sandbox.app_credentials()["x"]
        basic = base64.b64encode(f"{app['client_id']}:{app['client_secret']}".encode()).decode()
        sent = {"Authorization": f"Basic {basic}"} if headers is None else headers
        return self.stack.client.post(f"/_sandbox/x/api/2/oauth2/{path}", data=form, headers=sent)

    def exchange(self, code: str, **changed: str) -> Any:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
        return self.post("token", **form | changed)

    def refresh(self, token: str) -> Any:
        return self.post("token", grant_type="refresh_token", refresh_token=token)

    def connect(self, person: str = "ada", **changed: str) -> dict[str, Any]:
        answer = self.exchange(self.code(person, **changed))
        assert answer.status_code == 200, answer.text
        return dict(answer.json)

    def get(self, path: str, token: str, **query: Any) -> Any:
        return self.stack.get(f"/x/api/2/{path}", token, **query)

    def me(self, token: str, fields: str = "public_metrics,profile_image_url") -> Any:
        return self.get("users/me", token, **{"user.fields": fields})

    def posts(self, token: str, **query: Any) -> Any:
        account = self.me(token).json["data"]["id"]
        asked = {"max_results": 100, "exclude": "retweets", "tweet.fields": FIELDS, **PUBLIC}
        return self.get(f"users/{account}/tweets", token, **asked | query)


@pytest.fixture
def x(stack: Any) -> XClient:
    return XClient(stack)


# Consent and tokens


@pytest.mark.parametrize("changed", [{"code_challenge": ""}, {"code_challenge_method": "plain"}, {"scope": "all"}])
def test_a_consent_page_without_pkce_sends_nobody_back(stack: Any, x: XClient, changed: dict[str, str]) -> None:
    answer = stack.get("/x/www/i/oauth2/authorize", **x.question(**changed))
    assert answer.status_code == 400 and next(iter(changed)) in answer.text


def test_the_consent_page_carries_the_challenge_through_its_form(stack: Any, x: XClient) -> None:
    page = stack.get("/x/www/i/oauth2/authorize", **x.question())
    assert page.status_code == 200 and x.question()["code_challenge"] in page.text


def test_a_code_works_once_for_thirty_seconds_and_with_its_verifier_only(stack: Any, x: XClient) -> None:
    used, old, foreign = x.code(), x.code(), x.code()
    assert x.exchange(used).status_code == 200
    assert "code verifier" in x.exchange(foreign, code_verifier="w" * 43).json["error_description"]
    stack.later(seconds=30)
    for code in (used, old, "made-up"):
        answer = x.exchange(code)
        assert (answer.status_code, answer.json["error"]) == (400, "invalid_request")


def test_the_client_proves_itself_by_basic_and_keeps_its_secret_out_of_the_body(x: XClient) -> None:
    for headers, form in (({}, {}), ({"Authorization": "Basic eDp5"}, {}), (None, {"client_secret": "s"})):
        answer = x.post("token", headers, grant_type="authorization_code", code=x.code(), **form)
        assert (answer.status_code, answer.json["error"]) == (401, "unauthorized_client")


def test_access_ends_after_two_hours_and_a_refresh_rotates(stack: Any, x: XClient) -> None:
    first = x.connect()
    assert (first["expires_in"], first["scope"]) == (7200, SCOPES)
    stack.later(hours=2)
    assert x.me(first["access_token"]).status_code == 401
    second = x.refresh(first["refresh_token"]).json
    assert second["refresh_token"] != first["refresh_token"] and x.me(second["access_token"]).status_code == 200


def test_a_refresh_token_sent_twice_ends_all_that_was_made_from_it(x: XClient) -> None:
    first = x.connect()
    second = x.refresh(first["refresh_token"]).json
    third = x.refresh(second["refresh_token"]).json
    assert x.refresh(first["refresh_token"]).json["error_description"] == "Value passed for the token was invalid."
    assert x.me(third["access_token"]).status_code == 401 and x.refresh(third["refresh_token"]).status_code == 400


def test_no_refresh_token_without_offline_access(x: XClient) -> None:
    assert "refresh_token" not in x.connect(scope="tweet.read users.read")


def test_a_revoke_ends_one_token_and_never_complains(x: XClient) -> None:
    pair, other = x.connect(), x.connect()
    for token in (pair["refresh_token"], pair["refresh_token"]):
        assert x.post("revoke", token=token).json == {"revoked": True}
    assert x.me(pair["access_token"]).status_code == 200 and x.refresh(pair["refresh_token"]).status_code == 400
    x.post("revoke", token=pair["access_token"])
    assert x.me(pair["access_token"]).status_code == 401 and x.me(other["access_token"]).status_code == 200


def test_a_missing_scope_is_a_bare_403(stack: Any, x: XClient) -> None:
    stack.fault("x", "scope_missing", call="token", scope="users.read")
    answer = x.me(x.connect()["access_token"])
    assert (answer.status_code, answer.json["title"], answer.json["type"]) == (403, "Forbidden", "about:blank")


# Posts


@pytest.mark.parametrize("person", EVERYBODY)
def test_everybody_has_at_least_25_posts_of_their_own(x: XClient, person: str) -> None:
    token = x.connect(person)["access_token"]
    found, query = [], {}
    while True:
        page = x.posts(token, **query).json
        found += page.get("data", [])
        if "next_token" not in page["meta"]:
            break
        query = {"pagination_token": page["meta"]["next_token"]}
    assert len({post["id"] for post in found}) == len(found) >= 25
    assert [int(post["id"]) for post in found] == sorted((int(post["id"]) for post in found), reverse=True)


def test_a_page_is_cut_before_reposts_are_left_out(x: XClient) -> None:
    token = x.connect("bruno")["access_token"]
    page = x.posts(token, max_results=60).json
    assert page["meta"]["result_count"] == len(page["data"]) < 60 and page["meta"]["next_token"]
    whole = x.posts(token, max_results=60, exclude="replies").json
    assert len(whole["data"]) == 60 and any(post["text"].startswith("RT @") for post in whole["data"])


def test_private_numbers_are_of_own_posts_of_thirty_days_and_the_rest_is_dropped(stack: Any, x: XClient) -> None:
    token = x.connect()["access_token"]
    posts = x.posts(token).json["data"]
    ids = [posts[0]["id"], posts[-1]["id"], "1"]
    answer = x.get("tweets", token, ids=",".join(ids), **{"tweet.fields": "non_public_metrics"}).json
    assert [post["id"] for post in answer["data"]] == ids[:1]
    assert answer["data"][0]["non_public_metrics"].keys() >= {"url_link_clicks", "impression_count"}
    kinds = [error["type"].rsplit("/", 1)[-1] for error in answer["errors"]]
    assert kinds == ["not-authorized-for-field", "resource-not-found"]
    nothing = x.get("tweets", token, ids=ids[1], **{"tweet.fields": "non_public_metrics"})
    assert nothing.status_code == 200 and "data" not in nothing.json


def test_names_are_old_or_new_by_the_parameter_and_a_strange_one_is_refused(x: XClient) -> None:
    token = x.connect()["access_token"]
    old, new = x.posts(token).json, x.posts(token, **{"tweet.fields": None, "post.fields": FIELDS}).json
    assert "retweet_count" in old["data"][0]["public_metrics"] and "repost_count" in new["data"][0]["public_metrics"]
    for strange in ({"fields": "x"}, {"tweet.fields": "likes"}, {"max_results": 4}, {"pagination_token": "x"}):
        answer = x.posts(token, **strange)
        assert answer.status_code == 400 and next(iter(strange)) in answer.json["errors"][0]["parameters"]


def test_nobody_elses_posts_are_listed(x: XClient) -> None:
    answer = x.get("users/1/tweets", x.connect()["access_token"])
    assert (answer.status_code, answer.json["type"].rsplit("/", 1)[-1]) == (404, "resource-not-found")


def test_unknown_numbers_are_absent_and_real_zeros_are_zero(x: XClient) -> None:
    noor, zora = (x.connect(person)["access_token"] for person in ("noor", "zora"))
    assert "public_metrics" not in x.me(noor).json["data"]
    assert {"public_metrics" in post for post in x.posts(noor).json["data"]} == {True, False}
    assert x.me(zora).json["data"]["public_metrics"]["followers_count"] == 0
    assert {post["public_metrics"]["like_count"] for post in x.posts(zora).json["data"]} == {0}


def test_75_profiles_in_a_quarter_of_an_hour(stack: Any, x: XClient) -> None:
    token = x.connect()["access_token"]
    assert {x.me(token).status_code for _ in range(75)} == {200}
    refused = x.me(token)
    assert refused.status_code == 429 and refused.headers["x-rate-limit-remaining"] == "0"
    reset = int(refused.headers["x-rate-limit-reset"])
    assert 0 < reset - stack.now.timestamp() <= 900 and "Retry-After" not in refused.headers
    stack.later(seconds=reset - stack.now.timestamp())
    assert x.me(token).status_code == 200


def test_bad_days_come_in_the_words_of_x(stack: Any, x: XClient) -> None:
    token = x.connect()["access_token"]
    for kind, status in [("credits", 402), ("usage_capped", 429), ("429_legacy", 429), ("renamed", 400), ("503", 503)]:
        stack.fault("x", kind)
        assert x.me(token).status_code == status


# The connector itself


@pytest.fixture
def wired(stack: Any) -> Wired:
    return Wired(stack, X)


@pytest.mark.parametrize("person", EVERYBODY)
def test_everybody_is_read_whole(wired: Wired, person: str) -> None:
    session = wired.session(wired.connect(person))
    profile = wired.read(Part.PROFILE, session)[0].profile
    assert profile and (profile.followers is None) == (person == "noor")
    posts = [post for portion in wired.read(Part.POSTS, session) for post in portion.posts]
    assert len({post.post_id for post in posts}) == len(posts) >= 25
    assert {post.media_type for post in posts} == {"image", "video", "gallery", None}
    assert all(post.metrics.views is not None for post in posts if post.media_type == "video")
    young = [post for post in posts if wired.now - post.published_at < timedelta(days=30)]
    clicked = [post for post in posts if post.metrics.clicks is not None]
    assert clicked and {post.post_id for post in clicked} <= {post.post_id for post in young}
    assert person == "noor" or len(clicked) == len(young)


def test_real_zeros_come_as_zeros(wired: Wired) -> None:
    posts = wired.read(Part.POSTS, wired.session(wired.connect("zora")))[0].posts
    assert {(post.metrics.impressions, post.metrics.shares, post.metrics.saves) for post in posts} == {(0, 0, 0)}


def test_a_day_on_which_x_drops_the_old_name_costs_a_call_and_no_number(stack: Any, wired: Wired) -> None:
    session = wired.session(wired.connect())
    before = wired.read(Part.POSTS, session)
    stack.fault("x", "renamed", call="user_posts")
    stack.fault("x", "renamed", call="posts")
    assert wired.read(Part.POSTS, session) == before


def test_tokens_are_renewed_and_revoked(stack: Any, wired: Wired) -> None:
    assert X.refresh is not None and X.revoke is not None
    tokens = wired.connect()
    fresh = X.refresh(wired, wired.app(), tokens)
    X.revoke(wired, wired.app(), fresh)
    X.revoke(wired, wired.app(), fresh)
    with pytest.raises(AccessRefused):
        X.identify(wired, fresh)
    with pytest.raises(ReconnectNeeded):
        X.refresh(wired, wired.app(), fresh)


@pytest.mark.parametrize(
    ("kind", "error", "code"),
    [
        ("429", RetryLater, "rate_limited"),
        ("429_legacy", RetryLater, "rate_limited"),
        ("credits", RetryLater, "allowance_used_up"),
        ("usage_capped", RetryLater, "allowance_used_up"),
        ("503", RetryLater, "platform_unavailable"),
        ("revoked", AccessRefused, "access_refused"),
        ("scope_missing", ReconnectNeeded, "scope_missing"),
        ("not_enrolled", Refused, "app_not_allowed"),
        ("suspended", Refused, "account_unavailable"),
        ("bad_request", Refused, "platform_refused"),
    ],
)
def test_each_bad_day_has_its_class(stack: Any, wired: Wired, kind: str, error: type[Exception], code: str) -> None:
    session = wired.session(wired.connect())
    stack.fault("x", kind, call="me", retry_after=90)
    with pytest.raises(error) as caught:
        wired.read(Part.PROFILE, session)
    assert type(caught.value) is error and caught.value.code == code
    if kind.startswith("429"):
        assert caught.value.until == stack.now + timedelta(seconds=90)


# The official descriptions


@pytest.fixture(scope="session", params=["2.166", "2.167"])
def described(request: Any, specs: Path) -> tuple[str, dict[str, Any]]:
    return request.param, json.loads((specs / f"x-openapi-{request.param}.json").read_text())


def _check(description: dict[str, Any], path: str, answer: Any) -> None:
    good = description["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    schemas = _plain(description["components"]["schemas"])
    jsonschema.Draft7Validator({"allOf": [good], "components": {"schemas": schemas}}).validate(answer.json)


def _plain(schema: Any) -> Any:
    """OpenAPI 3.0 as JSON Schema, and objects closed to names that the description does not know."""
    if isinstance(schema, list):
        return [_plain(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {name: _plain(part) for name, part in schema.items() if name not in ("nullable", "example")}
    if set(plain.get("properties", ())) & {"public_metrics", "media_keys", "followers_count", "bookmark_count"}:
        plain["additionalProperties"] = False
    return plain


@pytest.mark.parametrize("person", EVERYBODY)
def test_everybodys_answers_fit_both_official_descriptions(x: XClient, described: Any, person: str) -> None:
    version, description = described
    new = version == "2.167"
    token = x.connect(person)["access_token"]
    naming = {"tweet.fields": None, "post.fields": FIELDS} if new else {}
    me = x.get("users/me", token, **{"user.fields": "public_metrics,profile_image_url,protected,verified_type"})
    if not new:
        _check(description, "/2/users/me", me)
    posts = x.posts(token, **naming)
    _check(description, "/2/users/{id}/tweets", posts)
    ids = ",".join(post["id"] for post in posts.json["data"][:100])
    private = {"post.fields" if new else "tweet.fields": "public_metrics"}
    _check(description, "/2/tweets", x.get("tweets", token, ids=ids, **private))
