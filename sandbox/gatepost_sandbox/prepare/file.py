"""A settings file as what must be in the sandbox before its stack can be tried there."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from gatepost_sandbox.home import SandboxError

_NAME = re.compile(r"Pulumi\.([a-z0-9._-]+)\.ya?ml", re.IGNORECASE)


@dataclass(frozen=True)
class Plan:
    """What the file asks for: the tenant of its hosts, rows for the page, and sentences about what cannot be made."""

    stack: str
    tenant: str
    wants: list[dict[str, Any]]
    notes: list[str]


def read(path: Path) -> Plan:
    """What a ``Pulumi.<stack>.yaml`` adopts. Raises SandboxError with every problem of the file."""
    named = _NAME.fullmatch(path.name)
    if named is None:
        raise SandboxError(
            f"The file {path} is not named like a stack's settings. Allowed: Pulumi.<stack>.yaml, such as "
            "stacks/Pulumi.prod.yaml."
        )
    config = _config(path)
    # The library is there whenever this command is: the command belongs to it.
    from gatepost.settings import parse  # noqa: PLC0415 - takes half a second, and no other command needs it
    from gatepost_sandbox.prepare.wants import notes_of, wants_of  # noqa: PLC0415

    fleet, problems = parse(config.get("gatepost:fleet"), environment=named[1])
    tenant = config.get("gatepost:tenant")
    if not isinstance(tenant, str):
        problems = [*problems, "gatepost:tenant: This setting is needed and missing. It is acme of acme.twingate.com."]
    if problems:
        listed = "\n".join(f"  {problem}" for problem in problems)
        raise SandboxError(f"The settings in {path} cannot be used. Nothing was made.\n{listed}")
    wants = wants_of(fleet, named[1], config)
    return Plan(named[1], str(tenant), wants, notes_of(fleet, config))


def write(path: Path, target: Path) -> None:
    """Write the settings of a stack as the engine can use them in the sandbox.

    Secrets become the word ``sandbox``, because their key is elsewhere; the salt of an earlier copy stays. Raises
    SandboxError when it cannot be written.
    """
    config = _open(_config(path))
    try:
        before = yaml.safe_load(target.read_text()) if target.exists() else {}
        salt = {name: value for name, value in before.items() if name == "encryptionsalt"}
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(yaml.safe_dump({**salt, "config": config}, sort_keys=False, width=1000))
    except OSError as error:
        raise SandboxError(f"The file {target} cannot be written: {error.strerror}.") from None


def _open(value: Any) -> Any:
    if isinstance(value, list):
        return [_open(one) for one in value]
    if isinstance(value, dict):
        return "sandbox" if set(value) == {"secure"} else {key: _open(one) for key, one in value.items()}
    return value


def _config(path: Path) -> dict[str, Any]:
    try:
        found = yaml.safe_load(path.read_text())
    except OSError as error:
        raise SandboxError(f"The file {path} cannot be read: {error.strerror}.") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        told = " ".join(str(error).split())
        raise SandboxError(f"The file {path} is not YAML: {told}.") from None
    config = found.get("config") if isinstance(found, dict) else None
    if not isinstance(config, dict):
        raise SandboxError(f"The file {path} has no config: with the settings of a stack below it.")
    return config
