"""Asks for a disconnect: of one account, or of all."""

from typing import Any

from aws_lambda_powertools.event_handler import Response

from socials import wiring
from socials.answers import receipt_answer
from socials.api import answer, caller, make_api
from socials.models.receipts import ReceiptState

api = make_api()
disconnecting = wiring.disconnecting()


@api.delete("/accounts/<account_id>")
def disconnect(account_id: str) -> Response[Any]:
    receipt = disconnecting.disconnect(caller(api), account_id)
    return answer(receipt_answer(receipt), 200 if receipt.state is ReceiptState.DONE else 202)


@api.delete("/accounts")
def disconnect_all() -> Response[Any]:
    receipts = disconnecting.disconnect_all(caller(api))
    return answer({"receipts": [receipt_answer(receipt) for receipt in receipts]}, 202)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return api.resolve(event, context)
