"""How much of a platform our whole app may ask."""

from datetime import datetime

from msgspec import Struct


class Budget(Struct, frozen=True):
    """Until when a platform asked our whole app to wait."""

    platform: str
    until: datetime
    code: str
    message: str
