"""Connector hosts on Google Cloud and Azure that do everything right, for the tests of their rules."""

from dataclasses import replace

from policies.analyzer import OURS, UNKNOWN, Res
from policies.stacks import NETWORK, connector

from gatepost_policies import topology as t
from gatepost_policies.ways import azure, gcp

EXIT = replace(NETWORK, props={"name": "net", "type": "EXIT"}, computed={})
NET = Res(t.GCP_NETWORK, "vpc", {"autoCreateSubnetworks": False})
SUB = Res(t.GCP_SUBNETWORK, "sub", {"network": UNKNOWN}, {"network": ["vpc"]})
VM = {
    "labels": OURS,
    "tags": ["connector"],
    "machineType": "e2-small",
    "metadata": {"block-project-ssh-keys": "TRUE"},
    "networkInterfaces": [{"subnetwork": UNKNOWN}],
    "shieldedInstanceConfig": {"enableSecureBoot": True, "enableVtpm": True, "enableIntegrityMonitoring": True},
}
NSG = Res(t.AZURE_GROUP, "nsg", {"location": "westeurope"})
SUBNET = Res(
    t.AZURE_SUBNET,
    "subnet",
    {"networkSecurityGroup": {"id": UNKNOWN}, "virtualNetworkName": UNKNOWN},
    {"networkSecurityGroup": ["nsg"], "virtualNetworkName": ["vnet"]},
)
VNET = Res(t.AZURE_VNET, "vnet", {"location": "westeurope"})
CONTAINER = {"image": "twingate/connector:1", "resources": {"requests": {"cpu": 1.0, "memoryInGB": 2.0}}}


def vm(**props):
    """An instance; None leaves a property out."""
    found = {key: value for key, value in {**VM, **props}.items() if value is not None}
    return Res(t.GCP_INSTANCE, "vm", found)


def linked(host):
    """A host in the network of these tests."""
    if host.type == t.GCP_INSTANCE:
        return replace(host, deps={**host.deps, "networkInterfaces": ["sub"]})
    return replace(host, deps={**host.deps, "subnetIds": ["subnet"]})


def firewall(name, *, priority, allow=None, deny=None, to=("0.0.0.0/0",), **props):
    """A rule for what goes out; `allow` and `deny` are a protocol, or one with ports: `tcp:443`."""
    key, text = ("allows", allow) if allow else ("denies", deny)
    protocol, _, ports = (text or "").partition(":")
    base = {
        "network": UNKNOWN,
        "direction": "EGRESS",
        "priority": priority,
        "destinationRanges": list(to),
        "targetTags": ["connector"],
        key: [{"protocol": protocol, **({"ports": ports.split(",")} if ports else {})}],
    }
    return Res(gcp.FIREWALL, name, {**base, **props}, {"network": ["vpc"]})


def on_gcp(*rules, network=NETWORK, host=None):
    """An instance that runs the Connector `a` behind these firewall rules."""
    made = linked(host or vm(metadataStartupScript=UNKNOWN))
    made = replace(made, deps={**made.deps, "metadataStartupScript": ["pair-a"]})
    return [network, *connector("a"), NET, SUB, made, *rules]


def group(**props):
    """A container group."""
    found = {"tags": OURS, "containers": [CONTAINER], "subnetIds": [{"id": UNKNOWN}], **props}
    return Res(t.CONTAINER_GROUP, "group", found)


def security(name, *, priority, access="Allow", protocol="*", ports="*", to="*", **props):
    """A rule for what goes out."""
    base = {
        "direction": "Outbound",
        "access": access,
        "priority": priority,
        "protocol": protocol,
        "destinationPortRange": ports,
        "networkSecurityGroupName": UNKNOWN,
        **({"destinationAddressPrefix": to} if isinstance(to, str) else {"destinationAddressPrefixes": list(to)}),
    }
    return Res(azure.RULE, name, {**base, **props}, {"networkSecurityGroupName": ["nsg"]})


def on_azure(*rules, network=NETWORK, host=None):
    """A container group that runs the Connector `a` behind these security rules."""
    made = linked(host or group())
    made = replace(made, deps={**made.deps, "containers": ["tokens-a"]})
    return [network, *connector("a"), NSG, VNET, SUBNET, made, *rules]


VENDOR_GCP = [
    firewall("web", priority=400, allow="tcp:443"),
    firewall("relays", priority=400, allow="tcp:30000-31000"),
    firewall("udp", priority=400, allow="udp:1-65535"),
]
LAST_GCP = firewall("last", priority=500, deny="all")
VENDOR_AZURE = [
    security("web", priority=200, protocol="Tcp", ports="443", to="Internet"),
    security("relays", priority=201, protocol="Tcp", ports="30000-31000", to="Internet"),
    security("udp", priority=202, protocol="Udp", ports="1-65535", to="Internet"),
]
LAST_AZURE = security("last", priority=4096, access="Deny")
