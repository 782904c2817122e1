"""The vendor's own provider plugin in a sandbox, taken from the user's own Pulumi home."""

import os
from collections.abc import Mapping
from pathlib import Path

from gatepost_sandbox.home import SandboxError

VARIABLE = "GATEPOST_REAL_PLUGINS"
"""Names of providers, with commas between them. It counts when a sandbox starts."""
ALLOWED = ("aws", "gcp")
"""Plugins that variables lead to the sandbox: AWS_ENDPOINT_URL, and GOOGLE_..._CUSTOM_ENDPOINT."""
REFUSED: Mapping[str, str] = {
    "twingate": "it calls https://NETWORK.URL only (twingate:network and twingate:url change no more than the name), "
    "and the sandbox's Twingate speaks HTTP",
    "azure-native": "it learns where Azure is over HTTPS only (metadataHost, ARM_METADATA_HOSTNAME) and signs in "
    "there, and the sandbox's Azure speaks HTTP and has no sign-in",
}
"""Providers of the sandbox that must stay ours, and why."""


def find(versions: Mapping[str, str]) -> dict[str, Path]:
    """The installed folders of the plugins that the environment names; ``versions`` are those the SDKs ask for.

    Raises SandboxError that names everything that cannot be used.
    """
    names = sorted({name.strip() for name in os.environ.get(VARIABLE, "").split(",")} - {""})
    problems = [problem for name in names if (problem := _problem(name, versions))]
    if problems:
        raise SandboxError("\n".join(problems))
    return {name: _folder(name, versions[name]) for name in names}


def link(source: Path, folder: Path) -> None:
    """Make ``folder`` show the files of ``source``. The engine passes over plugin folders that are links themselves."""
    for path in source.iterdir():
        (folder / path.name).symlink_to(path)


def _problem(name: str, versions: Mapping[str, str]) -> str | None:
    if name in REFUSED:
        return (
            f"{VARIABLE} names {name!r}, whose real plugin cannot be used here: {REFUSED[name]}. "
            "Leave it out, and try it with a real account: GATEPOST_LIVE, in docs/sandbox-real.md."
        )
    if name not in ALLOWED:
        return f"{VARIABLE} names {name!r}; allowed: {', '.join(ALLOWED)}."
    if name not in versions:
        return f"{VARIABLE} names {name!r}, but its SDK is not installed: pip install pulumi-{name}."
    folder = _folder(name, versions[name])
    whole = not folder.with_name(f"{folder.name}.partial").exists()
    if whole and os.access(folder / f"pulumi-resource-{name}", os.X_OK):
        return None
    return (
        f"{VARIABLE} names {name!r}, but {folder} is not there or not complete. "
        f"Install it with: pulumi plugin install resource {name} {versions[name]}"
    )


def _folder(name: str, version: str) -> Path:
    home = os.environ.get("PULUMI_HOME")
    return (Path(home) if home else Path.home() / ".pulumi").resolve() / "plugins" / f"resource-{name}-v{version}"
