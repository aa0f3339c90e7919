"""AWS's list prices, and what is assumed of an account and its person: what docs/cost.md is reckoned from."""

from __future__ import annotations

DAYS = 30.4
HOURS = 730

# us-east-1, list prices without free tiers or discounts, entered on 2026-11-23 from aws.amazon.com/<service>/pricing.
PRICES = {
    "DynamoDB: a million write request units": 0.625,
    "DynamoDB: a million read request units": 0.125,
    "DynamoDB: a write capacity unit for an hour": 0.00065,
    "DynamoDB: a read capacity unit for an hour": 0.00013,
    "DynamoDB: a GB stored for a month": 0.25,
    "DynamoDB: a GB under point-in-time recovery for a month": 0.20,
    "Lambda (arm64): a GB-second": 0.0000133334,
    "Lambda: a million requests": 0.20,
    "SQS: a million requests": 0.40,
    "API Gateway (HTTP API): a million requests": 1.00,
    "CloudWatch: a GB of logs taken in": 0.50,
    "CloudWatch: a GB of logs kept for a month": 0.03,
    "CloudWatch: a metric for a month": 0.30,
    "CloudWatch: an alarm for a month": 0.10,
    "CloudWatch: a dashboard for a month": 3.00,
    "KMS: a key for a month": 1.00,
    "KMS: ten thousand requests": 0.03,
    "Secrets Manager: a secret for a month": 0.40,
    "Secrets Manager: ten thousand requests": 0.05,
    "Data out to the internet: a GB": 0.09,
}

# What an account and its person do in a month. Change them and run this again.
ASSUMED = {
    "syncs a day": 1.0,
    "of those with a renewal of the access": 0.5,
    "syncs by hand a month": 1.0,
    "looks at an account a month (30 days of metrics, 100 posts)": 4.0,
    "of those that come to its history (10 runs, 10 diary entries)": 0.5,
    "accounts a list shows": 3.0,
    "requests of the page about a sync by hand, beside its own": 6.0,
    # Meta's addresses of pictures are signed and some 450 letters long.
    "of accounts whose row is over 1 KB": 0.3,
    "platform calls a sync": 4.0,
    # What the door sends, by tests/benchmarks/sent.py. A kept connection is used again for 15 seconds: a container that
    # works on batch after batch keeps one to each platform.
    "bytes sent a call to a platform": 800.0,
    "bytes sent a new connection to a platform": 2_000.0,
    "new connections a sync, beside one a renewal": 0.3,
    "seconds a batch of ten syncs takes, side by side": 2.75,
    "MB of the function that syncs (`SyncMemory`)": 256.0,
    "MB of any other": 512.0,
    "how full provisioned capacity is": 0.8,
}

# Dollars an account-month that a platform itself charges; the others charge nothing for these calls.
FEES = {"X, pay per use: 20 posts and one user a day": DAYS * (20 * 0.005 + 0.010)}
