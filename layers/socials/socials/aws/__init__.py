"""The ports on AWS: DynamoDB, Secrets Manager, SQS. Nothing else in the product knows them."""
