"""Read the environment of a container group: which token pair it has, which tenant it dials, which DNS it asks."""

from dataclasses import dataclass, field, replace

from gatepost_sandbox.twingate.store import Pair

from .images import is_connector
from .networks import is_address
from .state import Props

TOKENS = ("TWINGATE_ACCESS_TOKEN", "TWINGATE_REFRESH_TOKEN")
_TENANTS = ("TWINGATE_NETWORK", "TWINGATE_URL")


@dataclass(frozen=True)
class Boot:
    """What the environment of a Connector's container says. Without pair and problem it is for other work."""

    pair: Pair | None = field(default=None, repr=False)
    problem: str | None = None
    """Why a container that is meant for a Connector has no pair."""
    exposed: tuple[str, ...] = ()
    """The tokens that stand in ``value``, which everybody who may read the group sees."""
    tenants: tuple[str, ...] = ()
    """The Twingate networks that it names."""
    dns: tuple[str, ...] = ()
    """DNS servers of the Connector (TWINGATE_DNS)."""


def connector_in(group: Props) -> Props:
    """The container that is meant for a Connector: by its variables, else by its image; else the first."""
    containers = group["properties"]["containers"]
    by_name = (c for c in containers if any(v["name"] in TOKENS for v in _variables(c)))
    by_image = (c for c in containers if is_connector(c["properties"]["image"]))
    return next(by_name, None) or next(by_image, containers[0])


def read(container: Props) -> Boot:
    """Understand a container's environment. Never raises: what cannot be read is a ``problem``."""
    values = {v["name"]: v.get("secureValue") or v.get("value") or "" for v in _variables(container)}
    tokens = [values.get(name, "") for name in TOKENS]
    named = [values[name] for name in _TENANTS if values.get(name)]
    about = Boot(
        exposed=tuple(v["name"] for v in _variables(container) if v["name"] in TOKENS and v.get("value")),
        tenants=tuple(map(_tenant, named)),
        dns=tuple(s for s in map(str.strip, values.get("TWINGATE_DNS", "").split(",")) if is_address(s)),
    )
    if all(tokens):
        return replace(about, pair=Pair(*tokens))
    if any(tokens) or is_connector(container["properties"]["image"]):
        lacks = " and ".join(name for name, token in zip(TOKENS, tokens, strict=True) if not token)
        return replace(about, problem=f"its container {container['name']} lacks {lacks}")
    return Boot()


def _variables(container: Props) -> list[Props]:
    return container["properties"].get("environmentVariables") or []


def _tenant(value: str) -> str:
    """``acme`` for both ``acme`` and https://acme.twingate.com; any other address stays as it is."""
    return value.lower().removeprefix("https://").rstrip("/").removesuffix(".twingate.com")
