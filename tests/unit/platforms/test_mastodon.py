import socket
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from time import process_time
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from socials.errors import AccessRefused, Invalid, NotOffered, PlatformError, ReconnectNeeded, Refused, RetryLater
from socials.models.parts import Part
from socials.models.readings import Metrics, Tokens
from socials.platforms.base import App, Code, Consent, Session
from socials.platforms.client import Door
from socials.platforms.explaining import verdict
from socials.platforms.mastodon import (
    MASTODON,
    authorize,
    exchange,
    find,
    read_posts,
    read_profile,
    refresh,
    register,
    revoke,
)
from tests.support.changing import replace
from tests.support.serving import Server, http
from tests.unit.platforms.scripted import NOW, Scripted, answer, payload, stored

APP = App("client", "secret")
HOST = "social.example.org"
ME = f"{HOST}/14715"
TOKENS = Tokens(access="access", scopes=MASTODON.facts.asked_scopes, extra={"instance": HOST, "person": ME})
SESSION = Session(tokens=TOKENS, platform_account_id=ME, username=f"tilda@{HOST}", today=date(2026, 11, 22))
CODE = Code(code="code", redirect_uri="https://here.example/callback", verifier="v" * 43, instance=HOST)


def script(**replies: Any) -> Scripted:
    return Scripted(MASTODON, **replies)


def item(**changes: Any) -> dict[str, Any]:
    return {**payload("mastodon", "posts").json[0], **changes}


# Finding the server


@pytest.mark.parametrize(
    "typed",
    [
        "social.example.org",
        " Social.Example.ORG ",
        "tilda@social.example.org",
        "@tilda@social.example.org",
        "acct:tilda@social.example.org",
        "https://social.example.org",
        "http://social.example.org/",
        "https://social.example.org/@tilda?x=1#y",
        "social.example.org/@tilda",
        "social.example.org:443",
        "social.example.org\u200e",
    ],
)
def test_a_server_is_found_by_whatever_a_person_calls_it(typed: str) -> None:
    client = script(instance=payload("mastodon", "instance"))
    assert find(client, typed) == HOST
    assert [request.url for request in client.requests] == [f"https://{HOST}/api/v2/instance"]


def test_a_name_in_another_script_is_found_by_its_ascii_form() -> None:
    assert find(script(instance=payload("mastodon", "instance")), "Bücher.example.org") == "xn--bcher-kva.example.org"


@pytest.mark.parametrize(
    "typed",
    [
        *("", " ", "@", "@@", "tilda@", "a b", "tilda@so cial.example", "[::1", "x" * 9_000, "//social.example.org"),
        *(
            "ftp://social.example.org",
            "https://",
            "https://u:p@social.example.org/",
            "https://social.example.org:99999",
        ),
    ],
)
def test_what_names_no_host_is_the_wrong_field(typed: str) -> None:
    with pytest.raises(Invalid) as caught:
        find(script(), typed)
    assert [error.field for error in caught.value.errors] == ["instance"]


def test_a_host_that_the_door_refuses_is_the_wrong_field() -> None:
    client = script(instance=Refused("A public host name is needed.", code="host_refused"))
    for typed in ("127.0.0.1", "localhost", "https://169.254.169.254/latest", "[::1]", "2130706433", "intranet.local"):
        with pytest.raises(Invalid) as caught:
            find(client, typed)
        assert caught.value.code == "host_refused"
    assert all(request.guarded for request in client.requests)


def test_a_server_before_version_4_is_found_by_the_older_description() -> None:
    client = script(instance=[answer(404, {"error": "Not Found"}), answer(200, {"uri": HOST, "version": "3.5.19"})])
    assert find(client, HOST) == HOST
    assert client.requests[1].url == f"https://{HOST}/api/v1/instance"


NOTHING = [answer(404, None, is_json=False), answer(301, None, location="https://social.example.org/")]


