"""From a stack's configuration to its fleet. Only stack programs import this: components read no configuration."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env

from .autonaming import autonaming_problems
from .connector import ConnectorSettings
from .explain import line
from .fleet import Fleet, FleetArgs
from .labels import check_key
from .rollout import GateArgs
from .settings import SettingsError, parse, parse_azure, parse_gate
from .site import problems_of, tenant_problems
from .words import one_of

KEYS = ("azure", "fleet", "gate", "tenant")
"""Settings of a stack, each with ``gatepost:`` before it."""


def fleet_from_config(providers: Mapping[str, pulumi.ProviderResource] | None = None) -> Fleet:
    """The fleet that ``gatepost:fleet``, ``gatepost:tenant`` and ``gatepost:gate`` describe; see ``KEYS``.

    The stack's name is the environment. `providers` are those of other accounts, by the key that sites name.

    Raises SettingsError with every problem of all of them, which Pulumi prints without a traceback, before anything is
    created.
    """
    config, environment = pulumi.Config("gatepost"), pulumi.get_stack()
    tenant = config.get("tenant")
    settings, problems = parse(_value(config, "fleet"), environment=environment)
    gate, more = parse_gate(_value(config, "gate"))
    azure, secret = parse_azure(_value(config, "azure"))
    problems += [*more, *secret]
    problems += [line("gatepost:tenant", problem) for problem in _tenant_problems(tenant)]
    problems += [line("gatepost", problem) for problem in _unknown_keys()]
    clouds = {site.cloud for network in settings.remote_networks.values() for site in network.sites.values()}
    naming = autonaming_problems(pulumi.Config("pulumi").get("autonaming"), clouds)
    problems += [line("pulumi", problem) for problem in naming]
    problems += [line("the stack's name", problem) for problem in check_key("environment", environment)]
    if problems:
        raise SettingsError(_listed(problems))
    args = GateArgs(**gate.model_dump(exclude_none=True))
    try:
        fleet = FleetArgs(
            settings=settings,
            environment=environment,
            tenant=str(tenant),
            gate=args,
            azure=azure,
            providers=providers or {},
        )
    except ValueError as wrong:
        raise SettingsError(_listed(str(wrong).splitlines())) from None
    return Fleet("fleet", fleet)


def _listed(problems: Iterable[str]) -> str:
    listed = "\n".join(f"  {problem}" for problem in problems)
    return f"The settings of this stack cannot be used. Nothing was changed.\n{listed}"


def _unknown_keys() -> list[str]:
    """Sentences for settings of gatepost that do not exist: a misspelt one would be passed over in silence."""
    known = {**(get_config_env() or {}), **CONFIG.get()}
    names = sorted(key.removeprefix("gatepost:") for key in known if key.startswith("gatepost:"))
    return [
        one_of("The setting", f"gatepost:{name}", [f"gatepost:{k}" for k in KEYS]) for name in names if name not in KEYS
    ]


def _tenant_problems(tenant: str | None) -> list[str]:
    if tenant is None:
        return [
            "This setting is needed and missing. It is the name of your Twingate network, acme of acme.twingate.com."
        ]
    return tenant_problems(tenant) or problems_of(lambda: ConnectorSettings(network=tenant))


def _value(config: pulumi.Config, key: str) -> Any:
    """A value as the file has it. Pulumi hands over text: JSON for maps and lists, plain for a text."""
    text = config.get(key)
    try:
        return None if text is None else json.loads(text)
    except ValueError:
        return text
