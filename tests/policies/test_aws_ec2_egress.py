from dataclasses import replace
from typing import Any

import pulumi_aws as aws
import pytest
from policies.analyzer import NOT_JUDGED, UNKNOWN, Res, analyze, metadata, silencing
from policies.stacks import GROUP, NETWORK, fleet

from gatepost.egress import Reach, egress_rules
from gatepost_policies.ways import aws as spelling

NAME = "aws-ec2-egress"
BASE = {"securityGroupId": UNKNOWN, "ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "cidrIpv4": "0.0.0.0/0"}
EXIT = replace(NETWORK, props={"name": "net", "type": "EXIT"}, computed={})


def rule(name="out", **props):
    found = {key: value for key, value in {**BASE, **props}.items() if value is not None}
    return Res(spelling.EGRESS_RULE, name, found, {"securityGroupId": ["group"]})


def legacy(**props):
    base = {"type": "egress", "protocol": "tcp", "fromPort": 443, "toPort": 443, "securityGroupId": UNKNOWN}
    return Res(spelling.LEGACY_RULE, "out", {**base, **props}, {"securityGroupId": ["group"]})


def everything(rules):
    return [
        rule(
            f"r{number}",
            ipProtocol="-1" if r.protocol == "all" else r.protocol,
            fromPort=-1 if r.protocol == "icmp" else r.first_port or None,
            toPort=-1 if r.protocol == "icmp" else r.last_port or None,
            cidrIpv4=r.destination,
        )
        for number, r in enumerate(rules)
    ]


def inline(*entries):
    group = replace(GROUP, props={**GROUP.props, "egress": list(entries)}, computed={})
    return [group if res.name == "group" else res for res in fleet()]


def on_exit(*rules):
    return [*(EXIT if res.name == "net" else res for res in fleet()), *rules]


def more(title, what, fix):
    return f"{title} lets out {what}, more than a Connector needs. {fix}, or declare it in `reaches`."


def test_passes_what_the_components_make():
    reaches = [Reach(cidr="10.0.0.0/8"), Reach(cidr="192.168.7.0/24", protocol="icmp")]
    for strict in (False, True):
        assert analyze(NAME, *fleet(), *everything(egress_rules(cloud="aws", reaches=reaches, strict=strict))) == []
    assert analyze(NAME, *on_exit(*everything(egress_rules(cloud="aws", network_type="EXIT")))) == []


@pytest.mark.parametrize(
    "stack",
    [
        pytest.param([GROUP, rule(ipProtocol="-1")], id="another team's group"),
        pytest.param([*fleet(), rule(cidrIpv4=None, cidrIpv6="::/0")], id="IPv6"),
        pytest.param([*fleet(), legacy(type="ingress", protocol="-1", cidrBlocks=["0.0.0.0/0"])], id="inbound"),
        pytest.param([*fleet(), rule(cidrIpv4="172.16.4.0/24", fromPort=5432, toPort=5432)], id="private"),
        pytest.param([*fleet(), rule(cidrIpv4=None, prefixListId="pl-1", fromPort=22, toPort=22)], id="prefix list"),
    ],
)
def test_passes(stack):
    assert analyze(NAME, *stack) == []


ALL = "all traffic to 0.0.0.0/0"
FAILS = [
    pytest.param(
        [*fleet(), rule(ipProtocol="-1", fromPort=None, toPort=None)],
        ("out", more("Security group rule 'out'", ALL, "Remove the rule")),
        id="any to any",
    ),
    pytest.param(
        [*fleet(), rule(fromPort=5432, toPort=5432)],
        ("out", more("Security group rule 'out'", "tcp 5432 to 0.0.0.0/0", "Remove the rule")),
        id="a public port",
    ),
    pytest.param(
        [*fleet(), rule(fromPort=443, toPort=444)],
        ("out", more("Security group rule 'out'", "tcp 443-444 to 0.0.0.0/0", "Remove the rule")),
        id="one port too many",
    ),
    pytest.param(
        [*fleet(), rule(cidrIpv4="169.254.169.254/32", fromPort=1, toPort=9)],
        ("out", more("Security group rule 'out'", "tcp 1-9 to 169.254.169.254/32", "Remove the rule")),
        id="metadata",
    ),
    pytest.param(
        [*fleet(), legacy(protocol="-1", cidrBlocks=["0.0.0.0/0"])],
        ("out", more("Security group rule 'out'", ALL, "Remove the rule")),
        id="legacy",
    ),
    pytest.param(
        inline({"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": ["0.0.0.0/0"]}),
        ("group", more("Security group 'group'", ALL, "Remove `egress[0]`")),
        id="inline",
    ),
    pytest.param(
        on_exit(rule(cidrIpv4="10.0.0.0/8")),
        (
            "out",
            "Security group rule 'out' lets out tcp 443 to 10.0.0.0/8, private addresses among them, on a network of "
            "type EXIT. Remove the rule, and let out public blocks only: users leave to the internet there, not into "
            "your network.",
        ),
        id="private on an EXIT network",
    ),
]


@pytest.mark.parametrize(("stack", "found"), FAILS)
def test_fails(stack, found):
    assert analyze(NAME, *stack) == [("MANDATORY", *found)]


@pytest.mark.parametrize("stack", [row.values[0] for row in FAILS])
def test_one_unknown_never_silences(stack):
    assert silencing(NAME, stack) == []


def test_unknown_beside_a_violation():
    stack = [*fleet(), rule("later", cidrIpv4=UNKNOWN, fromPort=22, toPort=22), rule(ipProtocol="-1")]
    found = analyze(NAME, *stack)
    assert [(level, name) for level, name, _ in found] == [("MANDATORY", "out"), ("ADVISORY", "")]
    assert found[1][2].startswith(f"{NOT_JUDGED}Security group rule 'later' lets out tcp 22 to a value known only")


def test_reaches_are_a_setting():
    private = [*fleet(), rule(cidrIpv4="10.9.0.0/16", fromPort=5432, toPort=5432)]
    reach = {"cidr": "10.0.0.0/8", "protocol": "tcp", "ports": "5432"}
    assert analyze(NAME, *private, config={"reaches": [reach]}) == []
    assert analyze(NAME, *private, config={"reaches": ["10.9.0.0/16"]}) == []
    assert len(analyze(NAME, *private, config={"reaches": []})) == 1
    assert len(analyze(NAME, *private, config={"reaches": [{**reach, "ports": "5433"}]})) == 1


def test_a_broken_reach_is_said_and_nothing_is_judged():
    stack = [*fleet(), rule(ipProtocol="-1")]
    said = (
        "Entry 2 of the setting `reaches` ('10.0.0.0/99') is no CIDR block like 10.0.0.0/8, or an object with `cidr`, "
        "`protocol` and `ports`. Correct it."
    )
    assert analyze(NAME, *stack, config={"reaches": ["10.0.0.0/8", "10.0.0.0/99"]}) == [("MANDATORY", "", said)]


ODD_REACHES = {
    "has the key `port`; allowed are `cidr`, `protocol` and `ports`": {"port": "443"},
    "has the protocol 'TCP'; allowed are tcp, udp, icmp, all": {"protocol": "TCP"},
    "has ports that are not between 0 and 65535, the lower one first": {"protocol": "tcp", "ports": "443-80"},
    "has ports, which only the protocols tcp and udp have": {"ports": "443"},
}


@pytest.mark.parametrize("said", ODD_REACHES)
def test_a_reach_that_would_open_more_than_it_says(said):
    reach = {"cidr": "8.8.8.8/32", **ODD_REACHES[said]}
    ((level, name, text),) = analyze(NAME, *fleet(), rule(ipProtocol="-1"), config={"reaches": [reach]})
    assert (level, name) == ("MANDATORY", "")
    assert text.endswith(f") {said}. Correct it.")


def test_tokens_are_the_sdks_own():
    cls: Any = aws.vpc.SecurityGroupEgressRule
    assert cls.pulumi_type == spelling.EGRESS_RULE


def test_metadata():
    assert metadata(NAME) == {
        "name": "aws-ec2-egress",
        "description": "Security groups of Connector hosts let out only what Connectors need.",
        "enforcementLevel": "MANDATORY",
        "policyType": "POLICY_TYPE_STACK",
        "severity": "POLICY_SEVERITY_HIGH",
        "tags": ["aws", "network", "egress", "BP12"],
        "remediationSteps": "Replace the entry by SecurityGroupEgressRule for TCP 443, TCP 30000-31000, UDP "
        "1-65535, TCP 80 of the image's mirrors and the blocks that users reach; list those in "
        "the setting `reaches`.",
        "url": "https://www.twingate.com/docs/connector-best-practices",
        "settings": {
            "network_type": {
                "enum": ["auto", "REGULAR", "EXIT"],
                "description": "Type of the hosts' Remote Networks. auto: as this stack says, "
                "REGULAR if made elsewhere.",
                "type": "string",
                "default": "auto",
            },
            "reaches": {
                "description": "Destinations beside those of Twingate and the platform: a CIDR "
                "block, or an object with cidr, protocol (tcp, udp, icmp, all) and "
                "ports (443 or 8000-8100). Default: every private block.",
                "type": "array",
                "items": {
                    "anyOf": [
                        {"type": "string"},
                        {
                            "type": "object",
                            "properties": {
                                "ports": {"type": "string"},
                                "protocol": {"enum": ["tcp", "udp", "icmp", "all"], "type": "string"},
                                "cidr": {"type": "string"},
                            },
                            "required": ["cidr"],
                        },
                    ]
                },
                "default": ["10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16"],
            },
        },
    }
