"""What Cloud NAT and a subnetwork have room for. Pure.

While a site is replaced, old and new hosts live side by side: two for each slot, and three where a gate refused the
last rollout. A host that finds no ports left has no way out, so its gate never passes.
Source of the limits: https://cloud.google.com/nat/docs/ports-and-addresses
"""

from collections.abc import Mapping
from ipaddress import IPv4Network, ip_network

from .rule import NEVER_RANGES, is_private, within

ADDRESS_PORTS = 64_512
"""Ports of one address that Cloud NAT gives out, for TCP and for UDP each."""
MIN_PORTS: Mapping[str, int] = {"REGULAR": 1_024, "EXIT": 8_192}
"""Ports for each host by type of Remote Network. With endpoint-independent mapping each connection takes one."""
UDP_IDLE_SECONDS = 120
"""How long an idle UDP mapping is kept; Google's default of 30 is shorter than peer-to-peer connections may pause."""
NAT_LOGS = ("ERRORS_ONLY", "TRANSLATIONS_ONLY", "ALL")
_TAKEN = 4
"""Addresses of a subnetwork that no host gets: https://cloud.google.com/vpc/docs/subnets"""


def option_problems(ports: int, *, dynamic: bool, endpoint_independent: bool) -> list[str]:
    """What Google would refuse about the allocation of ports, as sentences."""
    problems = []
    if dynamic and endpoint_independent:
        problems.append(
            "NetworkArgs has endpoint_independent and dynamic_ports, which exclude each other in Cloud NAT. Leave "
            "dynamic_ports out to keep peer-to-peer connections possible, or set endpoint_independent=False."
        )
    least, most = (32, 32_768) if dynamic else (2, ADDRESS_PORTS)
    if not least <= ports <= most or (dynamic and ports.bit_count() != 1):
        kind = "with dynamic_ports a power of two" if dynamic else "a whole number"
        problems.append(f"NetworkArgs.min_ports_per_vm must be {kind} from {least} to {most}, got {ports}.")
    return problems


def port_problem(*, hosts: int, ports: int, addresses: int, times: int = 2) -> str | None:
    """Sentence when the addresses have too few ports for ``times`` hosts a slot at once; None when they suffice.

    Counted in whole hosts for each address, on the safe side.
    """
    wanted, each = times * hosts, ADDRESS_PORTS // ports
    if wanted <= addresses * each:
        return None
    enough, fitting = -(-wanted // each), ADDRESS_PORTS // -(-wanted // addresses)
    held = f"there is {addresses} address" if addresses == 1 else f"there are {addresses} addresses"
    return (
        f"{_count(hosts, 'slot')} may have up to {_count(wanted, 'host')} at once, {times} each, with {ports} ports "
        f"for each host. But {held} for Cloud NAT, with {ADDRESS_PORTS} ports each: room for "
        f"{_count(addresses * each, 'host')}. Give {enough} addresses, or set min_ports_per_vm to {fitting} or less."
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def range_problems(cidr: str, hosts: int | None) -> list[str]:
    """What is wrong with the range of a subnetwork for three hosts a slot, as sentences."""
    try:
        block = ip_network(cidr)
    except ValueError:
        block = None
    if not isinstance(block, IPv4Network):
        return [f"The network {cidr!r} is not an IPv4 block like 10.40.0.0/24 that starts at its first address."]
    if not is_private(str(block)) or any(within(str(block), never) for never in NEVER_RANGES):
        return [f"The network {cidr} is not private. Give a block within 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16."]
    room = block.num_addresses - _TAKEN
    if block.prefixlen > 29:
        return [f"The network {cidr} is smaller than /29, the smallest subnetwork of Google Cloud."]
    if hosts is not None and room < 3 * hosts:
        return [
            f"The network {cidr} has room for {room} hosts, but {_count(hosts, 'slot')} may have {3 * hosts} at once: "
            "new ones stand beside the old, and a rollout that was refused leaves its own. Give a larger block."
        ]
    return []
