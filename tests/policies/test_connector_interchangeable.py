import json
from dataclasses import replace
from typing import Any

import pytest
from policies.analyzer import NOT_JUDGED, UNKNOWN, Res, analyze, metadata, silencing
from policies.clouds import NET, NSG, SUB, SUBNET, VM, VNET, firewall, security
from policies.stacks import NETWORK, connector, fleet, host

from gatepost_policies import topology as t

NAME = "connector-interchangeable"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
MEMBER = "gcp:projects/iAMMember:IAMMember"
BOTH = "Both run Connectors of Twingate remote network 'net' in"
GROUPS = "Give both the same groups, tags and rules."
SERVERS = "Name the same servers for both."


def aws(*more, **wrong):
    """Two hosts of one group; the second is changed."""
    return [*map(booted, fleet(host("a"), host("b", "b", **wrong))), *more]


def booted(res):
    """The same, with a boot text that is known; an unknown one may name DNS servers."""
    return replace(res, props={**res.props, "userData": "#!/bin/sh"}) if res.type == t.INSTANCE else res


def rule(name, cidr, group="group"):
    props = {"securityGroupId": UNKNOWN, "ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "cidrIpv4": cidr}
    return Res(EGRESS, name, props, {"securityGroupId": [group]})


def second_group(*rules):
    """The second host has a group of its own with these rules."""
    made = [Res(t.SECURITY_GROUPS[0], "other", {"vpcId": "vpc-1"}), *rules]
    stack = aws(*made)
    return [replace(r, deps={**r.deps, "vpcSecurityGroupIds": ["other"]}) if r.name == "host-b" else r for r in stack]


def role(slot, *actions):
    policy: Any = json.dumps({"Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": f"pair-{slot}"}]})
    return [
        Res(t.ROLE, f"role-{slot}", {"assumeRolePolicy": "{}"}),
        Res(t.PROFILE, f"profile-{slot}", {"role": UNKNOWN}, {"role": [f"role-{slot}"]}),
        Res(t.ROLE_POLICY, f"opens-{slot}", {"role": UNKNOWN, "policy": policy}, {"role": [f"role-{slot}"]}),
    ]


def with_roles(*parts):
    stack = map(booted, fleet(*(host(slot, slot, iamInstanceProfile=UNKNOWN) for slot in "ab")))
    return [
        *(
            replace(r, deps={**r.deps, "iamInstanceProfile": [f"profile-{r.name[-1]}"]}) if r.type == t.INSTANCE else r
            for r in stack
        ),
        *parts,
    ]


def gcp(*more, **wrong):
    """Two instances in one network; the second is changed."""
    base = {**VM, "zone": "europe-west3-a", "serviceAccount": {"email": UNKNOWN}}
    made = [
        Res(
            t.GCP_INSTANCE,
            f"vm-{slot}",
            {**base, "metadataStartupScript": "TWINGATE_DNS=10.0.0.2", **(wrong if slot == "b" else {})},
            {
                "metadataStartupScript": [f"pair-{slot}"],
                "serviceAccount": [f"account-{slot}"],
                "networkInterfaces": ["sub"],
            },
        )
        for slot in "ab"
    ]
    accounts = [Res(t.GCP_ACCOUNT, f"account-{slot}", {"accountId": slot}) for slot in "ab"]
    return [NETWORK, *connector("a"), *connector("b"), NET, SUB, *accounts, *made, *more]


def azure(*more, subnet="subnet", **wrong):
    """Two container groups in one subnet; the second is changed."""
    base = {"location": "westeurope", "subnetIds": [{"id": UNKNOWN}], "dnsConfig": {"nameServers": ["10.3.0.4"]}}
    made = [
        Res(
            t.CONTAINER_GROUP,
            f"group-{slot}",
            {**base, "containers": [{"image": "twingate/connector:1"}], **(wrong if slot == "b" else {})},
            {"containers": [f"tokens-{slot}"], "subnetIds": [subnet if slot == "b" else "subnet"]},
        )
        for slot in "ab"
    ]
    return [NETWORK, *connector("a"), *connector("b"), NSG, VNET, SUBNET, *made, *more]


def elsewhere(name, key):
    """A second network, security group or subnet of Azure."""
    made = replace(SUBNET, name=name, deps={**SUBNET.deps, key: ["other"]})
    other = VNET if key == "virtualNetworkName" else NSG
    return [made, replace(other, name="other")]


