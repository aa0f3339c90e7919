"""No token, code, client secret or app password in anything that is printed, sent, kept or logged (invariant 10)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from socials.bodies import NewConnection, login_of
from socials.connecting import Leaving
from socials.errors import AccessRefused, ReconnectNeeded, Refused, RetryLater
from socials.models.grants import Sealed
from socials.platforms.base import Answer, App, Code, Consent, Login, Request, Session
from socials.ports import Checkpoint
from tests.support.builders import NOW, TODAY, USER, a_connection, an_account, an_identity, tokens
from tests.support.doorways import Context, Doorway
from tests.support.fakes.platform import RotatingTokens, scripted
from tests.support.world import World, record_of

CANARY = "canary"
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
    for shown in (repr(value), str(value), f"{value}", repr([value])):
        assert CANARY not in shown


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
