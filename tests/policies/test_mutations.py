"""Whole stacks that pass every rule, changed in one place: the rule of that place catches it, and no other speaks."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from policies.analyzer import RULES, UNKNOWN, Res
from policies.good import BASES, CONFIG, DNS, add, change, judged, outbound, silent
from policies.stacks import connector
from policies.test_gcp_iam_own_identity import MEMBER, grant

from gatepost_policies import topology as t
from gatepost_policies.ways.azure import RULE
from gatepost_policies.ways.gcp import FIREWALL

INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
CIDRS = st.integers(0, 24).flatmap(
    lambda bits: st.integers(0, 2**32 - 1).map(
        lambda n: ".".join(str(b) for b in (n >> (32 - bits) << (32 - bits) if bits else 0).to_bytes(4)) + f"/{bits}"
    )
)
PORTS, PROTOCOLS = st.integers(1, 65535), st.sampled_from(["tcp", "udp"])
UNWANTED = st.integers(81, 442) | st.integers(31001, 65535)
"""TCP ports that neither Twingate nor a platform needs."""
PUBLIC = st.just("0.0.0.0/0") | st.integers(128, 168).map(lambda n: f"{n}.0.0.0/8")
WORDS = st.text("abc", min_size=1, max_size=9)
FALSE = st.sampled_from([False, None, "no", 0, {}])


def aws_in(cidr: str, port: int, protocol: str) -> list[Res]:
    ports = {"ipProtocol": protocol, "fromPort": port, "toPort": port, "cidrIpv4": cidr}
    return add("aws", Res(INGRESS, "wrong", {"securityGroupId": UNKNOWN, **ports}, {"securityGroupId": ["group"]}))


def gcp_rule(direction: str, cidr: str, port: int, protocol: str) -> list[Res]:
    side = "sourceRanges" if direction == "INGRESS" else "destinationRanges"
    opens = {side: [cidr], "allows": [{"protocol": protocol, "ports": [str(port)]}]}
    at = {"network": UNKNOWN, "direction": direction, "priority": 100}
    return add("gcp", Res(FIREWALL, "wrong", {**at, **opens}, {"network": ["vpc"]}))


def azure_rule(direction: str, cidr: str, port: int, protocol: str) -> list[Res]:
    ends = ("source", "destination") if direction == "Inbound" else ("destination", "source")
    props = {
        "networkSecurityGroupName": UNKNOWN,
        "access": "Allow",
        "direction": direction,
        "priority": 150,
        "protocol": protocol.title(),
        f"{ends[0]}AddressPrefix": cidr,
        f"{ends[1]}AddressPrefix": "*",
        "sourcePortRange": "*",
        "destinationPortRange": str(port),
    }
    return add("azure", Res(RULE, "wrong", props, {"networkSecurityGroupName": ["nsg"]}))


def contained(**changes: Any) -> list[Res]:
    """The first container, changed."""
    base: Any = next(res for res in BASES["azure"] if res.name == "group-a").props["containers"][0]
    return change("azure", "group-a", containers=[{**base, **changes}])


def variable(name: str, value: str) -> list[Res]:
    return contained(environmentVariables=[{"name": name, "value": value}])


def without(cloud: str, name: str) -> list[Res]:
    return [res for res in BASES[cloud] if res.name != name]


def unprotected(cloud: str) -> list[Res]:
    return [replace(res, protect=False) if res.name == "ip" else res for res in BASES[cloud]]


def policy(**statement: Any) -> str:
    return json.dumps({"Statement": [{"Effect": "Allow", **statement}]})


def built(build: Any, *first: str, ports: Any = PORTS, protocols: Any = PROTOCOLS, cidrs: Any = CIDRS) -> Any:
    """Stacks with one firewall entry more."""
    return st.builds(lambda cidr, port, protocol: build(*first, cidr, port, protocol), cidrs, ports, protocols)


TCP = st.just("tcp")
SIZES = st.sampled_from(["x1.16xlarge", "m7i.4xlarge", "p5.48xlarge", "t2.nano", "u-6tb1.metal"])
ROLES = st.sampled_from(["roles/owner", "roles/editor", "roles/secretmanager.secretAccessor"])
MUTATIONS: dict[str, Any] = {
    "aws-ec2-egress": st.builds(
        lambda port, cidr: add("aws", replace(outbound("wrong", "tcp", port, port))), UNWANTED, PUBLIC
    ),
    "aws-ec2-encrypted-disks": FALSE.map(lambda value: change("aws", "host-a", rootBlockDevice={"encrypted": value})),
    "aws-ec2-exit-ips-kept": st.just(unprotected("aws")),
    "aws-ec2-imdsv2": st.sampled_from([{}, {"httpTokens": "optional", "httpPutResponseHopLimit": 1.0}]).map(
        lambda value: change("aws", "host-a", metadataOptions=value)
    ),
    "aws-ec2-no-ingress": built(aws_in),
    "aws-ec2-no-key-pair": WORDS.map(lambda key: change("aws", "host-a", keyName=key)),
    "aws-ec2-no-public-ip": st.just(change("aws", "host-a", associatePublicIpAddress=True)),
    "aws-ec2-size": SIZES.map(lambda size: change("aws", "host-a", instanceType=size)),
    "aws-ec2-static-exit": st.sampled_from([None, ""]).map(
        lambda none: change("aws", "nat", {"allocationId": []}, allocationId=none)
    ),
    "aws-iam-own-identity": st.sampled_from(["ssm:GetParameter", "ssm:getparameter"]).map(
        lambda action: change("aws", "opens-a", policy=policy(Action=action, Resource="*"))
    ),
    "azure-container-dns": WORDS.map(lambda _: change("azure", "vnet", dhcpOptions={"dnsServers": ["10.3.0.5"]})),
    "azure-container-size": st.floats(0, 0.99).map(
        lambda cpu: contained(resources={"requests": {"cpu": cpu, "memoryInGB": 2.0}})
    ),
    "azure-network-egress": built(azure_rule, "Outbound", ports=UNWANTED, protocols=TCP, cidrs=PUBLIC),
    "azure-network-exit-ips-kept": st.just(unprotected("azure")),
    "azure-network-no-ingress": built(azure_rule, "Inbound"),
    "azure-network-static-exit": st.sampled_from(["Dynamic", "dynamic", None]).map(
        lambda method: change("azure", "ip", publicIPAllocationMethod=method)
    ),
    "connector-failure-domains": st.just(change("aws", "subnet-b", availabilityZone="eu-central-1a")),
    "connector-interchangeable": WORDS.map(lambda word: change("aws", "opens-b", policy=policy(Action=f"ec2:{word}"))),
    "connector-labels": st.just(change("aws", "host-a", tags={"managed-by": "gatepost"})),
    "connector-locations": st.sampled_from(["China East 2", "chinanorth3"]).map(
        lambda place: [
            replace(res, props={**res.props, "location": place}) if res.type == t.CONTAINER_GROUP else res
            for res in BASES["azure"]
        ]
    ),
    "connector-pinned-image": st.sampled_from(["resolve:ssm:/aws/service/debian", "latest"]).map(
        lambda image: change("aws", "host-a", ami=image)
    ),
    "connector-reaches-resources": UNWANTED.map(
        lambda port: change(
            "aws", "dns", protocols={**DNS, "tcp": {"policy": "RESTRICTED", "ports": ["443", str(port)]}}
        )
    ),
    "connector-vendor-ports": st.sampled_from(["web", "relays", "udp"]).map(lambda name: without("gcp", name)),
    "gcp-compute-egress": built(gcp_rule, "EGRESS", ports=UNWANTED, protocols=TCP, cidrs=PUBLIC),
    "gcp-compute-exit-ips-kept": st.just(unprotected("gcp")),
    "gcp-compute-no-ingress": built(gcp_rule, "INGRESS"),
    "gcp-compute-no-project-keys": st.sampled_from(["FALSE", "", "0", None]).map(
        lambda value: change("gcp", "vm-a", metadata={"block-project-ssh-keys": value})
    ),
    "gcp-compute-no-public-ip": st.just(
        change("gcp", "vm-a", networkInterfaces=[{"subnetwork": UNKNOWN, "accessConfigs": [{}]}])
    ),
    "gcp-compute-shielded-vm": FALSE.map(
        lambda value: change("gcp", "vm-a", shieldedInstanceConfig={"enableSecureBoot": value})
    ),
    "gcp-compute-size": st.sampled_from(["n2-standard-32", "a3-megagpu-8g"]).map(
        lambda size: change("gcp", "vm-a", machineType=size)
    ),
    "gcp-compute-static-exit": st.sampled_from(["AUTO_ONLY", None]).map(
        lambda option: change("gcp", "nat", natIpAllocateOption=option)
    ),
    "gcp-iam-own-identity": st.just(add("gcp", grant(MEMBER, "wrong", "a", of="b"))),
    "twingate-api-token-not-in-text": WORDS.map(lambda text: variable("TWINGATE_API_TOKEN", text)),
    "twingate-tokens-no-keepers": WORDS.map(lambda key: change("aws", "tokens-a", keepers={key: "1"})),
    "twingate-tokens-not-in-text": st.text("abc.", min_size=1).map(
        lambda text: variable("TWINGATE_ACCESS_TOKEN", text)
    ),
    "twingate-tokens-one-host": st.just(change("aws", "host-b", {"userData": ["pair-a"]})),
    "twingate-two-connectors": st.just(
        add("aws", Res(t.REMOTE_NETWORK, "lonely", {"name": "lonely"}), *connector("c", "lonely"))
    ),
}
"""Per rule, stacks of which one place was changed from good to bad."""


@pytest.mark.parametrize("cloud", BASES)
def test_the_bases_pass(cloud):
    assert judged(BASES[cloud]) == {}


def test_every_rule_has_a_change():
    assert set(MUTATIONS) == set(RULES)


def examples(most):
    return settings(
        derandomize=True, database=None, max_examples=most, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )


@pytest.mark.parametrize("rule", MUTATIONS)
def test_one_change_is_always_caught_by_its_rule_alone(rule):
    @examples(5)
    @given(MUTATIONS[rule])
    def caught(stack):
        assert set(judged(stack)) == {rule}

    caught()


@pytest.mark.parametrize("rule", MUTATIONS)
def test_no_unknown_value_silences_a_rule(rule):
    @examples(1)
    @given(MUTATIONS[rule])
    def told(stack):
        assert silent(rule, stack, CONFIG.get(rule, {})) == []

    told()
