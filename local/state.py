"""What the stack holds now: queues, dead letters, items by type, grants' secrets (in either token store)."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

TYPES = (
    *("ACCOUNT", "GRANT", "PERSON", "CONNECTION", "STATE", "RECEIPT"),
    *("DAY", "POST", "RUN", "EVENT", "BUDGET", "INSTANCE"),
)
SEALED = "SECRET"
COUNTS = {
    "visible": "ApproximateNumberOfMessages",
    "in_flight": "ApproximateNumberOfMessagesNotVisible",
    "delayed": "ApproximateNumberOfMessagesDelayed",
}


def type_of(item: Mapping[str, Any]) -> str:
    """An item's type: the first part of its sort key, but PERSON by its partition."""
    partition = str(item["pk"]["S"]).partition("#")[0]
    return partition if partition == "PERSON" else str(item["sk"]["S"]).partition("#")[0]


def _things_in(item: Mapping[str, Any]) -> int:
    """A week's days lie in one item; each counts."""
    return len(item["days"]["SS"]) if "days" in item else 1


class State:
    """Reads the state from the services. `queues` and `dead_letters` are name -> URL."""

    def __init__(
        self,
        sqs: Any,
        dynamodb: Any,
        secrets: Any,
        queues: Mapping[str, str],
        dead_letters: Mapping[str, str],
        tables: Sequence[str],
        secrets_prefix: str,
    ) -> None:
        self._sqs = sqs
        self._dynamodb = dynamodb
        self._secrets = secrets
        self._queues = queues
        self._dead_letters = dead_letters
        self._tables = tables
        self._grants = f"{secrets_prefix}grants/"

    def read(self) -> dict[str, Any]:
        """The answer of `GET /_local/state`."""
        types: Counter[str] = Counter()
        for item in self._items():
            types[type_of(item)] += _things_in(item)
        sealed = types.pop(SEALED, 0)
        return {
            "queues": {name: self._messages(url) for name, url in self._queues.items()},
            "dead_letters": {name: sum(self._messages(url).values()) for name, url in self._dead_letters.items()},
            "items": {"total": types.total(), "by_type": {name: types[name] for name in TYPES}},
            "secrets": sealed + sum(1 for _ in self._grant_secrets()),
        }

    def settled(self) -> bool:
        """Whether no message is visible, in flight or delayed in a queue that works."""
        return not any(sum(self._messages(url).values()) for url in self._queues.values())

    def _messages(self, url: str) -> dict[str, int]:
        attributes = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(COUNTS.values()))["Attributes"]
        return {name: int(attributes[attribute]) for name, attribute in COUNTS.items()}

    def _items(self) -> Iterator[dict[str, Any]]:
        pages = self._dynamodb.get_paginator("scan")
        for table in self._tables:
            for page in pages.paginate(TableName=table, ProjectionExpression="pk, sk, days"):
                yield from page["Items"]

    def _grant_secrets(self) -> Iterator[dict[str, Any]]:
        for page in self._secrets.get_paginator("list_secrets").paginate():
            yield from (secret for secret in page["SecretList"] if secret["Name"].startswith(self._grants))
