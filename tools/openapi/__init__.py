"""Describes the HTTP API from the real things: the template's routes, the handlers' types, the bodies, the errors.

Run by `make docs`; nothing that runs in Lambda imports it.
"""
