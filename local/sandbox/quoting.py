"""A platform that says in its error what it was sent, codes and tokens and all, as some servers do."""

import json

from flask import Response, request


def quoted() -> Response:
    """400 under every name that platforms have for what went wrong, and in the header of a refused token."""
    sent = {
        "address": request.full_path,
        "headers": dict(request.headers),
        "form": request.form.to_dict(),
        "json": request.get_json(silent=True),
    }
    words = f"cannot take {json.dumps(sent, ensure_ascii=False)}"
    names = ("error", "error_description", "message", "detail", "title", "code", "status", "type")
    body = dict.fromkeys(names, words) | {"errors": [dict.fromkeys(names, words)]}
    refused = f'Bearer error="invalid_token", error_description="{request.headers.get("Authorization", "")}"'
    return Response(json.dumps(body), 400, {"WWW-Authenticate": refused}, content_type="application/json")
