"""A stack on which everything that is written is kept, and the people who use it.

Kept: every function's log and the console, every request to and answer of the table and the queues, every name and tag
in Secrets Manager (not the values: that is where they rest), the traces, and every answer of the API.
"""

import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from local.sandbox import app_credentials
from socials.platforms.base import AppPassword, InstanceOAuth, Platform
from tests.support.consent import press
from tests.support.product import sandbox_people
from tests.support.recording import AwsRecorder, TraceRecorder
from tests.support.stack import Person, Stack, free_port, start_stack

SERVER = "mastodon.social"
Json = dict[str, Any]


class Watched:
    """`mark` is in every code, token and password that the sandbox gives out; `secrets` are those that lack it too."""

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        self.mark = "Canary" + secrets.token_hex(12)
        behind = free_port()
        self.aws, self.traces = AwsRecorder(behind), TraceRecorder()
        services = ("DYNAMODB", "SQS", "SECRETS_MANAGER")
        own = {f"AWS_ENDPOINT_URL_{each}": self.aws.origin for each in services}
        own |= {"LOCAL_AWS_PORT": str(behind), "LOG_LEVEL": "DEBUG", "SANDBOX_MARK": self.mark}
        own |= {"XRAY_DAEMON": self.traces.address, **(environment or {})}
        self.stack: Stack = start_stack(folder, environment=own)
        self.answers: list[str] = []
        self.secrets = {self.mark} | {
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

    def fault(self, platform: str, **what: Any) -> None:
        """The next call to the platform meets this."""
        answer = requests.post(f"{self.stack.base}/_sandbox/faults", json={"platform": platform, **what}, timeout=30)
        assert answer.status_code == 201, answer.text

    def told(self, function: str, *messages: str) -> int:
        """How many lines of a function say one of these."""
        return sum(line.get("message") in messages for line in self.stack.lines(function))

    def places(self) -> dict[str, str]:
        logs = {path.name: path.read_text() for path in (self.stack.folder / "logs").glob("*.log")}
        # The welcome names the sandbox's people and their app passwords, for whoever started it.
        console = self.stack.log("console").partition("Ctrl-C ends.")[2]
        more = {"console": console, "AWS": self.aws.text, "traces": self.traces.text}
        return logs | more | {"answers": "\n".join(self.answers)}


class Client:
    """A person at their browser, whose answers are kept. Blacked out in them is only what the product must hand to the
    browser itself, there and nowhere else: the state in the consent page's address, the verifier in its cookie."""

    def __init__(self, watched: Watched, person: Person) -> None:
        self._watched, self.person = watched, person

    def ask(self, method: str, path: str, **more: Any) -> requests.Response:
        answer = self.person.request(method, path, **more)
        self._watched.answers.append(json.dumps([method, answer.status_code, *_without_handed(answer)]))
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

    def come_back(self, callback: str) -> requests.Response:
        self._watched.secrets.add(parse_qs(urlsplit(callback).query)["code"][0])
        return self.ask("GET", callback)

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
            location = self.come_back(press(self.leave(platform)[0])).headers.get("Location", "")
            ended = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        path = f"/connections/{ended['connection']}"
        if ended["outcome"] == "choose":
            ids = [each["id"] for each in self.ask("GET", path).json()["candidates"]]
            self.ask("POST", f"{path}/accounts", json={"ids": ids[:1]})
        return [each["account_id"] for each in self.ask("GET", path).json()["accounts"]]


def _without_handed(answer: requests.Response) -> tuple[Json, str]:
    """Headers and body."""
    headers, body = dict(answer.headers), answer.text
    for value in filter(None, answer.cookies.values()):
        headers["Set-Cookie"] = headers["Set-Cookie"].replace(value, "…", 1)
    url = answer.json().get("authorize_url") if answer.status_code == 201 else None
    if url:
        (state,) = parse_qs(urlsplit(url).query)["state"]
        body = body.replace(f"state={state}", "state=…", 1)
    return headers, body
