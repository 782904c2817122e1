from dataclasses import replace

import pytest
from policies.analyzer import NOT_JUDGED, OURS, UNKNOWN, Res, analyze, silencing

from gatepost_policies import topology
from gatepost_policies.ways import aws as rules

NAME = "aws-ec2-no-ingress"
SG, DEFAULT_SG = topology.SECURITY_GROUPS
INSTANCE = "aws:ec2/instance:Instance"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
LATER = "a value known only after the update"
END = "a Connector only dials out."
OPEN = {"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["0.0.0.0/0"]}
IN = {"ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "cidrIpv4": "0.0.0.0/0", "securityGroupId": UNKNOWN}
OLD = {"type": "ingress", "protocol": "tcp", "fromPort": 80, "toPort": 90, "cidrBlocks": ["10.0.0.0/8"]}
OLD |= {"securityGroupId": UNKNOWN}

PLAIN = Res(SG, "web", {"description": "web"}, computed={"ingress": UNKNOWN, "id": UNKNOWN, "name": "web-1"})
HOST = Res(INSTANCE, "host", {"tags": OURS, "vpcSecurityGroupIds": [UNKNOWN]}, {"vpcSecurityGroupIds": ["web"]})
OTHER = replace(HOST, props={"tags": {"team": "web"}, "vpcSecurityGroupIds": [UNKNOWN]})
NEW_RULE = Res(rules.INGRESS_RULE, "in", IN, {"securityGroupId": ["web"]})
OLD_RULE = Res(rules.LEGACY_RULE, "old", OLD, {"securityGroupId": ["web"]})
INLINE = Res(SG, "web", {"description": "web", "ingress": [OPEN]})

UNGROUPED = Res(INSTANCE, "host", {"tags": OURS}, computed={"vpcSecurityGroupIds": UNKNOWN})
JOINED = [
    Res(INSTANCE, "other", {"ami": "ami-1"}),
    Res(topology.NETWORK_INTERFACE, "nic", {"securityGroups": [UNKNOWN]}, {"securityGroups": ["web"]}),
    Res(
        topology.INTERFACE_ATTACHMENT,
        "att",
        {"instanceId": UNKNOWN, "networkInterfaceId": UNKNOWN},
        {"instanceId": ["other"], "networkInterfaceId": ["nic"]},
    ),
]

IN_SAYS = f"Security group rule 'in' lets in tcp 443 from 0.0.0.0/0. Remove the rule: {END}"
OLD_SAYS = f"Security group rule 'old' lets in tcp 80-90 from 10.0.0.0/8. Remove the rule: {END}"
INLINE_SAYS = f"Security group 'web' lets in tcp 443 from 0.0.0.0/0. Remove `ingress[0]`: {END}"


def no(name, text):
    return ("MANDATORY", name, text)


@pytest.mark.parametrize(
    "stack",
    [
        pytest.param([Res(SG, "web", {"tags": OURS})], id="no rules"),
        pytest.param([Res(SG, "web", {"tags": OURS, "ingress": []})], id="empty rules"),
        pytest.param([PLAIN, HOST], id="computed unknown ingress"),
        pytest.param(
            [replace(PLAIN, computed={"ingress": [OPEN], "name": "web-1"}), HOST],
            id="ingress kept by the provider only",
        ),
        pytest.param([INLINE, OTHER], id="another team's group"),
        pytest.param([PLAIN, OTHER, NEW_RULE, OLD_RULE], id="rules of another team's group"),
        pytest.param([PLAIN, HOST, replace(OLD_RULE, props={**OLD, "type": "egress"})], id="egress of a host's group"),
        pytest.param([Res("aws:s3/bucket:Bucket", "b", {"tags": OURS, "ingress": [OPEN]})], id="another type"),
        pytest.param([PLAIN, HOST, Res(SG, "db", {"ingress": [OPEN]})], id="a group beside the host's"),
        pytest.param([HOST, PLAIN, replace(NEW_RULE, props={**IN, "securityGroupId": "sg-9"}, deps={})], id="other id"),
        pytest.param([PLAIN, NEW_RULE, UNGROUPED], id="computed unknown groups of a host"),
        pytest.param([PLAIN, NEW_RULE, Res(INSTANCE, "host", {"tags": OURS}), *JOINED], id="interface of another host"),
    ],
)
def test_passes(stack):
    assert analyze(NAME, *stack) == []


WAYS_IN = [
    pytest.param([replace(INLINE, props={"tags": OURS, "ingress": [OPEN]})], ["web", INLINE_SAYS], id="inline, tagged"),
    pytest.param([INLINE, HOST], ["web", INLINE_SAYS], id="inline, attached"),
    pytest.param(
        [
            Res(
                DEFAULT_SG,
                "web",
                {"tags": OURS, "ingress": [{"protocol": -1, "fromPort": 0, "toPort": 0, "self": True}]},
            )
        ],
        ["web", f"Security group 'web' lets in all traffic from the group itself. Remove `ingress[0]`: {END}"],
        id="default group",
    ),
    pytest.param([PLAIN, HOST, NEW_RULE], ["in", IN_SAYS], id="separate rule"),
    pytest.param([PLAIN, HOST, OLD_RULE], ["old", OLD_SAYS], id="legacy rule"),
    pytest.param(
        [Res(rules.INGRESS_RULE, "in", {**IN, "tags": OURS, "securityGroupId": "sg-1"})], ["in", IN_SAYS], id="own tags"
    ),
    pytest.param([replace(NEW_RULE, inside="gatepost:aws:Site", deps={})], ["in", IN_SAYS], id="in a component"),
    pytest.param([replace(PLAIN, props={"tags": OURS}), NEW_RULE], ["in", IN_SAYS], id="rule of a tagged group"),
    pytest.param(
        [replace(PLAIN, computed={"tagsAll": {"gatepost-network": "pay"}}), NEW_RULE], ["in", IN_SAYS], id="tagsAll"
    ),
    pytest.param(
        [
            replace(HOST, props={"tags": OURS, "vpcSecurityGroupIds": ["sg-1"]}, deps={}),
            replace(NEW_RULE, props={**IN, "securityGroupId": "sg-1"}, deps={}),
        ],
        ["in", IN_SAYS],
        id="by literal id",
    ),
    pytest.param(
        [
            Res(SG, "web", {"tags": OURS}, computed={"id": "sg-1"}),
            replace(NEW_RULE, props={**IN, "securityGroupId": "sg-1"}, deps={}),
        ],
        ["in", IN_SAYS],
        id="literal id of a tagged group",
    ),
    pytest.param(
        [
            PLAIN,
            NEW_RULE,
            Res(TEMPLATE, "lt", {"vpcSecurityGroupIds": [UNKNOWN]}, {"vpcSecurityGroupIds": ["web"]}),
            Res(INSTANCE, "host", {"tags": OURS, "launchTemplate": {"id": UNKNOWN}}, {"launchTemplate": ["lt"]}),
        ],
        ["in", IN_SAYS],
        id="through a launch template",
    ),
    pytest.param(
        [
            PLAIN,
            NEW_RULE,
            Res(
                TEMPLATE,
                "lt",
                {"vpcSecurityGroupIds": [UNKNOWN], "tagSpecifications": [{"resourceType": "instance", "tags": OURS}]},
                {"vpcSecurityGroupIds": ["web"]},
            ),
        ],
        ["in", IN_SAYS],
        id="launch template that tags its hosts",
    ),
    pytest.param(
        [
            PLAIN,
            NEW_RULE,
            Res(TEMPLATE, "lt", {"vpcSecurityGroupIds": [UNKNOWN]}, {"vpcSecurityGroupIds": ["web"]}),
            Res(
                "aws:autoscaling/group:Group",
                "asg",
                {
                    "tags": [{"key": "managed-by", "value": "gatepost", "propagateAtLaunch": True}],
                    "launchTemplate": {"id": UNKNOWN},
                },
                {"launchTemplate": ["lt"]},
            ),
        ],
        ["in", IN_SAYS],
        id="through an autoscaling group",
    ),
    pytest.param(
        [
            PLAIN,
            NEW_RULE,
            Res(topology.NETWORK_INTERFACE, "nic", {"securityGroups": [UNKNOWN]}, {"securityGroups": ["web"]}),
            Res(
                INSTANCE,
                "host",
                {"tags": OURS, "networkInterfaces": [{"networkInterfaceId": UNKNOWN}]},
                {"networkInterfaces": ["nic"]},
            ),
        ],
        ["in", IN_SAYS],
        id="through a network interface",
    ),
    pytest.param(
        [
            PLAIN,
            NEW_RULE,
            Res(INSTANCE, "host", {"tags": OURS}),
            Res(topology.NETWORK_INTERFACE, "nic", {"securityGroups": [UNKNOWN]}, {"securityGroups": ["web"]}),
            Res(
                topology.INTERFACE_ATTACHMENT,
                "att",
                {"instanceId": UNKNOWN, "networkInterfaceId": UNKNOWN},
                {"instanceId": ["host"], "networkInterfaceId": ["nic"]},
            ),
        ],
        ["in", IN_SAYS],
        id="through an attached network interface",
    ),
    pytest.param(
        [
            PLAIN,
            NEW_RULE,
            Res(INSTANCE, "host", {"tags": OURS}),
            Res(
                topology.GROUP_ATTACHMENT,
                "att",
                {"securityGroupId": UNKNOWN, "networkInterfaceId": UNKNOWN},
                {"securityGroupId": ["web"], "networkInterfaceId": ["host"]},
            ),
        ],
        ["in", IN_SAYS],
        id="through a group attachment",
    ),
]


@pytest.mark.parametrize(("stack", "found"), WAYS_IN)
def test_fails(stack, found):
    assert analyze(NAME, *stack) == [no(*found)]
    assert analyze(NAME, *reversed(stack)) == [no(*found)]


@pytest.mark.parametrize(("stack", "found"), WAYS_IN)
def test_one_unknown_never_silences(stack, found):
    assert silencing(NAME, stack) == []


def test_what_cannot_be_judged_is_listed_once_beside_violations():
    unclear = Res(SG, "later", {"tags": OURS, "ingress": UNKNOWN})
    untyped = replace(OLD_RULE, props={**OLD, "type": UNKNOWN})
    assert analyze(NAME, unclear, untyped, PLAIN, HOST, NEW_RULE) == [
        no("in", IN_SAYS),
        (
            "ADVISORY",
            "",
            f"{NOT_JUDGED}Security group 'later' may let traffic in by its property `ingress`. Write it out or drop "
            f"it. {NOT_JUDGED}{OLD_SAYS}",
        ),
    ]


def test_a_rule_whose_group_nothing_names_is_not_judged_in_a_stack_with_hosts():
    loose = replace(NEW_RULE, deps={})
    assert analyze(NAME, PLAIN, HOST, loose) == [("ADVISORY", "", NOT_JUDGED + IN_SAYS)]
    assert analyze(NAME, PLAIN, OTHER, loose) == []


def test_a_group_of_another_stack_is_not_judged_while_its_id_is_unknown():
    elsewhere = Res("pulumi:pulumi:StackReference", "network")
    foreign = replace(NEW_RULE, deps={"securityGroupId": ["network"]})
    assert analyze(NAME, PLAIN, HOST, elsewhere, foreign) == [("ADVISORY", "", NOT_JUDGED + IN_SAYS)]


def test_a_host_whose_groups_nothing_names_leaves_rules_unjudged():
    assert analyze(NAME, PLAIN, replace(HOST, deps={}), NEW_RULE) == [("ADVISORY", "", NOT_JUDGED + IN_SAYS)]


def test_unknown_tags_leave_a_rule_unjudged():
    unclear = replace(HOST, props={"tags": UNKNOWN, "vpcSecurityGroupIds": [UNKNOWN]})
    assert analyze(NAME, PLAIN, unclear, NEW_RULE) == [("ADVISORY", "", NOT_JUDGED + IN_SAYS)]


def test_programs_that_list_only_dependencies_count_known_values_as_set():
    group = Res(SG, "web", {"ingress": [OPEN], "vpcId": UNKNOWN}, {"vpcId": ["host"]}, lists_all=False)
    host = replace(HOST, lists_all=False)
    assert analyze(NAME, group, host) == [no("web", INLINE_SAYS)]
    assert analyze(NAME, replace(group, props={"ingress": UNKNOWN, "vpcId": UNKNOWN}), host) == []


def test_scope_all_judges_every_resource():
    stack = [INLINE, OTHER, NEW_RULE, OLD_RULE]
    assert analyze(NAME, *stack, config={"scope": "all"}) == [
        no("web", INLINE_SAYS),
        no("in", IN_SAYS),
        no("old", OLD_SAYS),
    ]
    assert analyze(NAME, *stack, config={"scope": "hosts"}) == []
    alone = replace(NEW_RULE, deps={})
    assert analyze(NAME, alone, config={"scope": "all"}) == [no("in", IN_SAYS)]
