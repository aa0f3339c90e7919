"""Frozen models of the domain, by noun."""
