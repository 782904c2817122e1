"""How AWS firewall entries are worded, and that every type of the tables is one of the SDK's own."""

from typing import Any

import pulumi_aws as aws
import pytest
from policies.analyzer import OURS, UNKNOWN, Res, analyze
from policies.test_aws_ec2_no_ingress import DEFAULT_SG, END, INLINE_SAYS, LATER, NAME, OPEN, SG, no

from gatepost_policies import topology
from gatepost_policies.ways import aws as rules


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        pytest.param(
            {**OPEN, "cidrBlocks": [UNKNOWN]}, "tcp 443 from a value known only after the update", id="source"
        ),
        pytest.param({**OPEN, "cidrBlocks": UNKNOWN}, f"tcp 443 from {LATER}", id="sources"),
        pytest.param(
            {**OPEN, "fromPort": UNKNOWN}, "tcp a value known only after the update from 0.0.0.0/0", id="port"
        ),
        pytest.param(UNKNOWN, LATER, id="entry"),
        pytest.param({**OPEN, "protocol": "-1"}, "all traffic from 0.0.0.0/0", id="all"),
        pytest.param({**OPEN, "cidrBlocks": ["10.0.0.0/8"]}, "tcp 443 from 10.0.0.0/8", id="private source"),
        pytest.param({**OPEN, "cidrBlocks": []}, "tcp 443 from a source that is not named", id="no source"),
        pytest.param(
            {"protocol": "udp", "fromPort": 1, "toPort": 9, "ipv6CidrBlocks": ["::/0"], "securityGroups": ["sg-7"]},
            "udp 1-9 from ::/0, security group sg-7",
            id="several sources",
        ),
        pytest.param(
            {"protocol": "tcp", "fromPort": 22, "toPort": 22, "prefixListIds": ["pl-1"], "self": True},
            "tcp 22 from prefix list pl-1, the group itself",
            id="list and self",
        ),
    ],
)
def test_words_an_inline_entry(entry, said):
    stack = Res(SG, "web", {"tags": OURS, "vpcId": UNKNOWN, "ingress": [OPEN, entry]})
    second = f"Security group 'web' lets in {said}. Remove `ingress[1]`: {END}"
    assert analyze(NAME, stack) == [no("web", INLINE_SAYS), no("web", second)]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ({"cidrIpv6": "::/0"}, "::/0"),
        ({"prefixListId": "pl-1"}, "prefix list pl-1"),
        ({"referencedSecurityGroupId": "sg-7"}, "security group sg-7"),
    ],
)
def test_words_the_source_of_a_rule(source, said):
    found = Res(rules.INGRESS_RULE, "in", {"ipProtocol": "icmp", "tags": OURS, **source})
    assert analyze(NAME, found) == [
        no("in", f"Security group rule 'in' lets in icmp from {said}. Remove the rule: {END}")
    ]


@pytest.mark.parametrize(
    ("token", "cls"),
    [
        (SG, aws.ec2.SecurityGroup),
        (DEFAULT_SG, aws.ec2.DefaultSecurityGroup),
        (rules.INGRESS_RULE, aws.vpc.SecurityGroupIngressRule),
        (rules.LEGACY_RULE, aws.ec2.SecurityGroupRule),
        (topology.NETWORK_INTERFACE, aws.ec2.NetworkInterface),
        (topology.INTERFACE_ATTACHMENT, aws.ec2.NetworkInterfaceAttachment),
        (topology.GROUP_ATTACHMENT, aws.ec2.NetworkInterfaceSecurityGroupAttachment),
    ],
)
def test_tokens_are_the_sdks_own(token, cls):
    assert cls.pulumi_type == token


def test_hosts_are_the_sdks_own():
    classes: list[Any] = [
        aws.ec2.Instance,
        aws.ec2.SpotInstanceRequest,
        aws.ec2.LaunchTemplate,
        aws.ec2.LaunchConfiguration,
        aws.autoscaling.Group,
        aws.ecs.Service,
        aws.ec2.NetworkInterface,
        aws.ec2.NetworkInterfaceAttachment,
        aws.ec2.NetworkInterfaceSecurityGroupAttachment,
        aws.ec2.Eip,
        aws.ec2.EipAssociation,
    ]
    assert {cls.pulumi_type for cls in classes} == set(topology.CLOUDS["aws"].leads)
