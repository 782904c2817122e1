"""Whether the host of a Connector could open a destination, and what decides: behind ``gatepost sandbox reach``."""

import re
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from gatepost_sandbox.addresses import Destination, Step
from gatepost_sandbox.evidence import Host
from gatepost_sandbox.naming import QuestionError, find, lines

PROTOCOLS = ("tcp", "udp", "icmp")
FORM = "Write IP:PORT/PROTO, such as 10.0.0.5:443/tcp or 10.0.0.5/icmp."


def page(status: Mapping[str, Any], hosts: Iterable[Host], asked: Mapping[str, str]) -> tuple[dict[str, Any], int]:
    """``GET /sandbox/reach?connector=...&to=...``: the answer, or ``{"error": sentences}`` and HTTP status 400.

    ``status`` is that of the sandbox, and ``hosts`` are all there are.
    """
    problems: list[str] = []
    line = destination = None
    try:
        line = find(lines(status), asked.get("connector", ""))
    except QuestionError as error:
        problems.append(str(error))
    try:
        destination = parse(asked.get("to", ""))
    except QuestionError as error:
        problems.append(str(error))
    if line is None or destination is None:
        return {"error": "\n".join(problems)}, 400
    return _answer(hosts, line, destination), 200


def _answer(hosts: Iterable[Host], line: Mapping[str, Any], destination: Destination) -> dict[str, Any]:
    host = next((host for host in hosts if host.id == line["host_id"]), None)
    if host is None:
        steps = [Step("host", False, f"there is none: {line['reason']}")]
    elif host.state != "running":
        steps = [Step("host", False, f"{host.id} is {host.state}, not running")]
    else:
        told = [] if line["alive"] else [Step("Connector", None, f"is {line['state']} now: {line['reason']}")]
        steps = [Step("host", True, f"{host.id} runs in {host.zone}"), *told, *host.reach(destination)]
    reached = all(step.ok is not False for step in steps)
    return {
        "version": 1,
        "connector": line["name"],
        "state": line["state"],
        "network": line["network"],
        "site": line["site"],
        "slot": line["slot"],
        "host_id": line["host_id"],
        "to": str(destination),
        "reached": reached,
        "exit_ip": next((step.exit_ip for step in steps if step.exit_ip), None) if reached else None,
        "steps": [{"part": step.part, "ok": step.ok, "text": step.text} for step in steps],
    }


def parse(text: str) -> Destination:
    """``IP:PORT/PROTO``, where icmp has no port. Raises QuestionError with every problem."""
    found = re.fullmatch(r"(?P<address>[^/]*?)(?::(?P<port>[^:/]*))?/(?P<protocol>[^/]+)", text.strip())
    if found is None:
        raise QuestionError(f"The destination '{text}' names no protocol. {FORM}")
    address, port, protocol = found["address"], found["port"], found["protocol"].lower()
    problems = _address_problems(address)
    if protocol not in PROTOCOLS:
        problems.append(f"The protocol '{protocol}' is not known here. Allowed: {', '.join(PROTOCOLS)}.")
    elif protocol == "icmp" and port not in (None, "", "0"):
        problems.append(f"The port {port} makes no sense with icmp. Write {address}/icmp.")
    elif protocol != "icmp" and not port:
        problems.append(f"The destination '{text}' has no port, and {protocol} needs one. {FORM}")
    elif protocol != "icmp" and not (re.fullmatch(r"[0-9]{1,5}", port) and 1 <= int(port) <= 65535):
        problems.append(f"The port '{port}' is not allowed. Write a whole number from 1 to 65535.")
    if problems:
        raise QuestionError("\n".join(problems))
    return Destination(address, protocol, int(port or 0))


def _address_problems(text: str) -> list[str]:
    try:
        address = ip_address(text.strip("[]"))
    except ValueError:
        return [f"'{text}' is not an IPv4 address. Names are not looked up: give an address such as 10.0.0.5."]
    if isinstance(address, IPv6Address):
        return [f"'{text}' is an IPv6 address, and hosts dial over IPv4 only. Give the destination's IPv4 address."]
    if address.is_multicast or address in (IPv4Address(0), IPv4Address(2**32 - 1)) or address.is_reserved:
        return [f"'{text}' is not the address of one machine, so nobody can open a connection to it."]
    return []
