"""`sam local start-api`: the open routes answer; it has no JWT authorizer, and no token makes anybody a user there."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from local.tokens import Signer
from tests.sam.invoking import Sam
from tests.support.host import Host

SECONDS = 120


@pytest.fixture(scope="module")
def origin(host: Host, sam: Sam, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("start-api")
    variables = folder / "env.json"
    variables.write_text(json.dumps(host.variables()), encoding="utf-8")
    with sam.serve(variables, folder / "log") as served:
        yield served


@pytest.mark.parametrize(
    ("path", "holds"),
    [
        ("/", "<!doctype html>"),
        ("/config", '"issuer"'),
        ("/platforms", '"bluesky"'),
        ("/openapi.json", '"3.1.0"'),
    ],
)
def test_an_open_route_answers(origin: str, path: str, holds: str) -> None:
    answer = requests.get(origin + path, timeout=SECONDS)
    assert answer.status_code == 200, answer.text
    assert holds in answer.text.lower()


@pytest.mark.parametrize("path", ["/accounts", "/accounts/acc_zyvyaxs7opeb7y4dmlpxrf22"])
def test_a_signed_route_takes_no_user_from_a_token(origin: str, path: str) -> None:
    forged = Signer().sign({"sub": "5f0c1b7e-7d5e-4d0a-9d53-6f1a3a2b9c10", "scope": "postloudly/accounts"})
    answer = requests.get(origin + path, headers={"Authorization": f"Bearer {forged}"}, timeout=SECONDS)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
