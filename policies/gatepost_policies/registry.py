"""The rules of the pack: every module under `rules` exports one `policy`."""

from importlib import import_module
from pkgutil import iter_modules

from pulumi_policy import Policy

from . import rules


def policies() -> list[Policy]:
    """Return one policy per module of `rules`, in the order of the module names."""
    found = sorted(module.name for module in iter_modules(rules.__path__))
    return [import_module(f"{rules.__name__}.{name}").policy for name in found]
