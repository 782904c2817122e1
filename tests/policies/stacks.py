"""Resources that the tests of many rules start from: two Connectors on AWS with all that they need."""

from policies.analyzer import UNKNOWN, Res

from gatepost_policies import topology as t

NETWORK = Res(t.REMOTE_NETWORK, "net", {"name": "net"}, computed={"id": UNKNOWN, "type": "REGULAR"})
PARAMETER = "aws:ssm/parameter:Parameter"
GOOD_METADATA = {"httpEndpoint": "enabled", "httpTokens": "required", "httpPutResponseHopLimit": 1.0}


def connector(slot, network="net"):
    return [
        Res(t.CONNECTOR, f"con-{slot}", {"remoteNetworkId": UNKNOWN}, {"remoteNetworkId": [network]}),
        Res(t.TOKENS, f"tokens-{slot}", {"connectorId": UNKNOWN}, {"connectorId": [f"con-{slot}"]}),
        Res(PARAMETER, f"pair-{slot}", {"type": "SecureString", "value": UNKNOWN}, {"value": [f"tokens-{slot}"]}),
    ]


def subnet(zone):
    return Res(t.SUBNET, f"subnet-{zone}", {"vpcId": "vpc-1", "availabilityZone": f"eu-central-1{zone}"})


def host(slot, zone="a", pair=None, **props):
    """An instance that takes its pair from the parameter `pair-{slot}` and does everything right."""
    base = {
        "ami": "ami-0123456789abcdef0",
        "instanceType": "t3a.micro",
        "subnetId": UNKNOWN,
        "associatePublicIpAddress": False,
        "vpcSecurityGroupIds": [UNKNOWN],
        "userData": UNKNOWN,
        "metadataOptions": dict(GOOD_METADATA),
        "rootBlockDevice": {"encrypted": True},
        "region": "eu-central-1",
        "tags": {"team": "web"},
    }
    deps = {"userData": [pair or f"pair-{slot}"], "subnetId": [f"subnet-{zone}"], "vpcSecurityGroupIds": ["group"]}
    found = {key: value for key, value in {**base, **props}.items() if value is not None}
    deps = {key: names for key, names in deps.items() if found.get(key) in (UNKNOWN, [UNKNOWN])}
    return Res(t.INSTANCE, f"host-{slot}", found, deps, {"id": UNKNOWN})


GROUP = Res(t.SECURITY_GROUPS[0], "group", {"vpcId": "vpc-1"}, computed={"id": UNKNOWN, "egress": UNKNOWN})
PLACE = [NETWORK, subnet("a"), subnet("b"), GROUP]


def fleet(*hosts):
    """Two Connectors, and these hosts instead of the usual ones."""
    return [*PLACE, *connector("a"), *connector("b"), *(hosts or (host("a"), host("b", "b")))]
