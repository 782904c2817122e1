"""Quotas that a person can set, and the calls that would pass one."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from gatepost_sandbox.refusals.row import Found

_VPC = "https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html"
_CONTAINERS = (
    "https://learn.microsoft.com/en-us/azure/container-instances/container-instances-resource-and-quota-limits"
)
_AZURE = "https://learn.microsoft.com/en-us/azure/azure-resource-manager/management/azure-subscription-service-limits"
_STANDARD = "acdhimrtz"
_LAST_ACL_RULE = 32767  # it denies, and AWS makes it


@dataclass(frozen=True, kw_only=True)
class Quota:
    """``default`` is the sandbox's, ``own`` is the cloud's; None is no limit, and ``varies`` depends on the account."""

    counts: str
    default: int | None
    own: int | str
    source: str


QUOTAS = {
    "elastic_ips": Quota(counts="Elastic IP addresses in a region", default=None, own=5, source=_VPC),
    "rules_per_group": Quota(
        counts="rules of a security group, each direction and IP version", default=60, own=60, source=_VPC
    ),
    "routes_per_table": Quota(counts="routes of a route table but the local ones", default=50, own=50, source=_VPC),
    "rules_per_acl": Quota(
        counts="rules of a network ACL, each direction and IP version, with the last one that denies",
        default=20,
        own=20,
        source=_VPC,
    ),
    "vcpus": Quota(
        counts="vCPUs of running on-demand instances (types A, C, D, H, I, M, R, T, Z) in a region",
        default=None,
        own="varies",
        source="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-on-demand-instances.html",
    ),
    "container_groups": Quota(
        counts="Azure: container groups of a subscription in a region", default=100, own=100, source=_CONTAINERS
    ),
    "container_cores": Quota(
        counts="Azure: cores of the container groups of a subscription in a region",
        default=100,
        own=100,
        source=_CONTAINERS,
    ),
    "public_ips": Quota(
        counts="Azure: public addresses of a subscription in a region", default=None, own="varies", source=_AZURE
    ),
    "docker_hub_pulls": Quota(
        counts="Azure: pulls of images from Docker Hub without an account within six hours",
        default=None,
        own="varies",
        source="https://docs.docker.com/docker-hub/usage/pulls",
    ),
}


class Quotas:
    """The quotas in force in every account, subscription and region of the sandbox."""

    def __init__(self) -> None:
        self._values: dict[str, int | None] = {name: quota.default for name, quota in QUOTAS.items()}

    def set(self, name: str, value: int | None) -> None:
        """Set a quota; None is no limit. Raises ValueError, with a sentence, for an unknown name or another value."""
        if name not in QUOTAS:
            raise ValueError(f"{name!r} is no quota of the sandbox. Quotas: {', '.join(QUOTAS)}.")
        if isinstance(value, bool) or not (value is None or (isinstance(value, int) and value >= 0)):
            raise ValueError(f"Quota {name} is {value!r}; it must be a whole number from 0 on, or null for no limit.")
        self._values[name] = value

    def values(self) -> dict[str, int | None]:
        """All quotas by name."""
        return dict(self._values)

    def exceeded(self, name: str, count: int) -> bool:
        """Whether ``count`` is more than the quota allows."""
        limit = self._values[name]
        return limit is not None and count > limit

    def limited(self, name: str) -> bool:
        """Whether there is a limit at all, so that counting is worth it."""
        return self._values[name] is not None


quotas = Quotas()


def addresses(ec2: Any, call: Any) -> Found:
    """One Elastic IP address too many."""
    return quotas.exceeded("elastic_ips", len(ec2.addresses) + 1)


def group_egress_rules(ec2: Any, call: Any) -> Found:
    """Too many rules for outgoing traffic."""
    return _group_rules(ec2, call, "egress_rules")


def group_ingress_rules(ec2: Any, call: Any) -> Found:
    """Too many rules for incoming traffic."""
    return _group_rules(ec2, call, "ingress_rules")


def _group_rules(ec2: Any, call: Any, rules: str) -> Found:
    """A rule that names a group or a prefix list counts for both IP versions; a list counts as all its entries."""
    group = ec2.get_security_group_by_name_or_id(call.group_name_or_id, call.vpc_id)
    if group is None:
        return False
    there = getattr(group, rules)
    ranges = [*(r.ip_range for r in there), *(r for r in call.ip_ranges or [] if isinstance(r, dict))]
    lists = [*(r.prefix_list_id for r in there), *((p or {}).get("PrefixListId") for p in call.prefix_list_ids or [])]
    groups = sum(1 for r in there if r.source_group) + len(call.source_groups or [])
    both = groups + sum(_entries(ec2, one) for one in lists if one)
    each = (sum(1 for r in ranges if r.get(key)) for key in ("CidrIp", "CidrIpv6"))
    return any(quotas.exceeded("rules_per_group", both + count) for count in each)


def _entries(ec2: Any, prefix_list_id: str) -> int:
    found = ec2.managed_prefix_lists.get(prefix_list_id)
    return int(found.max_entries or 1) if found else 1


def routes(ec2: Any, call: Any) -> Found:
    """One route too many."""
    table = ec2.route_tables.get(call.route_table_id)
    own = [] if table is None else [r for r in table.routes if not r.local]
    return not call.local and quotas.exceeded("routes_per_table", len(own) + 1)


def acl_rules(ec2: Any, call: Any) -> Found:
    """One rule of a network ACL too many."""
    acl = ec2.network_acls.get(call.network_acl_id)
    entries = [] if acl is None else list(acl.network_acl_entries)
    own = [e for e in entries if e.egress == call.egress and e.rule_number < _LAST_ACL_RULE]
    same = [e for e in own if bool(e.ipv6_cidr_block) == bool(call.ipv6_cidr_block)]
    return quotas.exceeded("rules_per_acl", len(same) + 2)  # the new one, and the last one that denies


def vcpus(ec2: Any, call: Any) -> Found:
    """More processors than the account may run."""
    if not quotas.limited("vcpus"):
        return False
    running = [i.instance_type for r in list(ec2.reservations.values()) for i in r.instances if i.is_running()]
    new = [getattr(call, "instance_type", "m1.small")] * int(call.count)
    return quotas.exceeded("vcpus", _count_vcpus([*running, *new])) and {"limit": str(quotas.values()["vcpus"])}


def _count_vcpus(types: Iterable[str]) -> int:
    from moto.ec2.models.instance_types import INSTANCE_TYPES  # noqa: PLC0415 - moto takes long to import

    standard = [kind for kind in types if kind[0] in _STANDARD]
    return sum(INSTANCE_TYPES.get(kind, {}).get("VCpuInfo", {}).get("DefaultVCpus", 1) for kind in standard)
