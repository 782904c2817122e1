"""The sandbox's settings: what they mean, what is allowed, what holds unless somebody says otherwise."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from gatepost_sandbox.checks import YES_OR_NO, Rule, number, problems, texts
from gatepost_sandbox.refusals.limits import Quotas, quotas

DAY = 86400
_SECONDS = number("a number of seconds", DAY)
RULES = {
    "boot_seconds": _SECONDS,
    "count_alive": YES_OR_NO,
    "broken_images": texts("a list of image ids"),
    "heartbeat_seconds": _SECONDS,
    "api_limits": YES_OR_NO,
    "tenants": texts("a list of Twingate network names"),
    "quotas": Rule(lambda value: isinstance(value, dict), "an object of whole numbers by the quota's name"),
}


@dataclass
class Settings:
    """What ``POST /sandbox/settings`` changes. ``quotas`` by name are there too: docs/sandbox-providers.md."""

    boot_seconds: float = 0.0
    """The time between the launch of a host and the first heartbeat: 0 to 86400, on the sandbox's clock."""
    broken_images: tuple[str, ...] = ()
    """Images whose hosts never finish booting."""
    count_alive: bool = False
    """Count the live Connectors after each write, for the record."""
    heartbeat_seconds: float = 0.0
    """How long Twingate's API tells the old state after a Connector's last sign of life: 0 to 86400; 0: no time."""
    tenants: tuple[str, ...] = ("sandbox",)
    """The Twingate networks that there are: what hosts may name as theirs. All of them are this one account."""
    api_limits: bool = False
    """Whether Twingate's API keeps to its limits: 60 reads and 20 writes a minute, on the sandbox's clock."""

    def change(self, body: dict[str, Any]) -> str | None:
        """Take new values; sentences say what is wrong, and then nothing was changed."""
        limits = body.get("quotas")
        wrong = [problems(body, RULES, "settings"), *_quota_problems(limits if isinstance(limits, dict) else {})]
        if any(wrong):
            return " ".join(filter(None, wrong))
        for name, value in body.items():
            if name == "quotas":
                for quota, limit in value.items():
                    quotas.set(quota, limit)
            else:
                kept = type(getattr(self, name))
                setattr(self, name, tuple(sorted(set(value))) if kept is tuple else kept(value))
        return None

    def shown(self) -> dict[str, Any]:
        """The settings in force, by name."""
        return {
            **asdict(self),
            "broken_images": list(self.broken_images),
            "tenants": list(self.tenants),
            "quotas": quotas.values(),
        }


def _quota_problems(limits: Mapping[str, Any]) -> Iterator[str]:
    for name, value in limits.items():
        try:
            Quotas().set(name, value)
        except ValueError as error:
            yield str(error)
