"""Runs policies through the analyzer that the engine talks to, so proxies, unknowns, levels and settings are real."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from google.protobuf import struct_pb2
from pulumi.runtime import proto
from pulumi_policy import EnforcementLevel
from pulumi_policy.policy import _PolicyAnalyzerServicer
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from gatepost_policies import policies

UNKNOWN = UNKNOWN_STRING_VALUE
OURS = {"managed-by": "gatepost"}
BY_NAME = {policy.name: policy for policy in policies()}
NOT_JUDGED = "Not judged, because it depends on a value known only after the update: "


@dataclass(frozen=True)
class Res:
    """A resource of a stack. Like a Python program it lists every property of `props`, with its dependencies."""

    type: str
    name: str
    props: Mapping[str, Any] = field(default_factory=dict)
    deps: Mapping[str, Sequence[str]] = field(default_factory=dict)  # property -> names of resources
    computed: Mapping[str, Any] = field(default_factory=dict)  # outputs that the program did not set
    inside: str = ""  # type of the component around it
    lists_all: bool = True  # False: Go and YAML programs list properties with dependencies only

    @property
    def urn(self) -> str:
        chain = f"{self.inside}${self.type}" if self.inside else self.type
        return f"urn:pulumi:dev::shop::{chain}::{self.name}"


def analyze(policy: str, *stack: Res, config: Mapping[str, Any] | None = None) -> list[tuple[str, str, str]]:
    """What the policy reports for the stack: (level, resource name, message)."""
    servicer = _PolicyAnalyzerServicer("gatepost", "0.0.0", [BY_NAME[policy]], EnforcementLevel.ADVISORY)
    if config is not None:
        request = proto.ConfigureAnalyzerRequest()
        request.policyConfig[policy].enforcementLevel = proto.MANDATORY
        request.policyConfig[policy].properties.update(config)
        servicer.Configure(request, None)
    urns = {res.name: res.urn for res in stack}
    request = proto.AnalyzeStackRequest(resources=[_wire(res, urns) for res in stack])
    shown = {urn: name for name, urn in urns.items()}
    return [
        (proto.EnforcementLevel.Name(d.enforcementLevel), shown.get(d.urn, ""), _message(d.message))
        for d in servicer.AnalyzeStack(request, None).diagnostics
    ]


def _message(text: str) -> str:
    text = text.splitlines()[-1]
    return text.partition(" during preview: ")[2] if text.startswith("can't run policy") else text


def _wire(res: Res, urns: Mapping[str, str]) -> Any:
    body = struct_pb2.Struct()
    body.update({**res.computed, **res.props})
    wire = proto.AnalyzerResource(type=res.type, properties=body, urn=res.urn, name=res.name)
    for key in res.props if res.lists_all else res.deps:
        wire.propertyDependencies[key].urns.extend(urns[name] for name in res.deps.get(key, ()))
    return wire


def silencing(policy: str, stack: Sequence[Res]) -> list[str]:
    """Paths of the values that, unknown, make the policy report anything but one violation or one note of its own."""
    good = [[("MANDATORY", False)], [("ADVISORY", True)]]
    return [
        path
        for path, changed in _with_one_unknown(stack)
        if [(level, text.startswith(NOT_JUDGED)) for level, _, text in analyze(policy, *changed)] not in good
    ]


def _with_one_unknown(stack: Sequence[Res]) -> Iterator[tuple[str, list[Res]]]:
    for index, res in enumerate(stack):
        for path, props in _unknowns(res.props):
            changed = list(stack)
            changed[index] = replace(res, props=props)
            yield f"{res.name}.{path}", changed


def _unknowns(value: Any) -> Iterator[tuple[str, Any]]:
    pairs = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        for path, changed in [("", UNKNOWN), *_unknowns(inner)]:
            whole = list(value) if isinstance(value, list) else dict(value)
            whole[key] = changed
            yield f"{key}.{path}".rstrip("."), whole
