"""The rules of the pack: every module under `rules` exports one `rule`."""

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from pulumi_policy import Policy

from . import rules
from .exemption_rule import exemption_rule
from .exemptions import FILE, Exemptions, load
from .frame import Rule


def all_rules() -> list[Rule]:
    """Return the rule of every module of `rules`, in the order of the module names."""
    found = sorted(module.name for module in iter_modules(rules.__path__))
    return [import_module(f"{rules.__name__}.{name}").rule for name in found]


def policies(folder: Path | None = None) -> list[Policy]:
    """Return one policy per rule, and last the one that reports on the exemptions in `folder` (None: none)."""
    found = all_rules()
    exemptions = load(folder / FILE, {rule.name for rule in found}) if folder else Exemptions()
    return [*(rule.policy(exemptions) for rule in found), exemption_rule(exemptions)]
