"""PostLoudly accounts: connect, list, sync and disconnect social media accounts."""
