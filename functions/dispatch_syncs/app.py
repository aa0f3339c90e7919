"""Every minute: wakes what is due. Once an hour, or when asked to sweep: everything overdue."""

from typing import Any

from socials import wiring
from socials.clock import from_iso

dispatching = wiring.dispatching()


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    moment = from_iso(event["time"])
    sweep = moment.minute == 0 or bool(event.get("detail", {}).get("sweep"))
    return {"woken": dispatching.dispatch(moment, sweep=sweep)}
