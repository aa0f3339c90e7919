"""Makes moto's queues cheap to receive from: for each message it counted all the others, three times over.

Ten messages out of five thousand took some tenths of a second, under the lock that everybody else waits for.
"""

from moto.core.utils import unix_time
from moto.sqs.models import Message, SQSBackend


def install() -> None:
    """For this process, once."""

    def is_kept_still(self: SQSBackend, queue_name: str, message: Message) -> bool:
        """Whether the queue's retention period has not ended for this message."""
        kept: int = self.get_queue(queue_name).message_retention_period  # type: ignore[attr-defined]
        return kept + (message.sent_timestamp or 0) / 1000 > unix_time()

    SQSBackend.is_message_valid_based_on_retention_period = is_kept_still  # type: ignore[method-assign]
