"""Codes, tokens, passwords, client secrets and verifiers on every way through the product, good days and bad ones, with
everything told that can be told (LOG_LEVEL=DEBUG, traces on); then all that was written anywhere is searched for them.

Looked at: every function's log and the console, every request to and answer of the table and the queues, every name and
tag in Secrets Manager (not the values: that is where they rest), the traces, and every answer of the API.
"""

import base64
import json
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import boto3
import pytest
import requests

from local.sandbox import app_credentials
from socials.platforms import every_platform
from socials.platforms.base import AppPassword, InstanceOAuth, Platform
from tests.support.consent import press
from tests.support.hunting import leaks
from tests.support.product import sandbox_people
from tests.support.recording import AwsRecorder, TraceRecorder
from tests.support.stack import Person, Stack, free_port, start_stack

MARK = "Canary" + secrets.token_hex(12)
SERVER = "mastodon.social"
PLATFORMS = every_platform()
Json = dict[str, Any]


class Watched:
    """A stack on which everything that is written is kept, and the people who use it."""

    def __init__(self, folder: Path) -> None:
        behind = free_port()
        self.aws, self.traces = AwsRecorder(behind), TraceRecorder()
        services = ("DYNAMODB", "SQS", "SECRETS_MANAGER")
        environment = {f"AWS_ENDPOINT_URL_{each}": self.aws.origin for each in services}
        environment |= {"LOCAL_AWS_PORT": str(behind), "LOG_LEVEL": "DEBUG", "SANDBOX_MARK": MARK}
        self.stack: Stack = start_stack(folder, environment=environment | {"XRAY_DAEMON": self.traces.address})
        self.answers: list[str] = []
        self.secrets = {MARK} | {
            each["client_secret"] for each in app_credentials().values() if "client_secret" in each
        }
        self.secrets |= {each["app_password"] for each in sandbox_people(self.stack, "bluesky")}

    def stop(self) -> None:
        self.stack.stop()
        self.aws.stop()
        self.traces.stop()

    def person(self, name: str) -> "Client":
        person = self.stack.person(name)
        assert person.token is not None
        self.secrets.add(person.token.rpartition(".")[2])
        return Client(self, person)

    def places(self) -> dict[str, str]:
        logs = {path.name: path.read_text() for path in (self.stack.folder / "logs").glob("*.log")}
        # The welcome names the sandbox's people and their app passwords, for whoever started it.
        console = self.stack.log("console").partition("Ctrl-C ends.")[2]
        more = {"console": console, "AWS": self.aws.text, "traces": self.traces.text}
        return logs | more | {"answers": "\n".join(self.answers)}


class Client:
    """A person at their browser, whose answers are kept: but for where the product must hand a secret to the browser
    itself (the verifier in its cookie, the state in the address of the consent page)."""

    def __init__(self, watched: Watched, person: Person) -> None:
        self._watched, self.person = watched, person

    def ask(self, method: str, path: str, **more: Any) -> requests.Response:
        answer = self.person.request(method, path, **more)
        try:
            body = json.loads(answer.text)
            if isinstance(body, dict):
                body.pop("authorize_url", None)
        except ValueError:
            body = answer.text
        headers = {name: value for name, value in answer.headers.items() if name.lower() != "set-cookie"}
        self._watched.answers.append(json.dumps([method, answer.status_code, headers, body]))
        return answer

    def leave(self, platform: Platform) -> tuple[str, str]:
        """The consent page's address and the state in it; verifier and state are secrets from now on."""
        body = {"platform": platform.slug}
        if isinstance(platform.connect, InstanceOAuth):
            body["instance"] = SERVER
        answer = self.ask("POST", "/connections", json=body)
        assert answer.status_code == 201, answer.text
        url = answer.json()["authorize_url"]
        state = parse_qs(urlsplit(url).query)["state"][0]
        self._watched.secrets |= {state, *answer.cookies.values()}
        return url, state

    def connect(self, platform: Platform) -> list[str]:
        """The account ids."""
        if isinstance(platform.connect, AppPassword):
            who = sandbox_people(self._watched.stack, platform.slug)[0]
            body = {"platform": platform.slug, "identifier": who["handle"], "app_password": who["app_password"]}
            accounts = self.ask("POST", "/connections", json=body).json()["accounts"]
            return [account["account_id"] for account in accounts]
        ended: Json = {}
        for _ in range(5):  # a busy machine's AWS may answer too late
            if ended.get("outcome", "failed") != "failed":
                break
            callback = press(self.leave(platform)[0])
            self._watched.secrets.add(parse_qs(urlsplit(callback).query)["code"][0])
            location = self.ask("GET", callback).headers.get("Location", "")
            ended = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        path = f"/connections/{ended['connection']}"
        if ended["outcome"] == "choose":
            ids = [each["id"] for each in self.ask("GET", path).json()["candidates"]]
            self.ask("POST", f"{path}/accounts", json={"ids": ids[:1]})
        return [each["account_id"] for each in self.ask("GET", path).json()["accounts"]]


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    running = Watched(tmp_path_factory.mktemp("watched"))
    try:
        yield running
    finally:
        running.stop()


