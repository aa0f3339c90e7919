"""A list of accounts as one would first write it: resolver with validation, models, logger, boto3's resource."""

import os

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from boto3.dynamodb.conditions import Key
from pydantic import BaseModel

logger = Logger()
app = APIGatewayHttpResolver(enable_validation=True)
table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])


class Account(BaseModel):
    account_id: str
    platform: str
    username: str
    display_name: str
    follower_count: int | None = None


class Accounts(BaseModel):
    accounts: list[Account]
    next_cursor: str | None = None


@app.get("/accounts")
def list_accounts() -> Accounts:
    user = app.current_event.request_context.authorizer.jwt_claim["sub"]
    found = table.query(KeyConditionExpression=Key("pk").eq(f"USER#{user}") & Key("sk").begins_with("ACCOUNT#"))
    return Accounts(
        accounts=[Account(**item, account_id=item["sk"].removeprefix("ACCOUNT#")) for item in found["Items"]]
    )


@logger.inject_lambda_context
def handler(event, context):
    return app.resolve(event, context)
