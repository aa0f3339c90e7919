"""Asks for a sync by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from socials import wiring
from socials.answers import run_answer
from socials.api import Api, answer, caller
from socials.routing import Request, Response
from socials.serving import serve
from socials.telemetry import about

if TYPE_CHECKING:
    from socials import shapes

api = Api()
requesting = wiring.requesting()


@api.post("/accounts/{account_id}/sync")
def sync(request: Request, account_id: str) -> Response[shapes.Run]:
    run = requesting.sync(caller(request), account_id)
    about(run.run_id, run_id=run.run_id)
    return answer(run_answer(run), 202)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return serve(api.resolve, event, context)
