"""Firewall rules that let Connectors out to what they may dial, and nothing in."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pulumi
from pulumi_gcp import compute

from ..egress import PRIVATE_RANGES, Reach, Rule, egress_rules, grouped, is_private, public_complement
from ..gcp_names import checked, child_name, link_problems
from ..labels import Labels, short_hash
from ..rule import ANYWHERE
from ..site import plain_problems, problems_of
from ..words import refuse
from .shared import owner

PRIORITIES: Mapping[str, int] = {
    "nothing comes in": 100,
    "reaches and private DNS servers": 200,
    "no other private address": 300,
    "public destinations": 400,
    "nothing else goes out": 500,
}
"""Priorities of the rules; the lowest number wins. All are ahead of 1000, where the rules of a ``default`` network
(``default-allow-ssh``) and those without a number are, and of Google's implied allow-all egress rule at 65535. 0 to 99
are left for a person in an emergency. Rules of the organization (hierarchical policies) come before all of them.
Source: https://cloud.google.com/firewall/docs/firewalls"""


@dataclass(frozen=True, kw_only=True)
class FirewallArgs:
    """What the hosts of a site may dial."""

    project: str | None = None
    """Google only: project of the network where ``vpc_id`` does not name it, which only an Output can leave out. None:
    the provider's. Plain."""
    region: str
    """Google Cloud region of the hosts. Rules belong to the whole network: their descriptions say it. Plain."""
    labels: Labels
    """Names, and the network tag. Rules have no labels: their descriptions say whose they are. Plain."""
    vpc_id: pulumi.Input[str]
    """VPC network that gets the rules."""
    reaches: Sequence[Reach] = ()
    """Destinations that users reach through this site. Plain: each one is part of a rule."""
    dns: Sequence[str] = ()
    """Custom DNS servers (IPv4). Plain."""
    network_type: str = "REGULAR"
    """REGULAR, or EXIT: every public address and no private one. Plain."""

    def __post_init__(self) -> None:
        problems = plain_problems(self, "project", "region", "labels", "reaches", "dns", "network_type")
        if not problems:
            problems = link_problems("FirewallArgs.vpc_id", self.vpc_id, "networks") + problems_of(self.rules)
        refuse(problems)

    def rules(self) -> tuple[Rule, ...]:
        """Everything the hosts may dial. Always strict: one rule that denies private addresses does it on Google."""
        return egress_rules(
            cloud="gcp", reaches=self.reaches, dns=self.dns, network_type=self.network_type, strict=True
        )

    @property
    def tag(self) -> str:
        """Google only: the network tag of the hosts."""
        return self.labels.name("connectors")

    def lines(self) -> list["Line"]:
        """Google only: the rules of the network that say so, in the order they count."""
        return [
            Line("in", "deny", "nothing comes in", "all", "", (ANYWHERE,), ("nothing comes in",)),
            *_allowed("reaches and private DNS servers", [rule for rule in self.rules() if _above(rule)]),
            Line("out", "deny", "no other private address", "all", "", PRIVATE_RANGES, ("no other private address",)),
            *_allowed("public destinations", [rule for rule in self.rules() if not _above(rule)]),
            Line("out", "deny", "nothing else goes out", "all", "", (ANYWHERE,), ("nothing else goes out",)),
        ]


class Line(NamedTuple):
    """One firewall rule."""

    direction: str
    """in or out."""
    action: str
    """allow or deny."""
    band: str
    """A row of ``PRIORITIES``."""
    protocol: str
    ports: str
    """``443``, ``30000-31000`` or empty for all."""
    ranges: tuple[str, ...]
    """Sources or destinations."""
    reasons: tuple[str, ...]

    def key(self, tag: str) -> str:
        """Short name and a hash of the content, without the reasons."""
        content = [self.direction, self.action, str(PRIORITIES[self.band]), self.protocol, self.ports]
        content += [*sorted(self.ranges), tag]
        parts = (self.direction, self.action, self.protocol, self.ports, short_hash("|".join(content)))
        return "-".join(part for part in parts if part)


def _above(rule: Rule) -> bool:
    """Whether a rule counts although it opens private addresses."""
    return rule.kind == "reach" or is_private(rule.destination)


def _allowed(band: str, rules: Sequence[Rule]) -> Iterator[Line]:
    for (protocol, ports), destinations in grouped(rules).items():
        public = band == "public destinations" and not set(public_complement()).isdisjoint(destinations)
        reasons = {r.description: None for r in rules if (r.protocol, r.ports) == (protocol, ports)}
        # The rule before this band denies the private addresses, so there is no need to list the rest. A block that is
        # not in the list is one that a reach opens already.
        yield Line("out", "allow", band, protocol, ports, (ANYWHERE,) if public else destinations, tuple(reasons))


class Firewall(pulumi.ComponentResource):
    """Rules for the hosts that carry the site's network tag, and for no others.

    A rule's name is made of what it says, so a change makes the new rules before it drops the old ones.

    Hosts are found by tag and not by service account, because a rule takes ten accounts at most
    (https://cloud.google.com/firewall/docs/quotas) and every slot has one of its own. The price: whoever may edit
    instances (``compute.instances.setTags``) can take the tag off a host, and then only Google's implied rules hold:
    everything out, nothing in.

    The rules lie in the network's project, which may be another one than the hosts' (``gcp/shared.py``).
    """

    target_tag: pulumi.Output[str]
    """Google only: give this network tag to the hosts. Known at once, but who uses it waits for the rules."""

    def __init__(self, name: str, args: FirewallArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gatepost:gcp:Firewall", checked(name), None, opts)
        rules = [self._rule(name, line, args) for line in args.lines()]
        # By URN, which every preview knows: an unknown tag would show hosts as changed.
        self.target_tag = pulumi.Output.all(*(rule.urn for rule in rules)).apply(lambda _: args.tag)
        self.register_outputs({"target_tag": self.target_tag})

    def _rule(self, name: str, line: Line, args: FirewallArgs) -> compute.Firewall:
        ports, ranges = [line.ports] if line.ports else None, list(line.ranges)
        allow = compute.FirewallAllowArgs(protocol=line.protocol, ports=ports)
        deny = compute.FirewallDenyArgs(protocol=line.protocol, ports=ports)
        return compute.Firewall(
            child_name(name, line.key(args.tag)),
            network=args.vpc_id,
            direction="INGRESS" if line.direction == "in" else "EGRESS",
            priority=PRIORITIES[line.band],
            source_ranges=ranges if line.direction == "in" else None,
            destination_ranges=ranges if line.direction == "out" else None,
            allows=[allow] if line.action == "allow" else None,
            denies=[deny] if line.action == "deny" else None,
            target_tags=[args.tag],
            description=f"{args.labels.name()}, {args.region}: {'; '.join(line.reasons)}",
            project=owner(args.vpc_id, args.project),
            # In place it would be taken from the network that live hosts are still in.
            opts=pulumi.ResourceOptions(parent=self, replace_on_changes=["network"]),
        )
