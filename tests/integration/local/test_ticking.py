"""What `POST /_local/tick` does with the stack's time."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from local.clock import Clock
from local.control import create_blueprint


class Quiet:
    """Rules without a function, and queues without a message."""

    def fire_all(self, at: Any, detail: Any) -> bool:
        return True

    def settled(self) -> bool:
        return True


@pytest.fixture
def moves() -> list[int]:
    """The shift at each move."""
    return []


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def stack(clock: Clock, moves: list[int]) -> Any:
    app, quiet = Flask("local"), Quiet()
    app.register_blueprint(create_blueprint(clock, quiet, quiet, lambda: moves.append(clock.shift)))  # type: ignore[arg-type]
    return app.test_client()


def test_what_expires_is_looked_for_only_when_time_has_moved(stack: Any, clock: Clock, moves: list[int]) -> None:
    """It reads the whole table: nobody else gets an answer meanwhile."""
    assert stack.post("/tick").json["settled"]
    assert stack.post("/tick", json={"at": (clock.now() - timedelta(hours=1)).isoformat()}).json["fired"]
    assert moves == []
    stack.post("/tick", json={"at": (clock.now() + timedelta(hours=1)).isoformat()})
    assert moves == [pytest.approx(3600, abs=1)]
    stack.post("/tick")
    assert len(moves) == 1
