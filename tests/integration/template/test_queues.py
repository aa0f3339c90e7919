"""Queues, their workers, and the timing chain between them."""

from typing import Any

from socials import timing
from socials.syncing import AT_ONCE
from socials.worker import MOST_LOOKS
from tests.integration.template.reading import of_type, owner, referenced


def test_each_link_of_the_timing_chain_is_shorter_than_the_next(
    template: dict[str, Any], functions: dict[str, dict[str, Any]]
) -> None:
    queues = of_type(template, "AWS::SQS::Queue")
    for mapping in of_type(template, "AWS::Lambda::EventSourceMapping").values():
        worker = next(each for each in functions.values() if each["Id"] == owner(mapping))
        queue = queues[mapping["EventSourceArn"]["Fn::GetAtt"][0]]
        chain = [
            timing.PLATFORM_CALL_SECONDS,
            timing.RUN_LEASE_SECONDS,
            worker["Timeout"],
            timing.REFRESH_LEASE_SECONDS,
            queue["VisibilityTimeout"] - mapping.get("MaximumBatchingWindowInSeconds", 0),
        ]
        assert chain == sorted(set(chain))
        # A message taken at the last moment can still make its call and write what came of it.
        assert timing.PLATFORM_CALL_SECONDS + 1 + timing.WRITE_SECONDS < timing.STOP_BEFORE_SECONDS
        assert timing.STOP_BEFORE_SECONDS < timing.STOP_ERASING_BEFORE_SECONDS < worker["Timeout"]
        assert worker["Timeout"] == timing.FUNCTION_TIMEOUT_SECONDS
        assert queue["VisibilityTimeout"] == timing.QUEUE_VISIBILITY_SECONDS


def test_a_batch_of_syncs_is_no_longer_than_what_is_worked_on_at_once(template: dict[str, Any]) -> None:
    """Or the last of a batch would wait for the slowest of the first."""
    mappings = of_type(template, "AWS::Lambda::EventSourceMapping").values()
    sizes = [each["BatchSize"] for each in mappings if owner(each) == "RunSyncs"]
    assert len(sizes) == 2
    assert max(sizes) == AT_ONCE


def test_every_queue_gives_up_after_five_tries_into_dead_letters_with_an_alarm(template: dict[str, Any]) -> None:
    queues = of_type(template, "AWS::SQS::Queue")
    working = {name: queue for name, queue in queues.items() if "RedrivePolicy" in queue}
    assert len(working) == 3
    watched = {name for alarm in of_type(template, "AWS::CloudWatch::Alarm").values() for name in referenced(alarm)}
    for queue in working.values():
        assert queue["RedrivePolicy"]["maxReceiveCount"] == MOST_LOOKS + 1 == 5
        dead_letters = queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
        assert dead_letters in queues.keys() - working.keys()
        assert dead_letters in watched


def test_queues_are_encrypted_and_refuse_plain_http(template: dict[str, Any]) -> None:
    queues = of_type(template, "AWS::SQS::Queue")
    for queue in queues.values():
        assert queue["KmsMasterKeyId"] == {"Ref": "DataKey"}
    [policy] = of_type(template, "AWS::SQS::QueuePolicy").values()
    assert {queue["Ref"] for queue in policy["Queues"]} == queues.keys()
    [statement] = policy["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "sqs:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_workers_report_each_message_and_manual_syncs_have_their_own_concurrency(template: dict[str, Any]) -> None:
    mappings = of_type(template, "AWS::Lambda::EventSourceMapping")
    for mapping in mappings.values():
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert mapping["ScalingConfig"]["MaximumConcurrency"] >= 2
    assert {mapping["EventSourceArn"]["Fn::GetAtt"][0] for mapping in mappings.values()} == {
        "DailyQueue",
        "ManualQueue",
        "EraseQueue",
    }
