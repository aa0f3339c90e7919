"""The contract of the vault: a compare-and-swap that loses no token and shows none."""

import os
from typing import Any

import pytest

from socials.errors import NoSecret
from socials.models.grants import Sealed
from socials.models.readings import Tokens
from tests.integration.ports.conftest import DYNAMODB_ENDPOINT
from tests.support.builders import USER, tokens
from tests.support.fakes import FakePorts
from tests.support.sealed import sealed_vault

_DYNAMODB_LOCAL = ["sealed on dynamodb_local"] if os.environ.get(DYNAMODB_ENDPOINT) else []
FIRST, SECOND, RIVAL = tokens(), tokens(access="access-2", refresh="refresh-2"), tokens(access="access-r", refresh=None)


@pytest.fixture(params=["fakes", "secrets on moto", "sealed on moto", *_DYNAMODB_LOCAL])
def ports(request: pytest.FixtureRequest) -> Any:
    """Each vault beside whatever it stands on."""
    if request.param == "fakes":
        return FakePorts()
    kind, _, engine = request.param.partition(" on ")
    aws = request.getfixturevalue(f"{engine}_ports").fresh()
    if kind == "sealed":
        aws.vault = sealed_vault(aws)
    return aws


def test_tokens_read_as_they_were_sealed(ports: Any) -> None:
    assert ports.vault.create(USER, "g", FIRST) == ports.vault.read(USER, "g") == Sealed(1, FIRST)
    bare = Tokens(access="only")
    assert ports.vault.create(USER, "bare", bare) == ports.vault.read(USER, "bare") == Sealed(1, bare)
    assert ports.vault.answers(USER, "g")


def test_the_next_version_takes_the_place_of_the_last(ports: Any) -> None:
    ports.vault.create(USER, "g", FIRST)
    assert ports.vault.store(USER, "g", SECOND, 1) == ports.vault.read(USER, "g") == Sealed(2, SECOND)
    assert ports.vault.store(USER, "g", RIVAL, 2) == ports.vault.read(USER, "g") == Sealed(3, RIVAL)


def test_a_loser_gets_the_winners_tokens(ports: Any) -> None:
    ports.vault.create(USER, "g", FIRST)
    ports.vault.store(USER, "g", SECOND, 1)
    assert ports.vault.store(USER, "g", RIVAL, 1) == Sealed(2, SECOND)
    assert ports.vault.read(USER, "g") == Sealed(2, SECOND)


def test_a_late_store_never_steps_back(ports: Any) -> None:
    ports.vault.create(USER, "g", FIRST)
    ports.vault.store(USER, "g", SECOND, 1)
    ports.vault.store(USER, "g", RIVAL, 2)
    assert ports.vault.store(USER, "g", tokens(access="late"), 1) == Sealed(3, RIVAL)
    assert ports.vault.store(USER, "g", SECOND, 1) == Sealed(3, RIVAL)
    assert ports.vault.read(USER, "g") == Sealed(3, RIVAL)


def test_storing_the_same_again_is_harmless(ports: Any) -> None:
    ports.vault.create(USER, "g", FIRST)
    for _ in range(2):
        assert ports.vault.store(USER, "g", SECOND, 1) == Sealed(2, SECOND)


def test_what_is_destroyed_answers_no_more(ports: Any) -> None:
    ports.vault.create(USER, "g", FIRST)
    for _ in range(2):
        ports.vault.destroy(USER, "g")
    assert not ports.vault.answers(USER, "g")
    with pytest.raises(NoSecret):
        ports.vault.read(USER, "g")
    with pytest.raises(NoSecret):
        ports.vault.store(USER, "g", SECOND, 1)


def test_no_token_shows_in_what_the_vault_hands_out(ports: Any) -> None:
    sealed = ports.vault.create(USER, "g", FIRST)
    assert "access-1" not in repr(sealed)
    assert "refresh-1" not in repr(sealed)
