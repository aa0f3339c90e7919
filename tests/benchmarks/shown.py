"""Bytes that the API answers a person with who looks at an account: as the page asks, which takes gzip."""

from __future__ import annotations

import random
import string
from base64 import b64decode
from datetime import datetime, timedelta
from typing import Any, TypeVar

from socials import answers
from socials.models.events import run_ended
from socials.models.readings import Day, Metrics, Post
from socials.routing import Response
from tests.benchmarks import stored, typical
from tests.support.builders import NOW
from tests.support.changing import replace

DAYS, POSTS, RUNS = 30, 100, 10
# What the gateway puts before each answer.
_HEAD = 400
_WORDS_A_TITLE = 16


def an_account() -> int:
    """One in a list, or by itself."""
    return _bytes(answers.account_answer(replace(typical.account(), platform="pinterest"), NOW))


def numbers() -> int:
    """What is asked for when its page is opened."""
    told = random.Random(1)
    days = [answers.day_answer(_varied(typical.day(back), told), NOW.date()) for back in range(DAYS)]
    posts = [answers.post_answer(_varied(_post(number, told), told)) for number in range(POSTS)]
    return _bytes({"days": days}) + _bytes({"posts": posts})


def history() -> int:
    """What is asked for where one comes near it."""
    told, runs, entries = random.Random(2), [], []
    for number in range(RUNS):
        at = _at(number, told)
        times = {"queued_at": at, "started_at": at, "finished_at": at + timedelta(seconds=3 + number)}
        run = replace(stored.a_finished_run(), run_id=_some(string.digits + string.ascii_uppercase, 26, told), **times)
        runs.append(answers.run_answer(run))
        entries.append(answers.event_answer(run_ended(run, at)))
    return _bytes({"runs": runs}) + _bytes({"events": entries})


Numbered = TypeVar("Numbered", Day, Post)


def _varied(reading: Numbered, told: random.Random) -> Numbered:
    """With numbers as large, and of its own: nothing shall be packed better than what people really have."""
    numbers = {name: int(n * told.lognormvariate(0, 1)) for name, n in reading.metrics.known().items()}
    return replace(reading, metrics=Metrics(**numbers))


def _post(number: int, told: random.Random) -> Post:
    code = _some(string.ascii_letters + string.digits, 11, told)
    title = " ".join(_some(string.ascii_lowercase, told.randint(3, 9), told) for _ in range(_WORDS_A_TITLE))
    link = f"https://www.platform.example/p/{code}/"
    post_id, updated_at = "17" + _some(string.digits, 15, told), _at(number // 5, told)
    post = typical.post(number, at=_at(number, told))
    return replace(post, post_id=post_id, permalink=link, title=title, updated_at=updated_at)


def _some(letters: str, number: int, told: random.Random) -> str:
    return "".join(told.choices(letters, k=number))


def _at(days_ago: int, told: random.Random) -> datetime:
    return NOW - timedelta(days=days_ago, seconds=told.randrange(86_400))


def _bytes(answer: Any) -> int:
    sent = Response(200, "application/json", answer).to_gateway("gzip")
    body = b64decode(sent["body"]) if sent["isBase64Encoded"] else sent["body"].encode()
    return len(body) + _HEAD
