"""What makes Connector hosts interchangeable: network, firewall rules, permissions and DNS servers, as sets of words.

Hosts are alike in a trait if their sets are equal. A word that is not known yet names where it comes from: what two
hosts share is the same whatever it turns out to be.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from pulumi_policy import PolicyResource

from .evidence import boot_values, texts
from .exits import named, profiles_of, vpcs, where
from .gcp_grants import account_of, grants
from .known import UNKNOWN, items, kind, read, say, walk
from .secrets_in_text import environment
from .stack import Stack
from .topology import (
    ATTACHMENTS,
    AZURE_SUBNET,
    AZURE_VNET,
    GCP_ACCOUNT,
    GCP_NETWORK,
    POLICY,
    ROLE,
    ROLE_POLICY,
    SECURITY_GROUPS,
)
from .ways import Way

LATER = f"{UNKNOWN.value} in "
"""How a word begins that is not known yet; the rest says where it comes from."""
Words = frozenset[str]
_DNS = re.compile(r"\b(?:TWINGATE_DNS|DNS_SERVER|DNS)[\"']?\s*[=:]\s*[\"']?([0-9A-Fa-f.:, ]+)")


def network(stack: Stack, cloud: str, host: PolicyResource) -> Words:
    """Where the host is: networks by URN or id, as far as this stack says."""
    if cloud == "aws":
        refs = vpcs(stack, host)
    elif cloud == "gcp":
        refs = {ref for ref in stack.reached(host) if ref in stack.index.by_urn and ":network:" in str(ref)}
        refs = {r for r in refs if kind(stack.index.by_urn[r]) == GCP_NETWORK}
    else:
        parts = [stack.index.by_urn[ref] for ref in stack.reached(host) if ref in stack.index.by_urn]
        subnets = [part for part in parts if kind(part) == AZURE_SUBNET]
        refs = where(stack, subnets, "virtualNetworkName", AZURE_VNET)
        ids = [ref for ref in stack.reached(host) if isinstance(ref, str) and "/virtualNetworks/" in ref]
        refs |= {one.partition("/subnets/")[0].casefold() for one in ids} if not subnets else set()
    urns = {ref for ref in refs if ref in stack.index.by_urn}
    return frozenset(_place(stack, ref, host) for ref in urns or refs)


def _place(stack: Stack, ref: Any, host: PolicyResource) -> str:
    if ref is UNKNOWN:
        return f"{LATER}'{host.name}'"
    return f"'{stack.index.by_urn[ref].name}'" if ref in stack.index.by_urn else str(ref).rpartition("/")[2]


def firewall(stack: Stack, cloud: str, host: PolicyResource) -> Words:
    """What the host's firewalls let in and out, and the security groups of AWS that are made elsewhere."""
    by_place = stack.once(_WORDS[cloud])
    reached = stack.reached(host)
    words = by_place.get(host.urn, set()).union(*(by_place.get(ref, ()) for ref in reached))
    elsewhere = {
        f"group {ref}"
        for ref in reached
        if isinstance(ref, str) and ref.startswith("sg-") and not stack.index.called(SECURITY_GROUPS, ref)
    }
    return frozenset(words | elsewhere | ({f"{LATER}'{host.name}'"} if UNKNOWN in reached else set()))


def _entry(way: Way) -> list[str]:
    spans, ends = way.ports or ((0, 65535),), (*way.cidrs, *way.others)
    unclear = UNKNOWN in (way.inbound, way.allows, way.protocol, way.priority, *ends, *(p for s in spans for p in s))
    if way.opaque or unclear:
        return [f"{LATER}{way.title}"]
    start = f"{'' if way.allows else 'no '}{say(way.protocol)}"
    at = "" if way.priority is None else f" at priority {say(way.priority)}"
    return [f"{start} {a}-{b} {'from' if way.inbound else 'to'} {say(end)}{at}" for a, b in spans for end in ends]


def _words(cloud: str) -> Callable[[Stack], dict[Any, set[str]]]:
    def find(stack: Stack) -> dict[Any, set[str]]:
        """What the entries of each group say, and on Google Cloud those for each host, by URN."""
        found: dict[Any, set[str]] = {}
        for way in stack.ways(cloud):
            places = {way.group.urn: True} if way.group else way.hosts
            for urn, counts in places.items():
                unclear = {f"{LATER}{way.title}, for '{stack.index.by_urn[urn].name}'"}
                found.setdefault(urn, set()).update(unclear if counts is UNKNOWN else _entry(way))
        return found

    return find


