import json
from typing import Any

import pulumi_aws as aws
import pytest
from policies.analyzer import NOT_JUDGED, UNKNOWN, Res, analyze, metadata, silencing
from policies.stacks import fleet, host

from gatepost_policies import topology

NAME = "aws-iam-own-identity"
ARN = "arn:aws:ssm:eu-central-1:123456789012:parameter/pair-a"
FIX = "Name the ARN of the host's own secret."


def identity(slot):
    return [
        Res(topology.ROLE, f"role-{slot}", {"assumeRolePolicy": "{}"}, computed={"name": f"role-{slot}-1"}),
        Res(topology.PROFILE, f"profile-{slot}", {"role": UNKNOWN}, {"role": [f"role-{slot}"]}),
    ]


def at(slot, profile, **more):
    made = host(slot, **more)
    deps = {**made.deps, "iamInstanceProfile": [profile]}
    return Res(made.type, made.name, {**made.props, "iamInstanceProfile": UNKNOWN}, deps, made.computed)


def document(resource: Any = ARN, action: Any = "ssm:GetParameter", **more):
    return json.dumps({"Statement": [{"Effect": "Allow", "Action": action, "Resource": resource, **more}]})


def grants(text, slot="a"):
    return Res(topology.ROLE_POLICY, "grants", {"role": UNKNOWN, "policy": text}, {"role": [f"role-{slot}"]})


def attaches(arn, *more):
    res = Res(
        topology.ROLE_ATTACHMENT, "at", {"role": UNKNOWN, "policyArn": arn}, {"role": ["role-a"], "policyArn": more}
    )
    return [*STACK, res]


STACK = [*fleet(at("a", "profile-a"), at("b", "profile-b")), *identity("a"), *identity("b")]


@pytest.mark.parametrize(
    "stack",
    [
        pytest.param([*STACK, grants(document())], id="its secret"),
        pytest.param([*STACK, grants(document(f"{ARN}-??????", "secretsmanager:GetSecretValue"))], id="AWS's suffix"),
        pytest.param([*STACK, grants(document("*", ["ssmmessages:OpenDataChannel"]))], id="sessions"),
        pytest.param([*STACK, grants(document("*", Effect="Deny"))], id="denied"),
        pytest.param(attaches("arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy"), id="another managed policy"),
        pytest.param([*identity("a"), grants(document("*"))], id="a role of no Connector"),
    ],
)
def test_passes(stack):
    assert analyze(NAME, *stack) == []


FAILS = [
    pytest.param(
        [*fleet(at("a", "profile-a"), at("b", "profile-a")), *identity("a")],
        (
            "role-a",
            "Role 'role-a' is the role of 2 hosts: Instance 'host-a', Instance 'host-b'. "
            "Make a role and a profile for each.",
        ),
        id="one role, two hosts",
    ),
    pytest.param(
        [*STACK, grants(document("*"))],
        ("grants", f"Role policy 'grants' opens the secrets '*' in `policy`. {FIX}"),
        id="every parameter",
    ),
    pytest.param(
        [*STACK, grants(document([ARN, "arn:aws:ssm:*:*:parameter/twingate/*"], ["kms:Decrypt", "ssm:Get*"]))],
        (
            "grants",
            f"Role policy 'grants' opens the secrets 'arn:aws:ssm:*:*:parameter/twingate/*' in `policy`. {FIX}",
        ),
        id="a branch, by a wildcard action",
    ),
    pytest.param(
        attaches("arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"),
        (
            "at",
            "Role policy attachment 'at' attaches AmazonSSMManagedInstanceCore, which opens every secret of the "
            f"account. Attach a policy of your own. {FIX}",
        ),
        id="managed policy",
    ),
    pytest.param(
        [Res(topology.POLICY, "own", {"policy": document("*", "*")}), *attaches(UNKNOWN, "own")],
        ("own", f"Policy 'own' opens the secrets '*' in `policy`. {FIX}"),
        id="attached policy",
    ),
    pytest.param(
        [
            *fleet(at("a", "profile-x")),
            *identity("x")[1:],
            Res(topology.ROLE, "role-x", {"inlinePolicies": [{"name": "p", "policy": document("*")}]}),
        ],
        ("role-x", f"Role 'role-x' opens the secrets '*' in `inlinePolicies[0].policy`. {FIX}"),
        id="inline policy",
    ),
]


@pytest.mark.parametrize(("stack", "found"), FAILS)
def test_fails(stack, found):
    assert analyze(NAME, *stack) == [("MANDATORY", *found)]


@pytest.mark.parametrize("stack", [row.values[0] for row in FAILS])
def test_one_unknown_never_silences(stack):
    assert silencing(NAME, stack) == []


def test_unknown_beside_a_violation():
    later = Res(topology.ROLE_POLICY, "later", {"role": UNKNOWN, "policy": UNKNOWN}, {"role": ["role-b"]})
    assert analyze(NAME, *STACK, later, grants(document("*"))) == [
        ("MANDATORY", "grants", f"Role policy 'grants' opens the secrets '*' in `policy`. {FIX}"),
        ("ADVISORY", "", f"{NOT_JUDGED}Role policy 'later' has permissions in `policy` that are not known yet."),
    ]


def test_no_json():
    said = "Role policy 'grants' has no JSON in `policy`. Write a policy document."
    assert analyze(NAME, *STACK, grants("{Statement")) == [("MANDATORY", "grants", said)]


def test_tokens_are_the_sdks_own():
    iam = aws.iam
    classes: list[Any] = [iam.InstanceProfile, iam.Role, iam.RolePolicy, iam.RolePolicyAttachment, iam.Policy]
    tokens = [topology.PROFILE, topology.ROLE, topology.ROLE_POLICY, topology.ROLE_ATTACHMENT, topology.POLICY]
    assert [cls.pulumi_type for cls in classes] == tokens


def test_metadata():
    assert metadata(NAME) == {
        "name": "aws-iam-own-identity",
        "description": "Each Connector host on AWS has a role of its own that opens exactly its secret.",
        "enforcementLevel": "MANDATORY",
        "policyType": "POLICY_TYPE_STACK",
        "severity": "POLICY_SEVERITY_HIGH",
        "tags": ["aws", "host", "credentials", "aws-iam"],
        "remediationSteps": "Set `iamInstanceProfile` to a profile of the host's own, and `Resource` of its policy "
        "to the ARN of its secret.",
        "url": "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html",
    }
