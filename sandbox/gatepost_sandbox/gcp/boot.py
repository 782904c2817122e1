"""Read the startup script of an instance: which secret it fetches, which tenant it dials, and what it is denied.

The script writes files such as /etc/gatepost/host.env line by line, so lines ``KEY=VALUE`` count wherever they stand.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from ipaddress import IPv4Network, ip_network

from gatepost_sandbox.twingate.store import Pair

SECRET = re.compile(r"projects/([^/]+)/secrets/([^/]+)(?:/versions/([^/]+))?")
_LINE = re.compile(
    r"""^[ \t]*(?:export[ \t]+)?((?:GATEPOST|TWINGATE)_[A-Z_]+)=(["']?)([^"'\n]*)\2[ \t]*$""", re.MULTILINE
)
_WORDS = re.compile(r"^[ \t]*(IPAddressDeny|IPAddressAllow|DNS)=(.*)$", re.MULTILINE)
_SYMBOLS = {"any": "0.0.0.0/0", "localhost": "127.0.0.0/8", "link-local": "169.254.0.0/16"}


@dataclass(frozen=True)
class Boot:
    """What a startup script says. Without secret, pair and problem it has nothing to do with a Connector."""

    secret: tuple[str, str, str] | None = None
    """Project, secret and version (a number or ``latest``) to fetch the pair from."""
    pair: Pair | None = field(default=None, repr=False)
    """A pair that stands in the script itself."""
    problem: str | None = None
    """Why neither could be found."""
    tenants: tuple[str, ...] = ()
    """The Twingate networks that it names."""
    dns: tuple[str, ...] = ()
    """DNS servers of the Connector (TWINGATE_DNS) and of the host (a drop-in of systemd-resolved)."""
    denied: tuple[str, ...] = ()
    """IPv4 blocks that systemd keeps a service from (IPAddressDeny)."""
    allowed: tuple[str, ...] = ()
    """Blocks that it may use all the same (IPAddressAllow)."""


@lru_cache(maxsize=4096)
def read(script: str) -> Boot:
    """Understand a startup script. Never raises: what cannot be read is a ``problem``."""
    values = {key: value.strip() for key, _, value in _LINE.findall(script)}
    words: dict[str, list[str]] = {"IPAddressDeny": [], "IPAddressAllow": [], "DNS": []}
    for key, value in _WORDS.findall(script):
        words[key] = [*words[key], *value.split()] if value.strip() else []
    named = [values[key] for key in ("TWINGATE_NETWORK", "TWINGATE_URL") if values.get(key)]
    about = Boot(
        tenants=tuple(map(_tenant, named)),
        dns=tuple(dict.fromkeys(_blocks([*values.get("TWINGATE_DNS", "").split(","), *words["DNS"]]))),
        denied=_blocks(words["IPAddressDeny"]),
        allowed=_blocks(words["IPAddressAllow"]),
    )
    tokens = [values[key] for key in ("TWINGATE_ACCESS_TOKEN", "TWINGATE_REFRESH_TOKEN") if values.get(key)]
    if len(tokens) == 2:
        return replace(about, pair=Pair(*tokens))
    if tokens:
        return replace(about, problem="its startup script names one of the two tokens only")
    if not any(key.startswith("GATEPOST_") for key in values):
        return Boot()
    given = values.get("GATEPOST_SECRET", "")
    found = SECRET.fullmatch(given)
    if found:
        return replace(about, secret=(found[1], found[2], found[3] or "latest"))
    lacks = f"names the secret {given!r}, not projects/P/secrets/S" if given else "lacks GATEPOST_SECRET"
    return replace(about, problem=f"its startup script {lacks}")


def _blocks(words: Iterable[str]) -> tuple[str, ...]:
    """The IPv4 blocks and addresses among some words."""
    found = []
    for word in words:
        try:
            block = ip_network(_SYMBOLS.get(word.strip(), word.strip().partition("#")[0]), strict=False)
        except ValueError:
            continue
        if isinstance(block, IPv4Network):
            found.append(str(block.network_address) if block.prefixlen == 32 else str(block))
    return tuple(found)


def _tenant(value: str) -> str:
    """``acme`` for both ``acme`` and https://acme.twingate.com; any other address stays as it is."""
    return value.lower().removeprefix("https://").rstrip("/").removesuffix(".twingate.com")
