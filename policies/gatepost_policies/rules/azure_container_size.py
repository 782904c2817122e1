"""Azure: the container that runs a Connector has enough CPU and memory. Others of its group are left alone."""

from collections.abc import Iterator
from typing import Any

from pulumi_policy import PolicyResource, Severity

from ..checks import label
from ..evidence import speaks
from ..frame import Finding, Rule
from ..known import UNKNOWN, Answer, items, read, say
from ..stack import Stack
from ..topology import CONTAINER_GROUP

_ASKED = {"cpu": ("minimum_cpu", "CPU"), "memoryInGB": ("minimum_memory_gb", "GB of memory")}


def _judge(group: PolicyResource, stack: Stack) -> Iterator[Finding]:
    containers = items(read(group.props, "containers"))
    for index, container in enumerate(containers):
        ours: Answer = True if len(containers) == 1 else speaks(container)
        for key, (setting, words) in _ASKED.items():
            least, found = stack.config[setting], read(container, "resources", "requests", key)
            if ours is False or _enough(found, least):
                continue
            path = f"containers[{index}].resources.requests.{key}"
            said = "does not set" if found is None else "sets"
            to = "" if found is None else f" to {say(found)}"
            text = f"{label(group)} {said} `{path}`{to}. Set it to {say(least)} {words} at least."
            yield Finding(group, text, UNKNOWN if UNKNOWN in (found, ours) else True)


def _enough(found: Any, least: float) -> bool:
    return isinstance(found, int | float) and not isinstance(found, bool) and found >= least


rule = Rule(
    name="azure-container-size",
    description="Containers that run a Connector have enough CPU and memory.",
    practice="BP19",
    remediation="Set `resources.requests.cpu` of the container to 1 and `memoryInGB` to 2; for more load add "
    "Connectors.",
    severity=Severity.MEDIUM,
    clouds=("azure",),
    tags=("host", "cost"),
    types=(CONTAINER_GROUP,),
    each=_judge,
    settings={
        "minimum_cpu": {"type": "integer", "minimum": 1, "default": 1, "description": "CPUs of a Connector."},
        "minimum_memory_gb": {
            "type": "integer",
            "minimum": 1,
            "default": 2,
            "description": "Memory of a Connector in GB.",
        },
    },
)
