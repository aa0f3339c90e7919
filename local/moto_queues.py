"""Makes moto's queues cheap: for each message that is sent or received it looked at all the others, asking the time
anew for each, several times over.

Ten messages more or less with five thousand there took some tenths of a second, under the lock that everybody else
waits for. What is answered is the same.
"""

from typing import Any

from moto.sqs import models
from moto.sqs.models import Message, Queue, SQSBackend

# Its clock is asked by the names that it has there: the local stack moves it.
CLOCK: Any = models


def install() -> None:
    """For this process, once."""

    def is_kept_still(self: SQSBackend, queue_name: str, message: Message) -> bool:
        """Whether the queue's retention period has not ended for this message."""
        kept: int = self.get_queue(queue_name).message_retention_period  # type: ignore[attr-defined]
        return bool(kept + (message.sent_timestamp or 0) / 1000 > CLOCK.unix_time())

    def messages(self: Queue) -> list[Message]:
        """Those that may be received now."""
        now = CLOCK.unix_time_millis()
        return [each for each in self._messages if each.visible_at < now and each.delayed_until <= now]

    def not_visible(self: Queue) -> int:
        now = CLOCK.unix_time_millis()
        return sum(each.visible_at >= now for each in self._messages)

    def delayed(self: Queue) -> int:
        now = CLOCK.unix_time_millis()
        return sum(each.delayed_until > now for each in self._messages)

    SQSBackend.is_message_valid_based_on_retention_period = is_kept_still  # type: ignore[method-assign]
    Queue.messages = property(messages)  # type: ignore[method-assign, assignment]
    Queue.approximate_number_of_messages_not_visible = property(not_visible)  # type: ignore[method-assign, assignment]
    Queue.approximate_number_of_messages_delayed = property(delayed)  # type: ignore[method-assign, assignment]
