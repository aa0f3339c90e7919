"""No token, code, client secret or app password in anything that is printed, sent, kept or logged (invariant 10)."""

import importlib
import json
import pkgutil
from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from msgspec import Struct

import socials
from socials.aws.vault import SecretsVault
from socials.aws.wakeups import QueueWakeups
from socials.bodies import NewConnection, login_of
from socials.connecting import Leaving
from socials.errors import AccessRefused, ReconnectNeeded, Refused, RetryLater
from socials.mishaps import told
from socials.models.claims import Checkpoint
from socials.models.grants import RefreshLease, Sealed
from socials.models.readings import Tokens
from socials.models.wakeups import Wakeup
from socials.platforms import every_platform
from socials.platforms.base import Answer, App, Code, Consent, Login, Platform, Request, Session
from socials.platforms.explaining import verdict
from socials.telemetry import failed
from socials.values import Discreet
from tests.support.builders import NOW, TODAY, USER, a_connection, an_account, an_identity, tokens
from tests.support.changing import replace
from tests.support.doorways import Context, Doorway
from tests.support.fakes.platform import RotatingTokens, scripted
from tests.support.world import World, record_of

CANARY = "canary"
PAYLOADS = Path(__file__).parents[1] / "payloads"
FUNCTIONS = ("connect_account", "sync_account", "run_syncs", "list_accounts", "disconnect_account", "erase_account")
TOKENS = tokens(access=f"{CANARY}-access", refresh=f"{CANARY}-refresh", extra={"page_token": f"{CANARY}-page"})
BODY = NewConnection(platform="bluesky", identifier="anna", app_password=f"{CANARY}-password")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "value",
    [
        TOKENS,
        Sealed(1, TOKENS),
        App("client-id", f"{CANARY}-client-secret"),
        Code(code=f"{CANARY}-code", redirect_uri="https://app.example", verifier=f"{CANARY}-verifier"),
        Consent(redirect_uri="https://app.example", state="state", verifier=f"{CANARY}-verifier"),
        Login(identifier="anna", password=f"{CANARY}-password"),
        Session(tokens=TOKENS, platform_account_id="1", username="anna", today=TODAY),
        Leaving(a_connection(), f"https://platform.example?state={CANARY}-state", f"{CANARY}-verifier"),
        Request(
            call="exchange",
            method="POST",
            url="https://platform.example/token",
            headers={"authorization": f"{CANARY}-header"},
            form={"code": f"{CANARY}-code"},
            json={"password": f"{CANARY}-password"},
            bearer=f"{CANARY}-bearer",
            basic=("client-id", f"{CANARY}-client-secret"),
        ),
        Answer(status=200, headers={}, json={"access_token": f"{CANARY}-access"}, received_at=NOW),
        BODY,
        login_of(BODY),
        Checkpoint(account=an_account()),
    ],
    ids=lambda value: type(value).__name__,
)
def test_nothing_that_holds_a_secret_shows_it(value: object) -> None:
    by_rich = value.__rich_repr__() if isinstance(value, Struct) else ()
    for shown in (repr(value), str(value), f"{value}", repr([value]), repr(list(by_rich))):
        assert CANARY not in shown


# Fields that a token, code, password, verifier, state, key or whole address with one in it may be in, by name.
TELLING = {
    "access",
    "refresh",
    "client_secret",
    "password",
    "app_password",
    "verifier",
    "state",
    "bearer",
    "basic",
    "form",
}
TELLING |= {"json", "query", "headers", "body", "code", "tokens", "authorize_url", "key", "keys", "secret", "material"}
# The same names where they mean something else.
HARMLESS = {
    ("Run", "state"),
    ("PartProgress", "state"),
    ("Receipt", "state"),
    ("Budget", "code"),
    ("Cause", "code"),
    ("Problem", "code"),
    ("Wait", "code"),
    ("ConnectionProblem", "code"),
    ("Reason", "code"),
    ("Days", "query"),  # of LinkedIn's analytics: dates
}


def every_class() -> Iterator[type]:
    """Each dataclass and each value of the product."""
    for module in pkgutil.walk_packages(socials.__path__, "socials."):
        for value in vars(importlib.import_module(module.name)).values():
            is_one = isinstance(value, type) and (is_dataclass(value) or issubclass(value, Struct))
            if is_one and value.__module__ == module.name:
                yield value


