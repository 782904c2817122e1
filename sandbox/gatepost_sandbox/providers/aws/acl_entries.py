"""Entries of a network ACL: what inline rules and rules of their own share."""

from collections.abc import Iterable
from typing import Any

from ..schema import Problem
from ..values import Props
from .client import Aws

LAST_RULES = (32767, 32768)  # AWS makes them, and nobody can change them
_ALL = -1
_PROTOCOLS = {"all": _ALL, "icmp": 1, "tcp": 6, "udp": 17, "icmpv6": 58}  # the names that have a number in the provider
_ICMP = (1, 58)
RANGES = {"cidrBlock": "CidrBlock", "ipv6CidrBlock": "Ipv6CidrBlock"}


def number_of(protocol: Any) -> int:
    """A protocol as the API wants it."""
    text = str(protocol).lower()
    return _PROTOCOLS[text] if text in _PROTOCOLS else int(text)


def protocol_problem(path: str, protocol: Any) -> Iterable[Problem]:
    """What is wrong with a protocol."""
    try:
        number_of(protocol)
    except ValueError:
        known = ", ".join(_PROTOCOLS)
        yield path, f"A network ACL knows no protocol {protocol!r}; allowed: {known} or a number."


def put(api: Aws, region: str | None, acl: str, number: int, egress: bool, rule: Props) -> None:
    """One entry; ``rule`` has the members that an inline rule and a rule of its own share."""
    protocol = number_of(rule["protocol"])
    params: Props = {m: rule[k] for k, m in RANGES.items() if rule.get(k)}
    if protocol in _ICMP:
        params["IcmpTypeCode"] = {"Code": rule.get("icmpCode") or 0, "Type": rule.get("icmpType") or 0}
    params |= {"Protocol": str(protocol), "RuleAction": str(rule["action"]).lower()}
    params["PortRange"] = {"From": rule.get("fromPort") or 0, "To": rule.get("toPort") or 0}
    entry = {"NetworkAclId": acl, "RuleNumber": number, "Egress": egress}
    api.call("ec2", region, "create_network_acl_entry", **entry, **params)


def remove(api: Aws, region: str | None, acl: str, number: int, egress: bool) -> None:
    """Remove one entry."""
    api.call("ec2", region, "delete_network_acl_entry", NetworkAclId=acl, RuleNumber=number, Egress=egress)


def entry(found: Props) -> Props:
    """An entry of the API as properties; ports of a rule for every protocol mean nothing."""
    ports = {} if found["Protocol"] == str(_ALL) else found.get("PortRange") or {}
    icmp = found.get("IcmpTypeCode") or {}
    state = {k: found.get(m) for k, m in RANGES.items()}
    state |= {"protocol": found["Protocol"], "action": found["RuleAction"]}
    state |= {"fromPort": ports.get("From"), "toPort": ports.get("To")}
    return state | {"icmpCode": icmp.get("Code"), "icmpType": icmp.get("Type")}


def inline(found: Props) -> Props:
    """An entry of the API as an inline rule."""
    members = {k: v for k, v in entry(found).items() if v is not None}
    return {"fromPort": 0, "toPort": 0} | members | {"ruleNo": found["RuleNumber"]}


def listed(value: Any) -> list[Any]:
    """A list, also where there is none or it is unknown."""
    return value if isinstance(value, list) else []


def keyed(rules: Any) -> dict[tuple[Any, ...], Props]:
    """Inline rules by what they mean."""
    members = ("cidrBlock", "ipv6CidrBlock", "fromPort", "toPort", "icmpCode", "icmpType")
    return {
        (r["ruleNo"], number_of(r["protocol"]), str(r["action"]).lower(), *(r.get(m) or None for m in members)): r
        for r in listed(rules)
    }


def same(old: Any, new: Any) -> bool:
    """Whether two lists of inline rules mean the same."""
    return keyed(old).keys() == keyed(new).keys()
