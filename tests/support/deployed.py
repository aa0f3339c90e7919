"""What a deployed stack has and the local one has not, put into the local one's AWS: log groups, functions, the
rule, the stack itself, a dead letter of an erase, a table that another one has replaced."""

import io
import json
import re
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.support.situations import Situations
from tests.support.stack import ROOT

OF_LAMBDA = (
    "2026-11-23T05:00:00.000Z 6f7c Task timed out after 120.00 seconds",
    "RequestId: 6f7c Error: Runtime exited with error: signal: killed",
)
QUEUE = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}
# What is reserved for each function, if anything.
RESERVED = {"FUNCTION": None, "RUN_SYNCS": 30}
KEYS = {
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}
LETTER = {"user": "someone", "kind": "receipt", "id": "rcp_1", "life": "1"}


@contextmanager
def deployed(scene: Situations, stack: str, folder: Path) -> Iterator[dict[str, str]]:
    """What stands for the names in capitals. `folder` gets `pinterest.json`."""
    keep_logs(scene, stack)
    rule = f"{stack}-DispatchSyncsEveryMinute"
    scene.client("events").put_rule(Name=rule, ScheduleExpression="rate(1 minute)", State="DISABLED")
    gone = make_stack(scene, stack)
    scene.client("cloudformation").delete_stack(StackName=gone)
    make_stack(scene, stack)
    secret = scene.secrets.get_secret_value(SecretId=f"{scene.prefix}platforms/pinterest")["SecretString"]
    (folder / "pinterest.json").write_text(secret, encoding="utf-8")
    make_functions(scene, RESERVED)
    scene.dynamodb.create_table(**KEYS, TableName="replaced", DeletionProtectionEnabled=True)
    dead = scene.sqs.get_queue_url(QueueName="postloudly-local-EraseDeadLetters")["QueueUrl"]
    scene.sqs.send_message(QueueUrl=dead, MessageBody=json.dumps(LETTER))
    own = leave(scene, folder) | {"STACK_ID": gone}
    own |= {"RULE": rule, "NEW": "restored-once-more", "OLD": "replaced", "DEAD_LETTER_QUEUE_URL": dead}
    yield scene.values | own | {name: name for name in RESERVED}
    scene.sqs.purge_queue(QueueUrl=dead)


def make_stack(scene: Situations, stack: str) -> str:
    """Its id."""
    made = scene.client("cloudformation").create_stack(StackName=stack, TemplateBody=json.dumps(QUEUE))
    return str(made["StackId"])


def leave(scene: Situations, folder: Path) -> dict[str, str]:
    """What a protected stage's stack has left behind: a table and its key; a secret; the template for an import."""
    key = scene.client("kms").create_key()["KeyMetadata"]
    under = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key["Arn"]}
    scene.dynamodb.create_table(**KEYS, TableName="left", DeletionProtectionEnabled=True, SSESpecification=under)
    scene.secrets.create_secret(Name="postloudly/local/left", SecretString="none")
    (folder / ".local").mkdir()
    (folder / ".local" / "retained.json").write_text("{}", encoding="utf-8")
    return {"LEFT_TABLE": "left", "LEFT_KEY": key["KeyId"], "SECRET": "postloudly/local/left"}


def keep_logs(scene: Situations, stack: str) -> None:
    """The lines of the functions, those that Lambda itself writes, and one of the gateway's access log."""
    logs, at = scene.client("logs"), int(time.time() * 1000)
    access = re.search(r"Format: '(.+)'", (ROOT / "template.yaml").read_text(encoding="utf-8"))
    assert access
    refused = re.sub(r"\$context\.[\w.]+", "-", access[1].replace("$context.status", "503"))
    own = [json.dumps(line) for line in scene.lines()]
    for name, lines in ((f"/{stack}/functions", [*own, *OF_LAMBDA]), (f"/{stack}/access", [refused])):
        logs.create_log_group(logGroupName=name)
        logs.create_log_stream(logGroupName=name, logStreamName="one")
        told = [{"timestamp": at, "message": line} for line in lines]
        logs.put_log_events(logGroupName=name, logStreamName="one", logEvents=told)


def make_functions(scene: Situations, reserved: Mapping[str, int | None]) -> None:
    """They do nothing; the runbook only looks at their concurrency, and changes it."""
    role = scene.client("iam").create_role(RoleName="role", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    with io.BytesIO() as code:
        with zipfile.ZipFile(code, "w") as archive:
            archive.writestr("app.py", "")
        own = {"Role": role, "Runtime": "python3.13", "Handler": "app.handler", "Code": {"ZipFile": code.getvalue()}}
    functions = scene.client("lambda")
    for name, number in reserved.items():
        functions.create_function(FunctionName=name, **own)
        if number is not None:
            functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=number)
