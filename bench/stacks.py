"""Stacks for the bench, as the engine sends them: sites of two Connectors with all that they need, on one cloud."""

from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf import struct_pb2
from pulumi.runtime import proto

from gatepost_policies import topology as t
from gatepost_policies.ways.aws import EGRESS_RULE
from gatepost_policies.ways.azure import RULE
from gatepost_policies.ways.gcp import FIREWALL

Row = tuple[str, str, Mapping[str, Any], Mapping[str, str]]
"""Type, name, properties, and by property the name of the resource that its value comes from."""
TAGS = {"managed-by": "gatepost"}
VENDOR = (("tcp", "443"), ("tcp", "30000-31000"), ("udp", "1-65535"))


def _pair(slot: str) -> list[Row]:
    return [
        (t.CONNECTOR, f"con-{slot}", {"remoteNetworkId": "n"}, {"remoteNetworkId": "remote"}),
        (t.TOKENS, f"tokens-{slot}", {"connectorId": "c"}, {"connectorId": f"con-{slot}"}),
    ]


def _aws(slot: str) -> list[Row]:
    policy = '{"Statement": [{"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": "arn:aws:ssm:::pair"}]}'
    host = {"ami": "ami-0123456789abcdef0", "userData": "TWINGATE_NETWORK=acme", "subnetId": "s", "tags": TAGS}
    links = {"userData": f"pair-{slot}", "iamInstanceProfile": f"profile-{slot}", "vpcSecurityGroupIds": "group"}
    return [
        ("aws:ssm/parameter:Parameter", f"pair-{slot}", {"value": "v"}, {"value": f"tokens-{slot}"}),
        (t.ROLE, f"role-{slot}", {"assumeRolePolicy": "{}"}, {}),
        (t.PROFILE, f"profile-{slot}", {"role": "r"}, {"role": f"role-{slot}"}),
        (t.ROLE_POLICY, f"opens-{slot}", {"role": "r", "policy": policy}, {"role": f"role-{slot}"}),
        (t.INSTANCE, f"host-{slot}", {**host, "iamInstanceProfile": "p", "vpcSecurityGroupIds": ["g"]}, links),
    ]


def _aws_rule(number: int, protocol: str, ports: str) -> Row:
    first, _, last = ports.partition("-")
    span = {"ipProtocol": protocol, "fromPort": int(first), "toPort": int(last or first), "cidrIpv4": "0.0.0.0/0"}
    return EGRESS_RULE, f"out-{number}", {"securityGroupId": "g", **span}, {"securityGroupId": "group"}


def _gcp(slot: str) -> list[Row]:
    host = {"zone": f"europe-west3-{slot}", "tags": ["connector"], "labels": TAGS}
    interfaces = {"networkInterfaces": [{"subnetwork": "s"}], "serviceAccount": {"email": f"{slot}@acme"}}
    links = {"networkInterfaces": "sub", "serviceAccount": f"account-{slot}", "metadataStartupScript": f"pair-{slot}"}
    member = {"secretId": "s", "member": "m", "role": "roles/secretmanager.secretAccessor"}
    granted = {"secretId": f"pair-{slot}", "member": f"account-{slot}"}
    version = {"secret": f"pair-{slot}", "secretData": f"tokens-{slot}"}
    return [
        (t.GCP_ACCOUNT, f"account-{slot}", {"accountId": slot}, {}),
        (t.GCP_SECRETS[0], f"pair-{slot}", {"labels": TAGS}, {}),
        (next(iter(t.SECRET_VERSIONS)), f"version-{slot}", {"secret": "s", "secretData": "v"}, version),
        ("gcp:secretmanager/secretIamMember:SecretIamMember", f"opens-{slot}", member, granted),
        (t.GCP_INSTANCE, f"host-{slot}", {**host, **interfaces, "metadataStartupScript": "s"}, links),
    ]