def test_a_domain_without_a_server_points_to_the_one_by_webfinger_of_the_person() -> None:
    client = script(instance=[*NOTHING, payload("mastodon", "instance")], webfinger=payload("mastodon", "webfinger"))
    assert find(client, "tilda@example.org") == HOST
    asked = client.requests[2]
    assert asked.url == "https://example.org/.well-known/webfinger"
    assert asked.query == (("resource", "acct:tilda@example.org"),)
    assert all(request.guarded for request in client.requests)


def test_a_domain_without_a_server_points_to_the_one_by_nodeinfo() -> None:
    client = script(instance=[*NOTHING, payload("mastodon", "instance")], nodeinfo=payload("mastodon", "nodeinfo"))
    assert find(client, "example.org") == HOST


SENT_ON = answer(301, None, location=f"https://{HOST}/.well-known/webfinger?resource=acct:tilda@example.org")


@pytest.mark.parametrize("typed", ["tilda@example.org", "example.org"])
def test_a_domain_that_sends_its_pointers_on_points_to_the_server_by_that(typed: str) -> None:
    client = script(instance=[*NOTHING, payload("mastodon", "instance")], webfinger=SENT_ON, nodeinfo=SENT_ON)
    assert find(client, typed) == HOST
    hosts = [urlsplit(request.url).hostname for request in client.requests]
    assert hosts == ["example.org"] * 3 + [HOST]
    assert all(request.guarded for request in client.requests)


@pytest.mark.parametrize("host", ["169.254.169.254", "localhost", "social.example.org:8443", "printer.local"])
def test_a_host_that_is_sent_to_is_judged_by_the_door_like_one_that_was_typed(host: str) -> None:
    def script(connection: socket.socket, request: bytes) -> None:
        sent_on = b"webfinger" in request
        connection.sendall(http(b"", "301 Moved", f"Location: https://{host}/") if sent_on else http(b"", "404 None"))

    def resolve(host: str, port: int, seconds: float) -> Sequence[str]:
        raise AssertionError("resolved")

    with closing(Server(script)) as domain:
        door = Door(lambda: NOW, origins={"https://example.org": domain.url}, resolve=resolve)
        with pytest.raises(Invalid) as caught:
            find(door.open(MASTODON, None), "tilda@example.org")
    assert caught.value.code == "host_refused"


@pytest.mark.parametrize("reply", [SENT_ON, payload("mastodon", "webfinger")])
@pytest.mark.parametrize("away", [answer(403, None, is_json=False), answer(502), answer(503, None, is_json=False)])
def test_the_pointers_of_a_domain_are_asked_though_its_web_site_is_away(away: Any, reply: Any) -> None:
    client = script(instance=[away, payload("mastodon", "instance")], webfinger=reply)
    assert find(client, "tilda@example.org") == HOST


@pytest.mark.parametrize("reply", [answer(404), answer(503), answer(200, {}), answer(301, None, location="/elsewhere")])
def test_a_domain_that_is_away_and_points_nowhere_is_waited_for(reply: Any) -> None:
    client = script(instance=answer(503), webfinger=reply)
    with pytest.raises(RetryLater):
        find(client, "tilda@example.org")
    assert client.calls == ["instance", "webfinger"]


@pytest.mark.parametrize("away", [answer(429), RetryLater(code="timeout")])
def test_a_domain_that_asks_for_patience_or_does_not_answer_at_all_is_asked_no_further(away: Any) -> None:
    client = script(instance=away)
    with pytest.raises(RetryLater):
        find(client, "tilda@example.org")
    assert client.calls == ["instance"]


@pytest.mark.parametrize(
    "address", ["http://social.example.org/x", "/x", "//social.example.org/x", "https://example.org/", ""]
)
def test_a_redirect_that_leads_nowhere_new_is_not_followed(address: str) -> None:
    client = script(instance=NOTHING, webfinger=answer(301, None, location=address))
    with pytest.raises(Invalid) as caught:
        find(client, "tilda@example.org")
    assert caught.value.code == "not_an_instance"


