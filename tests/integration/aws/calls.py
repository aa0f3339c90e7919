"""Calls to DynamoDB of every kind that the product makes, with any item in them."""

import base64
from typing import Any

from hypothesis import strategies as st

from socials.aws.items.attributes import encoded

ITEMS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.binary() | st.frozensets(st.text(), min_size=1),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
ITEM = st.dictionaries(st.text(min_size=1), ITEMS, max_size=4).map(encoded)
KEY = {"pk": {"S": "USER#ü"}, "sk": {"S": "ACCOUNT#1"}}


def in_base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def requests(item: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """One of each call that the product makes, with this item in it."""
    table = {"TableName": "table"}
    values = {"ExpressionAttributeNames": {"#a": "a"}, "ExpressionAttributeValues": {":a": {"M": item}}}
    where = {"KeyConditionExpression": "#a = :a", "ConsistentRead": True, "Limit": 25}
    change = {**table, "Key": KEY, "UpdateExpression": "SET #a = :a", **values}
    actions = [{"Update": change}, {"Put": {**table, "Item": item}}]
    return {
        "get_item": {**table, "Key": KEY, "ConsistentRead": True},
        "put_item": {**table, "Item": item, "ReturnValues": "NONE"},
        "update_item": {**change, "ReturnValues": "ALL_NEW"},
        "delete_item": {**table, "Key": KEY, "ConditionExpression": "#a = :a", **values},
        "query": {**table, **where, **values, "ExclusiveStartKey": item},
        "batch_write_item": {"RequestItems": {"table": [{"DeleteRequest": {"Key": item}}]}},
        "transact_write_items": {"TransactItems": actions, "ClientRequestToken": "once"},
    }
