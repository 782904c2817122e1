"""A stack's settings from its file, as Pulumi would hand them to the program."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..stack_settings import StackSettings

_NAME = re.compile(r"Pulumi\.(?P<stack>.+)\.ya?ml")
_PREFIX = "gatepost:"
HIDDEN = "hidden"
"""Stands for what the file has encrypted: the plan decrypts nothing."""


class UsageError(Exception):
    """A sentence for somebody who called the command wrongly."""


def stack_file(home: Path, stack: str) -> Path:
    """The settings file of a stack. Raises UsageError when there is none."""
    known = {name: path for path in settings_folder(home).glob("Pulumi.*.yaml") if (name := stack_of(path))}
    name = stack.split("/")[-1]  # organization/project/stack
    if name not in known:
        listed = ", ".join(sorted(known)) or "none"
        raise UsageError(f"The project in {home} has no settings file of a stack {name!r}. Known: {listed}.")
    return known[name]


def settings_folder(home: Path) -> Path:
    """Where the settings files of a project are. Raises UsageError when the folder is no project."""
    import yaml

    try:
        project: Any = yaml.safe_load((home / "Pulumi.yaml").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        told = f"{home} holds no readable Pulumi.yaml. Name the project's folder with --cwd, or the settings file."
        raise UsageError(told) from None
    return home / str(project.get("stackConfigDir") or "") if isinstance(project, dict) else home


def stack_of(file: Path) -> str | None:
    """The stack that a settings file is of, by its name."""
    found = _NAME.fullmatch(file.name)
    return found["stack"] if found else None


def read_settings(file: Path, environment: str) -> "tuple[StackSettings, list[str]]":
    """The settings in a file, and a line for every problem. Raises UsageError when it cannot be read."""
    import yaml

    from ..explain import line
    from ..stack_settings import stack_settings

    problems: list[str] = []
    try:
        data: Any = _loader()(file.read_text(encoding="utf-8")).get_single_data()
    except (OSError, UnicodeDecodeError) as wrong:
        reason = wrong.strerror if isinstance(wrong, OSError) else "it is no text in UTF-8"
        raise UsageError(f"{file} cannot be read: {reason}.") from None
    except yaml.YAMLError as wrong:
        data, mark = {}, getattr(wrong, "problem_mark", None)
        where = f"{file.name}, line {mark.line + 1}" if mark else file.name
        told = f"This is not YAML: {getattr(wrong, 'problem', None) or 'it cannot be read'}."
        return stack_settings({}, environment=environment, names=())[0], [line(where, told)]
    config = data.get("config") if isinstance(data, Mapping) else None
    if not isinstance(config, Mapping):
        problems.append(line(file.name, "The file has no map under config:, so it holds no settings."))
        config = {}
    given = {str(key)[len(_PREFIX) :]: value for key, value in config.items() if str(key).startswith(_PREFIX)}
    naming = config.get("pulumi:autonaming")
    settings, more = stack_settings(
        {key: _value(key, value) for key, value in given.items()},
        environment=environment,
        names=given,
        autonaming=None if naming is None else json.dumps(naming),
    )
    return settings, [*problems, *([] if problems else more)]


def _loader() -> Any:
    """YAML as Pulumi reads it: dates stay text, and the fast parser where it is there."""
    import yaml

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    plain = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in base.yaml_implicit_resolvers.items()
    }
    return type("Loader", (base,), {"yaml_implicit_resolvers": plain})


def _value(key: str, value: Any) -> Any:
    """A setting as the program gets it: maps sorted by key, JSON in a text read, encrypted text hidden."""
    if key == "tenant":
        return HIDDEN if _is_secure(value) else str(value) if isinstance(value, int | float) else value
    if key == "azure" and _is_secure(value):
        return None
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return value
    return _plain(value, hide=key == "azure")


def _plain(value: Any, *, hide: bool) -> Any:
    if isinstance(value, Mapping):
        if hide and _is_secure(value):
            return HIDDEN
        return {key: _plain(value[key], hide=hide) for key in sorted(value, key=str)}
    return [_plain(entry, hide=hide) for entry in value] if isinstance(value, list) else value


def _is_secure(value: Any) -> bool:
    return isinstance(value, Mapping) and list(value) == ["secure"]
