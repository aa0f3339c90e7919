"""One cold start in a process of its own: what the runtime has loaded anyway, then the handler and one invocation.

`python -P cold_start_once.py <json>`: `paths` of the function and its layers (none: the runtime alone), `event`. Prints
the answer as JSON.
"""

import json
import sys

import awslambdaric.bootstrap  # noqa: F401  what every function finds loaded


class Context:
    function_name, memory_limit_in_mb, aws_request_id = "function", 512, "5d2b3b1e-0b0c-4c43-9f5b-000000000001"
    invoked_function_arn, function_version = "arn:aws:lambda:eu-west-1:123456789012:function:function", "$LATEST"

    def get_remaining_time_in_millis(self):
        return 900_000


def main():
    order = json.loads(sys.argv[1])
    sys.path[:0] = order["paths"]
    answer = None
    if order["paths"]:
        app = __import__("app")
        answer = app.handler(order["event"], Context())
    sys.stdout.write("\n" + json.dumps({"answer": answer}) + "\n")


main()
