"""`python -m tools.openapi`: writes the description that the web function serves as `GET /openapi.json`."""

import sys

from tools.openapi.document import PAGE, text

if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
    sys.stdout.write(f"{PAGE.name} written\n")
