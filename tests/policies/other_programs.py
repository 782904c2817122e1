"""Resources as programs without gatepost write them."""

import base64
import json

from policies.analyzer import UNKNOWN, Res
from policies.stacks import NETWORK, connector

from gatepost_policies import topology as t
from gatepost_policies.ways import gcp

BOOT = "#!/bin/sh\necho TWINGATE_NETWORK=acme > /etc/twingate/connector.conf\n"
TWINGATE = [NETWORK, *connector("a")]
ANY = {"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": ["0.0.0.0/0"]}
WEB = {"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["0.0.0.0/0"]}
NUMBERS = [
    {**WEB, "protocol": "6"},
    {**WEB, "protocol": "TCP", "fromPort": 30000, "toPort": 31000},
    {**WEB, "protocol": "17", "fromPort": 1, "toPort": 65535},
]
ROLE = [Res(t.ROLE, "role", {"name": "r"}), Res(t.PROFILE, "profile", {"name": "p", "role": "r"})]
VPC = "projects/p/global/networks/vpc"
EMAIL = "connector@p.iam.gserviceaccount.com"


def group(*egress, ingress=(), name="sg", id="sg-0123"):
    return Res(t.SECURITY_GROUPS[0], name, {"egress": list(egress), "ingress": list(ingress)}, computed={"id": id})


def host(**props):
    base = {"userData": BOOT, "vpcSecurityGroupIds": ["sg-0123"], "subnetId": "subnet-1"}
    return Res(t.INSTANCE, "host", {k: v for k, v in {**base, **props}.items() if v is not None})


def template(**props):
    packed = base64.b64encode(BOOT.encode()).decode()
    return Res(t.LAUNCH_TEMPLATE, "lt", {"userData": packed, **props}, computed={"id": "lt-1"})


def scaled(**props):
    props = {"launchTemplate": {"id": "lt-1"}, "vpcZoneIdentifiers": ["subnet-9"], "maxSize": 1, **props}
    return Res(t.AUTOSCALING_GROUP, "asg", props, {"launchTemplate": ["lt"]})


def public(**props):
    return Res(
        t.SUBNET, "public", {"vpcId": "vpc-1", "mapPublicIpOnLaunch": True, **props}, computed={"id": "subnet-9"}
    )


def policy(**statement):
    return json.dumps({"Statement": [{"Effect": "Allow", **statement}]})


def grant(**statement):
    return Res(t.ROLE_POLICY, "grant", {"role": "r", "policy": policy(**statement)})


def task(*environment, **network):
    told = json.dumps([{"image": "twingate/connector:1", "environment": list(environment)}])
    props = {"taskDefinition": UNKNOWN, "networkConfiguration": {"subnets": ["subnet-1"], **network}}
    return [
        Res(t.ECS_TASK, "task", {"containerDefinitions": told}),
        Res(t.ECS_SERVICE, "service", props, {"taskDefinition": ["task"]}),
    ]


def vm(**props):
    inside = {"networkInterfaces": [{"network": "vpc"}], "metadataStartupScript": BOOT, **props}
    near = {"serviceAccount": ["account"]} if inside.get("serviceAccount") == {"email": UNKNOWN} else {}
    return Res(t.GCP_INSTANCE, "vm", inside, near)


def account(email):
    return Res(t.GCP_ACCOUNT, "account", {"accountId": "connector"}, computed={"email": email})


def ssh(**props):
    base = {"network": VPC, "direction": "INGRESS", "allows": [{"protocol": "tcp", "ports": ["22"]}], **props}
    near = {"targetServiceAccounts": ["account"]} if base.get("targetServiceAccounts") == [UNKNOWN] else {}
    return Res(gcp.FIREWALL, "ssh", base, near)


def containers(**props):
    made = {"containers": [{"image": "twingate/connector:1"}], **props}
    return Res(t.CONTAINER_GROUP, "group", made)


INBOUND = {"name": "ssh", "direction": "Inbound", "access": "Allow", "protocol": "Tcp", "destinationPortRange": "22"}
NSG = Res(t.AZURE_GROUP, "nsg", {"securityRules": [INBOUND]}, computed={"id": UNKNOWN})
SUBNET = Res(
    t.AZURE_SUBNET,
    "sub",
    {"subnetName": "connectors", "networkSecurityGroup": {"id": UNKNOWN}},
    {"networkSecurityGroup": ["nsg"]},
    computed={"id": UNKNOWN},
)
INTERFACE = {"networkSecurityGroup": {"id": UNKNOWN}}
SCALE_SET = Res(
    t.AZURE_SCALE_SET,
    "set",
    {"virtualMachineProfile": {"userData": BOOT, "networkProfile": {"networkInterfaceConfigurations": [INTERFACE]}}},
    {"virtualMachineProfile": ["nsg"]},
)