@pytest.mark.parametrize(
    "href",
    ["http://social.example.org/x", "https://u@social.example.org/", "javascript:x", 5, None, "https://example.org/x"],
)
def test_a_pointer_that_leads_nowhere_new_is_not_followed(href: Any) -> None:
    body = {"links": [None, {"rel": "self", "href": href}]}
    with pytest.raises(Invalid) as caught:
        find(script(instance=NOTHING, webfinger=answer(200, body)), "tilda@example.org")
    assert caught.value.code == "not_an_instance"


@pytest.mark.parametrize(
    "reply",
    [answer(404), answer(200, []), answer(200, {}), answer(200, {"version": 4}), RetryLater(code="body_too_large")],
)
def test_a_host_that_is_no_such_server_is_the_wrong_field(reply: Any) -> None:
    with pytest.raises(Invalid) as caught:
        find(script(instance=reply, nodeinfo=reply), "example.org")
    assert caught.value.code == "not_an_instance"


@pytest.mark.parametrize(
    ("code", "words"), [("dns_failed", "no such server"), ("tls_failed", "secure"), ("connection_failed", "reached")]
)
def test_a_host_that_cannot_be_reached_at_all_is_the_wrong_field(code: str, words: str) -> None:
    with pytest.raises(Invalid) as caught:
        find(script(instance=RetryLater("The platform's host.", code=code)), "nowhere.example.org")
    assert caught.value.code == "host_unreachable"
    assert words in caught.value.errors[0].detail  # of the server that was typed, and of no platform


@pytest.mark.parametrize(
    "reply", [RetryLater(code="timeout"), answer(503), answer(429), answer(403, None, is_json=False)]
)
def test_a_server_that_is_away_is_waited_for(reply: Any) -> None:
    with pytest.raises(RetryLater):
        find(script(instance=reply), HOST)


def test_a_server_whose_permissions_we_cannot_ask_for_is_refused_by_name() -> None:
    reply = answer(200, {"uri": HOST, "version": "3.5.3 (compatible; Pixelfed 0.12.5)"})
    with pytest.raises(Invalid) as caught:
        find(script(instance=reply), HOST)
    assert caught.value.code == "software_not_supported" and "Pixelfed" in str(caught.value)


# Registering, consent, tokens


def test_a_registration_covers_everything_that_is_asked_for() -> None:
    client = script(register=payload("mastodon", "register"))
    app = register(client, HOST, "https://here.example/connections/callback")
    request = client.requests[0]
    assert (request.url, request.guarded) == (f"https://{HOST}/api/v1/apps", True)
    assert request.form == {
        "client_name": "PostLoudly",
        "redirect_uris": "https://here.example/connections/callback",
        "scopes": "read:accounts read:statuses write:statuses write:media",
        "website": "https://here.example",
    }
    assert app.client_id.startswith("TWhM") and "ZEaF" not in repr(app)


@pytest.mark.parametrize("changes", [{"client_id": None}, {"client_secret": ""}, {"client_id": 5}])
def test_a_registration_without_credentials_is_none(changes: dict[str, Any]) -> None:
    with pytest.raises(RetryLater):
        register(script(register=payload("mastodon", "register", **changes)), HOST, "https://here.example/callback")


def test_the_consent_page_is_on_the_persons_server_with_pkce_and_a_login_of_its_own() -> None:
    consent = Consent(
        redirect_uri="https://here.example/callback",
        state="state",
        verifier="dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
        instance=HOST,
    )
    address = urlsplit(authorize(APP, consent))
    assert f"{address.scheme}://{address.netloc}{address.path}" == f"https://{HOST}/oauth/authorize"
    assert dict(parse_qsl(address.query)) == {
        "response_type": "code",
        "client_id": "client",
        "redirect_uri": "https://here.example/callback",
        "scope": "read:accounts read:statuses write:statuses write:media",
        "state": "state",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
        "force_login": "true",
    }
    assert "force_login" not in authorize(APP, replace(consent, reconnect=True))


