"""Every minute: wakes what is due. Once an hour, or when asked to sweep: everything overdue."""

from typing import Any

from socials import wiring
from socials.clock import from_iso
from socials.telemetry import Unit, invoke, measure

dispatching = wiring.dispatching()


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    moment = from_iso(event["time"])
    sweep = moment.minute == 0 or bool(event.get("detail", {}).get("sweep"))

    def time_left() -> float:
        return float(context.get_remaining_time_in_millis()) / 1000

    def dispatch(tick: Unit) -> dict[str, Any]:
        woken = dispatching.dispatch(moment, sweep=sweep, time_left=time_left)
        nothing = dict.fromkeys(("Overdue" if sweep else "Due", "OldestDueSeconds", "Dispatched", "NotSent"), 0)
        measure("dispatched", nothing | tick.counts, sweep=sweep, ms=tick.milliseconds)
        return {"woken": woken}

    return invoke(context, dispatch)
