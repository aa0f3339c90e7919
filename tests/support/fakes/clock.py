"""A clock that moves only when a test says so."""

from datetime import datetime, timedelta

from tests.support.builders import NOW


class StandingClock:
    """Call it for the time; `forward(minutes=2)` moves it."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **by: float) -> datetime:
        self.at += timedelta(**by)
        return self.at
