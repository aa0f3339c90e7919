"""What a function loads before its first answer: nothing that its own work does not need.

Each function is imported as Lambda does it, in a process of its own; its clients are made then, and call nobody.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

from socials.platforms import SLUGS

ROOT = Path(__file__).parents[2]

# botocore and what it stands on. `cryptography` is there for sealed tokens only, so nobody loads it by default.
AWS = {"botocore", "certifi", "dateutil", "jmespath", "six", "urllib3"}
OURS = {"app", "socials"}
VALUES = {"msgspec"}
DOOR = {"pycurl"}
QUICK = {"orjson"}
BODIES = {"annotated_types", "pydantic", "pydantic_core", "typing_inspection"}

PACKAGES = {
    "list_accounts": OURS | VALUES | AWS,
    "sync_account": OURS | VALUES | AWS,
    "disconnect_account": OURS | VALUES | AWS,
    "dispatch_syncs": OURS | VALUES | AWS,
    "run_syncs": OURS | VALUES | AWS | DOOR | QUICK,
    "erase_account": OURS | VALUES | AWS | DOOR,
    "hear_platform": OURS | VALUES | AWS,
    "connect_account": OURS | VALUES | AWS | DOOR | BODIES,
    "web": OURS | VALUES,
}
# What none of them may load where somebody is waiting: each costs a cold start more than all of our own code.
NEVER = {
    "aws_lambda_powertools",
    "aws_xray_sdk",
    "boto3",
    "cryptography",
    "idna",
    "jsonschema",
    "requests",
    "s3transfer",
}

# Modules of ours that these load when somebody asks for what is in them, or never: their classes are dear to make.
LISTS = {"listing", "browsing", "previewing", "exporting", "lines"}
FACTS = {"platforms.facts", "platforms.facts_table"}
OTHERS = {"platforms.base", "models.connections", "models.grants", "models.readings", "models.events", "models.lives"}
OTHERS |= {"aws.table.worked_accounts", "models.claims", "models.budgets"}  # a worker's
LATER = {
    "list_accounts": OTHERS | (LISTS - {"listing"}) | {"models.receipts", "models.wakeups"},
    "sync_account": OTHERS | LISTS | FACTS | {"models.receipts"},
    "disconnect_account": OTHERS | LISTS | FACTS,
    "dispatch_syncs": OTHERS | LISTS | FACTS | {"answers", "models.accounts", "models.receipts"},
}

LOADED = """
import json, sys
before = set(sys.modules)
import app
def file(module): return getattr(module, "__file__", None) or ""
loaded = {name: file(module) for name, module in sys.modules.items() if name not in before}
ours = ("app", "socials")
top = lambda name: name.partition(".")[0]
# msgspec takes typing_extensions where it finds it: what the build makes of msgspec asks for none
third = {top(name) for name, file in loaded.items() if "site-packages" in file or top(name) in ours}
print(json.dumps({"packages": sorted(third - {"typing_extensions"}), "ours": [n for n in loaded if top(n) in ours]}))
"""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What importing a function loads: top-level packages but for the standard library's, and every module of ours."""

    packages: frozenset[str]
    ours: frozenset[str]


@cache
def loaded_by(function: str) -> Loaded:
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "COV_", "PYTEST"))}
    environment = plain | {
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "TABLE_NAME": "table",
    }
    environment["PYTHONPATH"] = os.pathsep.join(map(str, (ROOT / "functions" / function, ROOT / "layers" / "socials")))
    ended = subprocess.run(
        (sys.executable, "-c", LOADED), env=environment, capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout.splitlines()[-1])
    return Loaded(frozenset(told["packages"]), frozenset(told["ours"]))


@pytest.mark.parametrize("function", PACKAGES)
def test_a_function_loads_these_packages_and_no_others(function: str) -> None:
    """A package more is paid at every cold start: import it where it is used, or say here why everybody needs it."""
    loaded = loaded_by(function).packages
    assert not loaded & NEVER, f"{function} loads {sorted(loaded & NEVER)} before its first answer"
    assert loaded == PACKAGES[function]


@pytest.mark.parametrize("function", LATER)
def test_what_few_answers_need_is_not_loaded_for_all(function: str) -> None:
    later = {f"socials.{name}" for name in LATER[function]}
    assert all(find_spec(name) for name in later)
    assert not loaded_by(function).ours & later


@pytest.mark.parametrize("function", PACKAGES)
def test_no_function_loads_a_port(function: str) -> None:
    """Ports are Protocols for the type checker; only what goes through them is there at run time."""
    assert not {name for name in loaded_by(function).ours if name.startswith("socials.ports")}


@pytest.mark.parametrize("function", PACKAGES)
def test_no_platform_is_loaded_before_one_is_asked_for(function: str) -> None:
    assert not loaded_by(function).ours & {f"socials.platforms.{slug}" for slug in SLUGS}


@pytest.mark.parametrize("slug", SLUGS)
def test_a_platform_is_loaded_without_the_others(slug: str) -> None:
    asked = f"import sys; from socials.platforms import SLUGS, platform; platform({slug!r})"
    told = f"{asked}; print(*(one for one in SLUGS if 'socials.platforms.' + one in sys.modules))"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "layers" / "socials")}
    ended = subprocess.run((sys.executable, "-c", told), env=environment, capture_output=True, text=True, check=True)
    assert ended.stdout.split() == [slug]


def test_the_facts_of_all_platforms_are_told_without_loading_one() -> None:
    asked = "import sys; from socials.platforms import SLUGS, facts_of; told = [*map(facts_of, SLUGS)]"
    told = f"{asked}; print(*(one for one in (*SLUGS, 'base') if 'socials.platforms.' + one in sys.modules), len(told))"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "layers" / "socials")}
    ended = subprocess.run((sys.executable, "-c", told), env=environment, capture_output=True, text=True, check=True)
    assert ended.stdout.split() == [str(len(SLUGS))]


def test_every_function_is_held_to_its_packages() -> None:
    assert set(PACKAGES) == {path.parent.name for path in ROOT.glob("functions/*/app.py")}