def shown_by(each: type) -> Iterator[tuple[str, str]]:
    """The names and types of the fields that its repr tells."""
    if is_dataclass(each):
        yield from ((part.name, str(part.type)) for part in fields(each) if part.repr)
        return
    told = each.shown if issubclass(each, Discreet) else each.__struct_fields__
    kinds = {name: str(kind) for base in each.__mro__ for name, kind in getattr(base, "__annotations__", {}).items()}
    yield from ((name, kinds[name]) for name in told)


def test_no_class_of_the_product_shows_a_field_that_may_hold_a_secret() -> None:
    classes = list(every_class())
    shown = {
        (each.__name__, name)
        for each in classes
        for name, kind in shown_by(each)
        if name in TELLING and kind not in HOLDERS and "Callable" not in kind
    }
    assert len(classes) > 90
    assert shown - HARMLESS == set()


# They show nothing themselves: the first test looks at each.
HOLDERS = {str(each) for each in (Tokens, Sealed, RefreshLease)} | {"Tokens", "Sealed"}


@pytest.mark.parametrize("platform", every_platform(), ids=lambda platform: platform.slug)
@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 429, 500])
def test_a_platform_that_repeats_what_it_was_sent_gets_it_into_no_error(platform: Platform, status: int) -> None:
    """Every text of each recorded answer holds the canary, as some servers quote the token that they refuse."""
    for path in sorted((PAYLOADS / platform.slug).glob("*.json")):
        payload = json.loads(path.read_text())
        headers = {**(payload.get("headers") or {}), "www-authenticate": f'Bearer error="{CANARY}"', "x-note": CANARY}
        for echo in (f"Invalid token {CANARY}-1a", f"{CANARY}1a2b3c4d"):
            answer = Answer(status=status, headers=headers, json=quoting(payload.get("body"), echo), received_at=NOW)
            error = verdict(platform, payload.get("call", path.stem), answer)
            if error is not None:
                assert CANARY not in repr((str(error), error.args, vars(error)))
                assert CANARY not in json.dumps(told(error))


def quoting(body: Any, echo: str) -> Any:
    """The body with each text in it replaced, but for TikTok's own number of the answer."""
    if isinstance(body, dict):
        return {name: value if name == "log_id" else quoting(value, echo) for name, value in body.items()}
    if isinstance(body, list):
        return [quoting(value, echo) for value in body]
    return echo if isinstance(body, str) else body


@pytest.mark.parametrize(
    "body", [f"{CANARY}", f'{{"kind": "{CANARY}"}}', f'{{"user": "u", "kind": "account", "{CANARY}']
)
def test_a_message_that_is_none_of_ours_is_not_repeated(
    world: World, capfd: pytest.CaptureFixture[str], body: str
) -> None:
    record = record_of(Wakeup(USER, "account", "acc", "life")) | {"body": body}
    answer = world.worker.serve([record], world.handle, lambda: 100)
    said = capfd.readouterr().out
    assert answer["batchItemFailures"]
    assert "message failed" in said
    assert CANARY not in said


def test_a_wakeup_carries_nothing_but_names() -> None:
    sent: list[str] = []

    class Sqs:
        def send_message(self, *, QueueUrl: str, MessageBody: str) -> None:
            sent.append(MessageBody)

    QueueWakeups(Sqs(), {"manual": "m", "daily": "d", "erase": "e"}).send(
        "manual", Wakeup("u", "account", "acc", "life")
    )
    assert json.loads(sent[0]) == {"user": "u", "kind": "account", "id": "acc", "life": "life"}


@pytest.mark.parametrize(
    "value", [{"access": CANARY}, [CANARY], f'{{"access": "{CANARY}"', '{"version": "' + CANARY + '"}']
)
def test_a_secret_that_cannot_be_read_is_not_repeated(value: Any, capfd: pytest.CaptureFixture[str]) -> None:
    """json and our own reading of it name in their errors what they choked on."""

    class Manager:
        def get_secret_value(self, *, SecretId: str) -> dict[str, str]:
            return {"SecretString": value if isinstance(value, str) else json.dumps(value)}

    try:
        SecretsVault(Manager(), "p/").read("u", "grant_1")
    except Exception as error:
        failed("reading", error)
    said = capfd.readouterr().out
    assert '"type"' in said
    assert CANARY not in said


