"""The same product with `TokenStore=sealed`: tokens rest in the table, and nothing else is any different."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.support.product import connect_pinterest, erased, synced
from tests.support.stack import Stack, start_stack


@pytest.fixture(scope="module")
def sealing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    running = start_stack(tmp_path_factory.mktemp("sealing"), environment={"TOKEN_STORE": "sealed"})
    try:
        yield running
    finally:
        running.stop()


def test_an_account_lives_on_sealed_tokens_and_leaves_none(sealing: Stack) -> None:
    person = sealing.person("sealed")
    account = synced(sealing, person, connect_pinterest(person, choose="ada")["account_id"])
    assert sealing.state()["secrets"] == 1

    start = account["last_synced_at"]
    sealing.tick(sealing.now() + timedelta(days=31))  # by then the access has been renewed
    account = synced(sealing, person, account["account_id"], newer_than=start)
    assert account["status"] == "connected", account["status_reason"]

    receipt = person.delete(f"/accounts/{account['account_id']}").json()
    ended = erased(sealing, person, receipt["receipt_id"])
    assert ended["deleted"]["secrets"] == 1
    state = sealing.state()
    assert state["secrets"] == 0
    assert {kind for kind, count in state["items"]["by_type"].items() if count} == {"RECEIPT"}
    assert state["items"]["total"] == state["items"]["by_type"]["RECEIPT"]
