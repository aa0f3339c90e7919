"""Every benchmark, in the order of docs/performance.md. A name is a module: `python -m tests.benchmarks.<name>`."""

from typing import Final

TITLES: Final = {
    "cold_start": "How soon a cold function answers",
    "aws_units": "What an operation asks of AWS",
    "sync_cost": "How much work a sync costs",
    "dispatch": "Dispatch at scale",
    "load": "Load: reads while accounts sync",
    "page": "What the page weighs and how fast it draws",
}