def test_a_code_is_exchanged_with_the_verifier_for_tokens_without_end() -> None:
    client = script(
        exchange=payload("mastodon", "exchange"),
        profile=payload("mastodon", "profile"),
        instance=payload("mastodon", "instance"),
    )
    got = exchange(client, APP, CODE)
    assert client.requests[0].form == {
        "client_id": "client",
        "client_secret": "secret",
        "grant_type": "authorization_code",
        "code": "code",
        "redirect_uri": "https://here.example/callback",
        "code_verifier": "v" * 43,
    }
    assert (got.access_expires_at, got.refresh, got.refresh_expires_at) == (None, None, None)
    assert got.extra == {"instance": HOST, "person": ME, "domain": "example.org"}
    assert all(request.guarded for request in client.requests)


@pytest.mark.parametrize("reply", [answer(503), answer(401), RetryLater(code="timeout"), answer(200, [])])
def test_tokens_are_not_lost_where_the_server_does_not_tell_whose_they_are(reply: Any) -> None:
    got = exchange(script(exchange=payload("mastodon", "exchange"), profile=reply), APP, CODE)
    assert got.access and got.extra == {"instance": HOST}


@pytest.mark.parametrize("domain", ["mastodon.social", "ample.org", "org", "", None, 5, "EXAMPLE.org", ".org"])
def test_a_domain_that_is_not_above_the_server_is_not_believed(domain: Any) -> None:
    client = script(
        exchange=payload("mastodon", "exchange"),
        profile=payload("mastodon", "profile"),
        instance=payload("mastodon", "instance", domain=domain),
    )
    assert "domain" not in exchange(client, APP, CODE).extra


def test_software_that_ends_tokens_and_knows_coarse_scopes_only_is_understood() -> None:
    client = script(exchange=payload("mastodon", "exchange_that_ends"), profile=answer(503))
    got = exchange(client, APP, CODE)
    assert (got.access_expires_at, got.refresh) == (NOW + timedelta(days=7), "refresh-one")
    assert set(MASTODON.facts.asked_scopes) <= set(got.scopes)
    client = script(refresh=payload("mastodon", "refresh"))
    fresh = refresh(client, APP, got)
    assert (fresh.access, fresh.refresh, fresh.extra) == ("access-two", "refresh-two", got.extra)
    assert (client.requests[0].form or {})["refresh_token"] == "refresh-one"


def test_scopes_that_an_answer_does_not_name_are_those_that_were_asked_for() -> None:
    reply = payload("mastodon", "exchange", scope=None)
    assert exchange(script(exchange=reply, profile=answer(503)), APP, CODE).scopes == MASTODON.facts.asked_scopes


def test_a_token_without_end_that_is_refused_is_dead() -> None:
    with pytest.raises(ReconnectNeeded):
        refresh(script(), APP, TOKENS)


def test_a_missing_registration_is_no_proof_of_a_dead_grant() -> None:
    with pytest.raises(RetryLater):
        refresh(script(), None, replace(TOKENS, refresh="r"))
    with pytest.raises(RetryLater):
        revoke(script(), None, TOKENS)


def test_a_token_is_revoked_under_its_registration() -> None:
    client = script(revoke=payload("mastodon", "revoke"))
    revoke(client, APP, TOKENS)
    assert client.requests[0].url == f"https://{HOST}/oauth/revoke" and client.requests[0].guarded
    assert client.requests[0].form == {"client_id": "client", "client_secret": "secret", "token": "access"}


def test_both_tokens_are_revoked_where_a_server_gave_two() -> None:
    client = script(revoke=payload("mastodon", "revoke"))
    revoke(client, APP, replace(TOKENS, refresh="second"))
    assert [dict(request.form or {})["token"] for request in client.requests] == ["second", "access"]


def test_a_token_of_a_registration_that_the_server_forgot_is_dead_already() -> None:
    revoke(script(revoke=answer(401, {"error": "invalid_client"})), APP, TOKENS)


