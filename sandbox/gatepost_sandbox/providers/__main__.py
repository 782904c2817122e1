"""Serve one provider: ``python -m gatepost_sandbox.providers NAME VERSION [flags] ENGINE``."""

import importlib
import importlib.util
import sys
import types
from pathlib import Path


def lean() -> None:
    """Make Pulumi's protocol modules importable without the rest of its SDK, which takes half a second to load.

    Only for a process that needs nothing else of the SDK: ``import pulumi`` gives an empty package from here on.
    """
    spec = importlib.util.find_spec("pulumi")
    if spec is None or not spec.submodule_search_locations:
        return
    home = Path(spec.submodule_search_locations[0])
    for name in ("pulumi", "pulumi.runtime", "pulumi.runtime.proto"):
        package = types.ModuleType(name)
        package.__path__ = [str(home.joinpath(*name.split(".")[1:]))]
        sys.modules[name] = package


if __name__ == "__main__":
    lean()
    plugin, version = sys.argv[1:3]
    servicer = importlib.import_module(f"{__package__}.servicer")
    servicer.serve(importlib.import_module(f"{__package__}.{plugin.replace('-', '_')}").provider(), version)
