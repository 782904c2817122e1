"""Twingate: a token pair reaches exactly one host, and a Connector has one pair.

Followed are the dependencies of what a host boots with, through secrets, parameters and templates. A pair that reaches
no host of this stack is fine: the host may be elsewhere.
"""

from collections import defaultdict
from collections.abc import Iterator

from pulumi_policy import PolicyResource, Severity

from ..checks import label
from ..frame import Finding, Rule
from ..graph import number_of_hosts
from ..known import UNKNOWN, kind, read, say
from ..stack import Stack
from ..topology import CONNECTOR, HOSTS, TOKENS


def _judge(stack: Stack) -> Iterator[Finding]:
    for urn, machines in stack.pairs.by_tokens.items():
        tokens = stack.index.by_urn[urn]
        if len(machines) > 1:
            names = ", ".join(label(machine) for machine in machines)
            text = f"{label(tokens)} reaches {len(machines)} hosts: {names}. Make a Connector with tokens for each."
            yield Finding(tokens, text)
        for machine in machines:
            yield from _many(tokens, machine)
    yield from _twice(stack)


def _many(tokens: PolicyResource, machine: PolicyResource) -> Iterator[Finding]:
    number = number_of_hosts(machine)
    if number is UNKNOWN or number > 1:
        path = " and ".join(f"`{path}`" for path in HOSTS[kind(machine)].count)
        text = (
            f"{label(machine)} runs up to {say(number)} hosts, which all get the pair of {label(tokens)}. "
            f"Set {path} to 1, or make a host with a pair of its own for each Connector."
        )
        yield Finding(machine, text, UNKNOWN if number is UNKNOWN else True)


def _twice(stack: Stack) -> Iterator[Finding]:
    by_connector: defaultdict[str, list[PolicyResource]] = defaultdict(list)
    for tokens in stack.of(TOKENS):
        near = [r.urn for r in tokens.property_dependencies.get("connectorId", ()) if kind(r) == CONNECTOR]
        literal = read(tokens.props, "connectorId")
        for name in near or ([literal] if isinstance(literal, str) else []):
            by_connector[name].append(tokens)
    for several in by_connector.values():
        for tokens in several[1:]:
            text = f"{label(tokens)} is for the same Connector as {label(several[0])}: the later pair ends the earlier."
            yield Finding(tokens, f"{text} Remove one, or make another Connector.")


rule = Rule(
    name="twingate-tokens-one-host",
    description="A Connector's token pair reaches exactly one host.",
    practice="BP8",
    remediation="Make a TwingateConnector and TwingateConnectorTokens for each host; set the size of a group to 1.",
    severity=Severity.CRITICAL,
    clouds=("twingate",),
    tags=("tokens",),
    whole=_judge,
)
