"""Tokens sealed into the table: a seal opens in its own place only, and keys change while everything runs."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from socials.aws.data_keys import KEPT_SECONDS, DataKeys, NoKey, RingChanged
from socials.aws.items import keys
from socials.aws.sealed_vault import NameTaken, SealedVault
from socials.aws.sealing import Unopened, opened, seal
from socials.aws.table.changes import THERE, update
from socials.aws.table.table import Table
from socials.clock import now
from socials.errors import NoSecret
from socials.models.grants import Sealed
from tests.support.aws_ports import AwsPorts
from tests.support.builders import USER, tokens
from tests.support.sealed import data_keys, sealed_vault
from tools.token_keys import SETTLES_IN, Keeper

OTHER = "user-ben"
Item = dict[str, Any]


@pytest.fixture
def vault(aws: AwsPorts) -> SealedVault:
    return sealed_vault(aws)


def sealed_item(aws: AwsPorts, grant_id: str = "g") -> Item:
    (item,) = [item for item in aws.items() if item["sk"]["S"] == f"SECRET#{grant_id}"]
    return item


def moved(aws: AwsPorts, item: Item, **changes: Any) -> None:
    aws.dynamodb.put_item(TableName=aws.table_name, Item={**item, **changes})


# ---------------------------------------------------------------- a seal and its place


@pytest.mark.parametrize(
    "change",
    [
        {"pk": {"S": keys.user_pk(OTHER)}},
        {"sk": {"S": "SECRET#other"}},
        {"version": {"N": "2"}},
    ],
    ids=["another user's row", "another grant's row", "another version"],
)
def test_a_seal_copied_elsewhere_does_not_open(aws: AwsPorts, vault: SealedVault, change: Item) -> None:
    vault.create(USER, "g", tokens())
    moved(aws, sealed_item(aws), **change)
    user = OTHER if "pk" in change else USER
    grant_id = "other" if "sk" in change else "g"
    with pytest.raises(Unopened):
        vault.read(user, grant_id)


def test_a_seal_under_another_keys_name_does_not_open(aws: AwsPorts, vault: SealedVault) -> None:
    vault.create(USER, "g", tokens())
    other = data_keys(aws).rotate()
    moved(aws, sealed_item(aws), key_id={"S": other})
    with pytest.raises(Unopened):
        sealed_vault(aws).read(USER, "g")


@pytest.mark.parametrize("byte", [0, 11, 12, -1])
def test_a_damaged_seal_is_an_error_and_no_proof_that_the_grant_is_gone(
    aws: AwsPorts, vault: SealedVault, byte: int
) -> None:
    vault.create(USER, "g", tokens())
    item = sealed_item(aws)
    damaged = bytearray(item["sealed"]["B"])
    damaged[byte] ^= 1
    moved(aws, item, sealed={"B": bytes(damaged)})
    with pytest.raises(Unopened):
        vault.read(USER, "g")
    assert vault.answers(USER, "g")


def test_a_seal_too_short_to_be_one_does_not_open() -> None:
    with pytest.raises(Unopened):
        opened(bytes(32), b"short", "u")


def test_the_parts_of_a_place_never_run_into_each_other() -> None:
    sealed = seal(bytes(32), b"x", "ab", "c", 1)
    assert opened(bytes(32), sealed, "ab", "c", 1) == b"x"
    for place in (("a", "bc", 1), ("ab", "c", "1"), ("ab", "c1"), ('ab","c', 1)):
        with pytest.raises(Unopened):
            opened(bytes(32), sealed, *place)


def test_no_two_seals_share_a_nonce(aws: AwsPorts, vault: SealedVault) -> None:
    seals = {seal(bytes(32), b"the same", "u") for _ in range(1000)}
    assert len({each[:12] for each in seals}) == 1000


def test_no_token_and_no_key_lies_in_the_table(aws: AwsPorts, vault: SealedVault) -> None:
    vault.create(USER, "g", tokens())
    ring = data_keys(aws).ring()
    everything = repr(aws.items()).encode() + b"".join(item["sealed"]["B"] for item in aws.items())
    for secret in (b"access-1", b"refresh-1", *ring.keys.values(), base64.b64encode(ring.keys[ring.newest])):
        assert secret not in everything
    assert "keys" not in repr(ring).replace("newest", "")


def test_what_was_destroyed_is_not_even_an_item_any_more(aws: AwsPorts, vault: SealedVault) -> None:
    vault.create(USER, "g", tokens())
    vault.destroy(USER, "g")
    assert aws.items() == []


def test_a_name_is_never_used_twice(vault: SealedVault) -> None:
    vault.create(USER, "g", tokens())
    with pytest.raises(NameTaken):
        vault.create(USER, "g", tokens(access="another"))
    assert vault.read(USER, "g") == Sealed(1, tokens())


def test_the_secret_of_another_users_grant_does_not_answer(vault: SealedVault) -> None:
    vault.create(USER, "g", tokens())
    assert not vault.answers(OTHER, "g")
    with pytest.raises(NoSecret):
        vault.read(OTHER, "g")
    vault.destroy(OTHER, "g")
    assert vault.answers(USER, "g")


# ---------------------------------------------------------------- what AWS may do to it


def test_a_rival_that_stored_first_wins(aws: AwsPorts, vault: SealedVault) -> None:
    vault.create(USER, "g", tokens())
    rival = tokens(access="rival")
    aws.interfere(aws.dynamodb, "PutItem").act(lambda: vault.store(USER, "g", rival, 1))
    assert vault.store(USER, "g", tokens(access="mine"), 1) == Sealed(2, rival)


def test_a_vault_that_is_down_is_not_an_empty_one(aws: AwsPorts, vault: SealedVault) -> None:
    vault.create(USER, "g", tokens())
    for operation, times in (("GetItem", 2), ("DeleteItem", 1), ("PutItem", 1)):
        aws.interfere(aws.dynamodb, operation).refuse("InternalServerError", times)
    asking: list[Callable[[], object]] = [
        lambda: vault.read(USER, "g"),
        lambda: vault.answers(USER, "g"),
        lambda: vault.destroy(USER, "g"),
        lambda: vault.store(USER, "g", tokens(), 1),
    ]
    for ask in asking:
        with pytest.raises(ClientError):
            ask()


def test_a_warm_worker_reads_and_stores_tokens_in_one_call_each(aws: AwsPorts, vault: SealedVault) -> None:
    vault.create(USER, "g", tokens())
    aws.forget()
    vault.read(USER, "g")
    vault.store(USER, "g", tokens(access="access-2"), 1)
    assert aws.calls == ["GetItem", "PutItem"]


# ---------------------------------------------------------------- the keys


def test_two_makers_of_the_first_key_end_up_with_one(aws: AwsPorts) -> None:
    one, other = data_keys(aws), data_keys(aws)
    aws.interfere(aws.secretsmanager, "CreateSecret").act(other.ensure)
    one.ensure()
    assert one.newest() == other.newest()


def test_after_a_rotation_what_is_old_opens_and_what_is_new_is_under_the_new_key(aws: AwsPorts) -> None:
    warm, writer = sealed_vault(aws), sealed_vault(aws)
    warm.create(USER, "old", tokens())
    first = sealed_item(aws, "old")["key_id"]["S"]
    second = data_keys(aws).rotate()
    writer.create(USER, "new", tokens(access="access-2"))
    assert sealed_item(aws, "new")["key_id"]["S"] == second
    assert warm.read(USER, "new") == Sealed(1, tokens(access="access-2"))
    assert warm.read(USER, "old") == writer.read(USER, "old") == Sealed(1, tokens())
    assert writer.store(USER, "old", tokens(access="access-3"), 1) == Sealed(2, tokens(access="access-3"))
    assert sealed_item(aws, "old")["key_id"]["S"] == second
    assert first != second


def test_a_worker_that_does_not_know_of_a_rotation_yet_harms_nothing(aws: AwsPorts) -> None:
    seconds = [0.0]
    keys_kept = DataKeys(aws.secretsmanager, aws.prefix, seconds=lambda: seconds[0])
    late = sealed_vault(aws)
    late = SealedVault(late._table, keys_kept)
    late.create(USER, "g", tokens())
    old, new = keys_kept.newest()[0], data_keys(aws).rotate()
    late.store(USER, "g", tokens(access="access-2"), 1)
    assert sealed_item(aws)["key_id"]["S"] == old
    seconds[0] = KEPT_SECONDS
    late.store(USER, "g", tokens(access="access-3"), 2)
    assert sealed_item(aws)["key_id"]["S"] == new
    assert sealed_vault(aws).read(USER, "g") == Sealed(3, tokens(access="access-3"))


def test_of_two_rotations_at_once_one_is_told(aws: AwsPorts) -> None:
    data_keys(aws).ensure()
    one, other = data_keys(aws), data_keys(aws)
    aws.interfere(aws.secretsmanager, "PutSecretValue").act(other.rotate)
    with pytest.raises(RingChanged):
        one.rotate()
    assert len(data_keys(aws).ring().keys) == 2


def test_without_its_key_nothing_opens_and_nothing_counts_as_gone(aws: AwsPorts, vault: SealedVault) -> None:
    vault.create(USER, "g", tokens())
    aws.secretsmanager.delete_secret(SecretId=f"{aws.prefix}keys/tokens", ForceDeleteWithoutRecovery=True)
    cold = sealed_vault(aws)
    with pytest.raises(NoKey):
        cold.read(USER, "g")
    cold.create(USER, "new", tokens())
    with pytest.raises(NoKey):
        cold.read(USER, "g")
    assert cold.answers(USER, "g")


def test_the_tool_moves_everything_to_the_newest_key_before_it_drops_the_old(aws: AwsPorts) -> None:
    vault = sealed_vault(aws)
    for number in range(3):
        vault.create(USER, f"g{number}", tokens(access=f"access-{number}"))
    old = data_keys(aws).newest()[0]
    keeper = Keeper(aws.dynamodb, aws.table_name, data_keys(aws))
    keeper.rotate()
    later = now() + SETTLES_IN + timedelta(seconds=1)

    assert f"{old} 3 grants" in keeper.show().splitlines()
    with pytest.raises(ValueError, match="less than"):
        keeper.retire(old, now())
    with pytest.raises(ValueError, match="3 grants"):
        keeper.retire(old, later)
    assert keeper.reseal() == "3 of 3 grants re-sealed"
    keeper.retire(old, later)

    assert old not in data_keys(aws).ring().keys
    for number in range(3):
        assert sealed_vault(aws).read(USER, f"g{number}") == Sealed(1, tokens(access=f"access-{number}"))


def test_no_key_is_dropped_by_what_another_table_has(aws: AwsPorts) -> None:
    """Another stage's, or the one before a restore: that nothing is sealed under the key there proves nothing."""
    sealed_vault(aws).create(USER, "g", tokens())
    old = data_keys(aws).newest()[0]
    another = "another-stages-table"
    schema = [{"AttributeName": name, "KeyType": kind} for name, kind in (("pk", "HASH"), ("sk", "RANGE"))]
    types = [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")]
    aws.dynamodb.create_table(
        TableName=another, KeySchema=schema, AttributeDefinitions=types, BillingMode="PAY_PER_REQUEST"
    )
    keeper = Keeper(aws.dynamodb, another, data_keys(aws))
    keeper.rotate()

    try:
        with pytest.raises(ValueError, match=f"in {another} nothing is sealed"):
            keeper.retire(old, now() + SETTLES_IN + timedelta(seconds=1))
    finally:
        aws.dynamodb.delete_table(TableName=another)
    assert sealed_vault(aws).read(USER, "g") == Sealed(1, tokens())


def test_a_key_that_cannot_be_retired_is_said_to_be_which(aws: AwsPorts) -> None:
    sealed_vault(aws).create(USER, "g", tokens())
    newest = data_keys(aws).newest()[0]
    keeper = Keeper(aws.dynamodb, aws.table_name, data_keys(aws))
    later = now() + SETTLES_IN + timedelta(seconds=1)
    for key_id, says in ((newest, "newest key: rotate"), ("", "no key ''"), ("nokey", "no key 'nokey'")):
        with pytest.raises(ValueError, match=says):
            keeper.retire(key_id, later)
    assert data_keys(aws).newest()[0] == newest


def test_what_opens_with_no_key_keeps_none_of_the_others_from_the_newest(aws: AwsPorts) -> None:
    vault = sealed_vault(aws)
    for number in range(3):
        vault.create(USER, f"g{number}", tokens())
    key = keys.secret(USER, "g1")
    Table(aws.dynamodb, aws.table_name).write(update(key, {"key_id": "retired"}, when=THERE))
    keeper = Keeper(aws.dynamodb, aws.table_name, data_keys(aws))
    keeper.rotate()

    with pytest.raises(ValueError, match="2 of 3 grants re-sealed") as told:
        keeper.reseal()
    assert str(told.value).endswith("g1") and USER not in str(told.value)
    assert {sealed_vault(aws).read(USER, name).version for name in ("g0", "g2")} == {1}


def test_a_refresh_that_meets_the_re_sealing_loses_nothing(aws: AwsPorts, vault: SealedVault) -> None:
    vault.create(USER, "g", tokens())
    data_keys(aws).rotate()
    resealer = sealed_vault(aws)
    aws.interfere(aws.dynamodb, "PutItem").act(lambda: vault.store(USER, "g", tokens(access="access-2"), 1))
    assert not resealer.reseal(USER, "g")
    assert resealer.read(USER, "g") == Sealed(2, tokens(access="access-2"))


def test_the_key_that_is_in_use_cannot_be_retired(aws: AwsPorts) -> None:
    data_keys(aws).ensure()
    with pytest.raises(NoKey):
        data_keys(aws).retire(data_keys(aws).newest()[0])


def test_the_ring_lies_in_one_secret_of_the_stage(aws: AwsPorts) -> None:
    data_keys(aws).ensure()
    data_keys(aws).rotate()
    value = json.loads(aws.secretsmanager.get_secret_value(SecretId=f"{aws.prefix}keys/tokens")["SecretString"])
    assert value["number"] == 2
    assert [len(base64.b64decode(key)) for key in value["keys"].values()] == [32, 32]
