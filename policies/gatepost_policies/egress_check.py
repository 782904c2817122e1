"""Whether an outbound firewall entry is within what a Connector may dial. The constants are those of the components."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from ipaddress import ip_network
from typing import Any

from gatepost.egress import PLATFORM_RULES, PRIVATE_RANGES, VENDOR_RULES, Rule, touches_private
from gatepost.rule import LINK_LOCAL, within

from .known import UNKNOWN, Answer, both, either
from .ways import Way

_PROTOCOLS = ("tcp", "udp", "icmp", "all")
REACHES: Mapping[str, Any] = {
    "type": "array",
    "default": [block for block in PRIVATE_RANGES if block != LINK_LOCAL],
    "items": {
        "anyOf": [
            {"type": "string"},
            {
                "type": "object",
                "properties": {
                    "cidr": {"type": "string"},
                    "protocol": {"type": "string", "enum": list(_PROTOCOLS)},
                    "ports": {"type": "string"},
                },
                "required": ["cidr"],
            },
        ]
    },
    "description": "Destinations beside those of Twingate and the platform: a CIDR block, or an object with cidr, "
    "protocol (tcp, udp, icmp, all) and ports (443 or 8000-8100). Default: every private block.",
}
Allowed = tuple[str, int, int, str]
"""Protocol, first port, last port (0, 65535: any), block."""


def allowed(cloud: str, reaches: Iterable[Any]) -> list[Allowed]:
    """What hosts of a cloud may dial: the vendor's rules, the platform's, and `reaches`."""
    rows = [_row(rule) for rule in (*VENDOR_RULES, *PLATFORM_RULES[cloud])]
    rows += [(protocol, first, last, "::/0") for protocol, first, last, _ in rows]
    return [*rows, *(_reach(reach) for reach in reaches)]


def _row(rule: Rule) -> Allowed:
    return (rule.protocol, rule.first_port, rule.last_port, rule.destination)


def reach_problems(config: Mapping[str, Any]) -> list[str]:
    """What is wrong with the setting `reaches`, as sentences."""
    found = []
    for number, reach in enumerate(config["reaches"], 1):
        try:
            protocol, first, last, _ = _reach(reach)
            told = _odd(reach, protocol, first, last)
        except (ValueError, KeyError, TypeError, AttributeError):
            told = "is no CIDR block like 10.0.0.0/8, or an object with `cidr`, `protocol` and `ports`"
        if told:
            found.append(f"Entry {number} of the setting `reaches` ({str(reach)[:60]!r}) {told}. Correct it.")
    return found


def _odd(reach: Any, protocol: Any, first: int, last: int) -> str:
    """What is wrong with a reach that can be read; empty if nothing. A misspelt key would open every port."""
    unknown = [] if isinstance(reach, str) else sorted(set(reach) - {"cidr", "protocol", "ports"})
    if unknown:
        return f"has the key `{unknown[0]}`; allowed are `cidr`, `protocol` and `ports`"
    if protocol not in _PROTOCOLS:
        return f"has the protocol {protocol!r}; allowed are {', '.join(_PROTOCOLS)}"
    if not 0 <= first <= last <= 65535:
        return "has ports that are not between 0 and 65535, the lower one first"
    return "has ports, which only the protocols tcp and udp have" if _portless(reach, protocol) else ""


def _portless(reach: Any, protocol: str) -> bool:
    return not isinstance(reach, str) and "ports" in reach and protocol not in ("tcp", "udp")


def _reach(reach: Any) -> Allowed:
    if isinstance(reach, str):
        return ("all", 0, 65535, str(ip_network(reach)))
    first, _, last = str(reach.get("ports", "0-65535")).partition("-")
    return (reach.get("protocol", "all"), int(first), int(last or first), str(ip_network(reach["cidr"])))


def fits(way: Way, cidr: Any, rows: Iterable[Allowed]) -> Answer:
    """Tell whether an entry to one block is within one of the rows; each range of its ports must be."""
    rows = list(rows)
    ranges = way.ports if way.protocol in ("tcp", "udp") and way.ports else ((0, 65535),)
    return both(*(either(_within(way.protocol, span, cidr, row) for row in rows) for span in ranges))


def _within(protocol: Any, span: tuple[Any, Any], cidr: Any, row: Allowed) -> Answer:
    wanted, first, last, block = row
    ported = wanted in ("tcp", "udp")
    same_protocol: Answer = True if wanted == "all" else UNKNOWN if protocol is UNKNOWN else protocol == wanted
    ports: Answer = not ported or (
        UNKNOWN if UNKNOWN in span else None not in span and first <= max(span[0], 1) <= span[1] <= last
    )
    where: Answer = block in ("0.0.0.0/0", "::/0") if cidr is UNKNOWN else _inside(str(cidr), block)
    return both(same_protocol, ports, UNKNOWN if cidr is UNKNOWN and not where else where)


@lru_cache(maxsize=65536)
def _inside(cidr: str, block: str) -> bool:
    """Tell whether a block is within another one. A tag of Azure is some thirty blocks, for each row of what may be."""
    try:
        return within(str(ip_network(cidr, strict=False)), block)
    except ValueError:
        return False


def private(cidr: Any) -> Answer:
    """Tell whether a block holds a private address; a text that is no block does not."""
    if cidr is UNKNOWN:
        return UNKNOWN
    try:
        block = ip_network(str(cidr), strict=False)
    except ValueError:
        return False
    return block.is_private or touches_private(str(block))
