"""AWS: every Connector host has a role of its own, which opens exactly its secret.

A role of several hosts, or one that opens every secret, lets whoever is on one host take the pairs of the others.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from pulumi_policy import PolicyResource, Severity

from ..checks import AWS_HOSTS, label
from ..exits import named, profiles_of
from ..frame import Finding, Rule
from ..known import UNKNOWN, Answer, both, either, given, items, kind, read
from ..stack import Stack
from ..topology import ATTACHMENTS, POLICY, ROLE, ROLE_POLICY

SECRETS = ("ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath", "secretsmanager:GetSecretValue")
BROAD = (
    "AdministratorAccess",
    "AmazonSSMFullAccess",
    "AmazonSSMManagedInstanceCore",
    "AmazonSSMReadOnlyAccess",
    "PowerUserAccess",
    "ReadOnlyAccess",
    "SecretsManagerReadWrite",
    "service-role/AmazonEC2RoleforSSM",
)
"""Managed policies that read every parameter or secret of the account."""
_FIX = "Name the ARN of the host's own secret."


def _roles(stack: Stack) -> dict[str, list[tuple[PolicyResource, Answer]]]:
    """The hosts of each role, by the role's URN, with how sure it is that they are a Connector's."""
    found: defaultdict[str, list[tuple[PolicyResource, Answer]]] = defaultdict(list)
    for host in stack.of(*AWS_HOSTS):
        ours = stack.owns(host)
        for profile in [] if ours is False else profiles_of(stack, host):
            for role in named(stack, profile, "role", ROLE):
                found[role.urn].append((host, ours))
    return found


def _judge(stack: Stack) -> Iterator[Finding]:
    roles = _roles(stack)
    for urn, hosts in roles.items():
        role = stack.index.by_urn[urn]
        if len(hosts) > 1:
            names = ", ".join(label(host) for host, _ in hosts)
            text = f"{label(role)} is the role of {len(hosts)} hosts: {names}. Make a role and a profile for each."
            yield Finding(role, text, both(*(sure for _, sure in hosts)))
    yield from _others_pairs(stack, roles)
    sure = {urn: either(answer for _, answer in hosts) for urn, hosts in roles.items()}
    for role in stack.of(ROLE):
        counts = either([sure.get(role.urn, False), stack.is_ours(role)])
        for index, entry in enumerate(
            items(read(role.props, "inlinePolicies")) if given(role, "inlinePolicies") else []
        ):
            yield from _document(role, f"inlinePolicies[{index}].policy", read(entry, "policy"), counts)
        if given(role, "managedPolicyArns"):
            for arn in items(read(role.props, "managedPolicyArns")):
                yield from _managed(role, arn, counts)
    for part in stack.of(ROLE_POLICY, *ATTACHMENTS):
        near = named(stack, part, ATTACHMENTS.get(kind(part), "role"), ROLE)
        counts = either([stack.is_ours(part), *(either([sure.get(r.urn, False), stack.is_ours(r)]) for r in near)])
        if kind(part) == ROLE_POLICY:
            yield from _document(part, "policy", read(part.props, "policy"), counts)
            continue
        own = named(stack, part, "policyArn", POLICY)
        for policy in own:
            yield from _document(policy, "policy", read(policy.props, "policy"), counts)
        if not own:
            yield from _managed(part, read(part.props, "policyArn"), counts)


def _others_pairs(stack: Stack, roles: Mapping[str, list[tuple[PolicyResource, Answer]]]) -> Iterator[Finding]:
    """Policies that depend on the secret of a pair which none of the role's hosts has."""
    rows = [(role, role.urn, "inlinePolicies") for role in stack.of(ROLE)]
    for part in stack.of(ROLE_POLICY, *ATTACHMENTS):
        policies = [part] if kind(part) == ROLE_POLICY else named(stack, part, "policyArn", POLICY)
        near = named(stack, part, ATTACHMENTS.get(kind(part), "role"), ROLE)
        rows += [(policy, role.urn, "policy") for policy in policies for role in near]
    for resource, urn, key in rows:
        own = {pair for host, _ in roles.get(urn, ()) for pair in stack.pairs.reaching(host)}
        foreign = sorted(stack.pairs.behind(resource, [key]) - own) if own else []
        if foreign:
            text = (
                f"{label(resource)} opens in `{key}` the pair of {label(stack.index.by_urn[foreign[0]])}, which is of "
            )
            yield Finding(resource, f"{text}another host. {_FIX}", either(sure for _, sure in roles[urn]))


def _managed(resource: PolicyResource, arn: Any, counts: Answer) -> Iterator[Finding]:
    if arn is UNKNOWN:
        yield Finding(resource, f"{label(resource)} attaches a policy that is not known yet.", both(counts, UNKNOWN))
    elif isinstance(arn, str) and arn.partition(":policy/")[2] in BROAD:
        name = arn.partition(":policy/")[2]
        text = (
            f"{label(resource)} attaches {name}, which opens every secret of the account. Attach a policy of your own."
        )
        yield Finding(resource, f"{text} {_FIX}", counts)


def _document(resource: PolicyResource, key: str, text: Any, counts: Answer) -> Iterator[Finding]:
    if text is UNKNOWN:
        said = f"{label(resource)} has permissions in `{key}` that are not known yet."
        yield Finding(resource, said, both(counts, UNKNOWN))
        return
    try:
        document = json.loads(text) if isinstance(text, str) else text
    except ValueError:
        yield Finding(resource, f"{label(resource)} has no JSON in `{key}`. Write a policy document.", counts)
        return
    for statement in _list(read(document, "Statement")):
        opened = [str(r) for r in _list(read(statement, "Resource")) if _open(str(r))]
        opened += ["all but some (NotResource)"] if read(statement, "NotResource") is not None else []
        if read(statement, "Effect") == "Allow" and opened and _reads(statement):
            said = f"{label(resource)} opens the secrets '{opened[0]}' in `{key}`. {_FIX}"
            yield Finding(resource, said, counts)


def _list(value: Any) -> list[Any]:
    return [value] if isinstance(value, str | dict) or hasattr(value, "keys") else items(value)


def _open(resource: str) -> bool:
    """Tell whether an ARN means more than one secret. Six random characters at the end are what AWS itself adds."""
    return "*" in resource or resource.removesuffix("-??????").find("?") >= 0


def _reads(statement: Any) -> bool:
    but = read(statement, "NotAction")
    patterns = [str(action).casefold() for action in _list(read(statement, "Action", default=but))]
    hits = [any(fnmatchcase(action.casefold(), pattern) for pattern in patterns) for action in SECRETS]
    return any(hits) if but is None else not all(hits)


rule = Rule(
    name="aws-iam-own-identity",
    description="Each Connector host on AWS has a role of its own that opens exactly its secret.",
    practice="aws-iam",
    remediation="Set `iamInstanceProfile` to a profile of the host's own, and `Resource` of its policy to the ARN of "
    "its secret.",
    severity=Severity.HIGH,
    clouds=("aws",),
    tags=("host", "credentials"),
    whole=_judge,
)
