"""The one table, by noun. Every condition is DynamoDB's to check: nothing is read to be written back blindly."""
