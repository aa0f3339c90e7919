"""What platforms tell us unasked, signed: a person removed us there, or wants everything deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from socials import wiring
from socials.answers import deletion_answer
from socials.api import Api, answer, body_of
from socials.clock import now
from socials.deletion_page import HEADERS, is_for_people, page
from socials.platforms.base import Notice
from socials.routing import Request, Response
from socials.serving import serve

if TYPE_CHECKING:
    from socials import shapes

api = Api()
parting = wiring.parting()


@api.post("/platforms/{platform}/deauthorize")
def deauthorize(request: Request, platform: str) -> Response[shapes.Nothing]:
    parting.deauthorize(platform, _notice(request))
    body: shapes.Nothing = {}
    return answer(body)


@api.post("/platforms/{platform}/deletion")
def delete(request: Request, platform: str) -> Response[shapes.DeletionAsked]:
    code = parting.delete(platform, _notice(request))
    body: shapes.DeletionAsked = {"url": f"{_origin(request)}/deletions/{code}", "confirmation_code": code}
    return answer(body)


@api.get("/deletions/{code}")
def get_deletion(request: Request, code: str) -> Response[shapes.Deletion]:
    deletion, done = parting.standing(code)
    told = deletion_answer(code, deletion, done)
    if is_for_people(request.headers.get("accept", "")):
        shown: Response[Any] = Response(
            200, "text/html; charset=utf-8", page(told, wiring.settings.backup_days), HEADERS
        )
        return shown
    return answer(told)


def _notice(request: Request) -> Notice:
    return Notice(body=body_of(request), headers=request.headers, received_at=now())


def _origin(request: Request) -> str:
    return wiring.settings.public_origin or f"https://{request.domain_name}"


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return serve(api.resolve, event, context)
