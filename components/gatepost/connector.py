"""The settings of one Connector process, without its tokens. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .egress import dns_problems
from .words import one_of, refuse

LOG_LEVELS: Mapping[str, int] = {"error": 3, "warn": 4, "info": 5, "debug": 7}
"""Levels as https://www.twingate.com/docs/connector-logs names them (the Helm chart maps info to 6)."""
TIMESTAMPS: Mapping[str, int] = {"relative": 1, "absolute": 2}
ANALYTICS = ("v1", "v2")
METRICS_MIN_VERSION = "1.80.0"
"""First Connector that serves metrics: https://www.twingate.com/docs/connector-metrics"""

_SAFE = r"[A-Za-z0-9 ._:/@,+=()-]"
_SECRET = re.compile(r"token|secret|passw|credential|private.?key", re.IGNORECASE)

_TENANT = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def tenant_problems(tenant: Any) -> list[str]:
    """Sentences for a Twingate network name that cannot be one (``acme`` of ``acme.twingate.com``)."""
    if isinstance(tenant, str) and _TENANT.fullmatch(tenant):
        return []
    return [f"The Twingate network must be a name such as 'acme' (of acme.twingate.com), got {tenant!r}."]


def _value_problem(what: str, value: str) -> list[str]:
    """Why `value` cannot stand in a KEY=VALUE file. It is never shown: a mistaken value may be a secret."""
    if value.startswith("eyJ"):
        return [f"{what} looks like a token. Tokens travel through the cloud's secret store only."]
    if not value or len(value) > 255 or value != value.strip():
        return [f"{what} must have 1 to 255 characters and no blank at either end."]
    bad = sorted({c for c in value if not re.fullmatch(_SAFE, c)})
    allowed = "Allowed: letters, digits, blanks and ._:/@,+=()-"
    return [f"{what} contains {' '.join(map(ascii, bad))}. {allowed}"] if bad else []


def _label_key(key: object) -> str:
    return "TWINGATE_LABEL_" + str(key).upper().replace("-", "_")


