"""Sends what lies in dead-letter queues back to the queues it came from: `make redrive`.

    python -m tools.redrive [--env-file .local/env.json] [--prefix NAME]

A message is only a wake-up, the row says what there is to do: moving one twice, or one whose work is long done, does no
harm. Credentials, region and AWS_ENDPOINT_URL come from the environment, or the endpoint from the local stack's file.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from botocore.session import get_session

from local.stack import CONTAINER_HOST
from local.template import REGION


def redrive(sqs: Any, prefix: str = "") -> dict[str, int]:
    """How many messages went back, by the name of the queue that got them. `prefix`: of the queues' names."""
    moved: dict[str, int] = {}
    named = {"QueueNamePrefix": prefix} if prefix else {}
    for page in sqs.get_paginator("list_queues").paginate(**named):
        for url in page.get("QueueUrls", ()):
            policy = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"]).get("Attributes", {})
            if "RedrivePolicy" in policy:
                dead = json.loads(policy["RedrivePolicy"])["deadLetterTargetArn"].rpartition(":")[2]
                moved[url.rpartition("/")[2]] = _move(sqs, sqs.get_queue_url(QueueName=dead)["QueueUrl"], url)
    return moved


def _move(sqs: Any, dead: str, living: str) -> int:
    """Sent first, deleted then: a message may be doubled, never lost."""
    moved = 0
    while messages := sqs.receive_message(QueueUrl=dead, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            sqs.send_message(QueueUrl=living, MessageBody=message["Body"])
            sqs.delete_message(QueueUrl=dead, ReceiptHandle=message["ReceiptHandle"])
            moved += 1
    return moved


def _endpoint(env_file: str) -> str | None:
    """Where the local stack's AWS is, as it wrote it down; None where there is no such file."""
    path = Path(env_file)
    if not env_file or not path.exists():
        return None
    functions = json.loads(path.read_text(encoding="utf-8"))
    found = next((each["AWS_ENDPOINT_URL"] for each in functions.values() if each.get("AWS_ENDPOINT_URL")), None)
    return found and found.replace(CONTAINER_HOST, "127.0.0.1")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prefix", default="")
    parser.add_argument("--env-file", default="")
    given = parser.parse_args()
    endpoint = _endpoint(given.env_file)
    if given.env_file and endpoint is None:  # never the cloud by mistake
        print("redrive: no local stack runs here")
        return 1
    local = {"region_name": REGION, "aws_access_key_id": "local", "aws_secret_access_key": "local"}
    moved = redrive(
        get_session().create_client("sqs", endpoint_url=endpoint, **(local if endpoint else {})), given.prefix
    )
    for name, messages in sorted(moved.items()):
        print(f"{name}: {messages} sent back")
    return 0


if __name__ == "__main__":
    sys.exit(main())
