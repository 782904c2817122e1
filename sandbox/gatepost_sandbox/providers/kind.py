"""What one resource type is: its inputs, how it is checked, compared, made, read, changed and deleted."""

import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from .schema import Problem, TypeSchema, load
from .values import UNKNOWN, Props


class ApiError(Exception):
    """The cloud refused a call; the text is what the person at the terminal reads."""


@dataclass(frozen=True, kw_only=True)
class Stored:
    """What the engine's state says of a resource."""

    name: str
    """Logical name: the last part of the URN."""
    inputs: Props
    state: Props


@dataclass(frozen=True, kw_only=True)
class Change:
    """What differs between a stored resource and the inputs it gets now."""

    keys: list[str]
    replaces: list[str]
    delete_first: bool
    """A replacement deletes the old resource before it makes the new one."""


class Kind:
    """One resource type. Subclasses say what is special about theirs; everything else is common."""

    token: ClassVar[str]
    """Pulumi type token, such as ``aws:ec2/vpc:Vpc``."""
    source: ClassVar[str]
    """File of the vendor's provider that the rules of this type were read in."""
    inputs: ClassVar[frozenset[str]]
    """Inputs this sandbox turns into API calls. Others that the SDK knows are refused by name."""
    nested: ClassVar[Mapping[str, frozenset[str]]] = {}
    """The same for the members of inputs that are objects."""
    needs: ClassVar[frozenset[str]] = frozenset()
    """Inputs the SDK lets a program leave out, but only for alternatives that are not modelled here."""
    outputs: ClassVar[frozenset[str]] = frozenset()
    """What the API adds: unknown in a preview. An input among them keeps its value when the program drops it."""
    recomputed: ClassVar[Mapping[str, frozenset[str]]] = {}
    """Output -> inputs whose change in place gives it a new value: unknown in the preview of that change."""
    replaces: ClassVar[frozenset[str]] = frozenset()
    """Inputs whose change makes a new resource."""
    sometimes: ClassVar[Mapping[str, str]] = {}
    """Inputs whose change makes a new resource in some cases, and which; ``forces_replacement`` decides."""
    delete_first: ClassVar[bool] = False
    """A replacement always deletes first."""
    defaults: ClassVar[Mapping[str, Any]] = {}
    """What the vendor's provider fills in when an input is absent."""
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """Inputs that take only these values."""
    autoname: ClassVar[str | None] = None
    """The input that gets ``<logical name>-<7 hex digits>`` when the program leaves it out."""
    autoname_limit: ClassVar[int] = 255
    plugin_framework: ClassVar[bool] = False
    """Bridged by Pulumi's newer bridge: a name given by hand never makes a replacement delete first, and a name once
    given stays when the program drops it."""
    secret_outputs: ClassVar[frozenset[str]] = frozenset()
    """Outputs that leave the provider as secrets, whatever the inputs were."""
    unreadable: ClassVar[frozenset[str]] = frozenset()
    """Inputs that no API call gives back: a refresh keeps what was stored."""

    schema: TypeSchema
    """Every input the vendor's SDK has, with its type; set when the provider loads."""

    # --- check

    def check(self, news: Props, olds: Props, name: str) -> list[Problem]:
        """Complete ``news`` in place; the problems found, each with the property it is about."""
        problems = [*self.schema.problems(news, self.inputs, self.nested), *self._common_rules(news), *self.rules(news)]
        if problems:
            return problems
        for key, value in self.defaults.items():
            if news.get(key) is None:
                news[key] = value
        if self.autoname and news.get(self.autoname) is None:
            if len(name) + 8 > self.autoname_limit:
                limit = f"'{name}-' plus 7 random chars is longer than maximum length {self.autoname_limit}"
                return [(self.autoname, f"{self.token} cannot be named after the resource: {limit}.")]
            news[self.autoname] = self._old_name(olds, name) or f"{name}-{secrets.token_hex(4)[:7]}"
        return []

    def rules(self, news: Props) -> Iterable[Problem]:
        """Problems the schema cannot tell. Values may be of a wrong type or unknown here."""
        return ()

    def _common_rules(self, news: Props) -> Iterator[Problem]:
        for key in sorted(self.needs):
            if news.get(key) is None:
                yield key, f"{self.token} needs the input {key!r} in the sandbox: its alternatives are not modelled."
        for key, allowed in self.choices.items():
            value = news.get(key)
            if isinstance(value, str) and value not in (UNKNOWN, *allowed):
                yield key, f"The input {key!r} of {self.token} is {value!r}; allowed: {', '.join(allowed)}."

    def _old_name(self, olds: Props, name: str) -> str | None:
        old = olds.get(str(self.autoname))
        return old if old and (self.plugin_framework or _autonamed(old, name)) else None

    # --- diff

    def diff(self, api: Any, stored: Stored, news: Props, ignored: set[str]) -> Change:
        """What changed, which of it forces a replacement, and in which order that goes."""
        keys = sorted(self.changed(api, stored, news) - ignored)
        forced = self.forces_replacement(api, keys, stored.state | stored.inputs, news)
        replaces = [k for k in keys if k in forced]
        by_hand = self._named_by_hand(stored, news) and not self.plugin_framework
        return Change(keys=keys, replaces=replaces, delete_first=bool(replaces) and (self.delete_first or by_hand))

    def changed(self, api: Any, stored: Stored, news: Props) -> set[str]:
        """The inputs whose value is another one now. Absent, empty, false and zero are the same."""
        return {key for key in {*stored.inputs, *news} if self._differs(key, stored, news)}

    def _differs(self, key: str, stored: Stored, news: Props) -> bool:
        kept = key in self.outputs
        new = news.get(key)
        if new is None:
            return not kept and bool(stored.inputs.get(key))
        if kept and key in self.nested and isinstance(new, dict):
            old = {**(stored.state.get(key) or {}), **(stored.inputs.get(key) or {})}
            return any((old.get(member) or None) != (value or None) for member, value in new.items())
        old = stored.inputs[key] if key in stored.inputs else stored.state.get(key)
        return (old or None) != (new or None)

    def forces_replacement(self, api: Any, changed: list[str], olds: Props, news: Props) -> frozenset[str]:
        """The inputs that, once changed, make a new resource. Override where that depends on values."""
        return self.replaces

    def _named_by_hand(self, stored: Stored, news: Props) -> bool:
        """Whether the program names both: two of one name cannot be there at once, so the bridge deletes first."""
        new = news.get(self.autoname) if self.autoname else None
        return bool(new) and new == stored.inputs.get(str(self.autoname)) and not _autonamed(str(new), stored.name)

    # --- calls

    def create(self, api: Any, news: Props) -> str:
        """Make the resource; its id."""
        raise NotImplementedError(self.token)  # pragma: no cover - every kind says how

    def read(self, api: Any, rid: str, known: Props) -> Props | None:
        """The resource as the API tells it now, inputs and outputs together; None when it is gone.

        ``known`` is empty for an import. A member ``id`` in the answer is the id the resource has from then on.
        """
        raise NotImplementedError(self.token)  # pragma: no cover

    def told(self, state: Props, stored: Props) -> Props:
        """The inputs a program would give to get ``state``: those it gave, or for an import all that mean something."""
        found: Props = {}
        for key in stored or self.inputs:
            value = state.get(key)
            if key in self.nested and isinstance(value, dict):
                members = stored.get(key) or self.nested[key]
                value = {k: v for k, v in value.items() if k in members and v is not None}
            if value not in (None, [], {}):
                found[key] = value
        return found

    def update(self, api: Any, rid: str, state: Props, news: Props, changed: list[str]) -> None:
        """Change the resource in place."""
        raise ApiError(f"{self.token} cannot change {', '.join(changed)} in place.")  # pragma: no cover

    def delete(self, api: Any, rid: str, state: Props) -> None:
        """Delete the resource; nothing happens when it is already gone."""
        raise NotImplementedError(self.token)  # pragma: no cover


def _autonamed(value: str, name: str) -> bool:
    return re.fullmatch(re.escape(name) + "-[0-9a-f]{7}", value) is not None


@dataclass(frozen=True)
class Function:
    """A function of a provider, such as ``aws.ec2.get_ami``, and the arguments it looks at."""

    call: Callable[[Any, Props], Props]
    args: frozenset[str]


@dataclass(kw_only=True)
class Provider:
    """A cloud as the engine sees it: resource types, functions and the client they share."""

    name: str
    kinds: dict[str, Kind]
    functions: dict[str, Function] = field(default_factory=dict)
    config: frozenset[str] = frozenset()
    """Provider settings the sandbox understands."""
    connect: Callable[[Props], Any]
    """The client that kinds and functions get; raises ApiError when the settings are unusable."""


def with_schemas(provider: str, classes: Iterable[type[Kind]]) -> dict[str, Kind]:
    """One instance of each class by token, with its schema."""
    schemas, kinds = load(provider), [cls() for cls in classes]
    for kind in kinds:
        kind.schema = schemas[kind.token]
    return {kind.token: kind for kind in kinds}
