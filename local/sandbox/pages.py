"""The frame around the sandbox's few HTML pages."""

from markupsafe import Markup, escape

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem;color:#222}"
    "label{display:flex;gap:.6rem;align-items:center;padding:.25rem 0}img{border-radius:50%}"
    "button{font:inherit;padding:.4rem 1rem}table{border-collapse:collapse;width:100%}"
    "td,th{text-align:start;padding:.3rem .6rem;border-bottom:1px solid #ddd}"
    "pre{background:#f5f5f5;padding:.8rem;overflow:auto}.note{background:#fff4d6;padding:.5rem .8rem}"
)


def page(title: str, body: Markup) -> str:
    return str(
        Markup(
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{}</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1"><style>{}</style></head><body>'
            '<p class="note">This is the sandbox on your own machine, not the real platform.</p>'
            "<h1>{}</h1>{}</body></html>"
        ).format(title, Markup(_STYLE), title, escape(body))
    )
