"""What the rules about the sizes of hosts share."""

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from pulumi_policy import PolicyResource, Severity

from .checks import must, unless_inherited
from .frame import Finding, Rule
from .stack import Stack


def sized(
    *,
    name: str,
    cloud: str,
    description: str,
    remediation: str,
    practice: str,
    types: tuple[str, ...],
    key: str,
    default: Sequence[str],
    what: str,
) -> Rule:
    """Build the rule of one cloud; `key` is the property of the size, which may be the end of a link."""

    def judge(host: PolicyResource, stack: Stack) -> Iterator[Finding]:
        sizes = stack.config["sizes"]
        judged = must(
            host,
            key,
            lambda size: (
                isinstance(size, str) and any(fnmatchcase(size.rpartition("/")[2], pattern) for pattern in sizes)
            ),
            f"Set it to one of {', '.join(sizes)}; for more load add Connectors.",
        )
        yield from unless_inherited(host, stack, key, judged)

    return Rule(
        name=name,
        description=description,
        practice=practice,
        remediation=remediation,
        severity=Severity.LOW,
        clouds=(cloud,),
        tags=("host", "cost"),
        types=types,
        each=judge,
        settings={
            "sizes": {
                "type": "array",
                "items": {"type": "string"},
                "default": list(default),
                "description": f"Approved {what}, * for any text.",
            }
        },
    )
