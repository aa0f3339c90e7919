"""Every route of the template is asked with somebody else's ids in every field, and tells and does nothing.

The walk is made from the template and the description: a route or a field that is new is walked too, and a path
parameter that nobody has thought of here fails. What a stranger gets for an id that is somebody's is what they get for
one that is nobody's, but for the request's own id; and no row or secret has changed.
"""

import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests

from local import declared
from local.aws import CREDENTIALS
from local.resolving import Resolver
from local.template import REGION, translated
from tests.support.consent import come_back, press
from tests.support.described import Description
from tests.support.product import connect_bluesky, connect_pinterest, erased, sandbox_people, synced
from tests.support.stack import Person, Stack, start_stack

ROOT = Path(__file__).parents[3]
ROUTES = {
    f"{route.method} {route.path}": route
    for route in declared.routes(Resolver(translated(ROOT / "template.yaml", {"JwtIssuer": "i", "JwtAudience": "a"})))
}
DESCRIPTION = Description()
# Of the right form, and nobody's.
NOBODYS = {
    "account_id": "acc_aaaaaaaaaaaaaaaaaaaaaaaa",
    "run_id": "01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "connection_id": "con_aaaaaaaaaaaaaaaaaaaaaaaaaa",
    "receipt_id": "acc_aaaaaaaaaaaaaaaaaaaaaaaa.01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "user": "nobody-at-all",
}
LISTS = ("runs", "posts", "events")
NOBODYS_POST = "0000000000"
QUIET = timedelta(minutes=4)


@dataclass
class Owned:
    """What somebody has, by the kind of its id; cursors by their list."""

    person: Person
    ids: dict[str, list[str]] = field(default_factory=dict)
    cursors: dict[str, str] = field(default_factory=dict)
    words: set[str] = field(default_factory=set)

    def one(self, kind: str) -> str:
        return self.ids[kind][0]


@dataclass
class Case:
    """One request: `path`, `query` and `body` hold values, each with its twin that is nobody's."""

    path: dict[str, tuple[str, str]]
    query: dict[str, tuple[str, str]] = field(default_factory=dict)
    body: Any = None
    twin_body: Any = None

    def twin(self) -> str:
        """What the twin asks, to ask it once."""
        return json.dumps([[pair[1] for pair in self.path.values()], [*self.query.items()], self.twin_body])


@dataclass
class Scene:
    stack: Stack
    victim: Owned
    stranger: Owned
    table: Any
    table_name: str
    before: list[Any] = field(default_factory=list)

    def rows(self) -> list[Any]:
        """Everything that is stored, and how many secrets."""
        pages = self.table.get_paginator("scan").paginate(TableName=self.table_name, ConsistentRead=True)
        items = [item for page in pages for item in page["Items"]]
        return [self.stack.state()["secrets"], *sorted(items, key=lambda item: (item["pk"]["S"], item["sk"]["S"]))]

    def ask(self, who: Person, key: str, case: Case, side: int) -> requests.Response:
        """`side` 0: with the values, 1: with their twins. Asks again where the gateway wants it slower."""
        method, path = key.split(" ", 1)
        for name, pair in case.path.items():
            path = path.replace("{" + name + "}", pair[side]).replace("{" + name + "+}", pair[side])
        query = {name: pair[side] for name, pair in case.query.items()}
        more = {"json": (case.body, case.twin_body)[side]} if case.body is not None else {}

        def once() -> requests.Response | None:
            answer = who.request(method, path, params=query, **more)
            return None if answer.status_code == 429 and "Too Many" in answer.text else answer

        found: requests.Response = self.stack.until(lambda: [each for each in [once()] if each is not None])[0]
        return found


