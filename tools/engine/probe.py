"""Tells about the Python it runs in, as JSON: `probe.py about|dependencies|packages`. The language host asks it."""

import importlib.metadata
import json
import re
import sys
from pathlib import Path


def about():
    """Executable and version."""
    return {"executable": sys.executable, "version": ".".join(map(str, sys.version_info[:3]))}


def dependencies():
    """Every installed distribution, once."""
    found = {dist.metadata["Name"]: dist.version for dist in importlib.metadata.distributions()}
    return [{"name": name, "version": version} for name, version in sorted(found.items()) if name]


def packages():
    """Provider packages: every package that has a pulumi-plugin.json and says that it is a resource provider."""
    found = {}
    for folder in sys.path:
        for path in sorted(Path(folder).glob("*/pulumi-plugin.json")):
            plugin = json.loads(path.read_text(encoding="utf-8"))
            if plugin.get("resource"):
                package = path.parent.name
                name = plugin.get("name") or re.sub("^pulumi_", "", package).replace("_", "-")
                plugin.update(name=name, version=plugin.get("version") or semantic(importlib.metadata.version(package)))
                found.setdefault(name, plugin)
    return list(found.values())


def semantic(version):
    """A Python version (1.2.0a3) as a semantic one (1.2.0-alpha.3)."""
    numbers = [*re.findall(r"\d+", re.sub(r"(a|b|rc|\.dev|\+).*", "", version)), "0", "0"][:3]
    before = re.search(r"(a|b|rc|dev)(\d+)", version)
    label = before and {"a": "alpha", "b": "beta"}.get(before[1], before[1]) + "." + before[2]
    return ".".join(numbers) + ("-" + label if label else "")


if __name__ == "__main__":
    print(json.dumps({"about": about, "dependencies": dependencies, "packages": packages}[sys.argv[1]]()))
