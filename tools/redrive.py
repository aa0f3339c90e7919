"""Sends what lies in dead-letter queues back to the queues it came from: `make redrive`.

    python -m tools.redrive --env-file .local/env.json
    python -m tools.redrive --prefix STACK- --table TABLE

A message is only a wake-up, the row says what there is to do: moving one twice, or one whose work is long done, does
no harm. A run that ended with its message has its next time tomorrow, so its account is made due first; receipts,
half-made connections and retired grants are worked on whenever a message comes. Credentials, region and
AWS_ENDPOINT_URL come from the environment, or all of it from the local stack's file.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import EndpointConnectionError
from botocore.session import get_session

from local.stack import CONTAINER_HOST
from local.template import REGION
from socials.aws.items import keys
from socials.aws.table.changes import update
from socials.aws.table.table import Table
from socials.clock import now
from socials.models.wakeups import Wakeup
from socials.worker import wakeup_from

# Seconds. A look without waiting asks some of SQS's servers only, and may find nothing where there is something.
LOOKS_EVERYWHERE = 5
# The platform's clock is obeyed by operators too: an account that waits has its own time.
_MAY_BE_DUE = (
    "#life = :life AND attribute_not_exists(#receipt_id) AND (attribute_not_exists(#wait) OR #wait.#until <= :now)"
)


def redrive(
    sqs: Any, wake: Callable[[Wakeup], object], prefix: str = "", *, seconds: int = LOOKS_EVERYWHERE
) -> dict[str, int]:
    """How many messages went back, by the name of the queue that got them. `wake`: asked before each one is sent.
    `prefix`: of the queues' names. `seconds`: how long a look for more of them waits."""
    moved: dict[str, int] = {}
    named = {"QueueNamePrefix": prefix} if prefix else {}
    for page in sqs.get_paginator("list_queues").paginate(**named):
        for url in page.get("QueueUrls", ()):
            policy = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"]).get("Attributes", {})
            if "RedrivePolicy" in policy:
                dead = json.loads(policy["RedrivePolicy"])["deadLetterTargetArn"].rpartition(":")[2]
                asked = {"QueueUrl": sqs.get_queue_url(QueueName=dead)["QueueUrl"], "WaitTimeSeconds": seconds}
                moved[url.rpartition("/")[2]] = _move(sqs, wake, asked, url)
    return moved


def make_due(table: Table, wakeup: Wakeup, at: datetime) -> bool:
    """Whether it is an account that lives, waits for no platform, and is due now."""
    if wakeup.kind != "account":
        return False
    key = keys.account(wakeup.user, wakeup.id)
    return table.write(update(key, {"wake_at": at}, when=_MAY_BE_DUE, life=wakeup.life, now=at)).done


def _move(sqs: Any, wake: Callable[[Wakeup], object], asked: Mapping[str, Any], living: str) -> int:
    """Sent first, deleted then: a message may be doubled, never lost."""
    moved = 0
    while messages := sqs.receive_message(**asked, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            if (wakeup := _read(message["Body"])) is not None:
                wake(wakeup)
            sqs.send_message(QueueUrl=living, MessageBody=message["Body"])
            sqs.delete_message(QueueUrl=asked["QueueUrl"], ReceiptHandle=message["ReceiptHandle"])
            moved += 1
    return moved


def _read(body: str) -> Wakeup | None:
    """None for a body that is no wake-up; it goes back all the same, for its worker to say so."""
    try:
        return wakeup_from(body)
    except (ValueError, KeyError, TypeError):
        return None


def _local(env_file: str) -> dict[str, str]:
    """Where the local stack's AWS and table are, as it wrote them down; nothing where there is no such file."""
    path = Path(env_file)
    if not env_file or not path.exists():
        return {}
    functions: dict[str, dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))
    found: dict[str, str] = next(
        (each for each in functions.values() if each.get("AWS_ENDPOINT_URL") and each.get("TABLE_NAME")), {}
    )
    return {name: value.replace(CONTAINER_HOST, "127.0.0.1") for name, value in found.items()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prefix", default="")
    parser.add_argument("--table", default="")
    parser.add_argument("--env-file", default="")
    given = parser.parse_args()
    here = _local(given.env_file)
    if given.env_file and not here:  # never the cloud by mistake
        print("redrive: no local stack runs here")
        return 1
    name = here.get("TABLE_NAME") or given.table
    if not name:
        print("redrive: which table? STACK=... TABLE=...")
        return 1
    local = {"region_name": REGION, "aws_access_key_id": "local", "aws_secret_access_key": "local"}
    known = local | {"endpoint_url": here["AWS_ENDPOINT_URL"]} if here else {}
    table = Table(get_session().create_client("dynamodb", **known), name)
    sqs = get_session().create_client("sqs", **known)
    due: list[bool] = []
    try:
        moved = redrive(sqs, lambda wakeup: due.append(make_due(table, wakeup, now())), given.prefix)
    except EndpointConnectionError:
        if not here:
            raise
        print(f"redrive: no local stack runs here any more, {given.env_file} is of an earlier one")
        return 1
    if not moved:  # else a stack's name with a letter amiss would look like a stack without dead letters
        print(f"redrive: no queue {given.prefix}* here has a queue of dead letters")
        return 1
    for queue, messages in sorted(moved.items()):
        print(f"{queue}: {messages} sent back")
    print(f"{sum(due)} accounts made due")
    return 0


if __name__ == "__main__":
    sys.exit(main())
