"""Wake-ups over SQS. A lost one heals by itself, because every row of work has its place on the agenda."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from socials.models.wakeups import Queue, Wakeup
from socials.telemetry import current, failed, line

_BATCH = 10
_MANY, _SENDERS = 20, 8
# So many batches without an answer, and the queue is away: each more would only take the time of the next look.
_AWAY = 3


@dataclass(slots=True)
class _Unsent:
    """Of many wake-ups those that a queue refused, and those it gave no answer about. Filled by several threads."""

    refused: list[Wakeup] = field(default_factory=list)
    unanswered: list[Wakeup] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)

    @property
    def is_away(self) -> bool:
        return len(self.errors) >= _AWAY

    def tell(self, queue: Queue) -> None:
        for wakeup in self.refused:
            line("wake-up not sent", "WARNING", queue=queue, kind=wakeup.kind, id=wakeup.id)
        if self.errors:
            failed("wake-ups not sent", self.errors[0], queue=queue, number=len(self.unanswered))


class QueueWakeups:
    """`client`: botocore's SQS client. `urls`: the queues' addresses by our names."""

    def __init__(self, client: Any, urls: Mapping[Queue, str]) -> None:
        self._client, self._urls = client, urls

    def send(self, queue: Queue, wakeup: Wakeup) -> None:
        self._client.send_message(QueueUrl=self._urls[queue], MessageBody=body(wakeup))

    def send_many(self, queue: Queue, wakeups: Sequence[Wakeup]) -> None:
        """A batch that the queue does not take is told, and the others are sent all the same. Raises where the queue
        seems to be away altogether: whoever called should be called again."""
        batches = [wakeups[start : start + _BATCH] for start in range(0, len(wakeups), _BATCH)]
        unsent = _Unsent()
        self._send_all(batches, lambda batch: self._send_twice(queue, batch, unsent))
        unsent.tell(queue)
        number = len(unsent.refused) + len(unsent.unanswered)
        current().count("Dispatched", len(wakeups) - number)
        current().count("NotSent", number)
        if unsent.is_away:
            raise unsent.errors[0]

    def _send_all(self, batches: Sequence[Sequence[Wakeup]], send: Callable[[Sequence[Wakeup]], None]) -> None:
        """Many are sent side by side: most of it is waiting for SQS."""
        if len(batches) < _MANY:
            for batch in batches:
                send(batch)
            return
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(_SENDERS) as pool:
            list(pool.map(send, batches))

    def _send_twice(self, queue: Queue, batch: Sequence[Wakeup], unsent: "_Unsent") -> None:
        if unsent.is_away:
            unsent.unanswered.extend(batch)
            return
        try:
            refused = self._send_batch(queue, batch)
            unsent.refused.extend(self._send_batch(queue, refused) if refused else ())
        except (BotoCoreError, ClientError) as error:
            unsent.errors.append(error)
            unsent.unanswered.extend(batch)

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
