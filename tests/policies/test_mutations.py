"""A stack that passes, changed in one place, is always caught: by the rule of that place, and by its name."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from policies.analyzer import OURS, RULES, UNKNOWN, Res, analyze
from policies.stacks import NETWORK, connector, fleet, host

from gatepost_policies import topology as t

EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
FIREWALL, RULE = "gcp:compute/firewall:Firewall", "azure-native:network:SecurityRule"
CIDRS = st.integers(0, 24).flatmap(
    lambda bits: st.integers(0, 2**32 - 1).map(
        lambda n: ".".join(str(b) for b in (n >> (32 - bits) << (32 - bits) if bits else 0).to_bytes(4)) + f"/{bits}"
    )
)
PORTS = st.integers(1, 65535)
SIZES = st.sampled_from(["x1.16xlarge", "m7i.4xlarge", "p5.48xlarge", "t2.nano", "u-6tb1.metal"])
FALSE = st.sampled_from([False, None, "no", 0, {}])
quick = settings(
    derandomize=True, database=None, max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def gcp(**wrong) -> list[Res]:
    base = {
        "name": "vm",
        "zone": "europe-west3-a",
        "machineType": "e2-small",
        "labels": OURS,
        "bootDisk": {"initializeParams": {"image": "projects/debian-cloud/global/images/debian-12-bookworm-v20261110"}},
        "networkInterfaces": [{"network": "net-1", "subnetwork": "subnet-1"}],
        "metadata": {"block-project-ssh-keys": "TRUE"},
        "shieldedInstanceConfig": {"enableSecureBoot": True, "enableVtpm": True, "enableIntegrityMonitoring": True},
    }
    return [Res(t.GCP_INSTANCE, "vm", {**base, **wrong})]


def azure(cpu=1.0, memory=2.0, **variable) -> list[Res]:
    container = {
        "name": "connector",
        "image": "twingate/connector:1.80.0",
        "resources": {"requests": {"cpu": cpu, "memoryInGB": memory}},
        "environmentVariables": [{"name": "TWINGATE_NETWORK", "value": "acme"}, *([variable] if variable else [])],
    }
    props = {"location": "westeurope", "zones": ["1"], "tags": OURS, "containers": [container]}
    return [Res(t.CONTAINER_GROUP, "group", props)]


def aws(**wrong) -> list[Res]:
    return fleet(host("a", **wrong), host("b", "b"))


def aws_rule(token, cidr, port, protocol) -> list[Res]:
    props = {"securityGroupId": UNKNOWN, "ipProtocol": protocol, "fromPort": port, "toPort": port, "cidrIpv4": cidr}
    return [*fleet(), Res(token, "wrong", props, {"securityGroupId": ["group"]})]


def gcp_rule(direction, cidr, port, protocol) -> list[Res]:
    side = "sourceRanges" if direction == "INGRESS" else "destinationRanges"
    allows = [{"protocol": protocol, "ports": [str(port)]}]
    return [
        *gcp(),
        Res(FIREWALL, "wrong", {"network": "net-1", "direction": direction, side: [cidr], "allows": allows}),
    ]


def azure_rule(cidr, port, protocol) -> list[Res]:
    inside = {
        "name": "in",
        "access": "Allow",
        "direction": "Inbound",
        "priority": 200,
        "protocol": protocol.title(),
        "sourceAddressPrefix": cidr,
        "sourcePortRange": "*",
        "destinationAddressPrefix": "*",
        "destinationPortRange": str(port),
    }
    return [*azure(), Res(t.AZURE_GROUP, "wrong", {"tags": OURS, "securityRules": [inside]})]


def pairs(**wrong) -> list[Res]:
    return [replace(r, **wrong) if r.name == "tokens-a" else r for r in fleet()]


def entries(build, *first):
    """Stacks with one firewall entry more."""
    return st.builds(lambda cidr, port, protocol: build(*first, cidr, port, protocol), CIDRS, PORTS, PROTOCOLS)


PROTOCOLS = st.sampled_from(["tcp", "udp"])
MUTATIONS = {
    "aws-ec2-no-ingress": entries(aws_rule, INGRESS),
    "aws-ec2-egress": st.builds(
        lambda cidr, port: aws_rule(EGRESS, cidr, port, "tcp"), CIDRS, st.integers(1, 52) | st.integers(31001, 65535)
    ),
    "aws-ec2-size": st.builds(lambda size: aws(instanceType=size), SIZES),
    "aws-ec2-no-key-pair": st.builds(lambda key: aws(keyName=key), st.text("abcz-09", min_size=1)),
    "aws-ec2-imdsv2": st.builds(
        lambda value: aws(metadataOptions=value), st.sampled_from([{}, {"httpTokens": "optional"}])
    ),
    "aws-ec2-encrypted-disks": st.builds(lambda value: aws(rootBlockDevice={"encrypted": value}), FALSE),
    "aws-ec2-no-public-ip": st.just(aws(associatePublicIpAddress=True)),
    "connector-failure-domains": st.sampled_from("ab").map(lambda z: fleet(host("a", z), host("b", z))),
    "connector-locations": st.sampled_from(["cn-north-1", "cn-northwest-1"]).map(lambda r: aws(region=r)),
    "twingate-tokens-one-host": st.just(fleet(host("a"), host("b", "b", pair="pair-a"))),
    "twingate-two-connectors": st.just([NETWORK, *connector("a")]),
    "twingate-tokens-no-keepers": st.builds(
        lambda key: pairs(props={"connectorId": UNKNOWN, "keepers": {key: "1"}}), st.text("abc", min_size=1)
    ),
    "gcp-compute-no-ingress": entries(gcp_rule, "INGRESS"),
    "gcp-compute-no-project-keys": st.builds(
        lambda value: gcp(metadata={"block-project-ssh-keys": value}), st.sampled_from(["FALSE", "", "0", None])
    ),
    "gcp-compute-shielded-vm": st.builds(lambda v: gcp(shieldedInstanceConfig={"enableSecureBoot": v}), FALSE),
    "gcp-compute-size": st.sampled_from(["n2-standard-32", "a3-megagpu-8g"]).map(lambda s: gcp(machineType=s)),
    "azure-network-no-ingress": entries(azure_rule),
    "azure-container-size": st.builds(lambda cpu: azure(cpu=cpu), st.floats(0, 0.99)),
    "twingate-tokens-not-in-text": st.builds(
        lambda text: azure(name="TWINGATE_ACCESS_TOKEN", value=text), st.text("abc.", min_size=1)
    ),
}
"""Per rule, stacks of which one place was changed from good to bad."""
BASES = {"aws": fleet(), "gcp": gcp(), "azure": azure()}


@pytest.mark.parametrize("rule", MUTATIONS)
@pytest.mark.parametrize("cloud", BASES)
def test_the_bases_pass(rule, cloud):
    assert [row for row in analyze(rule, *BASES[cloud]) if row[0] == "MANDATORY"] == []


@pytest.mark.parametrize("rule", MUTATIONS)
def test_one_change_is_always_caught(rule):
    level = RULES[rule].level.name

    @quick
    @given(MUTATIONS[rule])
    def caught(stack):
        assert level in [row[0] for row in analyze(rule, *stack)]

    caught()
