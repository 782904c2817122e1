"""From a stack's configuration to its fleet. Only stack programs import this: components read no configuration."""

import json
from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env

from .fleet import Fleet, FleetArgs
from .stack_settings import KEYS, refusal_text, stack_settings

__all__ = ["KEYS", "SettingsError", "fleet_from_config"]


class SettingsError(pulumi.RunError):
    """The settings cannot be used; the text has a line for each problem. Pulumi prints it without a traceback."""


def fleet_from_config(providers: Mapping[str, pulumi.ProviderResource] | None = None) -> Fleet:
    """The fleet that ``gatepost:fleet``, ``gatepost:tenant`` and ``gatepost:gate`` describe; see ``KEYS``.

    The stack's name is the environment. `providers` are those of other accounts, by the key that sites name.

    Raises SettingsError with every problem of all of them, which Pulumi prints without a traceback, before anything is
    created.
    """
    config = pulumi.Config("gatepost")
    values = {key: _value(config, key) for key in KEYS if key != "tenant"}
    settings, problems = stack_settings(
        {**values, "tenant": config.get("tenant")},
        environment=pulumi.get_stack(),
        names=_names(),
        autonaming=pulumi.Config("pulumi").get("autonaming"),
    )
    if problems:
        raise SettingsError(refusal_text(problems))
    try:
        fleet = FleetArgs(
            settings=settings.fleet,
            environment=settings.environment,
            tenant=settings.tenant,
            gate=settings.gate,
            azure=settings.azure,
            providers=providers or {},
        )
    except ValueError as wrong:
        raise SettingsError(refusal_text(str(wrong).splitlines())) from None
    return Fleet("fleet", fleet)


def _names() -> list[str]:
    """Every setting of gatepost that is there."""
    known = {**(get_config_env() or {}), **CONFIG.get()}
    return [key.removeprefix("gatepost:") for key in known if key.startswith("gatepost:")]


def _value(config: pulumi.Config, key: str) -> Any:
    """A value as the file has it. Pulumi hands over text: JSON for maps and lists, plain for a text."""
    text = config.get(key)
    try:
        return None if text is None else json.loads(text)
    except ValueError:
        return text
