"""`make test-api`: schemathesis against a local stack, signed in as somebody with accounts; API_SEED, API_TIMES=10.

It stands in a virtual environment of its own (.venv-api) and is run as a program. The stack's template is the product's
own but for its throttling, which would hide what the functions answer and is tested by itself.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import local.sandbox
from tests.support.product import connect_bluesky, connect_pinterest, sandbox_people, synced
from tests.support.stack import ROOT, Person, Stack, start_stack

PROGRAM = ROOT / ".venv-api" / "bin" / "schemathesis"
HERE = Path(__file__).parent
PAGE = ROOT / "functions" / "web" / "openapi.json"

# What is sent by its form disconnects every account sooner or later: what is followed by links has a user of its own.
RUNS = {"by-form": ("examples,coverage,fuzzing", 10), "by-link": ("stateful", 25)}


def template_in(folder: Path) -> Path:
    """The template without limits of its routes, beside the code that it names."""
    for name in ("functions", "layers"):
        (folder / name).symlink_to(ROOT / name)
    text = (ROOT / "template.yaml").read_text(encoding="utf-8")
    limited = re.compile(r"(Throttling(?:Burst|Rate)Limit: )\d+")
    copy = folder / "template.yaml"
    copy.write_text(limited.sub(r"\g<1>100000", text), encoding="utf-8")
    return copy


def furnish(stack: Stack, person: Person) -> None:
    """Accounts of both kinds, synced, so that the links have somewhere to lead."""
    for who in sandbox_people(stack, "bluesky")[:2]:
        synced(stack, person, connect_bluesky(person, who["handle"], who["app_password"])["account_id"])
    synced(stack, person, connect_pinterest(person)["account_id"])


def examine(stack: Stack, user: str, *arguments: str) -> int:
    """One run of schemathesis as a user of its own. Returns its exit code."""
    person = stack.person(user)
    furnish(stack, person)
    people = [
        {"handle": who["handle"], "app_password": who["app_password"]} for who in sandbox_people(stack, "bluesky")
    ]
    own = {
        "API_TOKEN": str(person.token),
        "API_BASE": stack.base,
        "API_PEOPLE": json.dumps(people),
        "API_FACEBOOK_SECRET": local.sandbox.app_credentials()["facebook"]["client_secret"],
        "SCHEMATHESIS_HOOKS": "tests.api.hooks",
        "PYTHONPATH": str(ROOT),
    }
    asked = ["run", PAGE, "--seed", os.environ.get("API_SEED") or "20261123", *arguments]
    command = [PROGRAM, "--config-file", HERE / "schemathesis.toml", *asked]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **own}, check=False).returncode


def _of(phases: str, examples: int) -> tuple[str, ...]:
    times = int(os.environ.get("API_TIMES") or 1)
    return ("--phases", phases, "--max-examples", str(examples * times), *sys.argv[1:])


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="api-") as place:
        folder = Path(place)
        stack = start_stack(folder / "stack", template_in(folder))
        try:
            outcomes = [examine(stack, name, *_of(phases, examples)) for name, (phases, examples) in RUNS.items()]
            return max(outcomes)
        finally:
            stack.stop()


if __name__ == "__main__":
    sys.exit(main())
