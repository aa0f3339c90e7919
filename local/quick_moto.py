"""moto without its most expensive habits; what it answers is the same."""

from functools import cache

from local import moto_queues, moto_reads, moto_transactions, moto_updates


@cache
def install() -> None:
    """For this process, once however often it is asked for."""
    moto_queues.install()
    moto_transactions.install()
    moto_reads.install()
    moto_updates.install()