def fault(watched: Watched, platform: str, **what: Any) -> bool:
    """Whether the platform knows such a bad day."""
    answer = requests.post(f"{watched.stack.base}/_sandbox/faults", json={"platform": platform, **what}, timeout=30)
    return answer.status_code == 201


def clear(watched: Watched) -> None:
    requests.delete(f"{watched.stack.base}/_sandbox/faults", timeout=30)


@pytest.fixture(scope="module")
def lived(watched: Watched) -> Watched:
    """All of it has happened when a test looks."""
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda platform: bad_connects(watched, platform), PLATFORMS))
        accounts = list(pool.map(lambda platform: watched.person(platform.slug).connect(platform), PLATFORMS))
        quarrel(watched)
        first = sum(len(ids) for ids in accounts)  # a tick waits for whatever is under way
        watched.stack.until(lambda: told(watched, "run_syncs", "run ended", "run waits") >= first, 240)
        for number, days in enumerate((1, 50, 1)):
            bad_day(watched, number, timedelta(days=days, hours=1))
        list(pool.map(lambda platform, ids: read_all(watched, platform, ids), PLATFORMS, accounts))
        spoil(watched, accounts[:4])
        for platform in PLATFORMS:
            fault(watched, platform.slug, call="revoke", kind="503")
        list(pool.map(lambda platform: watched.person(platform.slug).ask("DELETE", "/accounts"), PLATFORMS))
    watched.stack.until(
        lambda: told(watched, "erase_account", "erase done", "erase goes on later") >= len(PLATFORMS), 60
    )
    return watched


KINDS = ("blank", "truncated", "not_json", "lost", "503", "401")


def bad_day(watched: Watched, number: int, later: timedelta) -> None:
    """A day, so much `later`, on which each platform fails in two ways, other ones than on the day before."""
    for place, platform in enumerate(PLATFORMS):
        fault(watched, platform.slug, call="refresh", kind=KINDS[(place + 2 * number) % 6])
        fault(watched, platform.slug, call="profile", kind=KINDS[(place + 2 * number + 3) % 6])
    watched.stack.tick(watched.stack.now() + later)
    clear(watched)


def told(watched: Watched, function: str, *messages: str) -> int:
    """How many lines of a function say one of these."""
    lines = watched.stack.log(function).splitlines()
    return sum(any(f'"message": "{message}"' in line for message in messages) for line in lines)


def bad_connects(watched: Watched, platform: Platform) -> None:
    """Each way in which a connect fails."""
    client = watched.person(f"unlucky-{platform.slug}")
    if isinstance(platform.connect, AppPassword):
        who = sandbox_people(watched.stack, platform.slug)[0]
        for password in (f"{MARK}-wrong", who["app_password"]):
            for kind in ("truncated", "not_json", "503"):
                fault(watched, platform.slug, kind=kind, call="createSession")
            body = {"platform": platform.slug, "identifier": who["handle"], "app_password": password}
            client.ask("POST", "/connections", json=body)
            clear(watched)
        return
    _, state = client.leave(platform)
    for query in ({"code": MARK}, {"error": "access_denied", "error_description": MARK}, {"code": f"{MARK}-again"}):
        client.ask("GET", f"/connections/callback?{urlencode({'state': state, **query})}")
    stranger = watched.person(f"stranger-{platform.slug}")
    stranger.ask("GET", press(client.leave(platform)[0]))  # a browser without the cookie
    callback = press(client.leave(platform)[0])
    fault(watched, platform.slug, kind="truncated")  # of the very answer that brings the tokens
    client.ask("GET", callback)


