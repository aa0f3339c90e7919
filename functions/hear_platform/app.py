"""What platforms tell us unasked, signed: a person removed us there, or wants everything deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.event_handler import Response

from socials import wiring
from socials.answers import deletion_answer
from socials.api import answer, body_of, make_api
from socials.clock import now
from socials.platforms.base import Notice
from socials.serving import serve

if TYPE_CHECKING:
    from socials import shapes

api = make_api()
parting = wiring.parting()


@api.post("/platforms/<platform>/deauthorize")
def deauthorize(platform: str) -> Response[shapes.Nothing]:
    parting.deauthorize(platform, _notice())
    body: shapes.Nothing = {}
    return answer(body)


@api.post("/platforms/<platform>/deletion")
def delete(platform: str) -> Response[shapes.DeletionAsked]:
    code = parting.delete(platform, _notice())
    body: shapes.DeletionAsked = {"url": f"{_origin()}/deletions/{code}", "confirmation_code": code}
    return answer(body)


@api.get("/deletions/<code>")
def get_deletion(code: str) -> Response[shapes.Deletion]:
    deletion, done = parting.standing(code)
    return answer(deletion_answer(code, deletion, done))


def _notice() -> Notice:
    headers = {name.lower(): value for name, value in api.current_event.headers.items()}
    return Notice(body=body_of(api) or "", headers=headers, received_at=now())


def _origin() -> str:
    return wiring.settings.public_origin or f"https://{api.current_event.request_context.domain_name}"


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return serve(api.resolve, event, context)
