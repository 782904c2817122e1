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


_DEEPEST = 100
_SCALARS = {
    "bool": ("true|True|TRUE|false|False|FALSE", "tTfF"),
    "int": ("[-+]?(0b[01_]+|0o?[0-7_]*|[1-9][0-9_]*|0x[0-9a-fA-F_]+)", "-+0123456789"),
    "float": (
        r"[-+]?([.][0-9]+|[0-9]+([.][0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?[.](inf|Inf|INF)|[.](nan|NaN|NAN)",
        "-+.0123456789",
    ),
}
"""How plain values are spelt in YAML for Pulumi (gopkg.in/yaml.v3, which reads YAML 1.2), and their first letters."""


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
        data: Any = loaded(file.read_text(encoding="utf-8"))
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
    for key in ("fleet", "gate"):
        if _is_secure(given.get(key)):
            told = "This setting is encrypted, and only the Pulumi CLI can read it. Write it plain; it holds no secret."
            problems.append(line(f"{_PREFIX}{key}", told))
    naming = config.get("pulumi:autonaming")
    settings, more = stack_settings(
        {key: _value(key, value) for key, value in given.items()},
        environment=environment,
        names=given,
        autonaming=None if naming is None else json.dumps(naming),
    )
    return settings, [*problems, *([] if problems else more)]


def loaded(text: str) -> Any:
    """What YAML text says, as Pulumi reads it. Raises yaml.YAMLError, also where Pulumi alone would refuse it."""
    loader = _loader()(text)
    node = loader.get_single_node()
    if node is None:
        return None
    _look(node, (), set())
    return loader.construct_document(node)


def _look(node: Any, inside: tuple[Any, ...], done: set[Any]) -> None:
    """Refuse keys that are there twice, anchors in themselves, and what no settings are as deep as."""
    from yaml import MappingNode, MarkedYAMLError, ScalarNode

    mark = node.start_mark
    if node in inside:
        raise MarkedYAMLError(problem="an anchor contains itself", problem_mark=mark)
    if len(inside) > _DEEPEST:
        raise MarkedYAMLError(problem=f"it is nested deeper than {_DEEPEST} levels", problem_mark=mark)
    if isinstance(node, ScalarNode) or node in done:
        return
    keys: set[str] = set()
    for entry in node.value:
        if isinstance(node, MappingNode) and isinstance(entry[0], ScalarNode):
            key = entry[0].value
            if key in keys:
                raise MarkedYAMLError(problem=f"the key {key!r} is there twice", problem_mark=entry[0].start_mark)
            keys.add(key)
        for child in entry if isinstance(entry, tuple) else (entry,):
            _look(child, (*inside, node), done)
    done.add(node)


def _loader() -> Any:
    """The fast parser where it is there, with the plain values of Pulumi's: ``yes``, ``1:30`` and dates are text."""
    import yaml

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    replaced = {f"tag:yaml.org,2002:{kind}" for kind in ("bool", "int", "float", "timestamp")}
    plain = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag not in replaced]
        for first, resolvers in base.yaml_implicit_resolvers.items()
    }
    loader: Any = type("Loader", (base,), {"yaml_implicit_resolvers": plain})
    for kind, (pattern, firsts) in _SCALARS.items():
        loader.add_implicit_resolver(f"tag:yaml.org,2002:{kind}", re.compile(rf"(?:{pattern})\Z"), list(firsts))
    return loader


def _value(key: str, value: Any) -> Any:
    """A setting as the program gets it: maps sorted by key, JSON in a text read, encrypted text hidden."""
    if key == "tenant":
        return HIDDEN if _is_secure(value) else str(value) if isinstance(value, int | float) else value
    if key == "azure" and _is_secure(value):
        return None
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
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
