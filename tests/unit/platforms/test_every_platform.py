"""The contract that every platform keeps. A new one is taken in by its line in SLUGS and its payload files."""

import subprocess
import sys
from datetime import date
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from socials.errors import Invalid, PlatformError, Refused, RetryLater
from socials.models.parts import Part
from socials.models.readings import METRIC_NAMES, Identity, Metrics, Portion, Tokens
from socials.platforms import every_platform, platform
from socials.platforms.base import App, AppPassword, Code, Consent, Login, Platform, Session
from socials.platforms.explaining import verdict
from tests.support.changing import replace
from tests.unit.platforms.scripted import PAYLOADS, Scripted, answer, payload, stored

EVERY = pytest.mark.parametrize("one", every_platform(), ids=lambda one: one.slug)
APP = App("client", "secret")
INSTANCE = "social.example.org"
CALLS = ("exchange", "log_in", "refresh", "revoke", *Part)


def files(one: Platform) -> list[str]:
    return sorted(path.stem for path in (PAYLOADS / one.slug).glob("*.json"))


def signed_in(one: Platform) -> tuple[Tokens, Identity]:
    """Tokens and identity as the payload files tell them."""
    client = Scripted(one, **replies(one))
    if isinstance(one.connect, AppPassword):
        tokens = one.connect.log_in(client, Login(identifier="alice.test", password="app-pass"))
    else:
        code = Code(code="code", redirect_uri="https://here.example/callback", verifier="v" * 43, instance=INSTANCE)
        tokens = one.connect.exchange(client, APP, code)
    return tokens, one.identify(client, tokens)[0]


def session_of(one: Platform) -> Session:
    tokens, identity = signed_in(one)
    return Session(
        tokens=tokens,
        platform_account_id=identity.platform_account_id,
        username=identity.username,
        today=date(2026, 11, 22),
    )


def replies(one: Platform) -> dict[str, Any]:
    return {name: payload(one.slug, name) for name in files(one) if stored(one.slug, name)["call"] == name}


@EVERY
def test_facts_are_complete(one: Platform) -> None:
    facts = one.facts
    assert platform(facts.slug) is one
    assert facts.slug.islower() and facts.slug.isalpha()
    assert facts.metrics <= {*METRIC_NAMES, "followers"}
    assert facts.revocation.url.startswith("https://") and facts.revocation.steps
    assert date.fromisoformat(facts.revocation.checked_on)
    assert (facts.revokes == "nothing") == (one.revoke is None)
    assert (facts.connect == "app_password") == isinstance(one.connect, AppPassword)
    assert facts.part_scopes.keys() <= one.parts.keys()
    assert all(scopes <= set(facts.needed_scopes) for scopes in facts.part_scopes.values())
    assert Part.PROFILE in one.parts


def test_an_unknown_platform_is_named_as_the_wrong_field() -> None:
    with pytest.raises(Invalid) as caught:
        platform("friendster")
    assert [error.field for error in caught.value.errors] == ["platform"]


@EVERY
def test_payload_files_name_their_source_and_date(one: Platform) -> None:
    assert files(one)
    for name in files(one):
        file = stored(one.slug, name)
        assert file["source"] and date.fromisoformat(file["date"]), name
        assert {"call", "status", "headers", "body"} <= file.keys(), name


@EVERY
def test_connecting_tells_who_it_is(one: Platform) -> None:
    tokens, identity = signed_in(one)
    assert tokens.access and (tokens.access_expires_at is not None or one.refresh is None or tokens.refresh is None)
    assert set(one.facts.asked_scopes) <= set(tokens.scopes)
    assert identity.platform_account_id and identity.username and identity.display_name
    assert identity.profile_url and identity.profile_url.startswith("https://")


@EVERY
def test_tokens_are_never_printed(one: Platform) -> None:
    tokens, _ = signed_in(one)
    secrets = {tokens.access, tokens.refresh, *tokens.extra.values()} - {None}
    assert not [secret for secret in secrets if str(secret) in f"{tokens!r}{session_of(one).tokens!r}"]


@EVERY
def test_the_consent_address_carries_state_and_scopes_and_no_secret(one: Platform) -> None:
    if isinstance(one.connect, AppPassword):
        pytest.skip("no consent page")
    redirect_uri = "https://here.example/callback?a=b&c"
    consent = Consent(redirect_uri=redirect_uri, state="st-ate", verifier="verifier-of-43", instance=INSTANCE)
    address = one.connect.authorize(APP, consent)
    query = dict(parse_qsl(urlsplit(address).query))
    assert query["state"] == "st-ate" and query["redirect_uri"] == consent.redirect_uri
    assert query.get("client_id", query.get("client_key")) == "client" and query["response_type"] == "code"
    assert all(scope in query["scope"] for scope in one.facts.asked_scopes)
    assert "secret" not in address and consent.verifier not in address


