"""Runs policies through the analyzer that the engine talks to, so proxies, unknowns, levels and settings are real."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime import proto
from pulumi_policy import EnforcementLevel, Policy
from pulumi_policy.policy import _PolicyAnalyzerServicer
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from gatepost_policies.exemption_rule import exemption_rule
from gatepost_policies.exemptions import Exemptions
from gatepost_policies.frame import LATER as NOT_JUDGED
from gatepost_policies.frame import SCOPE, UNREADABLE
from gatepost_policies.registry import all_rules

UNKNOWN = UNKNOWN_STRING_VALUE
OURS = {"managed-by": "gatepost"}
RULES = {rule.name: rule for rule in all_rules()}
__all__ = [
    "NOT_JUDGED",
    "OURS",
    "SCOPE",
    "UNKNOWN",
    "UNREADABLE",
    "Res",
    "analyze",
    "metadata",
    "report",
    "silencing",
    "wired",
    "with_one_unknown",
]


@dataclass(frozen=True)
class Res:
    """A resource of a stack. Like a Python program it lists every property of `props`, with its dependencies."""

    type: str
    name: str
    props: Mapping[str, Any] = field(default_factory=dict)
    deps: Mapping[str, Sequence[str]] = field(default_factory=dict)  # property -> names of resources
    computed: Mapping[str, Any] = field(default_factory=dict)  # outputs that the program did not set
    inside: str = ""  # type of the component around it
    protect: bool = False
    delete_before_replace: bool = False
    lists_all: bool = True  # False: Go and YAML programs list properties with dependencies only

    @property
    def urn(self) -> str:
        chain = f"{self.inside}${self.type}" if self.inside else self.type
        return f"urn:pulumi:dev::shop::{chain}::{self.name}"


def metadata(policy: str) -> dict[str, Any]:
    """What the engine is told about the policy, without the settings that every rule has."""
    policies: list[Policy] = [RULES[policy].policy(Exemptions())]
    info = _PolicyAnalyzerServicer("gatepost", "0.0.0", policies, EnforcementLevel.ADVISORY).GetAnalyzerInfo(
        empty_pb2.Empty(), None
    )
    found = json_format.MessageToDict(info.policies[0])
    schema = found.pop("configSchema")["properties"]
    assert {key: schema.pop(key) for key in SCOPE} == SCOPE
    return {"enforcementLevel": "ADVISORY", **found, **({"settings": schema} if schema else {})}


def analyze(
    policy: str, *stack: Res, config: Mapping[str, Any] | None = None, exemptions: Exemptions | None = None
) -> list[tuple[str, str, str]]:
    """What the policy reports for the stack: (level, resource name, message)."""
    return _analyze(RULES[policy].policy(exemptions or Exemptions()), stack, config)


def report(exemptions: Exemptions, *stack: Res) -> list[str]:
    """What the rule about the exemptions themselves says, each as a mandatory violation of the stack."""
    found = _analyze(exemption_rule(exemptions), stack, None)
    assert {(level, name) for level, name, _ in found} <= {("MANDATORY", "")}
    return [text for _, _, text in found]


def _analyze(rule: Policy, stack: Sequence[Res], config: Mapping[str, Any] | None) -> list[tuple[str, str, str]]:
    servicer = _PolicyAnalyzerServicer("gatepost", "0.0.0", [rule], EnforcementLevel.ADVISORY)
    if config is not None:
        request = proto.ConfigureAnalyzerRequest()
        request.policyConfig[rule.name].enforcementLevel = proto.MANDATORY
        request.policyConfig[rule.name].properties.update(config)
        servicer.Configure(request, None)
    shown = {res.urn: res.name for res in stack}
    return [
        (proto.EnforcementLevel.Name(d.enforcementLevel), shown.get(d.urn, ""), _message(d.message))
        for d in servicer.AnalyzeStack(wired(stack), None).diagnostics
    ]


def wired(stack: Sequence[Res]) -> Any:
    """The stack as the engine sends it."""
    urns = {res.name: res.urn for res in stack}
    return proto.AnalyzeStackRequest(resources=[_wire(res, urns) for res in stack])


def _message(text: str) -> str:
    text = text.splitlines()[-1]
    return text.partition(" during preview: ")[2] if text.startswith("can't run policy") else text


def _wire(res: Res, urns: Mapping[str, str]) -> Any:
    body = struct_pb2.Struct()
    body.update({**res.computed, **res.props})
    wire = proto.AnalyzerResource(type=res.type, properties=body, urn=res.urn, name=res.name)
    wire.options.protect = res.protect
    wire.options.deleteBeforeReplace = wire.options.deleteBeforeReplaceDefined = res.delete_before_replace
    for key in res.props if res.lists_all else res.deps:
        wire.propertyDependencies[key].urns.extend(urns[name] for name in res.deps.get(key, ()))
    return wire


def silencing(policy: str, stack: Sequence[Res], config: Mapping[str, Any] | None = None) -> list[str]:
    """Paths of the values that, unknown, silence the policy: it reports neither its one violation nor one note."""
    violation, note = ("MANDATORY", False), ("ADVISORY", True)
    good = [[violation], [note], [violation, note]]

    def told(changed: Sequence[Res]) -> list[tuple[str, bool]]:
        found = analyze(policy, *changed, config=config)
        return [(level, text.startswith(NOT_JUDGED)) for level, _, text in found]

    return [path for path, changed in with_one_unknown(stack) if told(changed) not in good]


def with_one_unknown(stack: Sequence[Res]) -> Iterator[tuple[str, list[Res]]]:
    """Every value of the stack in turn made unknown: its path, and the stack."""
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
