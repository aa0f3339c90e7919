"""The real SAM CLI: one build, then `sam local invoke` for each event."""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from local.aws import CREDENTIALS
from local.template import REGION

ROOT = Path(__file__).parents[2]
ARCHITECTURE = "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64"
IMAGE = f"public.ecr.aws/lambda/python:3.13-{ARCHITECTURE}"
BUILD_SECONDS = 600
INVOKE_SECONDS = 300


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

    def invoke(self, function: str, event: Mapping[str, Any], variables: Path) -> Any:
        """The function's answer, parsed. Raises SamError where it did not answer or raised."""
        skip = subprocess.run(("docker", "image", "inspect", IMAGE), capture_output=True, check=False).returncode == 0
        host = ("--add-host", f"host.docker.internal:{self.address}") if sys.platform.startswith("linux") else ()
        output = self._run(
            "local",
            "invoke",
            function,
            *("--template", str(self.build_folder / "template.yaml")),
            *("--event", "-", "--env-vars", str(variables)),
            *host,
            *(("--skip-pull-image",) if skip else ()),
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

    def _run(self, *arguments: str, seconds: int, given: str = "") -> "subprocess.CompletedProcess[str]":
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        environment |= CREDENTIALS | {"AWS_DEFAULT_REGION": REGION, "SAM_CLI_TELEMETRY": "0"}
        command = ("sam", *arguments, "--parameter-overrides", f"Architecture={ARCHITECTURE}")
        ended = subprocess.run(
            command,
            cwd=ROOT,
            env=environment,
            input=given,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        if ended.returncode:
            raise SamError(f"{' '.join(command)}\n{ended.stdout}\n{ended.stderr}")
        return ended
