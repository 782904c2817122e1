"""Whether the host of a Connector could open a destination, and what decides: behind ``gatepost sandbox reach``."""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from gatepost_sandbox.addresses import Destination, Step
from gatepost_sandbox.evidence import Host

PROTOCOLS = ("tcp", "udp", "icmp")
FORM = "Write IP:PORT/PROTO, such as 10.0.0.5:443/tcp or 10.0.0.5/icmp."
SHOWN = 5  # names in a sentence


class QuestionError(Exception):
    """What is wrong with a question, one sentence a line."""


def page(status: Mapping[str, Any], hosts: Iterable[Host], asked: Mapping[str, str]) -> tuple[dict[str, Any], int]:
    """``GET /sandbox/reach?connector=...&to=...``: the answer, or ``{"error": sentences}`` and HTTP status 400.

    ``status`` is that of the sandbox, and ``hosts`` are all there are.
    """
    lines = [line for network in status["networks"] for line in network["connectors"]]
    problems: list[str] = []
    line = destination = None
    try:
        line = find(lines, asked.get("connector", ""))
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


def find(lines: Sequence[Mapping[str, Any]], text: str) -> Mapping[str, Any]:
    """A Connector by its name, ``site/slot`` or the unique beginning of its name. Raises QuestionError."""
    places = {f"{line['site']}/{line['slot']}" for line in lines if line["site"] and line["slot"]}
    for fitting in (
        [line for line in lines if line["name"] == text],
        [line for line in lines if text in places and f"{line['site']}/{line['slot']}" == text],
        [line for line in lines if text and line["name"].startswith(text)],
    ):
        if len(fitting) > 1:
            names = sorted(f"{line['name']} ({line['state']})" for line in fitting)
            raise QuestionError(f"'{text}' fits {len(names)} Connectors: {_list(names)}. Give a whole name.")
        if fitting:
            return fitting[0]
    known = sorted(line["name"] for line in lines)
    if not known:
        raise QuestionError(f"There is no Connector '{text}': the sandbox has none yet.")
    near = difflib.get_close_matches(text, [*known, *sorted(places)], SHOWN, cutoff=0.4)
    hint = f"The nearest: {_list(near)}." if near else f"There are: {_list(known)}."
    raise QuestionError(f"There is no Connector '{text}'. {hint}")


def _list(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
