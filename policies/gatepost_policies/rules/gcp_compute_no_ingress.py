"""Google Cloud: no firewall rule lets traffic in to a Connector host.

A stack policy, because firewall rules have no labels: a rule counts if it is on the network of a host of gatepost and
its targets include that host. A rule without a direction is for incoming traffic. A rule that only denies is fine.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import PolicyResource

from ..known import UNKNOWN, given, items, read, say
from ..nothing_in import Finding, nothing_in
from ..scope import Answer, Host, Scope, both, either, kind, marked, same

FIREWALL = "gcp:compute/firewall:Firewall"
NETWORK = "gcp:compute/network:Network"
SUBNETWORK = "gcp:compute/subnetwork:Subnetwork"
SERVICE_ACCOUNT = "gcp:serviceaccount/account:Account"
_INTERFACES = ("networkInterfaces.*.network", "networkInterfaces.*.subnetwork")
LEADS = {
    "gcp:compute/instance:Instance": _INTERFACES,
    "gcp:compute/instanceTemplate:InstanceTemplate": _INTERFACES,
    "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate": _INTERFACES,
    SUBNETWORK: ("network",),
}
_SOURCES = {"sourceRanges": "{}", "sourceTags": "tag {}", "sourceServiceAccounts": "service account {}"}


def _ports(allows: Any) -> str:
    found = []
    for entry in items(allows):
        protocol = read(entry, "protocol")
        ports = ", ".join(say(port) for port in items(read(entry, "ports"))) if entry is not UNKNOWN else ""
        found.append("all traffic" if protocol == "all" else f"{say(protocol)} {ports}".rstrip())
    return "; ".join(found)


def _sources(rule: PolicyResource) -> str:
    found = [
        wording.format(say(source))
        for key, wording in _SOURCES.items()
        if given(rule, key)  # the provider computes sourceRanges where no source is set
        for source in items(read(rule.props, key))
    ]
    return ", ".join(found) or "0.0.0.0/0 (the default)"


def _incoming(rule: PolicyResource) -> Answer:
    direction = read(rule.props, "direction")
    if direction is UNKNOWN:
        return UNKNOWN if given(rule, "direction") else True  # computed: the default, which is INGRESS
    return str(direction).upper() != "EGRESS"


def _overlap(wanted: set[Any], had: set[Any]) -> Answer:
    if any(same(one, other) for one in wanted - {UNKNOWN} for other in had - {UNKNOWN}):
        return True
    return UNKNOWN if UNKNOWN in wanted or UNKNOWN in had else False


def _on_network_of(scope: Scope, rule: PolicyResource, host: Host) -> Answer:
    return _overlap(scope.aliases(scope.references(rule, ["network"])), scope.aliases(host.reached))


def _targets(scope: Scope, rule: PolicyResource, host: Host) -> Answer:
    """Tell whether the targets of the rule include the host; a rule without targets is for the whole network."""
    tags = set(items(read(rule.props, "targetTags")))
    accounts = scope.references(rule, ["targetServiceAccounts.*"])
    if not tags and not accounts:
        return True
    had_tags = set(items(read(host.resource.props, "tags")))
    had_accounts = scope.references(host.resource, ["serviceAccount.email"])
    return either([bool(tags) and _overlap(tags, had_tags), bool(accounts) and _overlap(accounts, had_accounts)])


def _applies(scope: Scope, rule: PolicyResource) -> Answer:
    if scope.everything or marked(rule) is True:
        return True
    hosts = [host for host in scope.hosts if kind(host.resource) != SUBNETWORK]
    return either(both(host.sure, _on_network_of(scope, rule, host), _targets(scope, rule, host)) for host in hosts)


def _judge(scope: Scope, _config: Mapping[str, Any]) -> Iterator[Finding]:
    for rule in scope.resources:
        allows = read(rule.props, "allows")
        if kind(rule) != FIREWALL or read(rule.props, "disabled") is True or not items(allows):
            continue
        yield Finding(
            rule,
            both(_incoming(rule), _applies(scope, rule), UNKNOWN if allows is UNKNOWN else True),
            f"Firewall rule '{rule.name}' lets in {_ports(allows)} from {_sources(rule)}. "
            "Remove the rule or its `allows`: a Connector only dials out.",
        )


policy = nothing_in(
    name="gcp-compute-no-ingress",
    description="Firewall rules let nothing in to Connector hosts.",
    remediation="Remove the firewall rule with direction INGRESS and `allows`, or take the Connector hosts out of its "
    "`targetTags` or `targetServiceAccounts`. Replies need no rule.",
    cloud="gcp",
    leads=LEADS,
    groups=(NETWORK, SERVICE_ACCOUNT),
    judge=_judge,
)
