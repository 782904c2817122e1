"""Small pieces that most rules about one resource are made of."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from pulumi_policy import PolicyResource

from .frame import Finding
from .known import UNKNOWN, Answer, given, items, kind, read, say
from .stack import Stack
from .topology import GCP_INSTANCE, GCP_TEMPLATES, INSTANCE, LAUNCH_CONFIGURATION, LAUNCH_TEMPLATE, SPOT

AWS_HOSTS = (INSTANCE, SPOT, LAUNCH_TEMPLATE, LAUNCH_CONFIGURATION)
GCP_HOSTS = (GCP_INSTANCE, *GCP_TEMPLATES)
Test = Callable[[Any], bool]


def label(resource: PolicyResource) -> str:
    """Name a resource in a message: `Launch template 'web'`."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+", kind(resource).rpartition(":")[2])
    later = (word if word.isupper() else word.lower() for word in words[1:])
    return f"{' '.join([*words[:1], *later])} '{resource.name}'"


def settings(resource: PolicyResource, path: str) -> Iterator[tuple[str, Any]]:
    """Yield (exact path, value) for a dotted `path`, in which `*` is each element of a list.

    None: the program does not set it. Inside a list only the last step counts as not set: an entry that lacks the whole
    object around it (a disk without `ebs`) yields nothing.
    """
    if not given(resource, path.partition(".")[0]):
        if "*" not in path:
            yield path, None
        return
    yield from _expand(resource.props, path.split("."), "")


def _expand(value: Any, steps: list[str], at: str) -> Iterator[tuple[str, Any]]:
    if not steps or value is UNKNOWN:
        yield at, value
    elif steps[0] == "*":
        for index, item in enumerate(items(value)):
            yield from _expand(item, steps[1:], f"{at}[{index}]")
    else:
        inner = read(value, steps[0])
        path = f"{at}.{steps[0]}" if at else steps[0]
        if inner is not None:
            yield from _expand(inner, steps[1:], path)
        elif "*" not in steps and ("[" not in at or len(steps) == 1):
            yield ".".join([path, *steps[1:]]), None


def must(resource: PolicyResource, path: str, passes: Test, fix: str) -> Iterator[Finding]:
    """Yield a finding for each value at `path` that does not pass; `passes` gets None for what is not set."""
    for at, value in settings(resource, path):
        if value is UNKNOWN:
            yield Finding(resource, f"{label(resource)} sets `{at}` to {UNKNOWN.value}. {fix}", UNKNOWN)
        elif not passes(value):
            found = f"does not set `{at}`" if value is None else f"sets `{at}` to {shown(value)}"
            yield Finding(resource, f"{label(resource)} {found}. {fix}")


def shown(value: Any) -> str:
    """Show a value in a message; objects and lists only by what they are."""
    if isinstance(value, bool):
        return str(value).lower()
    return (
        f"'{value}'" if isinstance(value, str) else say(value) if isinstance(value, int | float) else "a whole object"
    )


def yes(value: Any) -> bool:
    """Tell whether a switch is on; launch templates spell it as a text."""
    return value is True or (isinstance(value, str) and value.casefold() == "true")


def template_of(resource: PolicyResource, stack: Stack) -> Answer:
    """Tell whether a host takes what it does not set from a launch template: UNKNOWN if that one is elsewhere."""
    if not given(resource, "launchTemplate"):
        return False
    near = [r for r in resource.property_dependencies.get("launchTemplate", ()) if kind(r) == LAUNCH_TEMPLATE]
    named = [read(resource.props, "launchTemplate", key) for key in ("id", "name")]
    near += [r for name in named if isinstance(name, str) for r in stack.index.called((LAUNCH_TEMPLATE,), name)]
    return True if near else UNKNOWN


def unless_inherited(resource: PolicyResource, stack: Stack, key: str, judged: Iterator[Finding]) -> Iterator[Finding]:
    """Yield findings about the property `key`, unless a template of this stack sets it, which is judged itself."""
    if given(resource, key) or (inherited := template_of(resource, stack)) is False:
        yield from judged
    elif inherited is UNKNOWN:
        text = f"{label(resource)} takes `{key}` from a launch template that is not in this stack. Set it here as well."
        yield Finding(resource, text, UNKNOWN)
