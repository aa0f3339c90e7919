"""What `functions/web` sends: the page, its files, its settings, its headers. No browser needed."""

import base64
import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest

from functions.web import app
from tests.support.stack import ROOT

pytestmark = pytest.mark.page
STATIC = ROOT / "functions" / "web" / "static"


def get(path: str, **headers: str) -> dict[str, Any]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return app.handler({"rawPath": path, "headers": named, "requestContext": {"requestId": "r-1"}}, None)


def test_the_page_names_its_files_with_a_digest_so_that_they_can_be_kept_for_a_year() -> None:
    page = get("/")
    assert page["headers"]["cache-control"] == "no-cache"
    assert f"/static/{app.VERSION}/main.js" in page["body"]
    main = get(f"/static/{app.VERSION}/main.js")
    assert "immutable" in main["headers"]["cache-control"]
    assert main["headers"]["content-type"].startswith("text/javascript")
    assert get("/static/main.js")["headers"]["cache-control"] == "no-cache"


def test_who_has_a_file_already_gets_no_second_copy() -> None:
    first = get("/static/page.css")
    again = get("/static/page.css", if_none_match=first["headers"]["etag"])
    assert (again["statusCode"], again["body"]) == (304, "")


def test_a_file_is_known_by_its_tag_in_each_of_its_forms() -> None:
    tag = get("/config")["headers"]["etag"]
    for known in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        assert get("/config", if_none_match=known)["statusCode"] == 304
    for other in ('"other"', 'W/"other"', "", tag.strip('W/"')):
        assert get("/config", if_none_match=other)["statusCode"] == 200


def test_a_browser_that_takes_gzip_gets_the_same_file_smaller() -> None:
    packed = get("/static/page.css", accept_encoding="gzip, br")
    assert packed["isBase64Encoded"] and packed["headers"]["content-encoding"] == "gzip"
    body = base64.b64decode(packed["body"])
    assert gzip.decompress(body).decode() == get("/static/page.css")["body"]
    assert not get("/static/page.css", accept_encoding="br, gzip;q=0").get("isBase64Encoded")


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2fapp.py",
        "/static//etc/passwd",
        "/static/index.html",
        "/static/",
        "/static/nothing.js",
        "/static/000000000000/main.js",
    ],
)
def test_a_path_that_is_no_file_of_the_page_is_a_problem(path: str) -> None:
    answer = get(path)
    assert answer["statusCode"] == 404
    assert answer["headers"]["content-type"] == "application/problem+json"
    assert json.loads(answer["body"])["code"] == "not_found"
    assert json.loads(answer["body"])["request_id"] == "r-1"


def test_the_policy_lets_the_page_talk_to_itself_and_the_sign_in_only() -> None:
    cloud = {"JWT_ISSUER": "https://issuer.example/pool", "SIGN_IN_ORIGINS": "https://login.example/x javascript:no"}
    policy = dict(part.split(" ", 1) for part in app.content_security_policy(cloud).split("; "))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["img-src"] == "'self' https:"
    assert policy["connect-src"] == "'self' https://issuer.example https://login.example"


def test_pictures_over_http_are_for_one_machine_only() -> None:
    assert "http://127.0.0.1:*" in app.content_security_policy({"ALLOW_PRIVATE_HOSTS": "1"})
    assert "http:" not in app.content_security_policy({"ALLOW_PRIVATE_HOSTS": ""})


@pytest.mark.parametrize(
    ("origin", "told"), [("", True), ("https://a.example", True), ("http://127.0.0.1:3000", False)]
)
def test_https_is_demanded_for_good_where_the_page_is_served_over_it(origin: str, told: bool) -> None:
    headers = app.security_headers({"PUBLIC_ORIGIN": origin})
    assert ("strict-transport-security" in headers) is told
    assert headers["referrer-policy"] == "no-referrer" and headers["x-content-type-options"] == "nosniff"


def test_a_first_visit_asks_for_one_script_in_which_every_module_is() -> None:
    page = get("/")["body"]
    assert re.findall(r'(?:src|href)="/static/\w+/([^"]+)"', page) == ["icons/postloudly.svg", "page.css", "main.js"]
    script = get("/static/main.js")["body"]
    modules = {path.stem for path in STATIC.glob("*.js")}
    assert set(re.findall(r"^const \$(\w+) = \(\(\) => \{$", script, re.MULTILINE)) == modules
    assert {name for name in app.ASSETS if name.endswith(".js")} == {"main.js"}


def test_the_whole_page_weighs_less_than_60_kilobytes_on_the_wire() -> None:
    assert sum(len(asset.packed or asset.body) for asset in app.ASSETS.values()) < 60_000


def test_what_only_people_read_is_not_sent() -> None:
    source = b"// Why\n/** Says\n * what. */\nexport const a = `${b}//c`; // kept\n    d();\n"
    assert app.slim(source, ".js") == b"export const a = `${b}//c`; // kept\nd();\n"
    assert app.slim(b"  <svg/>", ".svg") == b"  <svg/>"


@pytest.mark.parametrize("path", sorted(STATIC.glob("*.js")), ids=lambda path: path.name)
def test_no_string_of_a_module_goes_over_a_line_so_that_indentation_means_nothing(path: Path) -> None:
    assert [line for line in path.read_text().splitlines() if line.replace("\\`", "").count("`") % 2] == []


@pytest.mark.parametrize("path", sorted(STATIC.glob("*.js")), ids=lambda path: path.name)
def test_no_module_turns_data_into_markup_or_code(path: Path) -> None:
    text = path.read_text()
    for forbidden in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"):
        assert forbidden not in text


@pytest.mark.parametrize("path", sorted(set(STATIC.glob("*.js")) - {STATIC / "text.js"}), ids=lambda path: path.name)
def test_every_sentence_stands_in_the_module_of_texts(path: Path) -> None:
    code = re.sub(r"^\s*(//|/?\*).*$|\$\{[^}]*\}", "", path.read_text(), flags=re.MULTILINE)
    assert re.findall(r"""["'`][A-Z][a-z]*(?: [^"'`\n]+)? [a-z]{2,}[^"'`\n]*["'`]""", code) == []
