"""The real SAM CLI: one build, then `sam local invoke` for each event, and `sam local start-api`."""

import json
import os
import platform
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from local.aws import CREDENTIALS
from local.template import REGION
from tests.sam.layers import PUBLISHED, publish

ROOT = Path(__file__).parents[2]
ARCHITECTURE = "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64"
IMAGE = f"public.ecr.aws/lambda/python:3.13-{ARCHITECTURE}"
BUILD_SECONDS = 600
INVOKE_SECONDS = 300
SERVE_SECONDS = 120


class SamError(Exception):
    """The SAM CLI failed, or the function did; the message is its output."""


def address() -> str:
    """Where containers find this machine: the bridge's own address on Linux, elsewhere Docker forwards to loopback."""
    if not sys.platform.startswith("linux"):
        return "127.0.0.1"
    asked = ("docker", "network", "inspect", "bridge", "--format", "{{json (index .IPAM.Config 0)}}")
    network = json.loads(subprocess.run(asked, check=True, capture_output=True, text=True).stdout)
    return network.get("Gateway") or str(next(ip_network(network["Subnet"]).hosts()))


@dataclass(frozen=True, slots=True)
class Sam:
    """`build_folder`: where the build goes. `address`: where containers find this machine."""

    build_folder: Path
    address: str

    def build(self) -> None:
        """Builds functions and layers for this machine's processor. Raises SamError."""
        self._run("build", "--cached", "--parallel", "--build-dir", str(self.build_folder), seconds=BUILD_SECONDS)
        publish(self.build_folder, self._layers)

    def invoke(self, function: str, event: Mapping[str, Any], variables: Path) -> Any:
        """The function's answer, parsed. Raises SamError where it did not answer or raised."""
        output = self._run(
            "local",
            "invoke",
            function,
            *("--event", "-", *self._containers(variables)),
            seconds=INVOKE_SECONDS,
            given=json.dumps(event),
        )
        lines = [line for line in output.stdout.splitlines() if line.strip()]
        try:
            answer = json.loads(lines[-1])
        except (IndexError, json.JSONDecodeError):
            raise SamError(f"{function} did not answer\n{output.stdout}\n{output.stderr}") from None
        if isinstance(answer, dict) and "errorMessage" in answer:
            raise SamError(f"{function}: {answer}\n{output.stderr}")
        return answer

    @property
    def _layers(self) -> Path:
        return self.build_folder.with_name("layers")

    @contextmanager
    def serve(self, variables: Path, log: Path) -> Iterator[str]:
        """The origin of `sam local start-api` while it is open; what it says goes to `log`. Raises SamError."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        containers = (*self._containers(variables), "--warm-containers", "LAZY")
        command = _command("local", "start-api", "--port", str(port), *containers)
        with log.open("w", encoding="utf-8") as said:
            server = subprocess.Popen(command, cwd=ROOT, env=_environment(), stdout=said, stderr=subprocess.STDOUT)
            try:
                deadline = time.monotonic() + SERVE_SECONDS
                while not _listens(port):
                    with suppress(subprocess.TimeoutExpired):
                        server.wait(timeout=0.2)
                    if server.returncode is not None or time.monotonic() > deadline:
                        raise SamError(f"{' '.join(command)}\n{log.read_text(encoding='utf-8')}")
                yield f"http://127.0.0.1:{port}"
            finally:
                server.send_signal(signal.SIGINT)  # it takes its containers along
                server.wait(timeout=60)

    def _containers(self, variables: Path) -> tuple[str, ...]:
        """What every container is told: its code, its environment, and where this machine is."""
        skip = subprocess.run(("docker", "image", "inspect", IMAGE), capture_output=True, check=False).returncode == 0
        host = ("--add-host", f"host.docker.internal:{self.address}") if sys.platform.startswith("linux") else ()
        template = ("--template", str(self.build_folder / PUBLISHED), "--layer-cache-basedir", str(self._layers))
        built = (*template, "--env-vars", str(variables))
        return (*built, *host, *(("--skip-pull-image",) if skip else ()))

    def _run(self, *arguments: str, seconds: int, given: str = "") -> "subprocess.CompletedProcess[str]":
        command = _command(*arguments)
        ended = subprocess.run(
            command,
            cwd=ROOT,
            env=_environment(),
            input=given,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        if ended.returncode:
            raise SamError(f"{' '.join(command)}\n{ended.stdout}\n{ended.stderr}")
        return ended


def _command(*arguments: str) -> tuple[str, ...]:
    return ("sam", *arguments, "--parameter-overrides", f"Architecture={ARCHITECTURE}")


def _environment() -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return environment | CREDENTIALS | {"AWS_DEFAULT_REGION": REGION, "SAM_CLI_TELEMETRY": "0"}


def _listens(port: int) -> bool:
    with socket.socket() as asked:
        return asked.connect_ex(("127.0.0.1", port)) == 0