def owned(stack: Stack, user: str, bluesky: int, pinterest: str, pages: str) -> Owned:
    """Two accounts with their data, one that is gone, a choice that is open, and a page's cursor of each list."""
    person = stack.person(user)
    who = sandbox_people(stack, "bluesky")[bluesky]
    kept = [connect_pinterest(person, pinterest), connect_bluesky(person, who["handle"], who["app_password"])]
    gone = connect_pinterest(person, "bruno")
    account_ids = [each["account_id"] for each in (*kept, gone)]
    for account_id in account_ids:
        synced(stack, person, account_id)
    path = f"/accounts/{account_ids[0]}"
    cursors = {name: person.get(f"{path}/{name}?limit=1").json()["next_cursor"] for name in LISTS}
    cursors |= {"accounts": person.get("/accounts?limit=1").json()["next_cursor"]}
    runs = [person.get(f"/accounts/{each}/runs").json()["runs"][0]["run_id"] for each in account_ids]
    cursors |= {"gone": person.get(f"/accounts/{gone['account_id']}/posts?limit=1").json()["next_cursor"]}
    receipt = erased(stack, person, person.delete(f"/accounts/{gone['account_id']}").json()["receipt_id"])
    leaving = person.post("/connections", json={"platform": "facebook"}).json()
    assert come_back(person, press(leaving["authorize_url"], choose=pages))["outcome"] == "choose"
    choice = person.get(f"/connections/{leaving['connection_id']}").json()
    posts = [each["post_id"] for each in person.get(f"{path}/posts").json()["posts"]]
    found = Owned(person, cursors={name: each for name, each in cursors.items() if each})
    found.ids = {
        "account_id": [*account_ids, *(each["id"] for each in choice["candidates"])],
        "run_id": runs,
        "connection_id": [leaving["connection_id"]],
        "receipt_id": [receipt["receipt_id"]],
        "user": [user],
    }
    found.words = {each for ids in found.ids.values() for each in ids} | {*posts, who["handle"], user}
    return found


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    stack = start_stack(tmp_path_factory.mktemp("strangers"))
    try:
        victim = owned(stack, "victim-of-strangers", 0, "ada", "salma")
        stranger = owned(stack, "stranger-to-everybody", 1, "zora", "salma")
        environment = json.loads((stack.folder / "env.json").read_text(encoding="utf-8"))["ListAccounts"]
        endpoint = environment["AWS_ENDPOINT_URL"].replace("host.docker.internal", "127.0.0.1")
        keys = {name.lower(): value for name, value in CREDENTIALS.items()}
        table = boto3.client("dynamodb", endpoint_url=endpoint, region_name=REGION, **keys)
        found = Scene(stack, victim, stranger, table, environment["TABLE_NAME"])
        be_quiet(found)
        found.before = found.rows()
        yield found
    finally:
        stack.stop()


def be_quiet(scene: Scene) -> None:
    """Leaves nothing due while the walk lasts, so that what changes is the stranger's doing."""
    due = [int(row["wake_at"]["N"]) for row in scene.rows()[1:] if "wake_at" in row]
    now = scene.stack.now()
    if any(now.timestamp() - 60 < each < (now + QUIET).timestamp() for each in due):
        scene.stack.tick(now + QUIET)


# The cases -------------------------------------------------------------------------------------------------------


def foreign(victim: Owned, kind: str) -> Iterator[tuple[str, str]]:
    """The victim's ids of that kind with their twins, and one of another kind."""
    for value in victim.ids.get(kind, []):
        yield value, NOBODYS[kind]
    other = "connection_id" if kind != "connection_id" else "account_id"
    yield victim.one(other), NOBODYS[other]


def paths(scene: Scene, key: str) -> Iterator[dict[str, tuple[str, str]]]:
    """Every way to fill the path with the stranger's own ids and the victim's."""
    own = {kind: ids[0] for kind, ids in scene.stranger.ids.items()}
    own |= {"platform": "facebook", "code": "no-such-code", "proxy": "no-such-file"}
    names = [part.strip("{}+") for part in key.split("/") if part.startswith("{")]
    choices = [[(own[name], own[name]), *foreign(scene.victim, name)] for name in names]
    for filled in itertools.product(*choices):
        yield dict(zip(names, filled, strict=True))


def cursors(scene: Scene) -> Iterator[tuple[str, str]]:
    """Another's, of every list; mangled ones; those of an account that is gone. A cursor is nobody's: its own twin."""
    every = [*scene.victim.cursors.values(), scene.stranger.cursors["gone"]]
    one = every[0]
    for cursor in (*every, one[:-2], one[:4] + "A" + one[5:], "!", "A" * 400):
        yield cursor, cursor


def queries(scene: Scene, key: str) -> Iterator[dict[str, tuple[str, str]]]:
    """One of the victim's ids in each parameter that the description knows."""
    for parameter in described(key).get("parameters", []):
        name = parameter["name"]
        if parameter["in"] != "query":
            continue
        values = (
            cursors(scene) if name == "cursor" else ((ids[0], NOBODYS[kind]) for kind, ids in scene.victim.ids.items())
        )
        for pair in values:
            yield {name: pair}


