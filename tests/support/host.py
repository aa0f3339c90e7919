"""What functions reach on this machine: moto with the template's resources, and the sandbox of the platforms."""

import json
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import boto3
from flask import Flask
from werkzeug.serving import BaseWSGIServer, make_server

import local.sandbox
from local import declared, quick_moto
from local.aws import CREDENTIALS, make_queues, make_secrets, make_table
from local.moto_server import QuietHandler
from local.resolving import Resolver
from local.template import REGION, translated
from socials import clock

ROOT = Path(__file__).parents[2]
LOOPBACK = "127.0.0.1"


class Host:
    """Serves while it is open, at `address`; functions find it under `name`. `aws`: moto as a WSGI application.
    `parameters`: the template's, beside the stack's own."""

    def __init__(
        self, aws: Callable[..., Any], address: str = LOOPBACK, name: str = LOOPBACK, **parameters: str
    ) -> None:
        quick_moto.install()
        self.address = address
        self._servers: list[BaseWSGIServer] = []
        port = self._serve(aws)
        sandbox = Flask("sandbox")
        sandbox.register_blueprint(local.sandbox.create_blueprint(clock.now), url_prefix="/_sandbox")
        self.sandbox = f"http://{name}:{self._serve(sandbox)}"
        self._aws = f"http://{self.address}:{port}"
        self._seen_aws = f"http://{name}:{port}"
        self.resolver = Resolver(translated(ROOT / "template.yaml", self._parameters() | parameters))
        self._make_resources()

    def close(self) -> None:
        """Ends the servers; moto forgets, which has one state a process."""
        urlopen(Request(f"{self._aws}/moto-api/reset", method="POST"), timeout=30).close()
        for server in self._servers:
            server.shutdown()

    def client(self, service: str) -> Any:
        """A boto3 client of what the functions use."""
        keys = {key.lower(): value for key, value in CREDENTIALS.items()}
        return boto3.client(service, region_name=REGION, endpoint_url=self._aws, **keys)

    def variables(self) -> dict[str, dict[str, str]]:
        """What `sam local --env-vars` takes: each function's environment, with this machine's services in it."""
        own = {
            "AWS_ENDPOINT_URL": self._seen_aws,
            "PLATFORM_ORIGINS": json.dumps(local.sandbox.origins(self.sandbox)),
            "ALLOW_PRIVATE_HOSTS": "1",
        }
        specs = declared.functions(self.resolver)
        every = {spec.logical_id: {**spec.environment, **own} for spec in specs}
        return json.loads(json.dumps(every).replace(self._aws, self._seen_aws))

    def _parameters(self) -> dict[str, str]:
        issuer = "https://id.example.com"
        return {
            "Stage": "local",
            "JwtIssuer": issuer,
            "JwtAudience": "postloudly-local",
            "PublicOrigin": "http://127.0.0.1:3000",
        }

    def _make_resources(self) -> None:
        dynamodb, sqs, secrets = map(self.client, ("dynamodb", "sqs", "secretsmanager"))
        make_queues(sqs, self.resolver)
        for name, properties in self.resolver.resources("AWS::DynamoDB::Table").items():
            make_table(dynamodb, self.resolver.name(name), self.resolver.resolve(properties))
        make_secrets(secrets, "postloudly/local/", local.sandbox.app_credentials())

    def _serve(self, app: Callable[..., Any]) -> int:
        server = make_server(self.address, 0, app, threaded=True, request_handler=QuietHandler)
        server.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server.server_port
