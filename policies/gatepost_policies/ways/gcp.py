"""Firewall rules of Google Cloud, which mean hosts by network, tag and service account."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pulumi_policy import PolicyResource

from ..index import same
from ..known import UNKNOWN, Answer, both, either, given, items, kind, read, say
from ..topology import GCP_ACCOUNT, GCP_SUBNETWORK
from .way import Way, number, span_of, spelt

if TYPE_CHECKING:
    from ..scope import Host, Scope
    from ..stack import Stack

FIREWALL = "gcp:compute/firewall:Firewall"
_SOURCES = {"sourceRanges": "{}", "sourceTags": "tag {}", "sourceServiceAccounts": "service account {}"}
Profile = tuple[Answer, frozenset[Any], frozenset[Any], frozenset[Any]]
Profiles = dict[Profile, list[str]]


def ways(stack: "Stack") -> Iterator[Way]:
    """Every firewall rule that targets, or may target, a Connector host: its allows and its denies."""
    profiles = _profiles(stack)
    for rule in stack.of(FIREWALL):
        if read(rule.props, "disabled") is not True:
            hosts = _hosts(stack, rule, profiles)
            sure = either([stack.is_ours(rule), *hosts.values()])
            yield from _ways(rule, "allows", sure, hosts)
            yield from _ways(rule, "denies", sure, hosts)


def _ways(rule: PolicyResource, key: str, sure: Answer, hosts: dict[str, Answer]) -> Iterator[Way]:
    entries = read(rule.props, key)
    inbound = _incoming(rule)
    ranges, words = (
        ("destinationRanges", {"destinationRanges": "{}"}) if inbound is False else ("sourceRanges", _SOURCES)
    )
    cidrs = tuple(items(read(rule.props, ranges))) if given(rule, ranges) else ()
    others = _worded(rule, {k: text for k, text in words.items() if k != ranges})
    ends = ", ".join(_worded(rule, words)) or "0.0.0.0/0 (the default)"
    for entry in items(entries):
        yield Way(
            resource=rule,
            title=f"Firewall rule '{rule.name}'",
            fix=f"Remove the rule or its `{key}`",
            inbound=inbound,
            allows=key == "allows",
            protocol=spelt(read(entry, "protocol")),
            ports=tuple(map(span_of, items(read(entry, "ports")))),
            cidrs=cidrs or (() if others else ("0.0.0.0/0",)),
            others=tuple(others),
            said=f"{_said(entry)} {'to' if inbound is False else 'from'} {ends}",
            priority=number(read(rule.props, "priority", default=1000)),
            sure=sure,
            hosts=hosts,
            opaque=key if entries is UNKNOWN else "",
        )


def _said(entry: Any) -> str:
    protocol = read(entry, "protocol")
    ports = ", ".join(say(port) for port in items(read(entry, "ports"))) if entry is not UNKNOWN else ""
    return "all traffic" if protocol == "all" else f"{say(protocol)} {ports}".rstrip()


def _worded(rule: PolicyResource, words: dict[str, str]) -> list[str]:
    return [
        wording.format(say(end))
        for key, wording in words.items()
        if given(rule, key)  # the provider computes sourceRanges where no source is set
        for end in items(read(rule.props, key))
    ]


def _incoming(rule: PolicyResource) -> Answer:
    direction = read(rule.props, "direction")
    if direction is UNKNOWN:
        return UNKNOWN if given(rule, "direction") else True  # computed: the default, which is INGRESS
    return str(direction).upper() != "EGRESS"


def _profiles(stack: "Stack") -> Profiles:
    """The hosts as firewall rules see them, each kind once: how sure, networks, tags, accounts; and their URNs."""
    found: Profiles = {}
    scope = stack.scope("gcp")
    for host in scope.hosts:
        if kind(host.resource) != GCP_SUBNETWORK:
            tags = frozenset(t for t in items(read(host.resource.props, "tags")) if isinstance(t, str) or t is UNKNOWN)
            accounts = frozenset(_accounts(stack, host.resource, "serviceAccount.email"))
            networks = frozenset(scope.aliases(host.reached - {host.resource.urn}) | _unsaid(scope, host))
            found.setdefault((host.sure, networks, tags, accounts), []).append(host.resource.urn)
    return found


def _by_address(stack: "Stack") -> dict[str, str]:
    """The accounts of this stack by their address; where that is not known yet, by the part before the @ with it."""
    found = {}
    for account in stack.of(GCP_ACCOUNT):
        email, local = read(account.props, "email", default=UNKNOWN), read(account.props, "accountId")
        key = f"{local}@" if email is UNKNOWN else email
        if isinstance(key, str):
            found[key] = account.urn
    return found


def _accounts(stack: "Stack", resource: PolicyResource, path: str) -> set[Any]:
    """The accounts that a property names: those of this stack by their URN too, where only their address is given."""
    refs, known = stack.scope("gcp").references(resource, [path]), stack.once(_by_address)
    emails = [ref for ref in refs if isinstance(ref, str) and "@" in ref]
    found = (known.get(email) or known.get(f"{email.partition('@')[0]}@") for email in emails)
    return refs | {urn for urn in found if urn}


def _unsaid(scope: "Scope", host: "Host") -> set[Any]:
    """UNKNOWN where neither the host nor a subnetwork of this stack says which network the host is in."""
    parts = [scope.index.by_urn[ref] for ref in host.reached if ref in scope.index.by_urn]
    said = (
        ref
        for part in parts
        for ref in scope.references(
            part, ["network" if kind(part) == GCP_SUBNETWORK else "networkInterfaces.*.network"]
        )
        if not (isinstance(ref, str) and ":subnetwork:" in ref)
    )
    return set() if any(said) else {UNKNOWN}


def _overlap(wanted: set[Any], had: frozenset[Any]) -> Answer:
    if any(same(one, other) for one in wanted - {UNKNOWN} for other in had - {UNKNOWN}):
        return True
    return UNKNOWN if UNKNOWN in wanted or UNKNOWN in had else False


def _hosts(stack: "Stack", rule: PolicyResource, profiles: Profiles) -> dict[str, Answer]:
    """The hosts that the rule is for, or may be for."""
    scope = stack.scope("gcp")
    networks = scope.aliases(scope.references(rule, ["network"]))
    tags = {tag for tag in items(read(rule.props, "targetTags")) if isinstance(tag, str) or tag is UNKNOWN}
    accounts = _accounts(stack, rule, "targetServiceAccounts.*")
    found: dict[str, Answer] = {}
    for (sure, nets, had_tags, had_accounts), urns in profiles.items():
        place, target = _overlap(networks, nets), _targets(tags, had_tags, accounts, had_accounts)
        if place is UNKNOWN and UNKNOWN not in networks and (tags or accounts):
            place = True  # the host does not say its network, but the rule names the host's own tag or account
        meant = both(sure, place, target)
        if meant is not False:
            found |= dict.fromkeys(urns, meant)
    return found


def _targets(tags: set[Any], had_tags: frozenset[Any], accounts: set[Any], had_accounts: frozenset[Any]) -> Answer:
    """Tell whether the targets of the rule include the host; a rule without targets is for the whole network."""
    if not tags and not accounts:
        return True
    return either([bool(tags) and _overlap(tags, had_tags), bool(accounts) and _overlap(accounts, had_accounts)])
