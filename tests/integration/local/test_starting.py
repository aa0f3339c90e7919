"""Starting and ending the local stack: what the environment changes, and that nothing is left behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from local import sandbox
from local.options import read_options
from socials.platforms import SLUGS
from tests.integration.local.conftest import TEMPLATE
from tests.support.stack import ROOT, Stack, start_stack


@pytest.fixture
def other_dynamodb() -> Iterator[str]:
    """Another server that speaks DynamoDB, as DynamoDB Local does."""
    command = [sys.executable, "-m", "local.moto_server", "127.0.0.1", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        server.kill()


def test_the_environment_says_what_is_real(tmp_path: Path, other_dynamodb: str) -> None:
    environment = {
        "REAL": "bluesky",
        "PLATFORM_ORIGINS": '{"https://api.pinterest.com": "http://127.0.0.1:9"}',
        "ALLOW_PRIVATE_HOSTS": "0",
        "AWS_ENDPOINT_URL_DYNAMODB": other_dynamodb,
        "AWS_PROFILE": "somebody's",
    }
    stack = start_stack(tmp_path, TEMPLATE, environment)
    try:
        seen = stack.person().get("/hello").json()["environment"]
        assert "bsky.social" not in seen["PLATFORM_ORIGINS"]
        assert '"https://api.pinterest.com": "http://127.0.0.1:9"' in seen["PLATFORM_ORIGINS"]
        assert seen["ALLOW_PRIVATE_HOSTS"] == "0"
        assert "AWS_PROFILE" not in seen
        keys = {"aws_access_key_id": "local", "aws_secret_access_key": "local", "region_name": seen["AWS_REGION"]}
        dynamodb = boto3.client("dynamodb", endpoint_url=other_dynamodb, **keys)
        assert dynamodb.list_tables()["TableNames"] == [seen["TABLE_NAME"]]
        stack.anyone().post(
            "/echo?do=QUEUE_URL", data='{"type": "DAY", "id": "1"}', headers={"Content-Type": "text/plain"}
        )
        stack.until(lambda: stack.state()["items"]["by_type"]["DAY"] == 1)
        assert dynamodb.scan(TableName=seen["TABLE_NAME"])["Count"] == 1
    finally:
        stack.stop()


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="reads /proc")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_process_outlives_the_stack(tmp_path: Path, how: signal.Signals) -> None:
    stack = start_stack(tmp_path, TEMPLATE)
    children = running_children(stack)
    assert children
    os.kill(stack.process.pid, how)
    stack.until(lambda: stack.process.poll() is not None, 5)
    stack.until(lambda: not any(map(is_running, children)), 5)


def running_children(stack: Stack) -> list[int]:
    """The processes that the stack has started."""
    lists = Path(f"/proc/{stack.process.pid}/task").glob("*/children")
    return [int(pid) for each in lists for pid in each.read_text().split()]


def is_running(pid: int) -> bool:
    """Whether a process is there and no mere entry that waits for its parent."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def test_a_port_that_is_taken_is_said_in_one_line(stack: Stack) -> None:
    port = stack.base.rsplit(":", 1)[1]
    second = subprocess.run(
        [sys.executable, "-m", "local"],
        check=False,
        cwd=ROOT,
        env={**os.environ, "PORT": port},
        capture_output=True,
        timeout=30,
    )
    assert second.returncode == 1
    assert second.stderr.decode().startswith(f"Port {port} cannot be used")


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"PORT": "99999"}, "there is no port 99999"),
        ({"PORT": "-1"}, "there is no port -1"),
        ({"LOCAL_AWS_PORT": "65536"}, "there is no port 65536"),
        ({"REAL": "blusky"}, "blusky is none of bluesky, "),
        ({"REAL": "bluesky, twitter"}, "twitter is none of bluesky, "),
    ],
)
def test_what_cannot_be_asked_for_is_said(
    capsys: pytest.CaptureFixture[str], environment: dict[str, str], said: str
) -> None:
    with pytest.raises(SystemExit):
        read_options([], environment)
    assert said in capsys.readouterr().err


def test_a_platform_is_real_by_the_products_own_name_of_it() -> None:
    assert read_options([], {"REAL": " bluesky,mastodon "}).real == ("bluesky", "mastodon")
    assert {*sandbox.SLUGS} == {*SLUGS}