@EVERY
def test_every_part_reads_its_payload_with_offered_metrics_only(one: Platform) -> None:
    session, client = session_of(one), Scripted(one, **replies(one))
    for part, step in one.parts.items():
        portion = step(client, session, None)
        metrics = [day.metrics for day in portion.days] + [post.metrics for post in portion.posts]
        assert (portion.profile is not None) == (part is Part.PROFILE)
        assert portion.posts or part is not Part.POSTS
        assert {name for read in metrics for name in read.known()} <= one.facts.metrics
        assert len({post.post_id for post in portion.posts}) == len(portion.posts)
        assert len({day.date for day in portion.days}) == len(portion.days)


@EVERY
def test_requests_go_to_https_with_the_token_in_a_header_only(one: Platform) -> None:
    session, client = session_of(one), Scripted(one, **replies(one))
    for step in one.parts.values():
        step(client, session, "cursor")
    for request in client.requests:
        # A page of a grant has a token of its own.
        assert request.bearer == session.tokens.access or request.bearer in session.tokens.extra.values()
        assert request.url.startswith("https://")
        assert str(request.bearer) not in f"{request.url}{request.query}{request!r}"


@EVERY
def test_a_refresh_brings_the_whole_new_set(one: Platform) -> None:
    if one.refresh is None:
        pytest.skip("nothing to refresh")
    tokens, _ = signed_in(one)
    tokens = replace(tokens, refresh=tokens.refresh or "the-old-one")
    good = payload(one.slug, "refresh")
    fresh = one.refresh(Scripted(one, refresh=good), APP, tokens)
    assert fresh.access and fresh.access != tokens.access
    assert fresh.refresh is None or fresh.refresh in good.json.values()


@EVERY
@pytest.mark.parametrize("status", [500, 502, 503, 504, 520, 599, 408, 429])
@pytest.mark.parametrize("call", CALLS)
def test_outages_and_limits_are_waited_for_whatever_the_call(one: Platform, call: str, status: int) -> None:
    for body, is_json in [({}, True), (None, False), (["x"], True), ({"error": "x", "code": "y"}, True)]:
        error = verdict(one, call, answer(status, body, is_json, retry_after="30"))
        assert isinstance(error, RetryLater) and error.platform == one.slug
        assert error.until is None or error.until.minute == 45


@EVERY
@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 404, 405, 410, 418, 422, 451])
@pytest.mark.parametrize("call", CALLS)
def test_other_refusals_are_no_proof_of_anything(one: Platform, call: str, status: int) -> None:
    for body, is_json in [(None, False), (None, True), ([], True), ("text", True), ({"error": {"code": []}}, True)]:
        error = verdict(one, call, answer(status, body, is_json))
        assert type(error) is Refused and error.http_status == status


@EVERY
@pytest.mark.parametrize("call", CALLS)
def test_good_answers_mean_no_error(one: Platform, call: str) -> None:
    assert verdict(one, call, answer(200, {})) is None
    assert verdict(one, call, answer(204)) is None


# What a platform counts more of as taken back than as given.
BELOW_ZERO = {"linkedin": frozenset({"likes"})}
HOSTILE: list[Any] = [None, "x", 7, [], {}, [None], [[[]]], {"all": 5}, {"items": 3}, {"feed": {}}, True]
VALUES: list[Any] = [None, True, -1, 1.5, 10**40, float("1e300"), "", "\x00\n", "x" * 100_000, "\ud800", [], {}, [{}]]


@EVERY
@pytest.mark.parametrize("body", HOSTILE, ids=repr)
def test_an_answer_of_the_wrong_shape_is_waited_out(one: Platform, body: Any) -> None:
    session = session_of(one)
    for part, step in one.parts.items():
        try:
            portion = step(Scripted(one, **{**replies(one), part.value: answer(200, body)}), session, None)
        except RetryLater as error:
            assert error.code == "unreadable_answer"
        else:
            assert portion == Portion()


