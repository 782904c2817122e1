"""Read the text a host boots with: which token pair it would use, which tenant it dials, and what it is denied."""

import base64
import binascii
import gzip
import re
import shlex
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Network, ip_network
from typing import Any

import yaml

from gatepost_sandbox.twingate.store import Pair

HOST_ENV = "/etc/gatepost/host.env"
CONNECTOR_ENV = "/etc/gatepost/connector.env"
SERVICE = "twingate-connector.service"
LINUX_PORTS = (32768, 60999)
"""The ports Linux dials from unless told otherwise: https://docs.kernel.org/networking/ip-sysctl.html."""

_LITERAL = re.compile(r"TWINGATE_(ACCESS|REFRESH)_TOKEN=[\"']?([^\s\"'\\]+)")
_TENANT = re.compile(r"TWINGATE_(?:NETWORK|URL)=[\"']?([^\s\"'\\]+)")
_DNS = re.compile(r"TWINGATE_DNS=[\"']?([^\s\"'\\]+)")
_LOCAL_PORTS = re.compile(r"^\s*net\.ipv4\.ip_local_port_range\s*=\s*(\d+)\s+(\d+)", re.MULTILINE)
_SYMBOLS = {"any": "0.0.0.0/0", "localhost": "127.0.0.0/8", "link-local": "169.254.0.0/16", "multicast": "224.0.0.0/4"}


@dataclass(frozen=True)
class BootText:
    """What a boot text says. Without ``parameter``, ``pair`` and ``problem`` it has nothing to do with a Connector."""

    parameter: str | None = None
    """The parameter to fetch the pair from."""
    region: str | None = None
    """The region of the parameter."""
    pair: Pair | None = field(default=None, repr=False)
    """A pair that stands in the text itself."""
    problem: str | None = None
    """Why neither could be found."""
    tenants: tuple[str, ...] = ()
    """The Twingate networks that it names."""
    connector_dns: tuple[str, ...] = ()
    """DNS servers of the Connector (TWINGATE_DNS)."""
    host_dns: tuple[str, ...] = ()
    """DNS servers of the whole host (a drop-in of systemd-resolved)."""
    denied: tuple[str, ...] = ()
    """IPv4 blocks that systemd keeps the Connector's service from (IPAddressDeny)."""
    allowed: tuple[str, ...] = ()
    """Blocks that it may use all the same (IPAddressAllow)."""
    local_ports: tuple[int, int] = LINUX_PORTS
    """First and last port that the host dials from."""


@lru_cache(maxsize=4096)
def read(encoded: str) -> BootText:
    """Understand base64 user data, plain or gzip. Never raises: what cannot be read is a ``problem``."""
    try:
        raw = base64.b64decode(encoded)
        text = (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode()
    except (binascii.Error, OSError, EOFError, UnicodeDecodeError):
        return BootText(problem="its user data is not text")
    if text.startswith("#cloud-config"):
        return _cloud_config(text)
    return _shell(text)


def _cloud_config(text: str) -> BootText:
    try:
        document = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe
    except yaml.YAMLError:
        return BootText(problem="its user data is not valid YAML, so cloud-init ignores it")
    written = document.get("write_files") if isinstance(document, dict) else None
    entries = {str(e.get("path")): e for e in written or [] if isinstance(e, dict)} if isinstance(written, list) else {}
    if HOST_ENV not in entries:
        return BootText()
    try:
        path = HOST_ENV
        host = _pairs(_content(entries[path]))
        path = CONNECTOR_ENV
        connector = _pairs(_content(entries[path])) if path in entries else {}
    except (ValueError, IndexError, OSError, EOFError):
        return BootText(problem=f"{path} in its user data is not a list of KEY=VALUE lines")
    missing = [key for key in ("GATEPOST_SECRET_PARAMETER", "GATEPOST_REGION") if not host.get(key)]
    if missing:
        return BootText(problem=f"{HOST_ENV} in its user data lacks {' and '.join(missing)}")
    named = [connector[key] for key in ("TWINGATE_NETWORK", "TWINGATE_URL") if connector.get(key)]
    units = _folder(entries, f"/etc/systemd/system/{SERVICE}")
    ranges = [LINUX_PORTS, *_LOCAL_PORTS.findall(_folder(entries, "/etc/sysctl"))]
    return BootText(
        parameter=host["GATEPOST_SECRET_PARAMETER"],
        region=host["GATEPOST_REGION"],
        tenants=tuple(map(_tenant, named)),
        connector_dns=_addresses(connector.get("TWINGATE_DNS", "").split(",")),
        host_dns=_addresses(_words(_folder(entries, "/etc/systemd/resolved.conf"), "DNS")),
        denied=_addresses(_words(units, "IPAddressDeny")),
        allowed=_addresses(_words(units, "IPAddressAllow")),
        local_ports=(int(ranges[-1][0]), int(ranges[-1][1])),
    )


def _shell(text: str) -> BootText:
    tokens = dict(_LITERAL.findall(text))
    if set(tokens) == {"ACCESS", "REFRESH"}:
        return BootText(
            pair=Pair(tokens["ACCESS"], tokens["REFRESH"]),
            tenants=tuple(map(_tenant, _TENANT.findall(text))),
            connector_dns=_addresses(word for found in _DNS.findall(text) for word in found.split(",")),
        )
    if tokens:
        return BootText(problem="its user data names one of the two tokens only")
    return BootText()


def _content(entry: dict[str, Any]) -> str:
    """The text of a file as cloud-init writes it."""
    content, encoding = str(entry.get("content", "")), str(entry.get("encoding", ""))
    if encoding in ("b64", "base64", "gz+b64", "gz+base64", "gzip+b64", "gzip+base64"):
        raw = base64.b64decode(content)
        return (gzip.decompress(raw) if encoding.startswith("gz") else raw).decode()
    return content


def _pairs(content: str) -> dict[str, str]:
    lines = [line for line in content.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return dict(shlex.split(line)[0].split("=", 1) for line in lines)


def _folder(entries: dict[str, Any], start: str) -> str:
    """The texts of all files whose path starts so, in the order in which systemd and sysctl read them."""
    texts = []
    for path in sorted(path for path in entries if path.startswith(start)):
        try:
            texts.append(_content(entries[path]))
        except (ValueError, OSError, EOFError):
            continue  # a file that cannot be read says nothing
    return "\n".join(texts)


def _values(text: str, key: str) -> list[str]:
    return re.findall(rf"^\s*{re.escape(key)}\s*=[ \t]*(.*)$", text, re.MULTILINE)


def _words(text: str, key: str) -> list[str]:
    """The words of a setting of systemd that may stand several times; an empty value forgets those before."""
    words: list[str] = []
    for value in _values(text, key):
        words = [*words, *value.split()] if value.strip() else []
    return words


def _addresses(words: Any) -> tuple[str, ...]:
    """The IPv4 blocks and addresses among some words, each once."""
    found: dict[str, None] = {}
    for word in words:
        try:
            block = ip_network(_SYMBOLS.get(word.strip(), word.strip().partition("#")[0]), strict=False)
        except ValueError:
            continue
        if isinstance(block, IPv4Network):
            found[str(block.network_address) if block.prefixlen == 32 else str(block)] = None
    return tuple(found)


def _tenant(value: str) -> str:
    """``acme`` for both ``acme`` and https://acme.twingate.com; any other address stays as it is."""
    host = value.lower().removeprefix("https://").rstrip("/")
    return host.removesuffix(".twingate.com")
