"""Asks for a disconnect: of one account, or of all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.event_handler import Response

from socials import wiring
from socials.answers import receipt_answer
from socials.api import answer, caller, make_api
from socials.models.receipts import ReceiptState
from socials.serving import serve
from socials.telemetry import about, mark

if TYPE_CHECKING:
    from socials import shapes

api = make_api()
disconnecting = wiring.disconnecting()


@api.delete("/accounts/<account_id>")
def disconnect(account_id: str) -> Response[shapes.Receipt]:
    receipt = disconnecting.disconnect(caller(api), account_id)
    about(receipt.receipt_id, receipt_id=receipt.receipt_id)
    return answer(receipt_answer(receipt), 200 if receipt.state is ReceiptState.DONE else 202)


@api.delete("/accounts")
def disconnect_all() -> Response[shapes.Receipts]:
    receipts = disconnecting.disconnect_all(caller(api))
    mark(receipt_ids=[receipt.receipt_id for receipt in receipts])
    body: shapes.Receipts = {"receipts": [receipt_answer(receipt) for receipt in receipts]}
    return answer(body, 202)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return serve(api.resolve, event, context)
