"""Ports that tell what went through them: the use cases stay silent, and a fact is told when its write has succeeded.

Each wraps a port and lets through, untouched, what it does not tell of.

So a line and its metrics never claim what the table does not hold, and a worker that is killed before its write counts
nothing; whoever does the work again counts it then.
"""
