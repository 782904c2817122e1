"""Records what a program asks the engine for: raw registrations, invokes, and who finished."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi.runtime.mocks import MockMonitor

SECRET_KEY = "4dabf18193072939515e22adb298388d"
STACK = "pulumi:pulumi:Stack"

COMPUTED: dict[str, Callable[[str], dict[str, Any]]] = {
    "aws:ec2/eip:Eip": lambda name: {"publicIp": f"203.0.113.{1 + sum(name.encode()) % 250}"},
    "aws:ec2/instance:Instance": lambda name: {"privateIp": "10.0.0.4"},
    "aws:ssm/parameter:Parameter": lambda name: {
        "name": f"{name}-1234567",
        "arn": f"arn:aws:ssm:eu-central-1:123456789012:parameter/{name}-1234567",
        "version": 1,
    },
    "aws:iam/role:Role": lambda name: {"name": f"{name}-1234567"},
    "aws:iam/instanceProfile:InstanceProfile": lambda name: {"name": f"{name}-1234567"},
    "twingate:index/twingateConnector:TwingateConnector": lambda name: {"name": f"{name}-1234567"},
    "twingate:index/twingateConnectorTokens:TwingateConnectorTokens": lambda name: {
        "accessToken": f"access-of-{name}",
        "refreshToken": f"refresh-of-{name}",
    },
}


def unknown() -> Any:
    """A value that a preview cannot know yet; needs the test's event loop."""
    return pulumi.Output.from_input(pulumi.UNKNOWN)


GET_SUBNET = "aws:ec2/getSubnet:getSubnet"
GET_SUBNETWORK = "gcp:compute/getSubnetwork:getSubnetwork"
ANSWERS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    GET_SUBNET: lambda asked: {
        "vpcId": "vpc-1",
        "availabilityZone": f"eu-central-1{asked['id'][-1]}",
        "cidrBlock": "10.40.0.0/24",
        "availableIpAddressCount": 251,
    },
    GET_SUBNETWORK: lambda _: {"network": "projects/acme/global/networks/main", "ipCidrRange": "10.40.0.0/24"},
}
"""What the clouds tell of networks that exist, in which hosts can live; a test's own answers go before."""


@dataclass
class Deployment:
    """Everything the program asked the engine for, in order."""

    requests: list[Any] = field(default_factory=list)
    completed: list[str] = field(default_factory=list)
    calls: list[pulumi.runtime.MockCallArgs] = field(default_factory=list)
    inputs: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    answers: Mapping[str, Callable[[dict[str, Any]], dict[str, Any]]] = field(default_factory=dict)
    """Functions the program may call, by token, beside ``ANSWERS``; any other call fails the test."""

    def of(self, token: str) -> dict[str, dict[str, Any]]:
        """Inputs of the resources of one type, by name."""
        return {r.name: self.inputs[r.type, r.name] for r in self.requests if r.type == token}

    def only(self, token: str) -> dict[str, Any]:
        """Inputs of the one resource of a type."""
        (found,) = self.of(token).values()
        return found

    def request(self, name: str, token: str = "") -> Any:
        """The registration of one resource; the type is needed where two types share a name."""
        (found,) = [r for r in self.requests if r.name == name and token in ("", r.type)]
        return found

    def tree(self) -> set[tuple[str, str, str]]:
        """Type, name and parent's name of every resource."""
        return {(r.type, r.name, r.parent.rpartition("::")[2]) for r in self.requests}


class _Mocks(pulumi.runtime.Mocks):
    def __init__(self, seen: Deployment) -> None:
        self.seen = seen

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        self.seen.inputs[args.typ, args.name] = args.inputs
        computed = COMPUTED.get(args.typ, lambda name: {})(args.name)
        return args.resource_id or f"{args.name}-id", {**computed, **args.inputs}

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        self.seen.calls.append(args)
        answers = {**ANSWERS, **self.seen.answers}
        if args.token not in answers:
            raise AssertionError(f"unexpected provider call {args.token}")
        return answers[args.token](args.args), []


class _Monitor(MockMonitor):
    def __init__(self, mocks: _Mocks, seen: Deployment) -> None:
        super().__init__(mocks)
        self.seen = seen

    def RegisterResource(self, request: Any) -> Any:
        if request.type != STACK:
            self.seen.requests.append(request)
        return super().RegisterResource(request)

    def RegisterResourceOutputs(self, request: Any) -> Any:
        if f"::{STACK}::" not in request.urn:
            self.seen.completed.append(request.urn)
        return super().RegisterResourceOutputs(request)


def record(
    program: Callable[[], Any],
    *,
    preview: bool = False,
    answers: Mapping[str, Callable[[dict[str, Any]], dict[str, Any]]] | None = None,
    seen: Deployment | None = None,
) -> Deployment:
    """Run a program against the mock monitor. ``seen`` is filled in, for programs that fail."""
    seen = seen or Deployment()
    seen.answers = answers or {}
    mocks = _Mocks(seen)
    pulumi.runtime.set_mocks(mocks, project="test", stack="dev", preview=preview, monitor=_Monitor(mocks, seen))
    pulumi.runtime.test(program)()
    return seen
