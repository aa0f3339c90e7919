"""Wake-ups over SQS. A lost one heals by itself, because every row of work has its place on the agenda."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from socials.ports import Queue, Wakeup
from socials.telemetry import current, line

_BATCH = 10
_MANY, _SENDERS = 20, 8


class QueueWakeups:
    """`client`: botocore's SQS client. `urls`: the queues' addresses by our names."""

    def __init__(self, client: Any, urls: Mapping[Queue, str]) -> None:
        self._client, self._urls = client, urls

    def send(self, queue: Queue, wakeup: Wakeup) -> None:
        self._client.send_message(QueueUrl=self._urls[queue], MessageBody=body(wakeup))

    def send_many(self, queue: Queue, wakeups: Sequence[Wakeup]) -> None:
        batches = [wakeups[start : start + _BATCH] for start in range(0, len(wakeups), _BATCH)]
        refused = [wakeup for left in self._send_all(queue, batches) for wakeup in left]
        for wakeup in refused:
            line("wake-up not sent", "WARNING", queue=queue, kind=wakeup.kind, id=wakeup.id)
        current().count("Dispatched", len(wakeups) - len(refused))
        current().count("NotSent", len(refused))

    def _send_all(self, queue: Queue, batches: Sequence[Sequence[Wakeup]]) -> list[Sequence[Wakeup]]:
        """What each batch had refused twice. Many are sent side by side: most of it is waiting for SQS."""
        if len(batches) < _MANY:
            return [self._send_twice(queue, batch) for batch in batches]
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(_SENDERS) as pool:
            return list(pool.map(lambda batch: self._send_twice(queue, batch), batches))

    def _send_twice(self, queue: Queue, batch: Sequence[Wakeup]) -> Sequence[Wakeup]:
        refused = self._send_batch(queue, batch)
        return self._send_batch(queue, refused) if refused else ()

    def postpone(self, queue_arn: str, receipt_handle: str, seconds: int) -> None:
        self._client.change_message_visibility(
            QueueUrl=self._url(queue_arn), ReceiptHandle=receipt_handle, VisibilityTimeout=seconds
        )

    def _send_batch(self, queue: Queue, wakeups: Sequence[Wakeup]) -> list[Wakeup]:
        """Those that were refused."""
        entries = [{"Id": str(number), "MessageBody": body(wakeup)} for number, wakeup in enumerate(wakeups)]
        answer = self._client.send_message_batch(QueueUrl=self._urls[queue], Entries=entries)
        return [wakeups[int(failed["Id"])] for failed in answer.get("Failed", ())]

    def _url(self, queue_arn: str) -> str:
        name = queue_arn.rpartition(":")[2]
        return next(url for url in self._urls.values() if url.rpartition("/")[2] == name)


def body(wakeup: Wakeup) -> str:
    return json.dumps({"user": wakeup.user, "kind": wakeup.kind, "id": wakeup.id, "life": wakeup.life})
