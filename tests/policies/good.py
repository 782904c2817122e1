"""Whole stacks of raw resources that every rule passes, one per cloud, and how to change one place of them."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from google.protobuf import empty_pb2
from policies.analyzer import OURS, UNKNOWN, Res, analyze, wired, with_one_unknown
from policies.clouds import LAST_AZURE, LAST_GCP, NET, NSG, SUB, SUBNET, VENDOR_AZURE, VENDOR_GCP, VM, VNET
from policies.stacks import fleet, host
from policies.test_gcp_iam_own_identity import REST as GCP_IDENTITIES
from pulumi.runtime import proto
from pulumi_policy import EnforcementLevel
from pulumi_policy.policy import _PolicyAnalyzerServicer

from gatepost_policies import policies
from gatepost_policies import topology as t

EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
IMAGE = "projects/debian-cloud/global/images/debian-12-bookworm-v20261110"
TAGS = {**OURS, "owner": "net"}
DNS = {
    "tcp": {"policy": "DENY_ALL"},
    "udp": {"policy": "RESTRICTED", "ports": ["53"]},
    "allowIcmp": False,
}
CONFIG: Mapping[str, Mapping[str, Any]] = {"connector-labels": {"keys": ["owner"]}}
"""Settings of rules that judge nothing by default."""


def role(slot: str, opens: str) -> list[Res]:
    arn = f"arn:aws:ssm:eu-central-1:123456789012:parameter/{opens}"
    policy = json.dumps({"Statement": [{"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": arn}]})
    return [
        Res(t.ROLE, f"role-{slot}", {"assumeRolePolicy": "{}"}),
        Res(t.PROFILE, f"profile-{slot}", {"role": UNKNOWN}, {"role": [f"role-{slot}"]}),
        Res(t.ROLE_POLICY, f"opens-{slot}", {"role": UNKNOWN, "policy": policy}, {"role": [f"role-{slot}"]}),
    ]


def instance(slot: str, zone: str) -> Res:
    made = host(slot, zone, iamInstanceProfile=UNKNOWN, tags=TAGS)
    deps = {**made.deps, "iamInstanceProfile": [f"profile-{slot}"]}
    return replace(made, props={**made.props, "userData": "TWINGATE_NETWORK=acme"}, deps=deps)


def outbound(name: str, protocol: str, first: int, last: int) -> Res:
    ports = {"ipProtocol": protocol, "fromPort": first, "toPort": last, "cidrIpv4": "0.0.0.0/0"}
    return Res(EGRESS, name, {"securityGroupId": UNKNOWN, **ports}, {"securityGroupId": ["group"]})


def _aws() -> list[Res]:
    made = [replace(r, props={**r.props, "tags": TAGS}) if r.name == "group" else r for r in fleet()]
    return [
        *(r for r in made if r.type != t.INSTANCE),
        *(part for slot in "ab" for part in role(slot, f"pair-{slot}")),
        instance("a", "a"),
        instance("b", "b"),
        outbound("web", "tcp", 443, 443),
        outbound("relays", "tcp", 30000, 31000),
        outbound("udp", "udp", 1, 65535),
        Res(
            t.RESOURCE,
            "dns",
            {"address": "10.1.0.53", "remoteNetworkId": UNKNOWN, "protocols": DNS},
            {"remoteNetworkId": ["net"]},
        ),
        Res(t.SUBNET, "public", {"vpcId": "vpc-1", "availabilityZone": "eu-central-1a"}),
        Res(t.EIP, "ip", {"domain": "vpc", "tags": TAGS}, protect=True),
        Res(
            t.AWS_NAT,
            "nat",
            {"allocationId": UNKNOWN, "subnetId": UNKNOWN, "tags": TAGS},
            {"allocationId": ["ip"], "subnetId": ["public"]},
        ),
    ]


def _gcp() -> list[Res]:
    known = {
        "metadataStartupScript": "TWINGATE_NETWORK=acme",
        "bootDisk": {"initializeParams": {"image": IMAGE}},
        "serviceAccount": {"email": UNKNOWN, "scopes": ["cloud-platform"]},
        "labels": TAGS,
    }
    machines = [
        Res(
            t.GCP_INSTANCE,
            f"vm-{slot}",
            {**VM, **known, "zone": f"europe-west3-{slot}"},
            {
                "metadataStartupScript": [f"secret-{slot}"],
                "networkInterfaces": ["sub"],
                "serviceAccount": [f"account-{slot}"],
            },
        )
        for slot in "ab"
    ]
    return [
        *GCP_IDENTITIES,
        *machines,
        NET,
        SUB,
        *VENDOR_GCP,
        LAST_GCP,
        Res(t.GCP_ADDRESS, "ip", {"region": "europe-west3"}, protect=True),
        Res(t.GCP_ROUTER, "router", {"network": UNKNOWN}, {"network": ["vpc"]}),
        Res(
            t.GCP_NAT,
            "nat",
            {"natIpAllocateOption": "MANUAL_ONLY", "natIps": [UNKNOWN], "router": UNKNOWN},
            {"natIps": ["ip"], "router": ["router"]},
            inside="gatepost:gcp:Network",
        ),
    ]


def container(slot: str) -> Res:
    variables = [
        {"name": "TWINGATE_NETWORK", "value": "acme"},
        {"name": "TWINGATE_ACCESS_TOKEN", "secureValue": UNKNOWN},
    ]
    made = {
        "name": "connector",
        "image": "twingate/connector:1.80.0",
        "resources": {"requests": {"cpu": 1.0, "memoryInGB": 2.0}},
        "environmentVariables": variables,
    }
    props = {
        "location": "westeurope",
        "zones": ["1" if slot == "a" else "2"],
        "tags": TAGS,
        "containers": [made],
        "subnetIds": [{"id": UNKNOWN}],
        "dnsConfig": {"nameServers": ["10.3.0.4"]},
    }
    return Res(t.CONTAINER_GROUP, f"group-{slot}", props, {"containers": [f"tokens-{slot}"], "subnetIds": ["subnet"]})


def _azure() -> list[Res]:
    subnet = replace(
        SUBNET,
        props={**SUBNET.props, "natGateway": {"id": UNKNOWN}},
        deps={**SUBNET.deps, "natGateway": ["nat"]},
    )
    return [
        *(r for r in fleet()[:1] + fleet()[4:10] if r.type.startswith("twingate:")),
        replace(NSG, props={**NSG.props, "tags": TAGS}),
        replace(VNET, props={**VNET.props, "dhcpOptions": {"dnsServers": ["10.3.0.4"]}}),
        subnet,
        *VENDOR_AZURE,
        LAST_AZURE,
        container("a"),
        container("b"),
        Res(t.AZURE_ADDRESS, "ip", {"publicIPAllocationMethod": "Static", "sku": {"name": "Standard"}}, protect=True),
        Res(
            t.AZURE_NAT,
            "nat",
            {"publicIpAddresses": [{"id": UNKNOWN}], "tags": TAGS},
            {"publicIpAddresses": ["ip"]},
        ),
    ]


BASES: Mapping[str, list[Res]] = {"aws": _aws(), "gcp": _gcp(), "azure": _azure()}


def change(cloud: str, name: str, near: Mapping[str, list[str]] | None = None, **props: Any) -> list[Res]:
    """The base with other properties of one resource; None takes one out. `near`: other dependencies."""

    def changed(res: Res) -> Res:
        kept = {key: value for key, value in {**res.props, **props}.items() if value is not None}
        deps = {key: names for key, names in {**res.deps, **(near or {})}.items() if key in kept}
        return replace(res, props=kept, deps=deps)

    assert name in {res.name for res in BASES[cloud]}
    return [changed(res) if res.name == name else res for res in BASES[cloud]]


def add(cloud: str, *more: Res) -> list[Res]:
    """The base with more resources."""
    return [*BASES[cloud], *more]


def served(settings: Mapping[str, Mapping[str, Any]]) -> _PolicyAnalyzerServicer:
    """The whole pack with settings by rule."""
    made = _PolicyAnalyzerServicer("gatepost", "0.0.0", policies(), EnforcementLevel.ADVISORY)
    levels = {one.name: one.enforcementLevel for one in made.GetAnalyzerInfo(empty_pb2.Empty(), None).policies}
    request = proto.ConfigureAnalyzerRequest()
    for rule, values in settings.items():
        request.policyConfig[rule].enforcementLevel = levels[rule]
        request.policyConfig[rule].properties.update(values)
    made.Configure(request, None)
    return made


PACK = served(CONFIG)


def judged(stack: list[Res], pack: _PolicyAnalyzerServicer = PACK) -> dict[str, list[str]]:
    """What the whole pack says of a stack: violations and notes by rule."""
    return told(wired(stack), pack)


def told(request: Any, pack: _PolicyAnalyzerServicer) -> dict[str, list[str]]:
    """The same of a stack as the engine sends it."""
    found: dict[str, list[str]] = {}
    for diagnostic in pack.AnalyzeStack(request, None).diagnostics:
        found.setdefault(diagnostic.policyName, []).append(diagnostic.message.splitlines()[-1])
    return found


def silent(rule: str, stack: list[Res], config: Mapping[str, Any]) -> list[str]:
    """Paths of the values that, unknown, silence a rule: it reports neither a violation nor a note."""
    found = ((path, analyze(rule, *changed, config=config)) for path, changed in with_one_unknown(stack))
    return [path for path, told in found if not told]
