"""Deletes what DynamoDB's TTL would have deleted by now; neither moto nor time that jumps does it by itself."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

USUALLY_WITHIN = timedelta(days=2)  # the service promises no more, so nobody may rely on less


def expire(dynamodb: Any, tables: Mapping[str, str], now: datetime) -> None:
    """Deletes the items of each table (name -> TTL attribute) that expired two days before `now`."""
    limit = str(int((now - USUALLY_WITHIN).timestamp()))
    for table, attribute in tables.items():
        pages = dynamodb.get_paginator("scan").paginate(
            TableName=table,
            FilterExpression="#ttl < :limit",
            ProjectionExpression="pk, sk",
            ExpressionAttributeNames={"#ttl": attribute},
            ExpressionAttributeValues={":limit": {"N": limit}},
        )
        for item in [item for page in pages for item in page["Items"]]:
            dynamodb.delete_item(TableName=table, Key=item)
