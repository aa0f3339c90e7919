"""The HTTP API of the local stack: routes and payload format 2.0 from the template."""

import base64
import http.client

import pytest

from tests.support.stack import Person, Stack


def test_a_route_reaches_its_function_with_path_query_headers_and_cookies(alice: Person) -> None:
    answer = alice.get("/hello/w%20x?a=1&a=2&b=", headers={"X-Mixed-Case": "Kept", "Cookie": "one=1; two=2"})
    event = answer.json()["event"]
    assert answer.status_code == 201
    assert event["version"] == "2.0"
    assert event["routeKey"] == "GET /hello/{name}"
    assert event["pathParameters"] == {"name": "w x"}
    assert event["rawQueryString"] == "a=1&a=2&b="
    assert event["queryStringParameters"] == {"a": "1,2", "b": ""}
    assert event["headers"]["x-mixed-case"] == "Kept"
    assert event["cookies"] == ["one=1", "two=2"]
    assert "cookie" not in event["headers"]
    assert event["requestContext"]["http"]["method"] == "GET"
    assert event["requestContext"]["domainName"] == alice.base.removeprefix("http://")
    assert event["requestContext"]["requestId"]


def test_a_literal_route_wins_over_one_with_a_parameter(alice: Person) -> None:
    assert alice.get("/hello").json()["event"]["routeKey"] == "GET /hello"


def test_a_greedy_route_takes_the_rest_of_the_path(stack: Stack) -> None:
    event = stack.anyone().get("/files/a/b/c.js").json()["event"]
    assert event["pathParameters"] == {"proxy": "a/b/c.js"}


def test_the_function_sees_claims_as_strings_and_the_tokens_scopes(alice: Person) -> None:
    jwt = alice.get("/hello").json()["event"]["requestContext"]["authorizer"]["jwt"]
    assert jwt["claims"]["sub"] == "alice"
    assert isinstance(jwt["claims"]["exp"], str)
    assert jwt["scopes"] == ["openid", "postloudly/accounts"]


def test_json_arrives_as_text_and_anything_else_in_base64(stack: Stack) -> None:
    text = stack.anyone().post("/echo", data='{"a": "ü"}'.encode(), headers={"Content-Type": "application/json"})
    form = stack.anyone().post("/echo", data={"a": "b"})
    assert (text.json()["event"]["body"], text.json()["event"]["isBase64Encoded"]) == ('{"a": "ü"}', False)
    assert base64.b64decode(form.json()["event"]["body"]) == b"a=b"
    assert form.json()["event"]["isBase64Encoded"] is True


def test_a_binary_answer_and_several_cookies_reach_the_browser(stack: Stack) -> None:
    binary = stack.anyone().post("/echo?do=binary")
    assert binary.content == bytes(range(256))
    assert binary.headers["Content-Type"] == "image/png"
    assert stack.anyone().get("/files/x").raw.headers.getlist("Set-Cookie") == ["a=1; Path=/", "b=2; HttpOnly"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/unknown"),
        ("PUT", "/hello"),
        ("HEAD", "/files/a"),
        ("OPTIONS", "/echo"),
        ("GET", "/hello/"),
        ("GET", "/hello/a/b"),
    ],
)
def test_an_unknown_route_or_method_is_the_gateways_404(alice: Person, method: str, path: str) -> None:
    answer = alice.request(method, path)
    assert answer.status_code == 404
    assert method == "HEAD" or answer.json() == {"message": "Not Found"}


@pytest.mark.parametrize("wish", ["raise", "exit", "sleep"])
def test_a_function_that_raises_dies_or_hangs_is_a_500_and_works_again(stack: Stack, wish: str) -> None:
    answer = stack.anyone().post(f"/echo?do={wish}")
    assert (answer.status_code, answer.json()) == (500, {"message": "Internal Server Error"})
    assert stack.anyone().post("/echo").status_code == 201


def test_a_body_over_ten_megabytes_is_refused(stack: Stack) -> None:
    answer = stack.anyone().post("/echo", data=b"x" * (10 * 1024 * 1024 + 1))
    assert answer.status_code == 413


def test_no_cors_header_is_sent(stack: Stack) -> None:
    answer = stack.anyone().get("/files/a", headers={"Origin": "https://example.com"})
    assert not [name for name in answer.headers if name.lower().startswith("access-control-")]


def test_localhost_redirects_to_the_address_and_other_names_are_refused(stack: Stack) -> None:
    port = int(stack.base.rsplit(":", 1)[1])
    seen = []
    for host in (f"localhost:{port}", "example.com"):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", "/files/a?b=c", headers={"Host": host})
        answer = connection.getresponse()
        seen.append((answer.status, answer.getheader("Location")))
        connection.close()
    assert seen == [(307, f"{stack.base}/files/a?b=c"), (421, None)]


@pytest.mark.parametrize(
    ("headers", "refused"),
    [
        ({}, False),
        ({"Origin": "OWN", "Sec-Fetch-Site": "same-origin"}, False),
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, False),
        ({"Origin": "https://page.example"}, True),
        ({"Origin": "http://127.0.0.1:1", "Sec-Fetch-Site": "same-site"}, True),
        ({"Origin": "null", "Sec-Fetch-Site": "cross-site"}, True),
    ],
)
def test_a_foreign_page_moves_no_time_and_makes_no_bad_day(
    stack: Stack, headers: dict[str, str], refused: bool
) -> None:
    """It may post whatever a form can, and would not have to read the answer."""
    told = {name: value.replace("OWN", stack.base) for name, value in headers.items()}
    for path in ("/_local/tick", "/_sandbox/faults"):
        answer = stack.anyone().post(path, data="no JSON", headers={**told, "Content-Type": "text/plain"})
        assert answer.status_code == (403 if refused else 422)
    assert stack.anyone().get("/_local/clock", headers=told).status_code == 200


def test_the_environment_is_the_templates_with_what_it_leaves_empty_filled(alice: Person) -> None:
    seen = alice.get("/hello").json()
    environment = seen["environment"]
    assert environment["ISSUER"] == f"{alice.base}/_local"
    assert environment["SECRETS_PREFIX"] == "fixture/local/"
    assert environment["PUBLIC_ORIGIN"] == alice.base
    assert environment["ALLOW_PRIVATE_HOSTS"] == "1"
    assert environment["QUEUE_URL"].endswith("/fixture-local-jobs")
    assert seen["greeting"] == "hello"
    assert seen["context"]["remaining"] <= 2000
    assert seen["context"]["request_id"]


def test_a_function_finds_its_layers_and_nothing_else_of_the_repository(alice: Person) -> None:
    ours = [path for path in alice.get("/hello").json()["path"] if "site-packages" not in path and "lib" not in path]
    assert all("/fixture/functions/greet" in path or "/fixture/layers/words" in path for path in ours)
