"""Everything that a stack's settings say, checked together. Pure: the program and ``gatepost plan`` read it alike."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .autonaming import autonaming_problems
from .azure_settings import AzureSecrets
from .connector import ConnectorSettings, tenant_problems
from .explain import line
from .gate_args import GateArgs
from .labels import check_key
from .settings import FleetSettings, parse, parse_azure, parse_gate
from .words import one_of, problems_of

KEYS = ("azure", "fleet", "gate", "tenant")
"""Settings of a stack, each with ``gatepost:`` before it."""


@dataclass(frozen=True, kw_only=True)
class StackSettings:
    """The settings of a stack; good ones only if there was no problem."""

    environment: str
    tenant: str
    fleet: FleetSettings
    gate: GateArgs
    azure: AzureSecrets


def stack_settings(
    values: Mapping[str, Any], *, environment: str, names: Collection[str] = KEYS, autonaming: str | None = None
) -> tuple[StackSettings, list[str]]:
    """The settings, and a line for every problem of all of them. Never raises.

    ``values`` is plain data by key (see ``KEYS``), ``names`` every key below ``gatepost:`` that is set, ``autonaming``
    the JSON text of ``pulumi:autonaming``. ``environment`` is the stack's name.
    """
    tenant = values.get("tenant")
    fleet, problems = parse(values.get("fleet"), environment=environment)
    gate, more = parse_gate(values.get("gate"))
    azure, secret = parse_azure(values.get("azure"))
    problems += [*more, *secret]
    problems += [line("gatepost:tenant", problem) for problem in _tenant_problems(tenant)]
    problems += [line("gatepost", problem) for problem in _unknown(names)]
    clouds = {site.cloud for network in fleet.remote_networks.values() for site in network.sites.values()}
    problems += [line("pulumi", problem) for problem in autonaming_problems(autonaming, clouds)]
    problems += [line("the stack's name", problem) for problem in check_key("environment", environment)]
    args = GateArgs() if more else GateArgs(**gate.model_dump(exclude_none=True))
    return StackSettings(environment=environment, tenant=str(tenant), fleet=fleet, gate=args, azure=azure), problems


def refusal_text(problems: Iterable[str]) -> str:
    """What people read when settings cannot be used."""
    listed = "\n".join(f"  {problem}" for problem in problems)
    return f"The settings of this stack cannot be used. Nothing was changed.\n{listed}"


def _unknown(names: Collection[str]) -> list[str]:
    """Sentences for settings of gatepost that do not exist: a misspelt one would be passed over in silence."""
    known = [f"gatepost:{key}" for key in KEYS]
    return [one_of("The setting", f"gatepost:{name}", known) for name in sorted(names) if name not in KEYS]


def _tenant_problems(tenant: str | None) -> list[str]:
    if tenant is None:
        return [
            "This setting is needed and missing. It is the name of your Twingate network, acme of acme.twingate.com."
        ]
    return tenant_problems(tenant) or problems_of(lambda: ConnectorSettings(network=tenant))
