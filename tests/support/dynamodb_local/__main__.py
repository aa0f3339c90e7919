"""`make test-dynamodb-local`: fetches DynamoDB Local by Maven, starts it, runs the given command with its address.

Without arguments: the port contract and anything in any order, then the fault runs. DYNAMODB_ENDPOINT tells both where
it is.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[3]
JARS = ROOT / ".local" / "dynamodb-local"
POM = Path(__file__).with_name("pom.xml")
MAIN = "software.amazon.dynamodb.services.local.main.ServerRunner"
STARTS_WITHIN_SECONDS = 60
COMMANDS = (
    [sys.executable, "-m", "pytest", "-q", "tests/integration/ports", "tests/integration/aws", "-k", "dynamodb_local"],
    [sys.executable, "-m", "tests.disconnect"],
    [sys.executable, "-m", "tests.faults"],
)


def fetch() -> bool:
    """Whether it is there."""
    if not list(JARS.glob("DynamoDBLocal-*.jar")):
        goal = ["dependency:copy-dependencies", f"-DoutputDirectory={JARS}", "-DincludeScope=runtime"]
        subprocess.run(["mvn", "-q", "-B", "-f", str(POM), *goal], check=False)
    return bool(list(JARS.glob("DynamoDBLocal-*.jar")))


@contextmanager
def running() -> Iterator[str]:
    """Its address, for as long as it runs; it keeps everything in memory."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    java = ["java", "-Xmx512m", f"-Djava.library.path={JARS}", "-cp", f"{JARS}/*", MAIN]
    server = subprocess.Popen(
        [*java, "-inMemory", "-disableTelemetry", "-port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(server, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def _wait(server: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + STARTS_WITHIN_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit("DynamoDB Local did not start")


def main() -> int:
    if not fetch():
        print("test-dynamodb-local: skipped, Maven could not fetch DynamoDB Local")
        return 0
    with running() as endpoint:
        environment = {**os.environ, "DYNAMODB_ENDPOINT": endpoint, "PYTHONPATH": ".:layers/socials"}
        commands = [sys.argv[1:]] if sys.argv[1:] else COMMANDS
        return max(subprocess.run(each, cwd=ROOT, env=environment, check=False).returncode for each in commands)


if __name__ == "__main__":
    sys.exit(main())