def broken_copies(body: Any, value: Any) -> list[Any]:
    """Copies of a body, in each of which one key has another value."""
    if isinstance(body, dict):
        copies = [{**body, key: value} for key in body]
        return copies + [{**body, key: copy} for key, inside in body.items() for copy in broken_copies(inside, value)]
    if isinstance(body, list):
        return [[copy, *body[1:]] for copy in broken_copies(body[0], value)] if body else []
    return []


@EVERY
@pytest.mark.parametrize("value", VALUES, ids=lambda v: repr(v)[:20])
def test_any_wrong_value_is_null_or_waited_out(one: Platform, value: Any) -> None:
    session = session_of(one)
    for part, step in one.parts.items():
        good = payload(one.slug, part.value)
        for body in broken_copies(good.json, value):
            try:
                portion = step(Scripted(one, **{**replies(one), part.value: replace(good, json=body)}), session, None)
            except RetryLater as error:
                assert error.code == "unreadable_answer"
            except Refused as error:
                assert (one.slug, value, error.code) == (
                    "youtube",
                    [],
                    "no_channel",
                )  # an empty list of channels says so
            else:
                assert_is_clean(portion, BELOW_ZERO.get(one.slug, frozenset()))


def assert_is_clean(portion: Portion, below_zero: frozenset[str]) -> None:
    for thing in (portion.profile.identity if portion.profile else None, *portion.posts):
        for name in thing.__struct_fields__ if thing else ():
            value = getattr(thing, name)
            if isinstance(value, str):
                assert 0 < len(value) <= 2_048 and value.isprintable() and value.encode()
                assert "url" not in name or value.startswith(("https://", "http://"))
            if isinstance(value, Metrics):
                assert all(
                    type(number) is int and (number >= 0 or metric in below_zero)
                    for metric, number in value.known().items()
                )


@EVERY
@pytest.mark.parametrize("value", ["javascript:alert(1)", "data:text/html,x", "//host/x", "https://u:p@host/", "x"])
def test_a_picture_that_is_no_web_address_is_left_out(one: Platform, value: str) -> None:
    tokens, _ = signed_in(one)
    broken = {call: replace(good, json=with_pictures(good.json, value)) for call, good in replies(one).items()}
    client = Scripted(one, **broken)
    assert one.identify(client, tokens)[0].avatar_url is None


def with_pictures(body: Any, value: str) -> Any:
    """The body with that value in place of every web address."""
    if isinstance(body, dict):
        return {key: with_pictures(inside, value) for key, inside in body.items()}
    if isinstance(body, list):
        return [with_pictures(inside, value) for inside in body]
    return value if isinstance(body, str) and body.startswith("https://") else body


@EVERY
def test_a_cursor_that_repeats_is_not_followed(one: Platform) -> None:
    """It is the end, or, where a next page is promised beside it, an answer that cannot be read."""
    session, client = session_of(one), Scripted(one, **replies(one))
    cursors, cursor = [], None
    for _ in range(5):
        try:
            cursor = one.parts[Part.POSTS](client, session, cursor).cursor
        except RetryLater as error:
            assert error.code == "unreadable_answer" and len(cursors) <= 2
            return
        cursors.append(cursor)
        if cursor is None:
            break
    assert cursors[-1] is None and len(cursors) <= 2


@EVERY
def test_another_account_than_ours_is_never_taken(one: Platform) -> None:
    session = session_of(one)
    # A page's token answers for that page, whatever the name it is kept under.
    extra = {key.replace(session.platform_account_id, "somebody-else"): v for key, v in session.tokens.extra.items()}
    session = replace(session, platform_account_id="somebody-else", tokens=replace(session.tokens, extra=extra))
    with pytest.raises(PlatformError) as caught:
        one.parts[Part.PROFILE](Scripted(one, profile=payload(one.slug, "profile")), session, None)
    assert caught.value.code == "unreadable_answer"


def test_listing_platforms_loads_no_network_library() -> None:
    """A function that only shows the platforms starts without them."""
    libraries = ("requests", "urllib3", "pycurl", "ssl", "idna")
    code = f"import sys, socials.platforms; print([m for m in {libraries} if m in sys.modules])"
    assert (
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONPATH": "layers/socials"},
            cwd=PAYLOADS.parents[1],
        ).stdout
        == "[]\n"
    )


@EVERY
def test_a_refusal_by_a_web_page_is_no_proof_of_anything(one: Platform) -> None:
    for call in CALLS:
        found = verdict(one, call, answer(401, None, is_json=False))
        assert type(found) is RetryLater and found.code == "platform_unavailable"
