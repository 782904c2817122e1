"""VPC firewall rules."""

import re
from ipaddress import ip_network

from .call import Call, required
from .errors import Refusal, invalid, not_modelled
from .resources import Collection
from .state import Props

PROTOCOLS = ("tcp", "udp", "icmp", "esp", "ah", "sctp", "ipip", "all")
_WITH_PORTS = ("tcp", "udp", "sctp", "6", "17", "132")
_PORTS = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?")
_SOURCES = ("sourceRanges", "sourceTags", "sourceServiceAccounts")


def _firewall(call: Call, rule: Props, old: Props) -> None:
    required(rule, "network")
    rule["network"] = call.own_network(rule["network"])
    rule.setdefault("direction", "INGRESS")
    rule.setdefault("disabled", False)
    rule["logConfig"] = {"enable": False} | rule.get("logConfig", {})
    if not 0 <= int(rule.setdefault("priority", 1000)) <= 65535:
        raise invalid("priority", rule["priority"], "It must be 0 to 65535.")
    kinds = [kind for kind in ("allowed", "denied") if rule.get(kind)]
    if len(kinds) != 1:
        found = " and ".join(kinds) or "none"
        raise Refusal(400, f"Exactly one of allowed and denied must be given in a firewall rule, got {found}.")
    for index, entry in enumerate(rule[kinds[0]]):
        _check_entry(f"{kinds[0]}[{index}]", entry)
    _check_ends(rule)
    for field in ("sourceRanges", "destinationRanges"):
        for index, text in enumerate(rule.get(field) or ()):
            _check_range(f"{field}[{index}]", text)


def _check_ends(rule: Props) -> None:
    given = [field for field in _SOURCES if rule.get(field)]
    if rule["direction"] == "EGRESS":
        if given:
            raise invalid(given[0], rule[given[0]], f"The field {given[0]} cannot be given for direction EGRESS.")
        if not rule.get("destinationRanges"):
            rule["destinationRanges"] = ["0.0.0.0/0"]
    elif not given:
        rule["sourceRanges"] = ["0.0.0.0/0"]
    by_account = [f for f in ("sourceServiceAccounts", "targetServiceAccounts") if rule.get(f)]
    by_tag = [f for f in ("sourceTags", "targetTags") if rule.get(f)]
    if by_account and by_tag:
        message = f"{by_account[0]} cannot be used at the same time as {by_tag[0]}."
        raise invalid(by_account[0], rule[by_account[0]], message)
    for field in by_account:
        if len(rule[field]) > 10:
            raise invalid(field, rule[field], "At most 10 service accounts are allowed.")
    for field in by_tag:
        for tag in rule[field]:
            if not re.fullmatch(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?", tag):
                raise invalid(field, tag, "A tag has 1 to 63 lowercase letters, digits and dashes.")


def _check_entry(field: str, entry: Props) -> None:
    required(entry, "IPProtocol")
    protocol = str(entry["IPProtocol"]).lower()
    if protocol not in PROTOCOLS and not (protocol.isdigit() and int(protocol) <= 255):
        raise invalid(f"{field}.IPProtocol", protocol, f"It must be one of {', '.join(PROTOCOLS)} or a number to 255.")
    entry["IPProtocol"] = protocol
    if entry.get("ports") and protocol not in _WITH_PORTS:
        raise invalid(f"{field}.ports", entry["ports"], "Ports can be given for TCP, UDP and SCTP only.")
    for text in entry.get("ports") or ():
        matched = _PORTS.fullmatch(text)
        parts = [int(part) for part in matched.groups() if part] if matched else []
        if not parts or parts != sorted(parts) or parts[-1] > 65535:
            raise invalid(f"{field}.ports", text, "It must be a port, or a range such as 30000-31000, up to 65535.")


def _check_range(field: str, text: str) -> None:
    try:
        block = ip_network(text)
    except ValueError:
        raise invalid(field, text, "It must be a range in CIDR notation that starts at its first address.") from None
    if block.version == 6:
        raise not_modelled(f"IPv6 ranges in firewall rules ({text})")


ROWS = (
    Collection(
        name="firewalls",
        noun="firewall",
        settle=_firewall,
        mutable=frozenset(
            {
                "network",
                "description",
                "priority",
                "disabled",
                "logConfig",
                "allowed",
                "denied",
                "sourceRanges",
                "destinationRanges",
                "sourceTags",
                "targetTags",
                "sourceServiceAccounts",
                "targetServiceAccounts",
            }
        ),
    ),
)
