"""Bytes that the API answers a person with who looks at one account: as the page asks when it is opened."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from socials import answers
from socials.models.events import run_ended
from tests.benchmarks import stored, typical
from tests.support.builders import NOW

DAYS, POSTS, RUNS, ENTRIES = 90, 25, 25, 25
# What the gateway puts before each answer.
_HEAD = 400


def shown() -> int:
    """The account in its list and by itself, its days, posts, runs and diary, as long as a first page of each is."""
    account = _size(answers.account_answer(replace(typical.account(), platform="pinterest"), NOW))
    day = _size(answers.day_answer(typical.day(1), NOW.date()))
    post = _size(answers.post_answer(replace(typical.post(1), updated_at=NOW)))
    run = stored.a_finished_run()
    ended, entry = _size(answers.run_answer(run)), _size(answers.event_answer(run_ended(run, NOW)))
    return 2 * account + DAYS * day + POSTS * post + RUNS * ended + ENTRIES * entry + 6 * _HEAD


def _size(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()) + 1
