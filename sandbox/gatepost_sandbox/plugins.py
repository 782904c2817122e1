"""The Pulumi plugin cache of a sandbox: one small executable per provider, which starts ours.

The engine looks for exactly the version that the installed SDK asks for: that of its ``pulumi-plugin.json``, else that
of its distribution.
"""

import json
import shlex
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from gatepost_sandbox import real_plugins


@dataclass(frozen=True)
class Plugin:
    """A provider, and the Python package of its SDK."""

    name: str
    package: str


PLUGINS = (
    Plugin("aws", "pulumi_aws"),
    Plugin("azure-native", "pulumi_azure_native"),
    Plugin("gcp", "pulumi_gcp"),
    Plugin("twingate", "pulumi_twingate"),
)


def install(pulumi_home: Path) -> None:
    """Write a stub for each provider whose SDK is installed; the others cannot be asked for.

    A provider that GATEPOST_REAL_PLUGINS names gets the vendor's plugin instead. Raises SandboxError, and then wrote
    nothing, when that cannot be.
    """
    versions = {plugin.name: wanted for plugin in PLUGINS if (wanted := sdk_version(plugin))}
    real = real_plugins.find(versions)
    for name, wanted in versions.items():
        folder = pulumi_home / "plugins" / f"resource-{name}-v{wanted}"
        folder.mkdir(parents=True, exist_ok=True)
        if name in real:
            real_plugins.link(real[name], folder)
            continue
        stub = folder / f"pulumi-resource-{name}"
        python = shlex.quote(sys.executable)
        stub.write_text(f'#!/bin/sh\nexec {python} -m gatepost_sandbox.providers {name} {wanted} "$@"\n')
        stub.chmod(0o755)


def sdk_version(plugin: Plugin) -> str | None:
    """The plugin version that the installed SDK asks for, or None without the SDK. The SDK is not imported."""
    spec = find_spec(plugin.package)
    if spec is None or spec.origin is None:
        return None
    described = Path(spec.origin).with_name("pulumi-plugin.json")
    try:
        said = json.loads(described.read_text()).get("version") if described.is_file() else None
        return said or version(plugin.package)
    except PackageNotFoundError:
        return None
