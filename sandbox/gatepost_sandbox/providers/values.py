"""Property values as the engine sends them: secrets in envelopes, unknowns as a marker, every number a float."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from google.protobuf import json_format, struct_pb2

Props = dict[str, Any]

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What a preview cannot tell yet; the same as ``pulumi.runtime.rpc.UNKNOWN``."""
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"


@dataclass(frozen=True)
class Opened:
    """Plain properties, and the keys under which something was secret."""

    props: Props
    secret: frozenset[str]

    def secrets(self, also: Iterable[str] = ()) -> Iterator[str]:
        """Every text under a secret key, or under one of the keys ``also``."""
        for key in self.secret | set(also):
            yield from _texts(self.props.get(key))


def opened(message: struct_pb2.Struct) -> Opened:
    """A message's properties without envelopes and without the engine's own keys."""
    raw = {k: v for k, v in json_format.MessageToDict(message).items() if not k.startswith("__")}
    return Opened({k: _plain(v) for k, v in raw.items()}, frozenset(k for k, v in raw.items() if _has_secret(v)))


def packed(props: Props, secret: Iterable[str] = ()) -> struct_pb2.Struct:
    """The message for properties; those under ``secret`` leave in envelopes, those that are None not at all."""
    marked = frozenset(secret)
    wrapped = {k: {_SIGNATURE: _SECRET, "value": v} if k in marked else v for k, v in props.items() if v is not None}
    return json_format.ParseDict(wrapped, struct_pb2.Struct())


def hidden(text: str, secrets: Iterable[str]) -> str:
    """The text without any of the secrets. Three letters and fewer are parts of words, and stay."""
    for secret in sorted((s for s in secrets if len(s) > 3), key=len, reverse=True):
        text = text.replace(secret, "[secret]")
    return text


def has_unknown(value: Any) -> bool:
    """Whether a preview cannot tell all of ``value`` yet."""
    if isinstance(value, dict):
        return any(map(has_unknown, value.values()))
    return any(map(has_unknown, value)) if isinstance(value, list) else value == UNKNOWN


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        if value.get(_SIGNATURE) == _SECRET:
            return _plain(value["value"])
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _has_secret(value: Any) -> bool:
    if isinstance(value, dict):
        return value.get(_SIGNATURE) == _SECRET or any(map(_has_secret, value.values()))
    return isinstance(value, list) and any(map(_has_secret, value))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)
