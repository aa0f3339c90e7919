"""Bytes that the API answers a person with who looks at an account: as the page asks, which takes gzip."""

from __future__ import annotations

import random
import string
from base64 import b64decode
from dataclasses import replace
from typing import Any

from socials import answers
from socials.models.events import run_ended
from socials.routing import Response
from tests.benchmarks import stored, typical
from tests.support.builders import NOW

DAYS, POSTS, RUNS, ENTRIES = 30, 100, 10, 10
# What the gateway puts before each answer.
_HEAD = 400
_WORDS_A_TITLE = 16


def an_account() -> int:
    """One in a list, or by itself."""
    return _bytes(answers.account_answer(replace(typical.account(), platform="pinterest"), NOW))


def numbers() -> int:
    """What is asked for when its page is opened."""
    days = [answers.day_answer(typical.day(back), NOW.date()) for back in range(DAYS)]
    posts = [answers.post_answer(replace(typical.post(n), title=_title(n), updated_at=NOW)) for n in range(POSTS)]
    return _bytes({"days": days}) + _bytes({"posts": posts})


def history() -> int:
    """What is asked for where one comes near it."""
    run = stored.a_finished_run()
    runs, entries = [answers.run_answer(run)] * RUNS, [answers.event_answer(run_ended(run, NOW))] * ENTRIES
    return _bytes({"runs": runs}) + _bytes({"events": entries})


def _title(number: int) -> str:
    """Of words that no other has, so that nothing is packed better than what people write."""
    told = random.Random(number)
    return " ".join("".join(told.choices(string.ascii_lowercase, k=told.randint(3, 9))) for _ in range(_WORDS_A_TITLE))


def _bytes(answer: Any) -> int:
    sent = Response(200, "application/json", answer).to_gateway("gzip")
    body = b64decode(sent["body"]) if sent["isBase64Encoded"] else sent["body"].encode()
    return len(body) + _HEAD
