"""What a preview of the engine says, read from its stream of events (`pulumi preview --json`, one JSON per line).

Source: the type ``EngineEvent`` of Pulumi's ``apitype``, as printed with ``PULUMI_ENABLE_STREAMING_JSON_PREVIEW``.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

LATER = "To be judged at update, when its values are known: "
"""How the pack words what a preview cannot know; also `gatepost_policies.frame.LATER`, and a test compares."""
UNREADABLE = "Cannot be judged, because the values are not what they should be"
"""Also `gatepost_policies.frame.UNREADABLE`."""
_NOT_RUN = re.compile(r"can't run policy '[^']*' (?:from policy pack '[^']*' )?during (?:preview|update): (.*)", re.S)

KINDS: Mapping[str, str] = {
    "twingate:index/twingateRemoteNetwork:TwingateRemoteNetwork": "Remote Network",
    "twingate:index/twingateConnector:TwingateConnector": "Connector",
    "aws:ec2/instance:Instance": "host",
    "aws:ec2/spotInstanceRequest:SpotInstanceRequest": "host",
    "aws:autoscaling/group:Group": "host",
    "aws:ecs/service:Service": "host",
    "gcp:compute/instance:Instance": "host",
    "gcp:compute/instanceFromTemplate:InstanceFromTemplate": "host",
    "gcp:compute/instanceGroupManager:InstanceGroupManager": "host",
    "gcp:compute/regionInstanceGroupManager:RegionInstanceGroupManager": "host",
    "azure-native:containerinstance:ContainerGroup": "host",
    "azure-native:compute:VirtualMachine": "host",
    "azure-native:compute:VirtualMachineScaleSet": "host",
    "aws:ec2/eip:Eip": "address",
    "gcp:compute/address:Address": "address",
    "azure-native:network:PublicIPAddress": "address",
}
"""What a reviewer looks at, by type (Azure without the API version)."""
_VALUES = ("publicIp", "address", "ipAddress")
_AZURE = re.compile(r"(azure-native[^:]*:\w+)/v\w+:(\w+)")
GONE = ("delete", "delete-replaced")
NEW = ("create", "create-replacement", "import", "import-replacement")


@dataclass(frozen=True)
class Told:
    """What a policy, or the engine, says."""

    rule: str
    resource: str
    text: str


@dataclass(frozen=True)
class Change:
    """One resource that a reviewer looks at, and what happens to it."""

    op: str
    kind: str
    name: str
    value: str = ""
    """The address before the change; empty where there is none or it is unknown."""


@dataclass
class Preview:
    """What a preview says. `judged`: the policies judged the whole stack, and the preview came to its end."""

    counts: dict[str, int] = field(default_factory=dict)
    """Resources by operation, without those that stay."""
    changes: list[Change] = field(default_factory=list)
    violations: list[Told] = field(default_factory=list)
    """Mandatory ones."""
    not_run: list[Told] = field(default_factory=list)
    """Policies that could not judge, for another reason than a value that only the update knows."""
    errors: list[Told] = field(default_factory=list)
    advice: list[Told] = field(default_factory=list)
    later: list[Told] = field(default_factory=list)
    """What only the update can judge."""
    exits: tuple[frozenset[str], frozenset[str] | None] = (frozenset(), frozenset())
    """Addresses of every output `exit_ips`, before and after; None: not all are known before the update."""
    judged: bool = False

    @property
    def passes(self) -> bool:
        """Whether nothing speaks against this change."""
        return self.judged and not (self.violations or self.not_run or self.errors)

    def addresses(self, *ops: str) -> list[Change]:
        """Return the static addresses that these operations are for."""
        return [c for c in self.changes if c.kind == "address" and c.op in ops]


def read(lines: Iterable[str]) -> Preview:
    """Read a stream. Lines that are no event are skipped; without the closing events, `judged` stays False."""
    found, ended, stack_judged = Preview(), False, False
    seen: dict[tuple[str, str], Change] = {}
    for event in _events(lines):
        match event:
            case {"policyEvent": dict(told)}:
                _policy(told, found)
            case {"diagnosticEvent": dict(told)}:
                _diagnostic(told, found)
            case {"policyAnalyzeStackSummaryEvent": dict()}:
                stack_judged = True
            case {"resourcePreEvent": {"metadata": dict(step)}}:
                if change := _change(step):
                    seen.setdefault((step["urn"], change.op), change)
            case {"resOutputsEvent": {"metadata": {"type": "pulumi:pulumi:Stack"} as step}}:
                found.exits = (_exits(step, "old") or frozenset(), _exits(step, "new"))
            case {"summaryEvent": dict(told)}:
                ended = True
                found.counts = {op: n for op, n in (told.get("resourceChanges") or {}).items() if op != "same" and n}
    found.changes = list(seen.values())
    found.judged = ended and stack_judged
    return found


def _events(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict):
            yield event


def _policy(event: Mapping[str, Any], found: Preview) -> None:
    text = str(event.get("message", "")).strip()
    rule, urn = str(event.get("policyName")), str(event.get("resourceUrn") or "")
    if not_run := _NOT_RUN.match(text):
        reason = not_run[1].strip()
        if reason.startswith(LATER) and UNREADABLE not in reason:
            found.later += [Told(rule, _name(urn), part.strip()) for part in reason.split(LATER) if part.strip()]
        else:
            found.not_run.append(Told(rule, _name(urn), reason))
        return
    told = Told(rule, _name(urn), text.splitlines()[-1] if text else "")
    (found.violations if event.get("enforcementLevel") == "mandatory" else found.advice).append(told)


def _diagnostic(event: Mapping[str, Any], found: Preview) -> None:
    text = str(event.get("message", "")).strip()
    if "can't run policy" in text:
        found.not_run.append(Told("", _name(str(event.get("urn") or "")), text))
    elif event.get("severity") == "error" and text != "preview failed":
        found.errors.append(Told("", _name(str(event.get("urn") or "")), text))


def _change(step: Mapping[str, Any]) -> Change | None:
    urn, op = str(step.get("urn")), str(step.get("op"))
    kind = KINDS.get(_AZURE.sub(r"\1:\2", str(step.get("type"))))
    if kind is None or (op == "same" and kind != "address"):
        return None
    old = ((step.get("old") or {}).get("outputs")) or {}
    value = next((old[key] for key in _VALUES if isinstance(old.get(key), str)), "")
    return Change(op, kind, _name(urn), value)


def _name(urn: str) -> str:
    """Name of a resource; the stack's own is empty."""
    head, _, name = urn.rpartition("::")
    return "" if head.endswith("pulumi:pulumi:Stack") else name


def _exits(step: Mapping[str, Any], side: str) -> frozenset[str] | None:
    found = [*_walk(((step.get(side) or {}).get("outputs")) or {})]
    known = [address for address in found if re.fullmatch(r"[0-9a-fA-F.:]+", address)]
    return frozenset(known) if len(known) == len(found) else None


def _walk(value: Any) -> Iterator[str]:
    """Every text that may be an address in an output `exit_ips`; an unknown output may hold some."""
    if isinstance(value, str) and re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", value):
        yield value  # the engine's mark of an unknown value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if key == "exit_ips" and isinstance(inner, list):
                yield from map(str, inner)
            else:
                yield from _walk(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _walk(inner)
