"""Read the text a host boots with, and find which token pair it would use."""

import base64
import binascii
import gzip
import re
import shlex
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import yaml

from gatepost_sandbox.twingate.store import Pair

HOST_ENV = "/etc/gatepost/host.env"
_LITERAL = re.compile(r"TWINGATE_(ACCESS|REFRESH)_TOKEN=[\"']?([^\s\"'\\]+)")


@dataclass(frozen=True)
class BootText:
    """What a boot text says: a parameter to fetch, or a literal pair, or why neither could be found.

    All fields are None for a text that has nothing to do with a Connector.
    """

    parameter: str | None = None
    region: str | None = None
    pair: Pair | None = field(default=None, repr=False)
    problem: str | None = None


@lru_cache(maxsize=4096)
def read(encoded: str) -> BootText:
    """Understand base64 user data, plain or gzip. Never raises: what cannot be read is a ``problem``."""
    try:
        raw = base64.b64decode(encoded)
        text = (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode()
    except (binascii.Error, OSError, EOFError, UnicodeDecodeError):
        return BootText(problem="its user data is not text")
    if text.startswith("#cloud-config"):
        return _cloud_config(text)
    return _shell(text)


def _cloud_config(text: str) -> BootText:
    try:
        document = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe
    except yaml.YAMLError:
        return BootText(problem="its user data is not valid YAML, so cloud-init ignores it")
    files = document.get("write_files") if isinstance(document, dict) else None
    for entry in files if isinstance(files, list) else []:
        if isinstance(entry, dict) and entry.get("path") == HOST_ENV:
            return _host_env(entry)
    return BootText()


def _host_env(entry: dict[str, Any]) -> BootText:
    content, encoding = str(entry.get("content", "")), str(entry.get("encoding", ""))
    try:
        if encoding in ("b64", "base64", "gz+b64", "gz+base64", "gzip+b64", "gzip+base64"):
            raw = base64.b64decode(content)
            content = (gzip.decompress(raw) if encoding.startswith("gz") else raw).decode()
        lines = [line for line in content.splitlines() if line.strip() and not line.lstrip().startswith("#")]
        values = dict(shlex.split(line)[0].split("=", 1) for line in lines)
    except (ValueError, IndexError, OSError, EOFError):
        return BootText(problem=f"{HOST_ENV} in its user data is not a list of KEY=VALUE lines")
    missing = [key for key in ("GATEPOST_SECRET_PARAMETER", "GATEPOST_REGION") if not values.get(key)]
    if missing:
        return BootText(problem=f"{HOST_ENV} in its user data lacks {' and '.join(missing)}")
    return BootText(parameter=values["GATEPOST_SECRET_PARAMETER"], region=values["GATEPOST_REGION"])


def _shell(text: str) -> BootText:
    tokens = dict(_LITERAL.findall(text))
    if set(tokens) == {"ACCESS", "REFRESH"}:
        return BootText(pair=Pair(tokens["ACCESS"], tokens["REFRESH"]))
    if tokens:
        return BootText(problem="its user data names one of the two tokens only")
    return BootText()