def test_whatever_botocore_rejects_is_not_repeated(capfd: pytest.CaptureFixture[str]) -> None:
    from botocore.session import get_session

    client = get_session().create_client(
        "secretsmanager", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    try:
        client.put_secret_value(SecretId="x", SecretString=[CANARY])
    except Exception as error:
        assert CANARY in str(error)  # which is why its words are not told
        failed("storing", error)
    assert CANARY not in capfd.readouterr().out


class CanaryTokens(RotatingTokens):
    """Every secret that this platform gives out can be told from everything else."""

    def pair(self) -> Any:
        pair = super().pair()
        return replace(pair, extra={"page_token": f"{CANARY}-page"})


def secrets_of(world: World, more: Sequence[str]) -> set[str]:
    numbers = range(1, world.tokens.number + 1)
    return {f"{kind}-{n}" for n in numbers for kind in ("access", "refresh")} | {CANARY, *more}


TROUBLE: list[Exception | None] = [
    None,
    RetryLater("Down.", http_status=503),
    Refused("No.", code="refused"),
    ReconnectNeeded("Gone."),
    AccessRefused("No."),
    ValueError("a bug"),
]


@pytest.mark.parametrize("call", ["exchange", "identify", "profile", "posts", "refresh", "revoke"])
@pytest.mark.parametrize("trouble", TROUBLE, ids=lambda error: type(error).__name__)
def test_a_whole_life_leaks_nothing(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    call: str,
    trouble: Exception | None,
) -> None:
    world.tokens = CanaryTokens(world.clock)
    world.answer_well()
    doors = {name: Doorway(name, world, monkeypatch) for name in FUNCTIONS}
    if trouble is not None:
        world.script(call, trouble)
    seen: list[object] = []

    leaving = doors["connect_account"].ask("POST", "/connections", {"platform": "scripted"})
    cookie = leaving.cookies[0].partition(";")[0]
    verifier = cookie.partition("=")[2]
    state = parse_qs(urlsplit(leaving.json["authorize_url"]).query)["state"][0]
    query = {"state": state, "code": f"{CANARY}-code"}
    back = doors["connect_account"].ask("GET", "/connections/callback", query=query, user=None, cookies=[cookie])
    seen += [leaving.answer["body"], back.answer]
    for account in list(world.rows.accounts.values()):
        for _ in range(3):
            seen.append(work(world, doors))
            world.clock.forward(minutes=59)
            seen.append(doors["sync_account"].ask("POST", f"/accounts/{account.account_id}/sync").answer)
        for path in ("", "/runs", "/metrics", "/posts"):
            seen.append(doors["list_accounts"].ask("GET", f"/accounts/{account.account_id}{path}").answer)
        seen.append(world.everything() | {"secrets": list(world.secrets)})
        seen.append(doors["disconnect_account"].ask("DELETE", f"/accounts/{account.account_id}").answer)
        world.clock.forward(minutes=2)
        seen.append(work(world, doors))
    seen += [world.rows, capfd.readouterr()]

    text = repr(seen)
    for secret in secrets_of(world, [verifier]):
        assert secret not in text
    assert state not in repr(seen[1:])


def work(world: World, doors: dict[str, Doorway]) -> list[object]:
    """Serve all queues as the functions do. What was on them is what was sent."""
    sent: list[object] = list(world.queues.sent)
    for queue, function in (("manual", "run_syncs"), ("daily", "run_syncs"), ("erase", "erase_account")):
        records = [record_of(wakeup) for wakeup in world.queues.take(queue)]  # type: ignore[arg-type]
        sent.append(doors[function].app.handler({"Records": records}, Context()))
    return sent


@pytest.mark.parametrize("trouble", TROUBLE, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("call", ["log_in", "identify"])
def test_an_app_password_leaks_nowhere(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    call: str,
    trouble: Exception | None,
) -> None:
    world.offer(scripted("secret", app_password=True))
    world.script("identify", (an_identity(),))
    if trouble is not None:
        world.script(call, trouble)
    body = {"platform": "secret", "identifier": "anna", "app_password": f"{CANARY}-password"}

    reply = Doorway("connect_account", world, monkeypatch).ask("POST", "/connections", body, user=USER)

    shown = repr((reply.answer, world.rows, world.queues.sent, capfd.readouterr()))
    for secret in secrets_of(world, []):
        assert secret not in shown
