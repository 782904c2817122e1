"""What makes a resource a Connector host, seen through a rule about hosts and one about their groups."""

import base64
import gzip
import json

import pytest
from policies.analyzer import UNKNOWN, Res, analyze
from policies.stacks import NETWORK, connector

from gatepost_policies import topology as t

NAME = "aws-ec2-no-key-pair"
SCRIPT = "#!/bin/sh\necho TWINGATE_NETWORK=acme > /etc/twingate/connector.conf\n"
PACKED = base64.b64encode(gzip.compress(SCRIPT.encode())).decode()
DOCKER = "docker run -d --env-file pair twingate/connector:1"


def levels(*stack, config=None, key="ops", **props):
    found = analyze(NAME, Res(t.INSTANCE, "x", {"keyName": key, **props}), *stack, config=config)
    return [level for level, _, _ in found]


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("userData", SCRIPT),
        ("userData", base64.b64encode(SCRIPT.encode()).decode()),
        ("userDataBase64", PACKED),
        ("userData", DOCKER),
        ("userData", "apt-get install -y twingate-connector"),
    ],
    ids=["settings", "base64", "gzip", "container", "package"],
)
def test_texts_that_a_host_boots_with(key, text):
    assert levels(**{key: text}) == ["MANDATORY"]
    assert levels(**{key: text}, config={"scope": "gatepost"}) == []


def test_a_text_inside_a_text_over_several_lines():
    lines = "\n    ".join(base64.encodebytes(gzip.compress(SCRIPT.encode() * 9)).decode().split())
    config = f"#cloud-config\nwrite_files:\n- encoding: gz+b64\n  content: |\n    {lines}\n"
    assert levels(userData=base64.b64encode(config.encode()).decode()) == ["MANDATORY"]


@pytest.mark.parametrize(
    "text",
    [
        "#!/bin/sh\napt-get update",
        "http://example.com/nottwingate/connectors",
        "my-twingate-connectorish",
        "////////////" * 9,
    ],
    ids=["plain", "another path", "another word", "base64 of nothing"],
)
def test_texts_that_say_nothing(text):
    assert levels(userData=text) == []


def test_a_pair_that_reaches_the_host():
    stack = [NETWORK, *connector("a")]
    host = Res(t.INSTANCE, "x", {"keyName": "ops", "userData": UNKNOWN}, {"userData": ["pair-a"]})
    assert [level for level, _, _ in analyze(NAME, host, *stack)] == ["MANDATORY"]
    beside = Res(t.INSTANCE, "y", {"keyName": "ops", "userData": UNKNOWN}, {"userData": ["x"]})
    assert [name for level, name, _ in analyze(NAME, host, beside, *stack) if level == "MANDATORY"] == ["x"]


def test_a_task_that_runs_the_connector_puts_its_groups_in_scope():
    definition = json.dumps([{"name": "c", "image": "twingate/connector:1.80.0"}])
    entry = [{"protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlocks": ["10.0.0.0/8"]}]
    stack = [
        Res(t.SECURITY_GROUPS[0], "group", {"ingress": entry}),
        Res(t.ECS_TASK, "task", {"containerDefinitions": definition}),
        Res(
            t.ECS_SERVICE,
            "service",
            {"taskDefinition": UNKNOWN, "networkConfiguration": {"securityGroups": [UNKNOWN]}},
            {"taskDefinition": ["task"], "networkConfiguration": ["group"]},
        ),
    ]
    assert [name for _, name, _ in analyze("aws-ec2-no-ingress", *stack)] == ["group"]


def test_images_of_the_settings():
    assert levels(ami="ami-0abc", config={"images": ["ami-0abc"]}) == ["MANDATORY"]
    assert levels(ami="ami-0abc", config={"images": ["ami-0*"]}) == ["MANDATORY"]
    assert levels(ami="ami-1abc", config={"images": ["ami-0*"]}) == []
    assert levels(ami=UNKNOWN, config={"images": ["ami-0*"]}) == ["ADVISORY"]


def test_an_unknown_text_counts_beside_twingate_only():
    assert levels(userData=UNKNOWN) == []
    assert levels(NETWORK, userData=UNKNOWN) == ["ADVISORY"]
    assert levels(NETWORK, userData="#!/bin/sh") == []


def test_huge_and_odd_texts_are_read_to_a_limit():
    assert levels(userData="x" * 3_000_000 + SCRIPT) == []
    bomb = base64.b64encode(gzip.compress(b"\0" * 50_000_000)).decode()
    assert levels(userData=bomb) == []


def test_everything_is_in_scope_on_demand():
    assert levels(config={"scope": "all"}) == ["MANDATORY"]
