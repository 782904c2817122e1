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
    # The library is there whenever this command is: the command belongs to it.
    from gatepost.cli.plan_file import UsageError, read_settings  # noqa: PLC0415 - takes half a second
    from gatepost_sandbox.prepare.wants import notes_of, wants_of  # noqa: PLC0415

    try:
        settings, problems = read_settings(path, named[1])
    except UsageError as error:
        raise SandboxError(str(error)) from None
    if problems:
        listed = "\n".join(f"  {problem}" for problem in problems)
        raise SandboxError(f"The settings in {path} cannot be used. Nothing was made.\n{listed}")
    config = _open(_config(path))
    wants = wants_of(settings.fleet, named[1], config)
    return Plan(named[1], str(config["gatepost:tenant"]), wants, notes_of(settings.fleet, config))


def write(path: Path, target: Path) -> None:
    """Write the settings of a stack, which were read before, as the engine can use them in the sandbox.

    Secrets become the word ``sandbox``, because their key is elsewhere; the salt of an earlier copy stays. Raises
    SandboxError when it cannot be written.
    """
    if target.exists() and target.samefile(path):
        raise SandboxError(f"{target} is the settings file itself, whose secrets would be lost. Give another file.")
    config = _open(_config(path))
    try:
        before = _earlier(target)
        salt = {name: value for name, value in before.items() if name == "encryptionsalt"}
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(yaml.safe_dump({**salt, "config": config}, sort_keys=False, width=1000))
    except OSError as error:
        raise SandboxError(f"The file {target} cannot be written: {error.strerror}.") from None


def _earlier(target: Path) -> dict[str, Any]:
    """An earlier copy; empty when there is none, or when a run was stopped while it wrote."""
    try:
        found = yaml.safe_load(target.read_text(encoding="utf-8")) if target.exists() else None
    except (UnicodeDecodeError, yaml.YAMLError):
        found = None
    return found if isinstance(found, dict) else {}


def _open(value: Any) -> Any:
    if isinstance(value, list):
        return [_open(one) for one in value]
    if isinstance(value, dict):
        return "sandbox" if set(value) == {"secure"} else {key: _open(one) for key, one in value.items()}
    return value


def _config(path: Path) -> dict[str, Any]:
    """What stands below ``config:``, with values as Pulumi reads them: ``yes`` is text."""
    from gatepost.cli.plan_file import loaded  # noqa: PLC0415 - as above

    return loaded(path.read_text(encoding="utf-8"))["config"]
