"""How the stack is asked to run: the environment and the command line."""

import argparse
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Options:
    """`real` are the platforms reached on their own hosts; `origins` the environment's own PLATFORM_ORIGINS."""

    template: Path
    port: int
    aws_host: str
    aws_port: int
    folder: Path
    real: tuple[str, ...]
    origins: Mapping[str, str]


def read_options(arguments: Sequence[str], environment: Mapping[str, str]) -> Options:
    """The options of one run. Ends the program with a message where one of them is wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m local",
        description="The whole product on this machine, derived from template.yaml.",
        epilog="Environment: PORT (3000), REAL (platforms to reach for real), PLATFORM_ORIGINS, ALLOW_PRIVATE_HOSTS, "
        "TOKEN_STORE (sealed; default secrets-manager), AWS_ENDPOINT_URL_<SERVICE>, "
        "LOCAL_AWS_HOST (127.0.0.1; 0.0.0.0 for sam local), LOCAL_AWS_PORT, LOCAL_DIR.",
    )
    parser.add_argument("--template", type=Path, default=Path("template.yaml"), help="default: template.yaml")
    asked = parser.parse_args(arguments)
    try:
        origins = json.loads(environment.get("PLATFORM_ORIGINS") or "{}")
        return Options(
            template=asked.template.resolve(),
            port=_port(environment.get("PORT") or "3000"),
            aws_host=environment.get("LOCAL_AWS_HOST") or "127.0.0.1",
            aws_port=_port(environment.get("LOCAL_AWS_PORT") or "0"),
            folder=Path(environment.get("LOCAL_DIR") or asked.template.resolve().parent / ".local"),
            real=_platforms(environment.get("REAL") or ""),
            origins={str(key): str(value) for key, value in origins.items()},
        )
    except (ValueError, AttributeError) as error:
        parser.error(
            "PORT and LOCAL_AWS_PORT are numbers up to 65535, REAL names platforms, PLATFORM_ORIGINS is a JSON object: "
            f"{error}"
        )


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise ValueError(f"there is no port {port}")
    return port


def _platforms(text: str) -> tuple[str, ...]:
    """By their slugs. One that is misspelt would be the sandbox's, which takes nobody's real password."""
    named = tuple(text.replace(",", " ").split())
    if not named:
        return ()
    from local.sandbox import SLUGS

    if unknown := sorted({*named} - {*SLUGS}):
        raise ValueError(f"{', '.join(unknown)} is none of {', '.join(SLUGS)}")
    return named


def filled(declared: Mapping[str, str], local: Mapping[str, str]) -> dict[str, str]:
    """A function's environment: what the template declares empty is filled by the stack or by who started it."""
    own = {name: os.environ[name] for name in declared if not declared[name] and os.environ.get(name)}
    return {**declared, **own, **{name: value for name, value in local.items() if name in declared}}