@pytest.mark.parametrize("reply", [payload("mastodon", "revoke_not_ours"), answer(404), answer(405)])
def test_a_revoke_that_a_server_does_not_know_is_refused(reply: Any) -> None:
    with pytest.raises(Refused):
        revoke(script(revoke=reply), APP, TOKENS)


# Profile


def test_the_profile_is_read_with_the_server_before_the_id() -> None:
    tokens = replace(TOKENS, extra={**TOKENS.extra, "domain": "example.org"})
    reading = read_profile(
        script(profile=payload("mastodon", "profile")), replace(SESSION, tokens=tokens), None
    ).profile
    assert reading and reading.followers == 821 and reading.posts_total is None
    assert reading.identity.platform_account_id == "social.example.org/14715"
    assert (reading.identity.username, reading.identity.display_name) == ("tilda@example.org", "Tilda :verified:")
    assert str(reading.identity.avatar_url).endswith("static/34.png")
    assert reading.identity.profile_url == "https://social.example.org/@tilda"


def test_hidden_followers_are_unknown_and_an_empty_name_is_the_username() -> None:
    client = script(profile=payload("mastodon", "profile", followers_count=-1, display_name="", url=None))
    reading = read_profile(client, SESSION, None).profile
    assert reading and reading.followers is None and reading.identity.display_name == "tilda"
    assert reading.identity.profile_url == "https://social.example.org/@tilda"


@pytest.mark.parametrize(
    ("moved", "told"),
    [
        ({"id": "9", "username": "tilda", "acct": "tilda@elsewhere.example"}, "@tilda@elsewhere.example"),
        ({"id": "9", "username": "tilda2", "acct": "tilda2"}, f"@tilda2@{HOST}"),
        (None, None),
        ({}, None),
        ("tilda2", None),
        ({"acct": "two words"}, None),
        ({"acct": None}, None),
    ],
)
def test_whom_the_person_says_to_follow_instead(moved: Any, told: str | None) -> None:
    reading = read_profile(script(profile=payload("mastodon", "profile", moved=moved)), SESSION, None).profile
    assert reading and reading.moved_to == told


@pytest.mark.parametrize("account_id", ["01FBVD42CQ3ZEEVMW180SBX03B", "9hmFJRm2gK4vKkYlnM", "14715"])
def test_ids_are_opaque(account_id: str) -> None:
    session = replace(SESSION, platform_account_id=f"{HOST}/{account_id}")
    assert read_profile(script(profile=payload("mastodon", "profile", id=account_id)), session, None).profile
    client = script(posts=payload("mastodon", "posts_last"))
    read_posts(client, session, None)
    assert client.requests[0].url == f"https://{HOST}/api/v1/accounts/{account_id}/statuses"


@pytest.mark.parametrize("account_id", ["../1", "1/2", "1?x", "", None, 14715])
def test_an_id_that_could_change_the_address_is_none(account_id: Any) -> None:
    with pytest.raises(RetryLater):
        read_profile(script(profile=payload("mastodon", "profile", id=account_id)), SESSION, None)


# Posts


def test_posts_are_read_without_boosts_and_direct_messages() -> None:
    client = script(posts=payload("mastodon", "posts"))
    portion = read_posts(client, SESSION, None)
    assert [(post.title, post.media_type, post.metrics) for post in portion.posts] == [
        ("A blue bowl & its glaze Second line third", "image", Metrics(likes=10, comments=2, shares=4)),
        ("Kiln accident", "gallery", Metrics(likes=10, comments=2, shares=4)),
        (None, "video", Metrics(likes=0, comments=0, shares=0)),
    ]
    assert portion.posts[0].published_at == datetime(2026, 11, 21, 9, 10, 11, tzinfo=UTC)
    assert portion.posts[0].permalink == "https://social.example.org/@tilda/115608000000000005"
    assert portion.posts[2].permalink == "https://social.example.org/users/tilda/statuses/115608000000000001"
    assert portion.cursor == "115608000000000001"
    assert client.requests[0].query == (("limit", "40"), ("exclude_reblogs", "true"), ("exclude_replies", "true"))


