"""The least that a function on boto3 does: a client, one query."""

import os

import boto3

client = boto3.client("dynamodb")


def handler(event, context):
    answer = client.query(
        TableName=os.environ["TABLE_NAME"],
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": "USER#anna"}},
    )
    return {"statusCode": 200, "body": str(len(answer["Items"]))}