SAME = rule("web", "0.0.0.0/0"), rule("same", "0.0.0.0/0", "other")
DESKS = security("desks", priority=300, to="10.9.0.0/16")


@pytest.mark.parametrize(
    "stack",
    [
        pytest.param(aws(), id="one group"),
        pytest.param(second_group(*SAME), id="two groups of the same rules"),
        pytest.param(second_group(), id="two groups without rules"),
        pytest.param(with_roles(*role("a", "ssm:GetParameter"), *role("b", "ssm:GetParameter")), id="roles"),
        pytest.param(aws(region="eu-west-1"), id="another region"),
        pytest.param(aws(tags={"gatepost-site": "two"}, vpcSecurityGroupIds=["sg-2"]), id="another site"),
        pytest.param(gcp(), id="gcp"),
        pytest.param(azure(), id="azure"),
        pytest.param(azure(*elsewhere("second", "networkSecurityGroup"), subnet="second"), id="azure, two guards"),
        pytest.param(
            [*fleet()[1:4], host("a", userData="TWINGATE_NETWORK=x"), host("b", userData="", tags={})], id="no pair"
        ),
    ],
)
def test_passes(stack):
    assert analyze(NAME, *stack) == []


def differs(one, other, trait, only, where, fix):
    return f"{one} has other {trait} than {other}: {only}. {BOTH} {where}. {fix}"


HOSTS, VMS = ("Instance 'host-b'", "Instance 'host-a'"), ("Instance 'vm-b'", "Instance 'vm-a'")
CONTAINERS = ("Container group 'group-b'", "Container group 'group-a'")
ALIKE = "Put both into one network, or make a Remote Network for each."
ACTIONS = "Give both identities the same actions, each on its own secret."
FAILS = [
    pytest.param(
        [replace(r, props={**r.props, "vpcId": "vpc-2"}) if r.name == "subnet-b" else r for r in aws()],
        "host-b",
        differs(*HOSTS, "network", f"only {HOSTS[0]} has vpc-2, only {HOSTS[1]} has vpc-1", "eu-central-1", ALIKE),
        id="network",
    ),
    pytest.param(
        second_group(SAME[0], rule("more", "10.0.0.0/8", "other")),
        "host-b",
        differs(
            *HOSTS,
            "firewall rules",
            f"only {HOSTS[0]} has tcp 443-443 to 10.0.0.0/8, only {HOSTS[1]} has tcp 443-443 to 0.0.0.0/0",
            "eu-central-1",
            GROUPS,
        ),
        id="rules",
    ),
    pytest.param(
        aws(vpcSecurityGroupIds=["sg-2"]),
        "host-b",
        differs(*HOSTS, "firewall rules", f"only {HOSTS[0]} has group sg-2", "eu-central-1", GROUPS),
        id="a group made elsewhere",
    ),
    pytest.param(
        with_roles(*role("a", "ssm:GetParameter"), *role("b", "ssm:GetParameter", "ec2:*")),
        "host-b",
        differs(*HOSTS, "permissions", f"only {HOSTS[0]} has Allow ec2:*", "eu-central-1", ACTIONS),
        id="role",
    ),
    pytest.param(
        gcp(
            Res(
                MEMBER,
                "logs",
                {"role": "roles/viewer", "member": UNKNOWN},
                {"member": ["account-a"]},
            )
        ),
        "vm-b",
        differs(*VMS, "permissions", f"only {VMS[1]} has roles/viewer on a project", "europe-west3", ACTIONS),
        id="account",
    ),
    pytest.param(
        gcp(firewall("desks", priority=300, allow="tcp:22", to=("10.9.0.0/16",)), tags=["desks"]),
        "vm-b",
        differs(
            *VMS,
            "firewall rules",
            f"only {VMS[1]} has tcp 22-22 to 10.9.0.0/16 at priority 300",
            "europe-west3",
            GROUPS,
        ),
        id="network tags",
    ),
    pytest.param(
        gcp(metadataStartupScript="TWINGATE_DNS=10.0.0.3"),
        "vm-b",
        differs(
            *VMS, "DNS servers", f"only {VMS[0]} has 10.0.0.3, only {VMS[1]} has 10.0.0.2", "europe-west3", SERVERS
        ),
        id="TWINGATE_DNS",
    ),
    pytest.param(
        azure(dnsConfig={"nameServers": ["10.3.0.5", "10.3.0.4"]}),
        "group-b",
        differs(*CONTAINERS, "DNS servers", f"only {CONTAINERS[0]} has 10.3.0.5", "westeurope", SERVERS),
        id="dnsConfig",
    ),
    pytest.param(
        azure(*elsewhere("second", "virtualNetworkName"), subnet="second"),
        "group-b",
        differs(
            *CONTAINERS,
            "network",
            f"only {CONTAINERS[0]} has 'other', only {CONTAINERS[1]} has 'vnet'",
            "westeurope",
            ALIKE,
        ),
        id="VNet",
    ),
    pytest.param(
        azure(*elsewhere("second", "networkSecurityGroup"), DESKS, subnet="second"),
        "group-b",
        differs(
            *CONTAINERS,
            "firewall rules",
            f"only {CONTAINERS[1]} has all 0-65535 to 10.9.0.0/16 at priority 300",
            "westeurope",
            GROUPS,
        ),
        id="security group",
    ),
]