def test_the_list_goes_on_by_max_id_and_ends_without_a_next_link() -> None:
    client = script(posts=payload("mastodon", "posts_last"))
    assert read_posts(client, SESSION, "115608000000000001").cursor is None
    assert ("max_id", "115608000000000001") in client.requests[0].query


@pytest.mark.parametrize(
    ("link", "cursor"),
    [
        ("", "7"),
        ('<https://elsewhere.example/api?max_id=5>; rel="next"', "7"),
        ('<http://169.254.169.254/?max_id=5>; rel="next"', "7"),
        (f'<https://{HOST}/api?max_id=5>; rel="next"', "5"),
        (f"<https://{HOST}/api?max_id=5>; rel=next", "5"),
        (f'<https://{HOST}/api?max_id=../x>; rel="next"', "7"),
        (f'<https://{HOST}/api?page=2>; rel="next"', "7"),
        (f'<https://{HOST}/api?min_id=9>; rel="prev"', None),
        (f'<https://{HOST}/a?min_id=9>; rel="prev", <https://{HOST}/a?max_id=5>; rel="next"', "5"),
        (f'<https://{HOST}/a?max_id=5>; rel="next", </x.css>; rel=preload; as=style', "5"),
        (f'</x.css>; rel=preload; as=style, <https://{HOST}/a?max_id=5>; rel="next"', "5"),
        (f'{"</x.css>; rel=preload, " * 2_000}<https://{HOST}/a?max_id=5>; rel="next"', "5"),
        ("</x.css>; rel=preload; as=style, <https://cdn.example>; rel=preconnect", "7"),
        (f'<https://{HOST}/a?min_id=9>; rel="prev", </x.css>; rel=preload; as=style', None),
        ("nonsense" * 10_000, "7"),
    ],
)
def test_where_to_go_on_is_read_from_the_header_or_the_last_id(link: str, cursor: str | None) -> None:
    reply = replace(answer(200, [item(id="9"), item(id="7")]), headers={"link": link} if link else {})
    assert read_posts(script(posts=reply), SESSION, None).cursor == cursor


def test_an_empty_page_is_the_end_whatever_the_header_says() -> None:
    reply = replace(answer(200, []), headers=stored("mastodon", "posts")["headers"])
    assert read_posts(script(posts=reply), SESSION, "5").cursor is None


@pytest.mark.parametrize(
    ("content", "title"),
    [
        ("<p>one</p><p>two</p>", "one two"),
        ("a<br/>b", "a b"),
        ("<scr<b>ipt>alert(1)</script>", "ipt>alert(1)"),
        ("&lt;b&gt; &amp;amp;", "<b> &amp;"),
        ("<p></p>", None),
        (None, None),
        (5, None),
        ("<" * 50_000, "<" * 299 + "…"),
    ],
)
def test_the_text_of_a_post_is_plain(content: Any, title: str | None) -> None:
    posts = read_posts(script(posts=answer(200, [item(content=content)])), SESSION, "5").posts
    assert [post.title for post in posts] == [title]


