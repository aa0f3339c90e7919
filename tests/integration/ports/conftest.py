"""The sets of ports that must keep the contract."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.aws_ports import AwsPorts
from tests.support.aws_world import aws_of_moto
from tests.support.bad_days import BadDaysOfAws
from tests.support.fakes import FakePorts

DYNAMODB_ENDPOINT = "DYNAMODB_ENDPOINT"


@pytest.fixture(scope="module")
def moto_ports() -> Iterator[AwsPorts]:
    """moto as the local stack has it."""
    with aws_of_moto() as ports:
        yield ports


@pytest.fixture(scope="module")
def dynamodb_local_ports() -> Iterator[AwsPorts]:
    with aws_of_moto(os.environ[DYNAMODB_ENDPOINT]) as ports:
        yield ports


_DYNAMODB_LOCAL = ["dynamodb_local"] if os.environ.get(DYNAMODB_ENDPOINT) else []
AWS_ENGINES = ["moto", *_DYNAMODB_LOCAL]


# DynamoDB Local only where the environment names one; without it `test_dynamodb_local` says that it was left out.
@pytest.fixture(params=["fakes", *AWS_ENGINES])
def ports(request: pytest.FixtureRequest) -> Any:
    """The fakes, and the AWS adapters, whose every write meets another one first; each fresh."""
    ports = _fresh(request)
    if request.param != "fakes":
        BadDaysOfAws(ports).conflicting = True
    return ports


@pytest.fixture(params=["fakes", *_DYNAMODB_LOCAL])
def atomic_ports(request: pytest.FixtureRequest) -> Any:
    """Those that keep their word under threads: moto checks a condition and writes in two steps."""
    return _fresh(request)


def _fresh(request: pytest.FixtureRequest) -> Any:
    if request.param == "fakes":
        return FakePorts()
    return request.getfixturevalue(f"{request.param}_ports").fresh()


@pytest.fixture(params=AWS_ENGINES)
def every_aws(request: pytest.FixtureRequest) -> AwsPorts:
    """The AWS adapters, on each engine that there is."""
    ports: AwsPorts = request.getfixturevalue(f"{request.param}_ports")
    return ports.fresh()


@pytest.fixture
def aws(moto_ports: AwsPorts) -> AwsPorts:
    """The AWS adapters alone, for what AWS may do to them."""
    return moto_ports.fresh()
