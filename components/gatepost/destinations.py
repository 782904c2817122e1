"""What may stand as the destination of a route to private networks, on every cloud. Pure."""

from ipaddress import IPv4Network, IPv6Network, ip_network

from .rule import NEVER_RANGES, PRIVATE_RANGES, is_private, within

ROUTED = ", ".join(block for block in PRIVATE_RANGES if block not in NEVER_RANGES)
"""Blocks that a route may lead to, as messages show them."""


def destination_problems(text: str, seen: dict[str, str], own: str | None, whose: str) -> list[str]:
    """What is wrong with a destination, as sentences.

    ``seen`` gets each block by its usual spelling, to find the same one again. ``own`` is the network's own range where
    it is known, and ``whose`` what to call its owner.
    """
    block = _block(text)
    if block is None:
        return [f"The destination {text!r} is not an IPv4 block like 10.0.0.0/8."]
    if not isinstance(block, IPv4Network):
        return [f"The destination {text!r} is IPv6. Hosts dial over IPv4 only; give the IPv4 block."]
    usual = str(block)
    if (other := seen.setdefault(usual, text)) != text:
        return [f"The destinations {other!r} and {text!r} are the same block. Remove one."]
    if usual != text:
        return [f"The destination {text!r} must be spelt {usual!r}."]
    never = [what for bad, what in NEVER_RANGES.items() if within(usual, bad)]
    problems = [f"The destination {text} cannot be routed: it is {what}." for what in never]
    if not problems and not is_private(usual):
        problems.append(
            f"The destination {text} holds public addresses, which leave by the exit. Give blocks within {ROUTED}."
        )
    around = _block(own) if own else None
    if isinstance(around, IPv4Network) and block.subnet_of(around):
        problems.append(f"The destination {text} lies in {whose} own range {own}, which needs no route. Remove it.")
    return problems


def _block(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None