@pytest.mark.parametrize("unit", ["<", "<a", "<br ", "</p", "<<<<>", "&", "&#"])
def test_no_text_of_a_post_keeps_a_worker_busy(unit: str) -> None:
    """Nine other accounts are worked on in the same process, and a regular expression lets none of them go first."""

    def took(content: str) -> float:
        began = process_time()
        read_posts(script(posts=answer(200, [item(content=content)] * 10)), SESSION, "5")
        return process_time() - began

    size = 20_000
    usual = min(took("<p>Hello <b>world</b></p> " * (size // 26)) for _ in range(3))
    assert min(took(unit * (size // len(unit))) for _ in range(3)) < 20 * usual


@pytest.mark.parametrize(
    ("counts", "shares"),
    [
        ({"reblogs_count": 3, "quotes_count": 1}, 4),
        ({"reblogs_count": 3, "quotes_count": None}, 3),
        ({"reblogs_count": 0, "quotes_count": 0}, 0),
        ({"reblogs_count": None, "quotes_count": 1}, None),
        ({"reblogs_count": -1, "quotes_count": 1}, None),
    ],
)
def test_shares_are_boosts_and_the_quotes_that_are_counted(counts: dict[str, Any], shares: int | None) -> None:
    (post,) = read_posts(script(posts=answer(200, [item(**counts)])), SESSION, "5").posts
    assert post.metrics.shares == shares


@pytest.mark.parametrize(
    ("attached", "kind"),
    [([], "text"), (None, "text"), ([{"type": "audio"}], "audio"), ([{"type": "unknown"}], None), ([5], None)],
)
def test_what_is_attached_tells_the_kind(attached: Any, kind: str | None) -> None:
    (post,) = read_posts(script(posts=answer(200, [item(media_attachments=attached)])), SESSION, "5").posts
    assert post.media_type == kind


# Errors

TABLE = [
    # call, status, body, class, code
    ("exchange", 400, {"error": "invalid_grant"}, Refused, "code_refused"),
    ("exchange", 400, {"error": "invalid_scope"}, Refused, "code_refused"),
    ("exchange", 401, {"error": "invalid_client"}, Refused, "app_unknown"),
    ("refresh", 400, {"error": "invalid_grant"}, ReconnectNeeded, "token_revoked"),
    ("refresh", 401, {"error": "invalid_client"}, ReconnectNeeded, "app_unknown"),
    ("refresh", 400, {"error": "invalid_request"}, Refused, "platform_refused"),
    ("register", 422, {"error": "Validation failed"}, Refused, "platform_refused"),
    ("register", 403, None, RetryLater, "platform_unavailable"),
    ("profile", 401, {"error": "Das Zugangstoken wurde widerrufen"}, AccessRefused, "access_refused"),
    ("profile", 401, None, RetryLater, "platform_unavailable"),
    ("profile", 403, {"error": "This action is outside the authorized scopes"}, Refused, "account_unavailable"),
    ("profile", 403, None, RetryLater, "platform_unavailable"),
    ("profile", 404, {"error": "Record not found"}, Refused, "platform_refused"),
    ("profile", 410, None, Refused, "platform_refused"),
    ("posts", 403, {"error": "This action is outside the authorized scopes"}, NotOffered, "scope_missing"),
    ("posts", 403, None, RetryLater, "platform_unavailable"),
    ("posts", 401, {"error": "x"}, AccessRefused, "access_refused"),
    ("posts", 503, {"error": "x"}, RetryLater, "platform_unavailable"),
]


@pytest.mark.parametrize(("call", "status", "body", "kind", "code"), TABLE)
def test_each_answer_has_its_class(call: str, status: int, body: Any, kind: type, code: str) -> None:
    found = verdict(MASTODON, call, answer(status, body, is_json=body is not None))
    assert found is not None and type(found) is kind and found.code == code and found.http_status == status


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("token_dead", AccessRefused),
        ("login_disabled", Refused),
        ("posts_scope_missing", NotOffered),
        ("exchange_code_refused", Refused),
        ("exchange_app_unknown", Refused),
        ("register_refused", Refused),
        ("refresh_dead", ReconnectNeeded),
        ("revoke_not_ours", Refused),
    ],
)
def test_described_answers_have_their_class(name: str, kind: type[PlatformError]) -> None:
    found = verdict(MASTODON, stored("mastodon", name)["call"], payload("mastodon", name))
    assert type(found) is kind


@pytest.mark.parametrize("name", ["limited", "limited_by_gotosocial"])
def test_a_limit_ends_when_the_header_says_in_either_spelling_and_is_the_accounts(name: str) -> None:
    found = verdict(MASTODON, "posts", payload("mastodon", name))
    assert isinstance(found, RetryLater) and found.until == NOW + timedelta(minutes=5) and found.scope == "account"


def test_only_the_posts_and_the_profile_are_offered() -> None:
    assert set(MASTODON.parts) == {Part.PROFILE, Part.POSTS}
