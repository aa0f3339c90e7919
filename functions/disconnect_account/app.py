"""Asks for a disconnect: of one account, or of all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from socials import wiring
from socials.answers import receipt_answer
from socials.api import Api, answer, caller
from socials.models.receipts import ReceiptState
from socials.routing import Request, Response
from socials.serving import serve
from socials.telemetry import about, mark

if TYPE_CHECKING:
    from socials import shapes

api = Api()
disconnecting = wiring.disconnecting()


@api.delete("/accounts/{account_id}")
def disconnect(request: Request, account_id: str) -> Response[shapes.Receipt]:
    receipt = disconnecting.disconnect(caller(request), account_id)
    about(receipt.receipt_id, receipt_id=receipt.receipt_id)
    return answer(receipt_answer(receipt), 200 if receipt.state is ReceiptState.DONE else 202)


@api.delete("/accounts")
def disconnect_all(request: Request) -> Response[shapes.Receipts]:
    receipts = disconnecting.disconnect_all(caller(request))
    mark(receipt_ids=[receipt.receipt_id for receipt in receipts])
    body: shapes.Receipts = {"receipts": [receipt_answer(receipt) for receipt in receipts]}
    return answer(body, 202)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return serve(api.resolve, event, context)
