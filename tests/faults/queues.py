"""The queues of a world: what was sent and not yet acknowledged, as SQS keeps it. In memory, or in moto's SQS.

A record is what Lambda gets of a message. Both count receives, hide what was taken, and bury it after the fifth time.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from moto.sqs import models as moto_sqs

from socials.aws.wakeups import body
from socials.clock import Clock
from socials.models.wakeups import Queue, Wakeup
from socials.timing import QUEUE_VISIBILITY_SECONDS
from socials.worker import wakeup_from
from tests.support.aws_ports import QUEUES, REGION, AwsPorts, dead_letters_of, messages_of
from tools.redrive import redrive

Record = dict[str, Any]
Wake = Callable[[Wakeup], object]

BATCH: dict[Queue, int] = {"manual": 1, "daily": 10, "erase": 10}
MOST_RECEIVES = 5


@dataclass(eq=False)
class Message:
    number: int
    queue: Queue
    wakeup: Wakeup
    visible_at: datetime
    receives: int = 0

    @property
    def record(self) -> Record:
        return {
            "messageId": str(self.number),
            "receiptHandle": str(self.number),
            "eventSourceARN": f"arn:aws:sqs:eu-central-1:123456789012:{self.queue}",
            "attributes": {"ApproximateReceiveCount": str(self.receives)},
            "body": body(self.wakeup),
        }


class QueuesInMemory:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._messages: list[Message] = []
        self._dead: list[Message] = []
        self._sent = 0

    def __len__(self) -> int:
        return len(self._messages)

    def send(self, queue: Queue, wakeup: Wakeup, delay: int = 0) -> None:
        self._sent += 1
        self._messages.append(Message(self._sent, queue, wakeup, self._clock() + timedelta(seconds=delay)))

    def send_many(self, queue: Queue, wakeups: Sequence[Wakeup]) -> None:
        for wakeup in wakeups:
            self.send(queue, wakeup)

    def postpone(self, queue_arn: str, receipt_handle: str, seconds: int) -> None:
        for message in self._messages:
            if str(message.number) == receipt_handle:
                message.visible_at = self._clock() + timedelta(seconds=seconds)

    def visible(self) -> list[Queue]:
        now = self._clock()
        return [queue for queue in QUEUES if any(m.queue == queue and m.visible_at <= now for m in self._messages)]

    def take(self, queue: Queue, random: Random) -> tuple[list[Record], list[Wakeup]]:
        """A batch in any order, and what was taken too often and went to the dead letters."""
        now = self._clock()
        visible = [message for message in self._messages if message.queue == queue and message.visible_at <= now]
        first = random.choice(visible)
        taken, buried = [], []
        for message in [first, *(each for each in visible if each is not first)][: BATCH[queue]]:
            message.receives += 1
            message.visible_at = now + timedelta(seconds=QUEUE_VISIBILITY_SECONDS)
            (taken if message.receives <= MOST_RECEIVES else buried).append(message)
        self._messages = [each for each in self._messages if each not in buried]
        self._dead += buried
        return [message.record for message in taken], [message.wakeup for message in buried]

    def acknowledge(self, queue: Queue, records: Sequence[Record]) -> None:
        done = {record["messageId"] for record in records}
        self._messages = [message for message in self._messages if str(message.number) not in done]

    def again(self, index: int) -> tuple[Queue, Record]:
        """A message that is there, delivered once more, whoever has it."""
        message = self._messages[index % len(self._messages)]
        return message.queue, message.record

    def double(self, index: int) -> None:
        message = self._messages[index % len(self._messages)]
        self.send(message.queue, message.wakeup)

    def lose(self, index: int) -> None:
        self._messages.pop(index % len(self._messages))

    def redrive(self, wake: Wake) -> None:
        for message in self._dead:
            wake(message.wakeup)
            self.send(message.queue, message.wakeup)
        self._dead.clear()


_WALL_CLOCK = moto_sqs.unix_time_millis, moto_sqs.unix_time


def on_the_wall_clock() -> None:
    """moto's SQS goes by the real time again."""
    moto_sqs.unix_time_millis, moto_sqs.unix_time = _WALL_CLOCK


class QueuesOnSqs:
    """The product's own adapter, and moto's SQS on the world's clock."""

    def __init__(self, aws: AwsPorts) -> None:
        self._aws = aws
        self._buried: Counter[Queue] = Counter()
        moto_sqs.unix_time_millis = lambda *_: int(aws.clock().timestamp() * 1000) + 1
        moto_sqs.unix_time = lambda *_: aws.clock().timestamp()

    def __len__(self) -> int:
        return len(self._all())

    def send(self, queue: Queue, wakeup: Wakeup, delay: int = 0) -> None:
        if delay:
            url = self._aws.urls[queue]
            self._aws.sqs.send_message(QueueUrl=url, MessageBody=body(wakeup), DelaySeconds=delay)
        else:
            self._aws.wakeups.send(queue, wakeup)

    def send_many(self, queue: Queue, wakeups: Sequence[Wakeup]) -> None:
        self._aws.wakeups.send_many(queue, wakeups)

    def postpone(self, queue_arn: str, receipt_handle: str, seconds: int) -> None:
        self._aws.wakeups.postpone(queue_arn, receipt_handle, seconds)

    def visible(self) -> list[Queue]:
        return [q for q in QUEUES if any(m.visible and not m.delayed for m in messages_of(self._aws, q))]

    def take(self, queue: Queue, random: Random) -> tuple[list[Record], list[Wakeup]]:
        messages_of(self._aws, queue).sort(key=lambda _: random.random())  # a standard queue keeps no order
        url = self._aws.urls[queue]
        told = ["ApproximateReceiveCount"]
        answer = self._aws.sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=BATCH[queue], MessageSystemAttributeNames=told
        )
        dead = dead_letters_of(self._aws, queue)
        buried, self._buried[queue] = dead[self._buried[queue] :], len(dead)
        return [self._record(queue, each) for each in answer.get("Messages", ())], [wakeup_from(m.body) for m in buried]

    def acknowledge(self, queue: Queue, records: Sequence[Record]) -> None:
        for record in records:
            self._aws.sqs.delete_message(QueueUrl=self._aws.urls[queue], ReceiptHandle=record["receiptHandle"])

    def again(self, index: int) -> tuple[Queue, Record]:
        queue, message = self._all()[index % len(self)]
        there = {"MessageId": message.id, "ReceiptHandle": message.receipt_handle or "never", "Body": message.body}
        return queue, self._record(queue, there)

    def double(self, index: int) -> None:
        queue, message = self._all()[index % len(self)]
        self._aws.sqs.send_message(QueueUrl=self._aws.urls[queue], MessageBody=message.body)

    def lose(self, index: int) -> None:
        queue, message = self._all()[index % len(self)]
        messages_of(self._aws, queue).remove(message)

    def redrive(self, wake: Wake) -> None:
        redrive(self._aws.sqs, wake, self._aws.queue_prefix, seconds=0)
        self._buried.clear()

    def _all(self) -> list[tuple[Queue, Any]]:
        return [(queue, message) for queue in QUEUES for message in messages_of(self._aws, queue)]

    def _record(self, queue: Queue, message: dict[str, Any]) -> Record:
        name = self._aws.urls[queue].rpartition("/")[2]
        return {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "eventSourceARN": f"arn:aws:sqs:{REGION}:123456789012:{name}",
            "attributes": message.get("Attributes", {}),
            "body": message["Body"],
        }