@dataclass(frozen=True, kw_only=True)
class ConnectorSettings:
    """What a Connector process is told. Raises ValueError that names every problem; tokens have no place here.

    Keys and meanings: https://www.twingate.com/docs/connector-advanced-settings and the Connector's own `--help`.
    """

    network: str | None = None
    """Name of the Twingate tenant: `acme` of https://acme.twingate.com. Give this or `url`."""
    url: str | None = None
    """Address of the Twingate tenant: `https://acme.twingate.com`."""
    dns: Sequence[str] = ()
    """IPv4 addresses of custom DNS servers; empty: the host's own resolver."""
    log_level: str | int = "error"
    """error, warn, info, debug, or the Connector's own number from -1 to 7."""
    analytics: str | None = None
    """Version of the connection log, v1 or v2; None: off."""
    metrics_port: int | None = None
    """TCP port of `/metrics`, 1024-65535; None: off. Needs a Connector of at least `METRICS_MIN_VERSION`."""
    timestamp: str | None = None
    """relative or absolute times in the log; None: no times (journald adds its own)."""
    labels: Mapping[str, str | int] = field(default_factory=dict)
    """Labels shown in Twingate's console (site, slot, generation, ...); `deployed_by` is gatepost unless given."""

    def __post_init__(self) -> None:
        refuse([*self._tenant_problems(), *dns_problems(self.dns), *self._word_problems(), *self._label_problems()])
        object.__setattr__(self, "dns", tuple(self.dns))
        object.__setattr__(self, "labels", dict(self.labels))

    def _tenant_problems(self) -> list[str]:
        if (self.network is None) == (self.url is None):
            found = "neither" if self.url is None else "both"
            return [f"A Connector needs exactly one of network and url, {found} is given. Example: network: acme"]
        if self.network is not None and not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", str(self.network)):
            told = (
                "is not the name of a Twingate tenant. Allowed: 1 to 63 lower-case letters, digits and inner hyphens."
            )
            return [f"The network {self.network!r} {told} For https://acme.twingate.com it is acme."]
        if self.url is not None and not re.fullmatch(
            r"https://[a-z0-9-]+(\.[a-z0-9-]+)*\.twingate\.com", str(self.url)
        ):
            return [f"The url {self.url!r} is not the address of a Twingate tenant, such as https://acme.twingate.com"]
        return []

    def _word_problems(self) -> list[str]:
        level, port, problems = self.log_level, self.metrics_port, []
        if isinstance(level, bool) or not (level in LOG_LEVELS if isinstance(level, str) else level in range(-1, 8)):
            problems.append(one_of("The log level", level, [*LOG_LEVELS, "a number from -1 to 7"]))
        if self.analytics is not None and self.analytics not in ANALYTICS:
            problems.append(one_of("The version of analytics", self.analytics, ANALYTICS))
        if self.timestamp is not None and self.timestamp not in TIMESTAMPS:
            problems.append(one_of("The timestamp format", self.timestamp, TIMESTAMPS))
        if port is not None and (isinstance(port, bool) or port not in range(1024, 65536)):
            problems.append(f"The metrics port {port!r} is not allowed. Use 1024-65535, for example 9999.")
        return problems

    def _label_problems(self) -> list[str]:
        problems, seen = [], {}
        for key, value in self.labels.items():
            if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,62}", str(key)):
                problems.append(f"The label {key!r} must be 1 to 63 letters, digits, - and _, with a letter first.")
            elif _SECRET.search(key):
                problems.append(f"The label {key!r} sounds like a secret. Labels are shown in the console; remove it.")
            elif (other := seen.setdefault(_label_key(key), key)) != key:
                problems.append(f"The labels {other!r} and {key!r} are one and the same. Remove one of them.")
            if isinstance(value, bool) or not isinstance(value, str | int):
                problems.append(f"The value of the label {key!r} must be text or a number.")
            else:
                problems += _value_problem(f"The value of the label {key!r}", str(value))
        return problems

    @property
    def min_version(self) -> str | None:
        """The oldest Connector that understands these settings; None when any does."""
        return METRICS_MIN_VERSION if self.metrics_port is not None else None

    def environment(self) -> dict[str, str]:
        """The TWINGATE_* settings, for a process environment or a conf file."""
        level = LOG_LEVELS[self.log_level] if isinstance(self.log_level, str) else self.log_level
        optional: dict[str, object] = {
            "TWINGATE_NETWORK": self.network,
            "TWINGATE_URL": self.url,
            "TWINGATE_DNS": ",".join(self.dns) or None,
            "TWINGATE_LOG_ANALYTICS": self.analytics,
            "TWINGATE_METRICS_PORT": self.metrics_port,
            "TWINGATE_TIMESTAMP_FORMAT": TIMESTAMPS[self.timestamp] if self.timestamp else None,
        }
        labels = {_label_key("deployed_by"): "gatepost"} | {_label_key(k): str(v) for k, v in self.labels.items()}
        given = {key: str(value) for key, value in optional.items() if value is not None}
        return dict(sorted({**given, "TWINGATE_LOG_LEVEL": str(level), **labels}.items()))


def conf_text(env: Mapping[str, str]) -> str:
    """`env` as sorted KEY=VALUE lines. Raises ValueError for tokens and for what a conf file cannot hold."""
    problems = []
    for key, value in env.items():
        if not re.fullmatch(r"TWINGATE_[A-Z0-9_]+", key):
            problems.append(f"The setting {key!r} is not a TWINGATE_ one.")
        elif _SECRET.search(key):
            problems.append(f"The setting {key!r} is a secret. The host adds its own tokens at boot.")
        problems += _value_problem(f"The value of {key}", value)
    refuse(problems)
    return "".join(f"{key}={value}\n" for key, value in sorted(env.items()))
