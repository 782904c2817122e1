"""Google Cloud: every Connector host has an account of its own, which opens exactly its secret.

An account of several hosts, or one with a role on the whole project, lets whoever is on one host take the pairs of the
others. A host without any account passes: it opens nothing.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import PolicyResource, Severity

from ..checks import GCP_HOSTS, label
from ..frame import Finding, Rule
from ..gcp_grants import EVERYBODY, Grant, account_of, grants
from ..known import UNKNOWN, Answer, both, either, given, kind, read, say
from ..stack import Stack
from ..topology import GCP_ACCOUNT, GCP_FROM_TEMPLATE, GCP_SECRETS, SECRET_VERSIONS, TOKENS

ACCESS = "roles/secretmanager.secretAccessor"
_DEFAULT = re.compile(r"default|\d+-compute@developer\.gserviceaccount\.com|[^@]+@appspot\.gserviceaccount\.com")
_BROAD = ("roles/owner", "roles/editor", "roles/secretmanager.admin")
_OWN = "Set it to the email of an account of the host's own."
Hosts = Mapping[Any, list[tuple[PolicyResource, Answer]]]


def _judge(stack: Stack) -> Iterator[Finding]:
    hosts: defaultdict[Any, list[tuple[PolicyResource, Answer]]] = defaultdict(list)
    for host in stack.of(*GCP_HOSTS, GCP_FROM_TEMPLATE):
        ours = stack.owns(host)
        if ours is not False and given(host, "serviceAccount"):
            yield from _account(host, ours)
            for account in _accounts(stack, host):
                hosts[account].append((host, ours))
    for account, several in hosts.items():
        if len(several) > 1:
            resource = stack.index.by_urn.get(account, several[-1][0])
            name = label(resource) if account in stack.index.by_urn else f"Account '{account}'"
            names = ", ".join(label(host) for host, _ in several)
            text = f"{name} is the account of {len(several)} hosts: {names}. Make an account for each."
            yield Finding(resource, text, both(*(sure for _, sure in several)))
    yield from _granted(stack, hosts)


def _accounts(stack: Stack, host: PolicyResource) -> set[Any]:
    refs = stack.index.references(host, ["serviceAccount.email"], frozenset({GCP_ACCOUNT})) - {UNKNOWN}
    return {account_of(stack, ref) for ref in refs if not _DEFAULT.fullmatch(ref)}


def _account(host: PolicyResource, ours: Answer) -> Iterator[Finding]:
    email = read(host.props, "serviceAccount", "email")
    near = any(kind(r) == GCP_ACCOUNT for r in host.property_dependencies.get("serviceAccount", ()))
    if email is UNKNOWN and not near:
        yield Finding(
            host, f"{label(host)} sets `serviceAccount.email` to {UNKNOWN.value}. {_OWN}", both(ours, UNKNOWN)
        )
    elif not email and not near:
        text = f"{label(host)} does not set `serviceAccount.email`, so it has the default account of the project."
        yield Finding(host, f"{text} {_OWN}", ours)
    elif _DEFAULT.fullmatch(str(email)):
        text = f"{label(host)} sets `serviceAccount.email` to '{email}', which other machines of the project have too."
        yield Finding(host, f"{text} {_OWN}", ours)


def _granted(stack: Stack, hosts: Hosts) -> Iterator[Finding]:
    pairs = {
        ref
        for version in stack.of(*SECRET_VERSIONS)
        if any(kind(r) == TOKENS for deps in version.property_dependencies.values() for r in deps)
        for ref in _secrets(stack, version, "secret")
    }
    opened: defaultdict[Any, dict[Any, Grant]] = defaultdict(dict)
    any_host = either(sure for several in hosts.values() for _, sure in several)
    for grant in grants(stack):
        ours = either(sure for _, sure in hosts.get(grant.member, ()))
        if grant.member is UNKNOWN:
            ours = both(any_host, UNKNOWN)
        if grant.place == "secret":
            for secret in _secrets(stack, grant.resource, "secretId"):
                if ours is not False:
                    opened[secret].setdefault(grant.member, grant)
                elif grant.member in EVERYBODY and secret in pairs:
                    text = f"{label(grant.resource)} opens a Connector's pair to {grant.member}. Remove that member."
                    yield Finding(grant.resource, text)
            yield from _too_much(grant, ours, "the secret", grant.role in _BROAD)
        else:
            yield from _too_much(
                grant, ours, f"the whole {grant.place}", grant.role not in stack.config["project_roles"]
            )
    for secret, members in opened.items():
        yield from _several(secret, members, hosts)


def _secrets(stack: Stack, resource: PolicyResource, key: str) -> set[Any]:
    """The secrets that a property names: URNs of this stack, else literal ids, else UNKNOWN."""
    refs = stack.index.references(resource, [key], frozenset(GCP_SECRETS))
    return {
        found[0].urn if ref is not UNKNOWN and (found := stack.index.called(GCP_SECRETS, ref)) else ref for ref in refs
    }


def _too_much(grant: Grant, ours: Answer, where: str, wrong: bool) -> Iterator[Finding]:
    sure: Answer = UNKNOWN if grant.role is UNKNOWN else wrong
    text = f"{label(grant.resource)} gives the account of a Connector host the role {say(grant.role)} on {where}. "
    text += f"Give it {ACCESS} on the host's own secret only."
    yield Finding(grant.resource, text, both(ours, sure))


def _several(secret: Any, members: Mapping[Any, Grant], hosts: Hosts) -> Iterator[Finding]:
    known = [member for member in members if member is not UNKNOWN]
    machines = [label(host) for member in known for host, _ in hosts[member]]
    grant = list(members.values())[-1]
    if len(known) > 1:
        text = f"{label(grant.resource)} opens one secret to several hosts: {', '.join(machines)}. "
        sure: Answer = UNKNOWN if secret is UNKNOWN else both(*(s for member in known for _, s in hosts[member]))
        yield Finding(grant.resource, f"{text}Make a secret for each, and give each account its own.", sure)
    elif len(members) > 1:
        text = f"{label(grant.resource)} opens the secret of {', '.join(machines)} to {UNKNOWN.value}."
        yield Finding(grant.resource, text, UNKNOWN)


rule = Rule(
    name="gcp-iam-own-identity",
    description="Each Connector host on Google Cloud has an account of its own that opens exactly its secret.",
    practice="gcp-iam",
    remediation="Set `serviceAccount.email` to an account of the host's own, and give that one "
    "roles/secretmanager.secretAccessor by a SecretIamMember on the host's secret only.",
    severity=Severity.HIGH,
    clouds=("gcp",),
    tags=("host", "credentials"),
    whole=_judge,
    settings={
        "project_roles": {
            "type": "array",
            "items": {"type": "string"},
            "default": ["roles/logging.logWriter", "roles/monitoring.metricWriter"],
            "description": "Roles that hosts may have on the whole project: they open no secret.",
        }
    },
)
