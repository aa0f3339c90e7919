"""How much of a platform our whole app may ask."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Budget:
    """Until when a platform asked our whole app to wait."""

    platform: str
    until: datetime
    code: str
    message: str