@pytest.mark.parametrize(("stack", "name", "said"), FAILS)
def test_fails(stack, name, said):
    assert analyze(NAME, *stack) == [("MANDATORY", name, said)]


@pytest.mark.parametrize("stack", [row.values[0] for row in FAILS])
def test_one_unknown_never_silences(stack):
    assert silencing(NAME, stack) == []


def test_of_a_host_in_another_network_nothing_else_is_told():
    stack = [
        replace(r, props={**r.props, "vpcId": "vpc-2"}) if r.name == "subnet-b" else r
        for r in aws(vpcSecurityGroupIds=["sg-2"])
    ]
    only = f"only {HOSTS[0]} has vpc-2, only {HOSTS[1]} has vpc-1"
    assert analyze(NAME, *stack) == [("MANDATORY", "host-b", differs(*HOSTS, "network", only, "eu-central-1", ALIKE))]


def test_the_odd_one_out_is_named():
    stack = [*aws(), *connector("c"), booted(host("c", "b"))]
    odd = [
        replace(r, props={**r.props, "vpcSecurityGroupIds": ["sg-2"]}, deps={**r.deps, "vpcSecurityGroupIds": []})
        if r.name == "host-a"
        else r
        for r in stack
    ]
    assert [name for _, name, _ in analyze(NAME, *odd)] == ["host-a"]


def test_an_unknown_rule_beside_a_violation():
    stack = second_group(SAME[0], rule("later", UNKNOWN, "other"))
    stack = [replace(r, props={**r.props, "userData": "DNS=10.0.0.2"}) if r.name == "host-b" else r for r in stack]
    stack = [replace(r, props={**r.props, "userData": "none"}) if r.name == "host-a" else r for r in stack]
    found = analyze(NAME, *stack)
    assert [(level, name) for level, name, _ in found] == [("MANDATORY", "host-b"), ("ADVISORY", "")]
    assert found[0][2] == differs(*HOSTS, "DNS servers", f"only {HOSTS[0]} has 10.0.0.2", "eu-central-1", SERVERS)
    later = "a value known only after the update in Security group rule 'later'"
    said = f"{HOSTS[0]} may have other firewall rules than other hosts that run Connectors of Twingate remote network "
    assert found[1][2] == f"{NOT_JUDGED}{said}'net' in eu-central-1: it has {later}. {GROUPS}"


def test_what_is_known_counts_beside_what_is_not():
    stack = second_group(*SAME, rule("later", UNKNOWN, "other"), rule("more", "10.0.0.0/8", "other"))
    only = f"only {HOSTS[0]} has tcp 443-443 to 10.0.0.0/8"
    assert analyze(NAME, *stack) == [
        ("MANDATORY", "host-b", differs(*HOSTS, "firewall rules", only, "eu-central-1", GROUPS))
    ]


def test_a_rule_that_both_have_is_the_same_whatever_it_turns_out_to_be():
    assert analyze(NAME, *aws(rule("later", UNKNOWN))) == []


def test_metadata():
    assert metadata(NAME) == {
        "name": NAME,
        "description": "Connectors of one site have the same network, firewall rules, permissions and DNS servers.",
        "enforcementLevel": "MANDATORY",
        "policyType": "POLICY_TYPE_STACK",
        "severity": "POLICY_SEVERITY_MEDIUM",
        "tags": ["aws", "gcp", "azure", "redundancy", "network", "BP9"],
        "remediationSteps": "Give the hosts of one site the same `subnetId` network, `vpcSecurityGroupIds` (Google: "
        "`tags`), actions in their policies and `dnsConfig.nameServers`.",
        "url": "https://www.twingate.com/docs/connector-best-practices",
    }
