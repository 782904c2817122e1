"""Connector hosts as programs without gatepost write them: what is wrong is caught."""

import base64
import gzip

import pytest
from policies.analyzer import UNKNOWN, Res, analyze
from policies.other_programs import (
    EMAIL,
    NSG,
    NUMBERS,
    ROLE,
    SCALE_SET,
    SUBNET,
    TWINGATE,
    WEB,
    account,
    containers,
    grant,
    group,
    host,
    policy,
    public,
    scaled,
    ssh,
    task,
    template,
    vm,
)

from gatepost_policies import topology as t

NO_GROUP = (
    "{} names no security group, so it has the default group of its VPC, which lets all out unless somebody changed "
)
NO_GROUP += "it. Set `{}` to a group of its own."
LETS_IN = "Firewall rule 'ssh' lets in tcp 22 from {}. Remove the rule or its `allows`: a Connector only dials out."
RULE_IN = "Rule 'ssh' of network security group 'nsg' lets in Tcp 22 from a source that is not named. Remove "
RULE_IN += "`securityRules[0]` or set its `access` to Deny: a Connector only dials out."
STORE = "Put the pair into the cloud's secret store and let the host read it with its own identity."
IN_SUBNET = (
    "and its subnet gives public addresses. Set it to false and let the host go out by a NAT gateway, or give it an "
)
IN_SUBNET += "Elastic IP of its own."
IN_GROUP = "Group 'asg' is in a subnet that gives public addresses, and its launch template does not set "
IN_GROUP += "`networkInterfaces[].associatePublicIpAddress`. Set it to false there and go out by a NAT gateway."
OPENS = "opens the secrets '{}' in `policy`. Name the ARN of the host's own secret."
PACKED = base64.b64encode(gzip.compress(b"TWINGATE_REFRESH_TOKEN=" + b"r" * 30)).decode()
CLOUD_INIT = f"#cloud-config\nwrite_files:\n- path: /etc/x\n  encoding: gz+b64\n  content: {PACKED}\n"
REFRESH = {"name": "TWINGATE_REFRESH_TOKEN", "value": "r" * 30}

