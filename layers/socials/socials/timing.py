"""The timing chain, in seconds. Each link must be shorter than the next; a test holds it against the template.

A platform call's total deadline < run lease < function timeout < refresh lease < queue visibility.
"""

from datetime import timedelta

PLATFORM_CALL_SECONDS = 10
RUN_LEASE_SECONDS = 60
FUNCTION_TIMEOUT_SECONDS = 120
REFRESH_LEASE_SECONDS = 130
QUEUE_VISIBILITY_SECONDS = 180

# A worker with less time than this left takes no further message and returns the rest as batch failures. One step of a
# sync may take longer: before each of its calls is asked whether its end, and the write after it, still fit.
STOP_BEFORE_SECONDS = 20
WRITE_SECONDS = 5
# An erase asks nobody in the midst of a revoke. The longest is two tokens of which the first is refused: one call, a
# renewal, both again.
STOP_ERASING_BEFORE_SECONDS = 4 * PLATFORM_CALL_SECONDS + STOP_BEFORE_SECONDS

# Who writes work sets its agenda time this far ahead in the same write, so that a lost wake-up heals by itself.
HEAL_AFTER = timedelta(minutes=2)

# When the agenda brings a run that somebody may have died over, counted from the next claim: a little after its lease.
# So no run depends on a message that may have gone to the dead letters by then.
RETAKE_AFTER = timedelta(seconds=RUN_LEASE_SECONDS) + HEAL_AFTER

# Attempts at one run (each a claim by a worker) before the run is given up with its reason in the row.
MAX_ATTEMPTS = 5

MIN_BETWEEN_RUNS = timedelta(seconds=60)
SUCCESS_IS_FRESH_FOR = timedelta(hours=26)
EXPIRES_SOON = timedelta(days=14)
RECONNECT_CHECKS_FOR = timedelta(days=7)

CONSENT_LIVES = timedelta(minutes=10)
UNCLAIMED_CONNECTION_LIVES = timedelta(minutes=15)
RECEIPT_LIVES = timedelta(days=30)
RUN_LIVES = timedelta(days=90)
DAILY_SUCCESS_LIVES = timedelta(days=30)
EVENT_LIVES = timedelta(days=90)
# What the platform lists no more may only have been left out: two more of the weekly readings look for it.
UNLISTED_POSTS_LIVE = timedelta(days=15)
REVOKE_TRIED_FOR = timedelta(hours=24)

# A token is refreshed when it has less than this left: long enough for every call of one lease.
REFRESH_BEFORE = timedelta(minutes=5)
