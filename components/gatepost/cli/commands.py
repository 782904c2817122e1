"""The commands of ``gatepost``, as rows. A command is imported when it is used; its help line and examples are here."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Row:
    """One command."""

    target: str
    """``module:attribute``: a function, or a ``typer.Typer`` with commands of its own."""
    help: str
    """Its line in ``gatepost --help``."""
    examples: tuple[str, ...]
    """Shown by ``--help`` and in docs/cli.md; each is a whole line of a shell."""
    says: str | None = None
    """First output on a terminal, for a command that takes a while to load."""
    extra: str = "cli"
    """The extra of the distribution that has what it imports."""


COMMANDS: Mapping[str, Row] = {
    "plan": Row(
        target="gatepost.cli.plan:plan",
        help="What a stack file means, before anything is made.",
        examples=("gatepost plan --stack prod", "gatepost plan --stack prod --picture fleet.svg"),
        says="Reading the settings ...",
    ),
    "ci": Row(
        target="gatepost.cli.ci:ci",
        help="Preview environments under the policy pack.",
        examples=("gatepost ci --stack staging --stack prod --summary summary.md",),
    ),
    "status": Row(
        target="gatepost.cli.status:status",
        help="Whether Connectors are alive, and where they run.",
        examples=("gatepost status --stack prod", "gatepost status --watch", "gatepost sandbox run -- gatepost status"),
    ),
    "images": Row(
        target="gatepost.cli.images:app",
        help="Compare pinned images with the newest ones.",
        examples=("gatepost images aws --stack prod", "gatepost images gcp stacks/Pulumi.prod.yaml --write"),
        extra="audit",
    ),
    "audit": Row(
        target="gatepost.cli.audit:app",
        help="Judge the Connector hosts in a cloud account.",
        examples=("gatepost audit aws --region eu-central-1",),
        extra="audit",
    ),
    "bundle": Row(
        target="gatepost.cli.bundle:bundle",
        help="Write install bundles for hosts outside the clouds.",
        examples=("gatepost bundle --stack prod", "gatepost bundle payments-hq-a-2 --stack prod --tar"),
    ),
    "pair": Row(
        target="gatepost.cli.bundle:pair",
        help="Print the token pair of such a host's Connector.",
        examples=("gatepost pair payments-hq-a-1 --stack prod | ssh HOST sudo payments-hq-a-1/install.sh --pair -",),
    ),
    "schema": Row(
        target="gatepost.cli.schema:schema",
        help="The JSON schema of stack files, for editors.",
        examples=("gatepost schema --write",),
    ),
    "completion": Row(
        target="gatepost.cli.completion:completion",
        help="Complete commands and options in your shell.",
        examples=('eval "$(gatepost completion bash)"', "gatepost completion fish | source"),
    ),
}
