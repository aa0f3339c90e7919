"""Structured logs. Never a token, code, password or address with a query in them."""

from aws_lambda_powertools import Logger

logger = Logger()
