"""Mastodon's servers in the sandbox, held against the description 4.7.0, and the product's connector on them."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from local import sandbox
from socials.errors import AccessRefused, Invalid, NotOffered, ReconnectNeeded, Refused, RetryLater
from socials.models.parts import Part
from socials.models.readings import Tokens
from socials.platforms.base import App, Code
from socials.platforms.mastodon import MASTODON, exchange, find, refresh, register, revoke
from tests.integration.sandbox.wired import CALLBACK, VERIFIER, Wired

jsonschema = pytest.importorskip("jsonschema", reason="answers are checked with jsonschema")

EVERYBODY = ("ada", "bruno", "noor", "salma", "pia", "zora")
HOSTS = ("mastodon.social", "social.weavers.example")


class Servers(Wired):
    """The connector, with the registrations that an engine would keep."""

    def __init__(self, stack: Any) -> None:
        super().__init__(stack, MASTODON)
        self.stack = stack
        self.apps: dict[str, App] = {}

    def registered(self, host: str = HOSTS[0]) -> App:
        if host not in self.apps:
            self.apps[host] = register(self, host, CALLBACK)
        return self.apps[host]

    def join(self, person: str = "ada", host: str = HOSTS[0]) -> Tokens:
        app = self.registered(host)
        code = Code(code=self.consented(person, app, host), redirect_uri=CALLBACK, verifier=VERIFIER, instance=host)
        return exchange(self, app, code)

    def get(self, path: str, token: str | None = None, **query: Any) -> Any:
        return self.stack.get(f"/mastodon/mastodon.social{path}", token, **query)


@pytest.fixture
def mastodon(stack: Any) -> Servers:
    return Servers(stack)


@pytest.fixture(scope="session")
def validate(specs: Path) -> Any:
    description = json.loads((specs / "mastodon-openapi.json").read_text("utf-8"))

    def check(value: Any, name: str) -> None:
        wanted = {"$ref": f"#/components/schemas/{name}", "components": description["components"]}
        jsonschema.Draft202012Validator(wanted).validate(value)

    return check


# The connector


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("person", EVERYBODY)
def test_everybody_connects_on_every_server_and_has_at_least_25_posts(
    mastodon: Servers, person: str, host: str
) -> None:
    tokens = mastodon.join(person, host)
    assert set(MASTODON.facts.asked_scopes) == set(tokens.scopes) and tokens.access_expires_at is None
    session = mastodon.session(tokens)
    assert tokens.extra["person"] == session.platform_account_id and session.platform_account_id.startswith(f"{host}/")
    posts = [post for portion in mastodon.read(Part.POSTS, session) for post in portion.posts]
    assert len(posts) >= 25 and len({post.post_id for post in posts}) == len(posts)
    assert [post.published_at for post in posts] == sorted((post.published_at for post in posts), reverse=True)
    assert all(request.guarded for request in mastodon.requests)


@pytest.mark.parametrize(
    ("typed", "host"),
    [
        ("mastodon.social", "mastodon.social"),
        ("@ada@mastodon.social", "mastodon.social"),
        ("https://mastodon.social/@ada", "mastodon.social"),
        ("social.weavers.example", "social.weavers.example"),
        ("ada@weavers.example", "social.weavers.example"),
        ("weavers.example", "social.weavers.example"),
    ],
)
def test_a_server_is_found_even_where_the_names_have_another_domain(mastodon: Servers, typed: str, host: str) -> None:
    assert find(mastodon, typed) == host


def test_a_domain_that_knows_nobody_of_that_name_has_no_server_for_them(mastodon: Servers) -> None:
    with pytest.raises(Invalid):
        find(mastodon, "nobody@weavers.example")


def test_names_have_the_domain_of_their_server(mastodon: Servers) -> None:
    names = {host: mastodon.session(mastodon.join("ada", host)).username for host in HOSTS}
    assert names == {"mastodon.social": "ada@mastodon.social", "social.weavers.example": "ada@weavers.example"}


def test_the_same_person_on_two_servers_is_two_accounts(mastodon: Servers) -> None:
    assert len({mastodon.session(mastodon.join("ada", host)).platform_account_id for host in HOSTS}) == 2


def test_many_posts_take_several_pages_without_boosts_replies_and_direct_ones(mastodon: Servers) -> None:
    session = mastodon.session(mastodon.join("bruno"))
    portions = mastodon.read(Part.POSTS, session)
    assert len(portions) >= 6
    kinds = {post.media_type for portion in portions for post in portion.posts}
    assert {"text", "image", "gallery", "video", "audio"} >= kinds and len(kinds) >= 4
    everything = mastodon.get(f"/api/v1/accounts/{session.platform_account_id.split('/')[1]}/statuses", limit=40)
    assert everything.status_code == 401


def test_quotes_count_where_the_server_counts_them(mastodon: Servers) -> None:
    shares = {}
    for host in HOSTS:
        posts = mastodon.read(Part.POSTS, mastodon.session(mastodon.join("bruno", host)))[0].posts
        shares[host] = sum(post.metrics.shares or 0 for post in posts)
    assert shares["mastodon.social"] > shares["social.weavers.example"] > 0


def test_hidden_followers_are_unknown_and_real_zeros_are_zero(mastodon: Servers) -> None:
    for person, followers in (("noor", None), ("zora", 0)):
        reading = mastodon.read(Part.PROFILE, mastodon.session(mastodon.join(person)))[0].profile
        assert reading and reading.followers == followers


def test_the_same_person_gets_the_same_token_again_and_a_revoke_ends_it_for_both(mastodon: Servers) -> None:
    first, again, other = mastodon.join("ada"), mastodon.join("ada"), mastodon.join("bruno")
    assert first.access == again.access != other.access
    revoke(mastodon, mastodon.registered(), first)
    with pytest.raises(AccessRefused):
        mastodon.session(again)
    with pytest.raises(ReconnectNeeded):
        refresh(mastodon, mastodon.registered(), again)
    assert mastodon.session(other)
    revoke(mastodon, mastodon.registered(), first)
    assert mastodon.join("ada").access != first.access


def test_tokens_do_not_end(stack: Any, mastodon: Servers) -> None:
    tokens = mastodon.join()
    stack.later(days=3_000)
    assert mastodon.session(tokens)


def test_a_code_works_once_with_its_verifier_only(mastodon: Servers) -> None:
    app = mastodon.registered()

    def code(**changed: str) -> Code:
        given = {"code": mastodon.consented("ada", app, HOSTS[0]), "redirect_uri": CALLBACK, "verifier": VERIFIER}
        return Code(**given | changed, instance=HOSTS[0])

    used = code()
    assert exchange(mastodon, app, used)
    for wrong in (used, code(verifier="w" * 64), code(redirect_uri="http://127.0.0.1:3000/elsewhere"), code(code="x")):
        with pytest.raises(Refused) as caught:
            exchange(mastodon, app, wrong)
        assert caught.value.code == "code_refused"


def test_an_app_that_the_server_does_not_know_is_told_so(stack: Any, mastodon: Servers) -> None:
    code = Code(code="x", redirect_uri=CALLBACK, verifier=VERIFIER, instance=HOSTS[0])
    with pytest.raises(Refused) as caught:
        exchange(mastodon, App("forgotten", "secret"), code)
    assert caught.value.code == "app_unknown"
    page = mastodon.get("/oauth/authorize", client_id="forgotten", redirect_uri=CALLBACK, response_type="code")
    assert page.status_code == 401 and "Location" not in page.headers


def test_a_registration_is_the_servers_own(mastodon: Servers) -> None:
    code = mastodon.consented("ada", mastodon.registered(), HOSTS[0])
    with pytest.raises(Refused) as caught:
        proof = Code(code=code, redirect_uri=CALLBACK, verifier=VERIFIER, instance=HOSTS[0])
        exchange(mastodon, mastodon.registered(HOSTS[1]), proof)
    assert caught.value.code == "app_unknown"


def test_a_scope_that_was_not_given_leaves_the_posts_out(stack: Any, mastodon: Servers) -> None:
    stack.fault("mastodon", "scope_missing", call="token")
    tokens = mastodon.join()
    assert not MASTODON.facts.can_read(Part.POSTS, tokens.scopes)
    session = mastodon.session(tokens)
    with pytest.raises(NotOffered):
        mastodon.read(Part.POSTS, session)


@pytest.mark.parametrize("host", HOSTS)
def test_paging_is_limited_and_the_reset_is_understood_in_either_spelling(
    stack: Any, mastodon: Servers, host: str
) -> None:
    session = mastodon.session(mastodon.join("ada", host))
    step = MASTODON.parts[Part.POSTS]
    with pytest.raises(RetryLater) as caught:
        for _ in range(301):
            step(mastodon, session, "9" * 18)
    assert caught.value.until is not None and 0 < (caught.value.until - stack.now).total_seconds() <= 900
    stack.now = caught.value.until
    assert mastodon.session(session.tokens)


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("429", RetryLater),
        ("503", RetryLater),
        ("revoked", AccessRefused),
        ("walled", RetryLater),
        ("login_disabled", Refused),
        ("gone", Refused),
        ("suspended", Refused),
        ("not_json", RetryLater),
        ("empty", RetryLater),
    ],
)
def test_bad_days_have_their_class(stack: Any, mastodon: Servers, kind: str, error: type) -> None:
    session = mastodon.session(mastodon.join())
    stack.fault("mastodon", kind, call="verify_credentials")
    with pytest.raises(error):
        mastodon.read(Part.PROFILE, session)


@pytest.mark.parametrize(
    ("host", "elsewhere"),
    [("mastodon.social", "@ada@weavers.example"), ("social.weavers.example", "@ada@mastodon.social")],
)
def test_whoever_has_moved_is_read_and_says_so(stack: Any, mastodon: Servers, host: str, elsewhere: str) -> None:
    session = mastodon.session(mastodon.join("ada", host))
    stack.fault("mastodon", "moved", call="verify_credentials")
    [portion] = mastodon.read(Part.PROFILE, session)
    assert portion.profile is not None and portion.profile.moved_to == elsewhere
    assert portion.profile.identity.platform_account_id == session.platform_account_id


def test_a_page_without_posts_has_no_next_one(stack: Any, mastodon: Servers) -> None:
    session = mastodon.session(mastodon.join("bruno"))
    stack.fault("mastodon", "no_items", call="statuses")
    assert [portion.posts for portion in mastodon.read(Part.POSTS, session)] == [()]


def test_a_person_who_removes_the_app_kills_the_tokens(stack: Any, mastodon: Servers) -> None:
    tokens = [mastodon.join("ada", host) for host in HOSTS]
    stack.post("/people/mastodon/ada/revoke")
    for each in tokens:
        with pytest.raises(AccessRefused):
            mastodon.session(each)


# The description


@pytest.mark.parametrize("host", HOSTS)
def test_answers_fit_the_description(stack: Any, mastodon: Servers, validate: Any, host: str) -> None:
    base = f"/mastodon/{host}"
    form = {"client_name": "x", "redirect_uris": CALLBACK, "scopes": "read", "website": "https://here.example"}
    validate(stack.post(f"{base}/api/v1/apps", data=form).json, "CredentialApplication")
    validate(stack.get(f"{base}/api/v2/instance").json, "Instance")
    validate(stack.get(f"{base}/api/v1/instance").json, "V1Instance")
    validate(stack.get(f"{base}/api/v1/accounts/verify_credentials").json, "Error")
    for person in EVERYBODY:
        token = mastodon.join(person, host).access
        account = stack.get(f"{base}/api/v1/accounts/verify_credentials", token).json
        validate(account, "CredentialAccount")
        for status in stack.get(f"{base}/api/v1/accounts/{account['id']}/statuses", token, limit=40).json:
            validate(status, "Status")


def test_the_token_fits_the_description(stack: Any, mastodon: Servers, validate: Any) -> None:
    app = mastodon.registered()
    form = {
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "grant_type": "authorization_code",
        "code": mastodon.consented("ada", app, HOSTS[0]),
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    }
    validate(stack.post("/mastodon/mastodon.social/oauth/token", data=form).json, "Token")


def test_the_last_page_links_back_only_and_links_name_the_real_host(mastodon: Servers) -> None:
    tokens = mastodon.join()
    account = mastodon.get("/api/v1/accounts/verify_credentials", tokens.access).json["id"]
    first = mastodon.get(f"/api/v1/accounts/{account}/statuses", tokens.access, limit=30)
    assert "https://mastodon.social/api/v1/" in first.headers["Link"] and 'rel="next"' in first.headers["Link"]
    link = first.headers["Link"].split(">")[0]
    last = mastodon.get(f"/api/v1/accounts/{account}/statuses", tokens.access, **_query(link))
    assert last.json and 'rel="next"' not in last.headers["Link"]


def _query(link: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}


def test_every_server_is_mapped_into_the_sandbox() -> None:
    origins = sandbox.origins("http://127.0.0.1:3000")
    for host in (*HOSTS, "weavers.example"):
        assert origins[f"https://{host}"].endswith(f"/_sandbox/mastodon/{host}")