_WORDS = {cloud: _words(cloud) for cloud in ("aws", "gcp", "azure")}


def dns(_stack: Stack, _cloud: str, host: PolicyResource) -> Words:
    """The DNS servers that the host or its Connector is told."""
    told = [value for _, name, value in environment(host) if name == "TWINGATE_DNS"]
    found: set[str] = set()
    for value in (*walk(host.props, "dnsConfig.nameServers.*"), *told):
        found |= {f"{LATER}'{host.name}'"} if value is UNKNOWN else _servers(value)
    for _, value in boot_values(host):
        for text in texts(value) if not kind(host).startswith("azure-native:container") else ():
            if text is UNKNOWN:
                found.add(f"{LATER}the boot text of '{host.name}'")
            else:
                found |= {server for listed in _DNS.findall(text) for server in _servers(listed)}
    return frozenset(found)


def _servers(text: object) -> set[str]:
    return set(re.findall(r"[^\s,]+", str(text)))


def permissions(stack: Stack, cloud: str, host: PolicyResource) -> Words:
    """What the host's identity may do; which secret it opens is left out."""
    if cloud == "aws":
        by_role = stack.once(_of_roles)
        roles = [role.urn for profile in profiles_of(stack, host) for role in named(stack, profile, "role", ROLE)]
        return frozenset(word for urn in roles for word in by_role.get(urn, ()))
    if cloud == "gcp":
        refs = stack.index.references(host, ["serviceAccount.email"], frozenset({GCP_ACCOUNT})) - {UNKNOWN}
        by_account = stack.once(_of_accounts)
        return frozenset(word for ref in refs for word in by_account.get(account_of(stack, ref), ()))
    return frozenset()


def _of_accounts(stack: Stack) -> dict[Any, set[str]]:
    found: dict[Any, set[str]] = {}
    for grant in grants(stack):
        word = LATER + f"'{grant.resource.name}'" if grant.role is UNKNOWN else f"{grant.role} on a {grant.place}"
        found.setdefault(grant.member, set()).add(word)
    return found


def _of_roles(stack: Stack) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for role in stack.of(ROLE):
        words = found.setdefault(role.urn, set())
        words |= {_arn(role, arn) for arn in walk(role.props, "managedPolicyArns.*")}
        for text in walk(role.props, "inlinePolicies.*.policy"):
            words |= _document(role, text)
    for part in stack.of(ROLE_POLICY, *ATTACHMENTS):
        own = named(stack, part, "policyArn", POLICY)
        words = {word for policy in own for word in _document(policy, read(policy.props, "policy"))}
        if kind(part) == ROLE_POLICY:
            words = _document(part, read(part.props, "policy"))
        elif not own:
            words = {_arn(part, read(part.props, "policyArn"))}
        for role in named(stack, part, ATTACHMENTS.get(kind(part), "role"), ROLE):
            found.setdefault(role.urn, set()).update(words)
    return found


def _arn(resource: PolicyResource, arn: Any) -> str:
    return f"{LATER}'{resource.name}'" if arn is UNKNOWN else str(arn).rpartition("/")[2]


def _document(resource: PolicyResource, text: Any) -> set[str]:
    """Each action of a policy document by itself, so that the order and grouping of statements do not matter."""
    if text is UNKNOWN:
        return {f"{LATER}'{resource.name}'"}
    try:
        document = json.loads(text) if isinstance(text, str) else text
    except ValueError:
        return set()
    found = set()
    for statement in _listed(read(document, "Statement")):
        for action in _listed(read(statement, "Action")):
            found.add(f"{say(read(statement, 'Effect'))} {say(action).casefold()}")
    return found


def _listed(value: Any) -> list[Any]:
    return items(value) if isinstance(value, list | tuple) or not value else [value]


TRAITS: Mapping[str, tuple[Callable[[Stack, str, PolicyResource], Words], str]] = {
    "network": (network, "Put both into one network, or make a Remote Network for each."),
    "firewall rules": (firewall, "Give both the same groups, tags and rules."),
    "permissions": (permissions, "Give both identities the same actions, each on its own secret."),
    "DNS servers": (dns, "Name the same servers for both."),
}
"""Per trait, what finds it and how hosts are made alike. Of a host only the first one that differs is told."""