CAUGHT = {
    "literal group, ports missing": (
        "connector-vendor-ports",
        [group(WEB, NUMBERS[1]), host()],
        ("sg", "Security group 'sg' lets out no udp 1-65535, which a Connector dials. Let it out to 0.0.0.0/0."),
    ),
    "no group": ("aws-ec2-egress", [host(vpcSecurityGroupIds=None)], ("host", NO_GROUP)),
    "no group in the template": ("aws-ec2-egress", [template(), scaled()], ("asg", NO_GROUP)),
    "no group of a service": ("aws-ec2-egress", task(), ("service", NO_GROUP)),
    "literal public subnet": (
        "aws-ec2-no-public-ip",
        [public(), host(subnetId="subnet-9")],
        ("host", f"Instance 'host' does not set `associatePublicIpAddress`, {IN_SUBNET}"),
    ),
    "group of hosts in a public subnet": (
        "aws-ec2-no-public-ip",
        [public(), template(vpcSecurityGroupIds=["sg-0123"]), scaled()],
        ("asg", IN_GROUP),
    ),
    "public service": (
        "aws-ec2-no-public-ip",
        task(assignPublicIp=True),
        (
            "service",
            "Service 'service' sets `networkConfiguration.assignPublicIp` to true. Set it to false and go out by a NAT "
            "gateway.",
        ),
    ),
    "profile of a template by name": (
        "aws-iam-own-identity",
        [*ROLE, template(iamInstanceProfile={"name": "p"}), grant(Action="ssm:*", Resource="*")],
        ("grant", f"Role policy 'grant' {OPENS.format('*')}"),
    ),
    "profile of a template by ARN": (
        "aws-iam-own-identity",
        [
            *ROLE,
            template(iamInstanceProfile={"arn": "arn:aws:iam::1:instance-profile/p"}),
            grant(Action="*", Resource="*"),
        ],
        ("grant", f"Role policy 'grant' {OPENS.format('*')}"),
    ),
    "all actions but some": (
        "aws-iam-own-identity",
        [*ROLE, host(iamInstanceProfile="p"), grant(NotAction="iam:*", Resource="*")],
        ("grant", f"Role policy 'grant' {OPENS.format('*')}"),
    ),
    "all secrets but some": (
        "aws-iam-own-identity",
        [*ROLE, host(iamInstanceProfile="p"), grant(Action="ssm:GetParameter", NotResource="arn:aws:ssm:::x")],
        ("grant", f"Role policy 'grant' {OPENS.format('all but some (NotResource)')}"),
    ),
    "policy attached to several roles": (
        "aws-iam-own-identity",
        [
            *ROLE,
            host(iamInstanceProfile="p"),
            Res(t.POLICY, "own", {"policy": policy(Action="*", Resource="*")}, computed={"id": "arn:own"}),
            Res("aws:iam/policyAttachment:PolicyAttachment", "at", {"roles": ["r"], "policyArn": "arn:own"}),
        ],
        ("own", f"Policy 'own' {OPENS.format('*')}"),
    ),
    "prefix list of this stack": (
        "aws-ec2-egress",
        [
            Res(
                "aws:ec2/managedPrefixList:ManagedPrefixList",
                "list",
                {"entries": [{"cidr": "0.0.0.0/0"}]},
                {},
                {"id": "pl-1"},
            ),
            group({"protocol": "-1", "prefixListIds": ["pl-1"]}),
            host(),
        ],
        (
            "sg",
            "Security group 'sg' lets out all traffic to 0.0.0.0/0, prefix list pl-1, more than a Connector needs. "
            "Remove `egress[0]`, or declare it in `reaches`.",
        ),
    ),
    "file in cloud-init": (
        "twingate-tokens-not-in-text",
        [host(userData=CLOUD_INIT)],
        ("host", f"Instance 'host' holds a Connector's token in `userData`. {STORE}"),
    ),
    "name and value": (
        "twingate-tokens-not-in-text",
        task(REFRESH, securityGroups=["sg-0123"]),
        ("task", f"Task definition 'task' holds a Connector's token in `containerDefinitions`. {STORE}"),
    ),
    "parameter in plain text": (
        "twingate-tokens-not-in-text",
        [
            *TWINGATE,
            Res("aws:ssm/parameter:Parameter", "x", {"type": "String", "value": UNKNOWN}, {"value": ["tokens-a"]}),
        ],
        ("x", f"Parameter 'x' holds a Connector's token in `value` (it depends on TwingateConnectorTokens). {STORE}"),
    ),
    "insecure value": (
        "twingate-tokens-not-in-text",
        [
            *TWINGATE,
            Res(
                "aws:ssm/parameter:Parameter",
                "x",
                {"type": "SecureString", "insecureValue": UNKNOWN},
                {"insecureValue": ["tokens-a"]},
            ),
        ],
        (
            "x",
            "Parameter 'x' holds a Connector's token in `insecureValue` (it depends on TwingateConnectorTokens). "
            + STORE,
        ),
    ),
    "network that is not said, by tag": (
        "gcp-compute-no-ingress",
        [vm(networkInterfaces=[{"subnetwork": "regions/r/subnetworks/s"}], tags=["c"]), ssh(targetTags=["c"])],
        ("ssh", LETS_IN.format("0.0.0.0/0 (the default)")),
    ),
    "account of the host by its address": (
        "gcp-compute-no-ingress",
        [account(EMAIL), vm(serviceAccount={"email": EMAIL}), ssh(targetServiceAccounts=[UNKNOWN])],
        ("ssh", LETS_IN.format("0.0.0.0/0 (the default)")),
    ),
    "account of the rule by an address not known yet": (
        "gcp-compute-no-ingress",
        [account(UNKNOWN), vm(serviceAccount={"email": UNKNOWN}), ssh(targetServiceAccounts=[EMAIL])],
        ("ssh", LETS_IN.format("0.0.0.0/0 (the default)")),
    ),
    "subnet by a literal id": (
        "azure-network-no-ingress",
        [NSG, SUBNET, containers(subnetIds=[{"id": "/subscriptions/1/virtualNetworks/v/subnets/connectors"}])],
        ("nsg", RULE_IN),
    ),
    "scale set": ("azure-network-no-ingress", [NSG, SCALE_SET], ("nsg", RULE_IN)),
    "public container group": (
        "azure-network-no-ingress",
        [containers(ipAddress={"type": "Public", "ports": [{"port": 22}]})],
        (
            "group",
            "Container group 'group' has a public address by `ipAddress`, and lets in what its `ports` name. Remove "
            "it: a Connector only dials out.",
        ),
    ),
}
_WORDED = {
    "no group": ("Instance 'host'", "vpcSecurityGroupIds"),
    "no group in the template": ("Group 'asg'", "vpcSecurityGroupIds` of its launch template"),
    "no group of a service": ("Service 'service'", "networkConfiguration.securityGroups"),
}


@pytest.mark.parametrize("case", CAUGHT)
def test_what_is_wrong_is_caught_in_every_spelling(case):
    rule, stack, (name, said) = CAUGHT[case]
    if case in _WORDED:
        said = said.format(*_WORDED[case]).replace("` of its launch template` to", "` of its launch template to")
    assert analyze(rule, *stack) == [("MANDATORY", name, said)]
