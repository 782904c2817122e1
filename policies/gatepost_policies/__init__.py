"""CrossGuard rules for stacks that run Twingate Connectors.

A project that has this distribution installed makes a pack of its own from a `PulumiPolicy.yaml` and two lines of
`__main__.py`: `from gatepost_policies import pack` and `pack()`. Levels and settings come from the usual policy
configuration (`--policy-pack-config`), exemptions from `exemptions.yaml` beside the program (docs/policies.md).
"""

from pathlib import Path

from pulumi_policy import EnforcementLevel, PolicyPack

from .registry import policies

__all__ = ["pack", "policies"]


def pack(folder: Path | None = None) -> None:
    """Serve every rule to the engine. Never returns: call it only from a pack's `__main__.py`.

    `folder` holds `exemptions.yaml`; None: the current folder, which is the pack's own when the engine starts it.
    """
    PolicyPack("gatepost", policies(folder or Path.cwd()), EnforcementLevel.MANDATORY)
