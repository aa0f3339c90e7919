"""Carries messages from the queues to their functions, as Lambda's event source mappings do.

Visibility, receive counts and dead-letter queues are the queue's own: a message that is not deleted comes back.
"""

import threading
from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.declared import QueueMapping
from local.functions import Function, InvocationError
from local.reporting import say
from local.template import REGION

MOST_AT_ONCE = 2  # invocations of one mapping, whatever the template allows: this machine is small
IDLE_SECONDS = 1.0  # between two looks at a queue that nobody rang for


class Pump:
    """Polls one queue for one function. `ring` says that a message may be there now."""

    def __init__(self, mapping: QueueMapping, queue_url: str, function: Function, sqs: Any, after: Any) -> None:
        self._mapping = mapping
        self._url = queue_url
        self._function = function
        self._sqs = sqs
        self._after = after
        self._bell = threading.Event()
        self._stopped = threading.Event()
        self._slots = threading.Semaphore(min(mapping.maximum_concurrency or MOST_AT_ONCE, MOST_AT_ONCE))
        self._thread = threading.Thread(target=self._run, daemon=True, name=f"pump {function.spec.label}")

    def start(self) -> None:
        """Begins to poll."""
        self._thread.start()

    def ring(self) -> None:
        """Looks at the queue now instead of with the next idle poll."""
        self._bell.set()

    def stop(self) -> None:
        """Takes no more messages."""
        self._stopped.set()
        self._bell.set()

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._slots.acquire()
            self._bell.clear()
            try:
                messages = self._receive()
            except (BotoCoreError, ClientError) as error:
                if not self._stopped.is_set():
                    say(f"queue of {self._function.spec.label}: {error}")
                messages = []
            if messages:
                threading.Thread(target=self._deliver, args=(messages,), daemon=True).start()
            else:
                self._slots.release()
                self._bell.wait(IDLE_SECONDS)

    def _receive(self) -> list[dict[str, Any]]:
        answer = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=self._mapping.batch_size,
            WaitTimeSeconds=0,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        return messages

    def _deliver(self, messages: Sequence[Mapping[str, Any]]) -> None:
        try:
            records = [self._record(message) for message in messages]
            failed = self._failed(self._function.invoke({"Records": records}), messages)
            done = [message for message in messages if message["MessageId"] not in failed]
            self._delete(done)
        except InvocationError as error:
            if not self._stopped.is_set():
                say(f"{self._function.spec.label}: {error}; {len(messages)} messages stay in their queue")
        except (BotoCoreError, ClientError) as error:
            if not self._stopped.is_set():
                say(f"queue of {self._function.spec.label}: {error}")
        finally:
            self._slots.release()
            self._after()

    def _failed(self, result: Any, messages: Sequence[Mapping[str, Any]]) -> set[str]:
        """The ids that the function gave back; an answer that Lambda could not read fails the whole batch."""
        everything = {message["MessageId"] for message in messages}
        if not self._mapping.reports_failures or not result:
            return set()
        try:
            failures = {each["itemIdentifier"] for each in result.get("batchItemFailures") or ()}
        except (AttributeError, KeyError, TypeError):
            return everything
        return failures if failures <= everything else everything

    def _delete(self, messages: Sequence[Mapping[str, Any]]) -> None:
        entries = [{"Id": str(n), "ReceiptHandle": each["ReceiptHandle"]} for n, each in enumerate(messages)]
        if entries:
            self._sqs.delete_message_batch(QueueUrl=self._url, Entries=entries)

    def _record(self, message: Mapping[str, Any]) -> dict[str, Any]:
        attributes = {
            name: {f"{key[0].lower()}{key[1:]}": value for key, value in attribute.items()}
            for name, attribute in message.get("MessageAttributes", {}).items()
        }
        return {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": message.get("Attributes", {}),
            "messageAttributes": attributes,
            "md5OfBody": message["MD5OfBody"],
            "eventSource": "aws:sqs",
            "eventSourceARN": self._mapping.queue_arn,
            "awsRegion": REGION,
        }
