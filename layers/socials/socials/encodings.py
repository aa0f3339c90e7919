"""Which encodings of an answer a caller takes (RFC 9110, section 12.5.3)."""


def takes_gzip(accept_encoding: str) -> bool:
    """Whether gzip is named there, with no weight or one above zero."""
    for each in accept_encoding.lower().split(","):
        coding, _, weight = "".join(each.split()).partition(";")
        if coding == "gzip":
            return not weight or (weight.startswith("q=") and weight.strip("q=0.") != "")
    return False
