"""A platform's app credentials, stored by the README's command: under the stack's key, as the functions read them."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from local.resolving import Resolver
from local.template import REGION, translated
from socials.aws.apps import SecretsApps
from tests.support.aws_commands import Asked, read
from tests.support.runbook import filled

ROOT = Path(__file__).parents[2]
CREDENTIALS = {"client_id": "the-app", "client_secret": "kept by nobody"}


@pytest.fixture
def stack() -> Resolver:
    return Resolver(translated(ROOT / "template.yaml", {"Stage": "prod"}))


@pytest.fixture
def key(stack: Resolver) -> str:
    arn: str = stack.resolve(stack.template["Outputs"]["DataKeyArn"]["Value"])
    return arn


@pytest.fixture
def asked(key: str, tmp_path: Path) -> Iterator[Asked]:
    (tmp_path / "pinterest.json").write_text(json.dumps(CREDENTIALS), encoding="utf-8")
    [command] = re.findall(r"^aws .+$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert "`DATA_KEY_ARN` is the stack's output `DataKeyArn`" in (ROOT / "README.md").read_text(encoding="utf-8")
    values = {"STAGE": "prod", "PLATFORM": "pinterest", "DATA_KEY_ARN": key}
    with mock_aws():
        yield read(filled(command, values), tmp_path)
        # Where another test keeps moto alive, so is what lies in it.
        secrets = boto3.client("secretsmanager", region_name=REGION)
        secrets.delete_secret(SecretId="postloudly/prod/platforms/pinterest", ForceDeleteWithoutRecovery=True)


def test_the_readmes_command_stores_what_the_functions_read(stack: Resolver, asked: Asked, key: str) -> None:
    secrets = boto3.client("secretsmanager", region_name=REGION)
    asked.of(secrets)
    prefix = stack.resolve(stack.template["Outputs"]["SecretsPrefix"]["Value"])
    app = SecretsApps(secrets, prefix).get("pinterest")
    assert app is not None
    assert (app.client_id, app.client_secret) == tuple(CREDENTIALS.values())
    assert secrets.describe_secret(SecretId=f"{prefix}platforms/pinterest")["KmsKeyId"] == key


def test_a_new_value_rests_under_the_same_key(asked: Asked, key: str) -> None:
    """The runbook stores a new secret of an app by `put-secret-value`, which names no key."""
    secrets = boto3.client("secretsmanager", region_name=REGION)
    name = asked.of(secrets)["Name"]
    secrets.put_secret_value(SecretId=name, SecretString="{}")
    assert secrets.describe_secret(SecretId=name)["KmsKeyId"] == key


def test_the_key_lets_whoever_deploys_use_it_for_secrets_where_iam_does(stack: Resolver) -> None:
    [policy] = [stack.resolve(each["KeyPolicy"]) for each in stack.resources("AWS::KMS::Key").values()]
    [iam] = [each for each in policy["Statement"] if each["Sid"] == "IamDecidesThroughTheServices"]
    assert iam["Principal"]["AWS"].endswith(":root")
    assert f"secretsmanager.{REGION}.amazonaws.com" in iam["Condition"]["StringEquals"]["kms:ViaService"]
    # Made and read; and moved here from another key.
    assert {"kms:GenerateDataKey", "kms:Decrypt", "kms:Encrypt"} <= set(iam["Action"])