def _gcp_rule(number: int, protocol: str, ports: str) -> Row:
    entry = {"direction": "EGRESS", "priority": 400, "allows": [{"protocol": protocol, "ports": [ports]}]}
    return FIREWALL, f"out-{number}", {**entry, "network": "n", "targetTags": ["connector"]}, {"network": "network"}


def _azure(slot: str) -> list[Row]:
    containers = [{"name": "connector", "image": "twingate/connector:1.80.0"}]
    props = {"location": "westeurope", "containers": containers, "subnetIds": [{"id": "s"}], "tags": TAGS}
    return [(t.CONTAINER_GROUP, f"host-{slot}", props, {"containers": f"tokens-{slot}", "subnetIds": "sub"})]


def _azure_rule(number: int, protocol: str, ports: str) -> Row:
    entry = {"direction": "Outbound", "access": "Allow", "priority": 200 + number, "protocol": protocol}
    ends = {"destinationAddressPrefix": "Internet", "destinationPortRange": ports, "networkSecurityGroupName": "g"}
    return RULE, f"out-{number}", {**entry, **ends}, {"networkSecurityGroupName": "group"}


_SHARED: Mapping[str, Sequence[Row]] = {
    "aws": (
        (t.SECURITY_GROUPS[0], "group", {"tags": TAGS}, {}),
        (t.EIP, "ip", {"tags": TAGS}, {}),
        (t.AWS_NAT, "nat", {"allocationId": "a", "tags": TAGS}, {"allocationId": "ip"}),
    ),
    "gcp": (
        (t.GCP_NETWORK, "network", {"autoCreateSubnetworks": False}, {}),
        (t.GCP_SUBNETWORK, "sub", {"network": "n"}, {"network": "network"}),
        (t.GCP_ROUTER, "router", {"network": "n"}, {"network": "network"}),
        (t.GCP_NAT, "nat", {"natIpAllocateOption": "MANUAL_ONLY", "router": "r"}, {"router": "router"}),
    ),
    "azure": (
        (t.AZURE_GROUP, "group", {"tags": TAGS}, {}),
        (t.AZURE_NAT, "nat", {"tags": TAGS}, {}),
        (
            t.AZURE_SUBNET,
            "sub",
            {"networkSecurityGroup": {"id": "g"}, "natGateway": {"id": "n"}},
            {"networkSecurityGroup": "group", "natGateway": "nat"},
        ),
    ),
}
_PARTS = {"aws": (_aws, _aws_rule), "gcp": (_gcp, _gcp_rule), "azure": (_azure, _azure_rule)}
CLOUDS = tuple(_PARTS)


def stack(cloud: str, size: int) -> proto.AnalyzeStackRequest:
    """Build a stack of about `size` resources: whole sites, each in a network of its own."""
    host, rule = _PARTS[cloud]
    site: list[Row] = [(t.REMOTE_NETWORK, "remote", {"name": "remote"}, {}), *_SHARED[cloud]]
    site += [row for slot in "ab" for row in (*_pair(slot), *host(slot))]
    site += [rule(number, *entry) for number, entry in enumerate(VENDOR)]
    sites = [_named(site, str(number)) for number in range(max(1, size // len(site)))]
    return proto.AnalyzeStackRequest(resources=[wire for rows in sites for wire in rows])


def _named(site: Sequence[Row], suffix: str) -> list[proto.AnalyzerResource]:
    urns = {name: f"urn:pulumi:bench::bench::{token}::{name}-{suffix}" for token, name, _, _ in site}
    wires = []
    for token, name, props, links in site:
        body = struct_pb2.Struct()
        body.update({"id": f"{token}/{name}-{suffix}", **props})
        made = proto.AnalyzerResource(type=token, properties=body, urn=urns[name], name=f"{name}-{suffix}")
        for key in props:
            made.propertyDependencies[key].urns.extend([urns[links[key]]] if key in links else [])
        wires.append(made)
    return wires
