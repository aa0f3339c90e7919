"""What is told: one line a fact with the ids that lead on, and metrics that are true."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from socials import ids
from socials.aws.table.agenda import TableAgenda
from socials.aws.wakeups import QueueWakeups
from socials.dispatching import Dispatching
from socials.errors import ReconnectNeeded, Refused, RetryLater
from socials.measures import METRICS, NAMESPACE, cause_of, class_of
from socials.models.accounts import Account, Cause
from socials.models.events import broke
from socials.models.wakeups import Wakeup
from socials.telemetry import InvocationFailed, called, measure, unit
from tests.support.doorways import Context, Doorway
from tests.support.fakes import Killed
from tests.support.telling import telling
from tests.support.world import World, record_of

Line = dict[str, Any]
LAYER = Path(__file__).parents[2] / "layers" / "socials"


@pytest.fixture
def told(capfd: pytest.CaptureFixture[str]) -> Callable[[], list[Line]]:
    """The lines since the last look."""
    return lambda: [json.loads(line) for line in capfd.readouterr().out.splitlines()]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("STAGE", "test")
    return telling(World(monkeypatch))


def one(lines: list[Line], message: str) -> Line:
    found = [line for line in lines if line["message"] == message]
    assert len(found) == 1, [line["message"] for line in lines]
    return found[0]


def work(world: World, monkeypatch: pytest.MonkeyPatch, *wakeups: Wakeup, function: str = "run_syncs") -> Any:
    records = [record_of(wakeup, number) for number, wakeup in enumerate(wakeups)]
    return Doorway(function, world, monkeypatch).app.handler({"Records": records}, Context())


def test_one_id_leads_from_the_request_to_the_end_of_its_run(
    world: World, monkeypatch: pytest.MonkeyPatch, told: Callable[[], list[Line]]
) -> None:
    account = world.settled_account()
    told()

    run = Doorway("sync_account", world, monkeypatch).ask("POST", f"/accounts/{account.account_id}/sync").json
    asked = one(told(), "request")
    work(world, monkeypatch, *world.queues.take("manual"))
    ended = one(told(), "run ended")

    assert asked["correlation_id"] == ended["correlation_id"] == run["run_id"]
    assert (asked["status"], asked["request_id"]) == (202, "request-1")
    assert asked["user"] == ended["user"] != account.user
    assert ended["account_id"] == account.account_id
    assert (ended["outcome"], ended["trigger"], ended["attempt"]) == ("succeeded", "manual", 1)
    assert ended["parts"] == {"profile": "succeeded 1", "insights": "succeeded 1", "posts": "succeeded 0"}
    assert (ended["message_id"], ended["invocation"]) == ("message-0", "request-1")


def test_one_id_leads_from_a_disconnect_to_its_end(
    world: World, monkeypatch: pytest.MonkeyPatch, told: Callable[[], list[Line]]
) -> None:
    account = world.settled_account()
    told()

    receipt = Doorway("disconnect_account", world, monkeypatch).ask("DELETE", f"/accounts/{account.account_id}").json
    asked = one(told(), "request")
    world.clock.forward(seconds=90)
    work(world, monkeypatch, *world.queues.take("erase"), function="erase_account")
    lines = told()

    assert {line["correlation_id"] for line in [asked, *lines]} == {receipt["receipt_id"]}
    done = one(lines, "erase done")
    assert (done["ErasesDone"], done["EraseSeconds"], done["revocation"]) == (1, 90, "revoked")
    assert one(lines, "erase taken up")["EraseAgeSeconds"] == 90


def test_one_id_leads_from_a_connect_to_its_first_run(
    world: World, monkeypatch: pytest.MonkeyPatch, told: Callable[[], list[Line]]
) -> None:
    world.answer_well()
    door = Doorway("connect_account", world, monkeypatch)

    leaving = door.ask("POST", "/connections", {"platform": "scripted"})
    cookie = leaving.cookies[0].partition(";")[0]
    state = leaving.json["authorize_url"].partition("state=")[2].partition("&")[0]
    door.ask("GET", "/connections/callback", query={"state": state, "code": "c"}, user=None, cookies=[cookie])
    requests = [line for line in told() if line["message"] == "request"]
    work(world, monkeypatch, *world.queues.take("manual"))

    assert {line["correlation_id"] for line in requests} == {leaving.json["connection_id"]}
    assert one(told(), "run ended")["connection_id"] == leaving.json["connection_id"]


def test_a_problem_is_told_with_its_code_and_nothing_that_the_caller_wrote(
    world: World, monkeypatch: pytest.MonkeyPatch, told: Callable[[], list[Line]]
) -> None:
    door = Doorway("list_accounts", world, monkeypatch)

    for path in ("/accounts/hunter2", "/accounts"):
        door.ask("GET", path, query={"cursor": "hunter2"})
    text = json.dumps(told())

    assert "hunter2" not in text
    assert {"not_found", "bad_cursor"} <= set(text.replace('"', " ").split())


def test_a_caller_s_id_is_told_only_where_it_could_be_one_of_ours(told: Callable[[], list[Line]]) -> None:
    from socials.serving import serve

    account_id, run_id = ids.account_id("u", "p", "1"), "01JD2K3M4N5P6Q7R8S9T0V1W2X"
    for given in (account_id, "acc_hunter2", "hunter2"):
        event = {"routeKey": "GET /x", "pathParameters": {"account_id": given, "run_id": run_id, "code": "hunter2"}}
        serve(lambda _event: {"statusCode": 200}, event, Context())

    lines = told()
    assert [line.get("account_id") for line in lines] == [account_id, None, None]
    assert {line["run_id"] for line in lines} == {run_id}
    assert "hunter2" not in json.dumps(lines)


# Metrics ----------------------------------------------------------------------------------------------------------


def metrics_of(lines: list[Line]) -> dict[str, float]:
    """What CloudWatch would add up, checked to be readable for it: dimensions are strings, values numbers."""
    found: dict[str, float] = {}
    for line in lines:
        for directive in line.get("_aws", {}).get("CloudWatchMetrics", ()):
            assert directive["Namespace"] == NAMESPACE
            for dimensions in directive["Dimensions"]:
                assert all(isinstance(line[name], str) and line[name] for name in dimensions), line
            for metric in directive["Metrics"]:
                assert metric["Unit"] == METRICS[metric["Name"]].unit
                assert {tuple(each) for each in directive["Dimensions"]} == set(METRICS[metric["Name"]].by)
                found[metric["Name"]] = found.get(metric["Name"], 0) + line[metric["Name"]]
    return found


def synced(world: World, monkeypatch: pytest.MonkeyPatch, account: Account) -> None:
    world.clock.forward(minutes=2)
    work(world, monkeypatch, world.ask(account))


ENDS: dict[str, tuple[str, Exception, dict[str, float], dict[str, Any]]] = {
    "a limit": ("posts", RetryLater("No.", http_status=429), {"Waits": 1, "RunTrouble": 1}, {"outcome": "waits"}),
    "a part": ("posts", Refused("No."), {"Runs": 1, "RunTrouble": 1}, {"outcome": "partial"}),
    "proof": (
        "profile",
        ReconnectNeeded("Gone.", code="token_revoked"),
        {"Runs": 1, "RunTrouble": 1},
        {"outcome": "failed"},
    ),
}


@pytest.mark.parametrize("end", ENDS)
def test_a_run_counts_by_how_it_ended(
    world: World, monkeypatch: pytest.MonkeyPatch, told: Callable[[], list[Line]], end: str
) -> None:
    call, error, expected, facts = ENDS[end]
    account = world.settled_account()
    world.script(call, error)
    told()

    synced(world, monkeypatch, account)
    lines = told()
    found = metrics_of(lines)

    assert {name: found.get(name, 0) for name in ("Runs", "Waits", "RunTrouble")} == {"Runs": 0, "Waits": 0, **expected}
    ended = next(line for line in lines if line["message"] in ("run ended", "run waits"))
    assert facts.items() <= ended.items()
    assert found.get("ConnectionErrors", 0) == (end == "proof")


def test_a_proof_is_counted_once_however_often_it_is_found_again(
    world: World, monkeypatch: pytest.MonkeyPatch, told: Callable[[], list[Line]]
) -> None:
    account = world.settled_account()
    world.script("profile", ReconnectNeeded("Gone.", code="token_revoked"))
    synced(world, monkeypatch, account)
    for _ in range(3):  # the daily check
        world.clock.forward(days=1)
        work(world, monkeypatch, Wakeup(account.user, "account", account.account_id, account.life))

    found = metrics_of(told())
    assert (found["Runs"], found["ConnectionErrors"]) == (4, 1)


def test_a_worker_that_is_killed_counts_nothing_and_its_successor_once(
    world: World, monkeypatch: pytest.MonkeyPatch, told: Callable[[], list[Line]]
) -> None:
    account = world.settled_account()
    wakeup = world.ask(account)
    world.hooks.fail("accounts.save", Killed("save"))
    with pytest.raises(Killed):
        work(world, monkeypatch, wakeup)
    assert not {"Runs", "RunTrouble", "Waits"} & set(metrics_of(told()))

    world.hooks.revive()
    world.clock.forward(seconds=61)
    work(world, monkeypatch, wakeup)
    assert metrics_of(told())["Runs"] == 1


def test_two_workers_that_renew_one_pair_are_one_renewal_stored(
    world: World, monkeypatch: pytest.MonkeyPatch, told: Callable[[], list[Line]]
) -> None:
    account = world.settled_account()
    world.clock.forward(hours=1)
    synced(world, monkeypatch, account)
    lines = [line for line in told() if "Refreshes" in line]
    assert [(line["outcome"], line["Refreshes"]) for line in lines] == [("stored", 1)]
    assert lines[0]["platform"] == "scripted"


@pytest.mark.parametrize(
    ("error", "outcome"),
    [(ReconnectNeeded("No.", code="token_revoked"), "refused"), (RetryLater("No.", http_status=503), "unavailable")],
)
def test_a_renewal_that_brought_nothing_is_counted_so(
    world: World, monkeypatch: pytest.MonkeyPatch, told: Callable[[], list[Line]], error: Exception, outcome: str
) -> None:
    account = world.settled_account()
    world.clock.forward(hours=1)
    world.script("refresh", error)
    synced(world, monkeypatch, account)
    assert [line["outcome"] for line in told() if "Refreshes" in line] == [outcome]


def test_a_message_that_fails_is_told_without_the_words_of_a_foreign_error(
    world: World, monkeypatch: pytest.MonkeyPatch, told: Callable[[], list[Line]]
) -> None:
    account = world.settled_account()
    world.script("profile", ValueError("hunter2"))
    synced(world, monkeypatch, account)
    lines = told()
    line = one(lines, "message failed")

    assert line["level"] == "ERROR"
    assert line["error"]["type"] == "ValueError"
    assert any(frame.startswith("socials/syncing.py:") for frame in line["error"]["at"])
    assert "hunter2" not in json.dumps(lines)
    assert metrics_of(lines)["MessagesFailed"] == 1
    assert line["correlation_id"] and line["queue"] == "daily"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("accounts-prod-RunSyncs-8jYt4LmQpZ0a", "RunSyncs"),
        ("accounts-prod-DisconnectAccount-AbCdEfGhIjKl", "DisconnectAccount"),
        ("postloudly-local-ListAccounts", "ListAccounts"),
        ("run_syncs", "run_syncs"),
        ("", ""),
    ],
)
def test_a_line_names_the_function_as_the_template_does(
    name: str, said: str, told: Callable[[], list[Line]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", name)
    measure("something", {})
    assert [line["function"] for line in told()] == [said]


def test_the_chain_of_an_error_is_told_with_our_words_and_aws_s_codes_only() -> None:
    from botocore.exceptions import ClientError

    from socials.mishaps import told as facts_of

    answer = {"Error": {"Code": "Throttling", "Message": "hunter2"}, "ResponseMetadata": {"RequestId": "r"}}
    try:
        try:
            raise ClientError(answer, "PutSecretValue")  # type: ignore[arg-type]
        except ClientError as error:
            raise RetryLater("Ours.", code="ours") from error
    except RetryLater as error:
        shown = facts_of(error)

    assert (shown["text"], shown["code"]) == ("Ours.", "ours")
    assert shown["cause"]["code"] == "Throttling"
    assert shown["cause"]["operation"] == "PutSecretValue"
    assert "hunter2" not in json.dumps(shown)


def test_what_a_handler_raises_reaches_the_runtime_without_a_word(
    world: World, monkeypatch: pytest.MonkeyPatch, told: Callable[[], list[Line]]
) -> None:
    world.hooks.fail("agenda.due", ValueError("hunter2"))
    with pytest.raises(InvocationFailed) as raised:
        Doorway("dispatch_syncs", world, monkeypatch).app.handler({"time": "2026-11-22T20:45:00Z"}, Context())

    assert raised.value.__context__ is raised.value.__cause__ is None
    assert one(told(), "invocation failed")["error"]["type"] == "ValueError"


@pytest.mark.parametrize(("level", "shown"), [("DEBUG", 2), ("INFO", 1), ("ERROR", 0), ("", 1), ("odd", 1)])
def test_the_level_holds_for_lines_and_never_for_metrics(
    monkeypatch: pytest.MonkeyPatch, told: Callable[[], list[Line]], level: str, shown: int
) -> None:
    from socials.telemetry import line, measure

    monkeypatch.setenv("LOG_LEVEL", level)
    line("fine", "DEBUG")
    line("news")
    measure("counted", {"Due": 1})
    assert [each["message"] for each in told()].count("counted") == 1
    line("fine", "DEBUG")
    line("news")
    assert len(told()) == shown


class Shard:
    """The first shard of the agenda, with one account and one receipt on it; the others are empty."""

    def query(self, _when: str, *, shard: int, until: Any, **_more: Any) -> list[Line]:
        rows = [("ACCOUNT#acc_1", 90), ("RECEIPT#acc_2#01JD2K3M4N5P6Q7R8S9T0V1W2X", 400)]
        wake_at = int(until.timestamp())
        return [{"pk": "USER#u", "sk": sk, "life": "l", "wake_at": wake_at - age} for sk, age in rows if shard == 0]


class Refusing:
    """An SQS that refuses the receipts."""

    def send_message_batch(self, *, Entries: list[Line], QueueUrl: str) -> Line:
        return {"Failed": [{"Id": each["Id"]} for each in Entries if QueueUrl == "erase"]}


@pytest.mark.parametrize(("minute", "found"), [(45, "Due"), (0, "Overdue")])
def test_a_tick_tells_what_was_due_what_was_sent_and_how_late_it_is(
    world: World, monkeypatch: pytest.MonkeyPatch, told: Callable[[], list[Line]], minute: int, found: str
) -> None:
    world.dispatching = Dispatching(
        TableAgenda(Shard()),  # type: ignore[arg-type]
        QueueWakeups(Refusing(), {"daily": "daily", "erase": "erase", "manual": "manual"}),
    )
    Doorway("dispatch_syncs", world, monkeypatch).app.handler({"time": f"2026-11-22T20:{minute:02}:00Z"}, Context())
    lines = told()

    assert metrics_of(lines) == {found: 2, "OldestDueSeconds": 90, "Dispatched": 1, "NotSent": 1}
    assert one(lines, "wake-up not sent")["kind"] == "receipt"


class Away:
    """An SQS that gives no answer to so many of the calls."""

    def __init__(self, calls: int) -> None:
        self.left, self.took = calls, 0

    def send_message_batch(self, *, Entries: list[Line], QueueUrl: str) -> Line:
        if self.left:
            self.left -= 1
            raise EndpointConnectionError(endpoint_url="https://sqs")
        self.took += len(Entries)
        return {}


DUE = [Wakeup("u", "account", f"acc_{n}", "life") for n in range(300)]


def test_a_batch_that_gets_no_answer_keeps_no_other_from_being_sent(told: Callable[[], list[Line]]) -> None:
    sqs = Away(2)
    with unit(invocation="tick") as tick:
        QueueWakeups(sqs, {"daily": "daily"}).send_many("daily", DUE)
    assert (sqs.took, tick.counts) == (280, {"Dispatched": 280, "NotSent": 20})
    not_sent = one(told(), "wake-ups not sent")
    assert (not_sent["number"], not_sent["queue"], not_sent["invocation"]) == (20, "daily", "tick")


def test_a_queue_that_is_away_takes_no_time_from_the_next_look(told: Callable[[], list[Line]]) -> None:
    """Lambda calls a tick again that failed: more than a few batches in vain would only use up this one."""
    sqs = Away(1_000)
    with unit(invocation="tick") as tick, pytest.raises(EndpointConnectionError):
        QueueWakeups(sqs, {"daily": "daily"}).send_many("daily", DUE)
    assert 1_000 - sqs.left < 3 + 8, "three, and what the other senders had begun"
    assert tick.counts == {"Dispatched": 0, "NotSent": 300}


def test_an_idle_tick_tells_zeros(
    world: World, monkeypatch: pytest.MonkeyPatch, told: Callable[[], list[Line]]
) -> None:
    Doorway("dispatch_syncs", world, monkeypatch).app.handler({"time": "2026-11-22T20:45:00Z"}, Context())
    assert metrics_of(told()) == {"Due": 0, "OldestDueSeconds": 0, "Dispatched": 0, "NotSent": 0}


def test_calls_are_counted_by_their_answer_in_the_line_of_their_platform(told: Callable[[], list[Line]]) -> None:
    answers = {"Calls2xx": 201, "Calls3xx": 302, "Calls4xx": 404, "Calls429": 429, "Calls5xx": 503}
    with unit(platform="x"):
        for status in (*answers.values(), None, None):
            called("x", "posts", status=status, outcome="o", milliseconds=1, request_id=None)
        called("threads", "posts", status=200, outcome="ok", milliseconds=1, request_id=None)
        measure("run ended", {"Waits": 1})
    first, second = told()

    assert {**dict.fromkeys(answers, 1), "CallsUnanswered": 2}.items() <= first.items()
    assert metrics_of([first | {"stage": "test"}]) == {"Waits": 1}
    assert "_aws" not in second
    assert (second["message"], second["platform"], second["Calls2xx"]) == ("platform calls", "threads", 1)


def test_an_erase_is_seen_to_grow_old_as_long_as_data_are_left_and_apart_from_it_its_revoke(
    world: World, monkeypatch: pytest.MonkeyPatch, told: Callable[[], list[Line]]
) -> None:
    account = world.settled_account()
    receipt = world.disconnecting.disconnect(account.user, account.account_id)
    wakeup = Wakeup(account.user, "receipt", receipt.receipt_id, receipt.life)
    world.hooks.fail("remains.delete_some", OSError("down"))
    world.script("revoke", RetryLater("Down.", http_status=503))
    told()

    for minutes in (61, 20, 20):
        world.clock.forward(minutes=minutes)
        work(world, monkeypatch, wakeup, function="erase_account")
    ages = [(line.get("EraseAgeSeconds"), line.get("RevokeAgeSeconds")) for line in told() if "attempt" in line]
    ages = [age for age in ages if age != (None, None)]
    assert ages == [(3660, None), (4860, None), (None, 6060)]


def test_a_person_who_removed_us_on_the_platform_is_a_connection_error_by_its_own_cause(
    world: World, monkeypatch: pytest.MonkeyPatch, told: Callable[[], list[Line]]
) -> None:
    account = world.settled_account()
    told()
    cause = Cause("removed_on_platform", "You removed it.", world.clock())
    assert world.parting.accounts.end_access(account, cause, broke(cause, world.clock()))
    line = one(told(), "access ended")
    assert (line["platform"], line["cause"], line["ConnectionErrors"]) == ("scripted", "removed_on_platform", 1)


def test_a_cause_that_nobody_named_yet_makes_no_dimension_of_its_own() -> None:
    assert cause_of("token_revoked") == "token_revoked"
    assert cause_of("something_new") == "other"


def test_no_metric_is_declared_that_nothing_tells() -> None:
    """Each is named in the code beside its declaration; the tests above read most of them from what was told."""
    code = "".join(path.read_text() for path in LAYER.rglob("*.py") if path.name != "measures.py")
    code += "".join(path.read_text() for path in (LAYER.parents[1] / "functions").glob("*/app.py"))
    untold = {name for name in METRICS if f'"{name}"' not in code and not name.startswith("Calls")}
    assert untold == set()
    assert {class_of(status) for status in (None, 200, 302, 404, 429, 500)} == {n for n in METRICS if n[:5] == "Calls"}


# What is not even imported ------------------------------------------------------------------------------------------

_LOADED = "import json, sys; import socials.telemetry; print(json.dumps([m for m in sys.modules]))"


def loaded(**environment: str) -> set[str]:
    ran = subprocess.run(
        [sys.executable, "-c", _LOADED],
        env={**os.environ, "PYTHONPATH": str(LAYER), **environment},
        capture_output=True,
        check=True,
    )
    return set(json.loads(ran.stdout))


def test_tracing_is_imported_only_where_it_is_on() -> None:
    assert "socials.tracing" not in loaded(TRACING="") | loaded(TRACING="Disabled")
    assert "socials.tracing" in loaded(TRACING="Active")


def test_telling_needs_nothing_but_the_standard_library() -> None:
    foreign = {name.partition(".")[0] for name in loaded()} - sys.stdlib_module_names
    assert {name for name in foreign if not name.startswith(("_", "sitecustomize"))} <= {"socials"} | bare()


def bare() -> set[str]:
    """What a plain interpreter of this environment loads by itself."""
    ran = subprocess.run([sys.executable, "-c", "import sys; print(*sys.modules)"], capture_output=True, check=True)
    return {name.partition(".")[0] for name in ran.stdout.decode().split()}