def quarrel(watched: Watched) -> None:
    """Requests that are wrong in every way, each with a secret where it does not belong."""
    client = watched.person("careless")
    for body in (
        f'{{"platform": "bluesky", "app_password": "{MARK}"',
        json.dumps({"platform": "bluesky", "identifier": MARK, "app_password": [MARK]}),
        json.dumps({"platform": MARK}),
        json.dumps({"platform": "bluesky", "identifier": "ada", "app_password": MARK, "more": MARK}),
        json.dumps({"platform": "bluesky", "identifier": "ada", "app_password": MARK * 100}),
        json.dumps({"platform": "mastodon", "instance": f"{MARK}.invalid"}),
    ):
        client.ask("POST", "/connections", data=body, headers={"content-type": "application/json"})
    for path in (
        f"/accounts/none/runs/{MARK}",
        f"/accounts?cursor={MARK}&platform={MARK}",
        f"/connections/callback?state={MARK}&code={MARK}",
        f"/deletions/{MARK}",
    ):
        client.ask("GET", path, headers={"cookie": f"connect_x={MARK}"})
    client.ask("GET", "/accounts", headers={"authorization": f"Bearer {MARK}"})
    signed = f"{MARK}.{base64.urlsafe_b64encode(json.dumps({'user_id': MARK}).encode()).decode()}"
    for platform in ("facebook", "threads", "tiktok"):
        for what in ("deauthorize", "deletion"):
            client.ask("POST", f"/platforms/{platform}/{what}", data={"signed_request": signed})


def aws(watched: Watched, service: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=watched.aws.origin,
        region_name="eu-west-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )


def spoil(watched: Watched, accounts: list[list[str]]) -> None:
    """What nobody foresees: secrets that cannot be read, of grants and of a platform's app."""
    vault = aws(watched, "secretsmanager")
    values = (f'{{"access": "{MARK}"', json.dumps({"version": MARK}), json.dumps([MARK]))
    found = [each["Name"] for page in vault.get_paginator("list_secrets").paginate() for each in page["SecretList"]]
    for number, name in enumerate(sorted(name for name in found if "/grants/" in name)):
        vault.put_secret_value(SecretId=name, SecretString=values[number % 3])
    vault.put_secret_value(SecretId="postloudly/local/platforms/pinterest", SecretString=values[0])
    watched.stack.tick(watched.stack.now() + timedelta(minutes=5))
    for platform, account_ids in zip(PLATFORMS, accounts, strict=False):
        watched.person(platform.slug).ask("POST", f"/accounts/{account_ids[0]}/sync")
    watched.stack.until(lambda: told(watched, "run_syncs", "message failed") >= 1, 60)


def read_all(watched: Watched, platform: Platform, account_ids: list[str]) -> None:
    client = watched.person(platform.slug)
    client.ask("GET", "/accounts")
    for account_id in account_ids:
        for path in ("", "/runs", "/metrics", "/posts", "/events", "/export", "/disconnect-preview"):
            client.ask("GET", f"/accounts/{account_id}{path}")


def test_nothing_leaks(lived: Watched) -> None:
    found = leaks(lived.secrets, lived.places())
    assert found == [], "\n".join(found[:20])


def test_something_could_have_leaked(lived: Watched) -> None:
    """The ways were really gone: every platform connected, renewed, failed, revoked; every place was written to."""
    places = lived.places()
    assert all(len(text) > 200 for text in places.values() if text is not places["web.log"]), {
        name: len(text) for name, text in places.items()
    }
    written = [line for name in places if name.endswith(".log") for line in places[name].splitlines()]
    lines = [json.loads(line) for line in written if line.startswith("{")]
    calls = [line for line in lines if line["message"] == "platform call"]
    for platform in PLATFORMS:
        outcomes = {line["outcome"] for line in calls if line["platform"] == platform.slug}
        assert {"ok"} < outcomes, platform.slug
        ended = {line.get("outcome") for line in lines if line.get("platform") == platform.slug and "Runs" in line}
        assert "succeeded" in ended, platform.slug
    renewing = {line["platform"] for line in calls if line["call"] == "refresh"}
    assert {"bluesky", "x", "youtube", "tiktok", "pinterest", "threads", "instagram"} <= renewing
    messages = {line["message"] for line in lines}
    assert {"message failed", "tokens renewed", "tokens not renewed", "erase taken up", "run waits"} <= messages
    assert len(lived.secrets) > 3 * len(PLATFORMS)


@pytest.mark.parametrize("place", ["run_syncs.log", "console", "AWS", "traces", "answers"])
def test_a_leak_in_any_place_would_be_found(lived: Watched, place: str) -> None:
    places = lived.places()
    token = f"pina_{MARK}{secrets.token_urlsafe(8)}"
    planted = base64.b64encode(f"client:{token}".encode()).decode()
    found = leaks([MARK], places | {place: places[place] + planted})
    assert {each.partition(":")[0] for each in found} == {place}