def bodies(scene: Scene, key: str) -> Iterator[tuple[Any, Any]]:
    """The victim's ids in each field of the body, alone and beside the stranger's own."""
    for media in described(key).get("requestBody", {}).get("content", {}).values():
        for properties in fields(media.get("schema", {})):
            for name, kind in itertools.product(properties, scene.victim.ids):
                mine, theirs = scene.stranger.ids["account_id"][-1], scene.victim.ids[kind][-1]
                if properties[name].get("type") == "array":
                    yield {name: [theirs]}, {name: [NOBODYS[kind]]}
                    yield {name: [mine, theirs]}, {name: [mine, NOBODYS[kind]]}
                else:
                    good = {each: example(about) for each, about in properties.items() if each != "service"}
                    yield {**good, name: theirs}, {**good, name: NOBODYS[kind]}


def fields(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    whole = DESCRIPTION.resolved(dict(schema))
    for each in whole.get("oneOf", [whole]):
        yield DESCRIPTION.resolved(each).get("properties", {})


def example(about: Mapping[str, Any]) -> str | None:
    """Something that a field takes and that is nobody's."""
    return None if about.get("type") == "null" else str(about.get("enum", ["nobody"])[0])


def described(key: str) -> Mapping[str, Any]:
    return DESCRIPTION.operations[key.replace("+}", "}")]


def cases(scene: Scene, key: str) -> Iterator[Case]:
    """Every path alone; query and body under the stranger's own path and under the first two of another's."""
    for number, path in enumerate(paths(scene, key)):
        if any(value != twin for value, twin in path.values()):
            yield Case(path)
        if number > 2:
            continue
        for query in queries(scene, key):
            yield Case(path, query)
        for body, twin in bodies(scene, key):
            yield Case(path, body=body, twin_body=twin)


# The walk --------------------------------------------------------------------------------------------------------


def said(answer: requests.Response) -> tuple[int, Any, Any, Any]:
    """What an answer says: status, body but the request's id, and the headers that speak of things."""
    body: Any = answer.text
    if answer.headers.get("Content-Type", "").endswith("json") and answer.text:
        body = answer.json()
        if isinstance(body, dict):
            body.pop("request_id", None)
    told = {name: answer.headers.get(name) for name in ("Location", "Link", "Retry-After", "Set-Cookie")}
    return answer.status_code, body, answer.headers.get("Content-Type"), told


@pytest.mark.parametrize("key", ROUTES)
def test_a_stranger_gets_for_anothers_id_what_they_get_for_nobodys(scene: Scene, key: str) -> None:
    stranger, seen, count = scene.stranger.person, dict[str, Any](), 0
    for case in cases(scene, key):
        answer = scene.ask(stranger, key, case, 0)
        same = seen.get(twin := case.twin()) or said(scene.ask(stranger, key, case, 1))
        seen[twin] = same
        assert said(answer) == same, (key, case)
        assert not [word for word in scene.victim.words if word in answer.text], (key, case)
        count += 1
    assert count or "{" not in key, key
    if ROUTES[key].rule:
        count += nobody_without_a_token_gets_anything(scene, key)
    assert scene.rows() == scene.before, key
    print(f"{key}: {count} cases")


def nobody_without_a_token_gets_anything(scene: Scene, key: str) -> int:
    filled = list(paths(scene, key))
    for path in filled:
        answer = scene.ask(scene.stack.anyone(), key, Case(path), 0)
        assert (answer.status_code, answer.json()) == (401, {"message": "Unauthorized"})
    return len(filled)


def test_deleting_all_of_ones_own_deletes_nothing_of_anothers(scene: Scene) -> None:
    newcomer = scene.stack.person("newcomer-without-accounts")
    assert newcomer.delete("/accounts").json() == {"receipts": []}
    assert newcomer.get("/accounts").json()["accounts"] == []
    assert scene.rows() == scene.before


def test_the_victim_has_everything_as_before(scene: Scene) -> None:
    person, kept = scene.victim.person, scene.victim.ids["account_id"][:2]
    shown = person.get("/accounts").json()["accounts"]
    assert [each["account_id"] for each in shown] == kept
    assert {each["status"] for each in shown} == {"connected"}
    assert person.get(f"/connections/{scene.victim.one('connection_id')}").json()["status"] == "choose"
    assert person.get(f"/receipts/{scene.victim.one('receipt_id')}").json()["state"] == "done"
