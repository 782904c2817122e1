"""What the settings accept, the components build: no mistake is left for them to find."""

import asyncio
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st
from recorder import Deployment, record
from stacks.settings_data import ADOPTED, KEY, OTHER, SITE, VPC, ZONE, networks_of, slots

from gatepost.fleet import Fleet, FleetArgs
from gatepost.settings import FleetSettings, parse


def built(fleet: FleetSettings, environment: str) -> Deployment:
    """The fleet as the components make it, in an event loop of its own."""
    args = FleetArgs(settings=fleet, environment=environment, tenant="acme")
    asyncio.set_event_loop(loop := asyncio.new_event_loop())
    try:
        answers = {"aws:ec2/getAmi:getAmi": lambda _: {"id": "ami-0123abcd"}, **networks_of(fleet)}
        return record(lambda: Fleet("fleet", args), preview=True, answers=answers)
    finally:
        loop.close()
        asyncio.set_event_loop(None)


def hosts(seen: Deployment) -> int:
    return len(seen.of("aws:ec2/instance:Instance"))


ZONES = [ZONE, OTHER, "eu-central-1c"]
CIDRS = ["10.0.0.0/8", "10.41.0.0/16", "172.16.0.0/12", "192.168.7.0/24", "100.64.0.1/32", "10.40.0.0/16"]
VIAS = ["tgw-0123abcd", "tgw-0123456789abcdef0", "pcx-0123abcd", "vgw-0123abcd", "eni-0123abcd"]
WRONG = {"cidr": ["10.40.0.0/24", "169.254.0.0/16", "10.0.0.0/255.0.0.0"], "via": ["vgw-4567abcd", "tgw-0123abcd4"]}
"""What the components refuse: were it accepted here, the build would fail."""


def some(good: list[Any], bad: Any = ()) -> st.SearchStrategy[Any]:
    """One of them, a bad one now and then."""
    return st.sampled_from([*good * 4, *bad])


def either(**optional: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=optional)


ROUTE = st.fixed_dictionaries({"cidr": some(CIDRS, WRONG["cidr"]), "via": some(VIAS, WRONG["via"])})
CREATED = st.fixed_dictionaries(
    {
        "cidr": some(["10.40.0.0/22", "10.40.0.0/24"], ["127.0.0.0/16", "10.40.0.0/255.255.252.0"]),
        "zones": st.permutations(ZONES).map(lambda zones: zones[:2]),
        "routes": st.lists(ROUTE, max_size=3, unique_by=lambda route: route["cidr"]),
        "acl": st.booleans(),
        "protect": st.booleans(),
        "replace": st.booleans(),
    },
)
SUBNETS = st.dictionaries(some(ZONES, ["eu-west-1a"]), some(["subnet-0123abcd", "subnet-4567abcd"]), max_size=2)
FIRST = st.fixed_dictionaries({ZONE: st.sampled_from(["subnet-89ab0123", "subnet-0123456789abcdef0"])})
ADDRESS = st.sampled_from(["eipalloc-0123abcd", "eipalloc-0123456789abcdef0"])
KEPT = {"protect": st.booleans(), "retain": st.booleans()}
NAT = either(per=st.sampled_from(["zone", "site"]), adopt=st.dictionaries(some(ZONES), ADDRESS, max_size=1), **KEPT)
DIRECT = either(adopt=st.dictionaries(some(["a", "b"], "c"), ADDRESS, max_size=2), **KEPT).map(
    {"kind": "direct"}.__or__
)


def given_network(used: str, other: str) -> st.SearchStrategy[Any]:
    return st.builds(
        lambda first, more, rest: {"adopt": {"vpc_id": VPC, used: more | first, other: rest}}, FIRST, SUBNETS, SUBNETS
    )


PLACES = st.one_of(
    st.fixed_dictionaries({"network": st.fixed_dictionaries({"create": CREATED}), "exit": NAT | DIRECT}),
    st.fixed_dictionaries({"network": given_network("public_subnets", "subnets"), "exit": DIRECT}),
    st.fixed_dictionaries({"network": given_network("subnets", "public_subnets"), "exit": st.just(ADOPTED["exit"])}),
)
REACH = st.fixed_dictionaries(
    {"cidr": st.sampled_from([*CIDRS[:4], "10.40.1.7", "10.40.0.0/22", "8.8.8.8", "0.0.0.0/0", "8.0.0.0/5"])},
    optional={"protocol": st.sampled_from(["tcp", "udp", "all"])},
)
MORE = either(
    dns=st.lists(some(["10.40.0.2", "9.9.9.9"], ["172.16.0.2"]), max_size=2, unique=True),
    reach=st.lists(REACH, max_size=2),
    strict=st.booleans(),
    image=st.just("ami-0123abcd"),
    volume_gib=st.sampled_from([8, 1024]),
    kms_key=some([KEY, None], [KEY.replace("central", "west")]),
    sessions=st.booleans(),
    termination_protection=st.booleans(),
    metrics_port=st.sampled_from([1024, 65535, None]),
)
CONNECTORS = st.sampled_from([slots("a"), slots("ab"), slots("abc", generation=9), slots("ab", zone=ZONE)])
KINDS = st.sampled_from(["REGULAR", "REGULAR", "REGULAR", "EXIT"])


@settings(
    derandomize=True,
    max_examples=20,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
@given(place=PLACES, more=MORE, connectors=CONNECTORS, kind=KINDS)
def test_what_is_accepted_can_be_built(place, more, connectors, kind):
    site = place | more | connectors
    network = {"type": kind, "sites": {"frankfurt": SITE | site}, "allow_single_connector": True, "reason": "a lab"}
    network |= {"relay_only": "a lab"} if kind == "EXIT" else {}
    fleet, lines = parse({"remote_networks": {"payments": network}}, environment="prod")
    assume(not lines)
    event(f"exit {fleet.remote_networks['payments'].sites['frankfurt'].exit.kind}")
    assert hosts(built(fleet, "prod")) == len(site["connectors"])


def direct(**more: Any) -> dict[str, Any]:
    return {"exit": {"kind": "direct", "protect": True, "retain": True}} | more


ROUTED = SITE["network"]["create"] | {
    "routes": [
        {"cidr": cidr, "via": f"{kind}-0123abcd"}
        for cidr, kind in zip(CIDRS, ["tgw", "vgw", "pcx", "eni"], strict=False)
    ]
}
"""Every kind of route."""
EXTREMES: dict[str, Any] = {
    "x" * 20: {"sites": {"y" * 16: {"connectors": {"z" * 8: {"generation": 999_999}, "b": {}}}}, "title": "t" * 255},
    "exit": {
        "type": "EXIT",
        "relay_only": "a lab",
        "sites": {"a": {"strict": True, "reach": [{"cidr": "8.8.8.8"}], "dns": ["9.9.9.9"]}},
    },
    "strict": {"sites": {"a": {"strict": True, "dns": [f"10.40.0.{n}" for n in range(2, 6)]}}},
    "site": {"sites": {"a": {"exit": {"per": "site", "retain": True}}, "b": {"size": "c7g.large"}}},
    "ports": {"sites": {"a": {"reach": [{"cidr": "0.0.0.0/0", "protocol": "udp", "ports": "1-65535"}]}}},
    "direct": {"sites": {"a": direct(), "b": direct(kms_key=KEY, sessions=True, metrics_port=65535)}},
    "d" + "x" * 19: {"type": "EXIT", "sites": {"y" * 16: direct(connectors={"z" * 8: {}, "b": {}})}},
    "routes": {"sites": {"a": {"network": {"create": ROUTED | {"acl": True, "replace": True}}, "volume_gib": 1024}}},
    "routed": {"sites": {"a": direct(network={"create": ROUTED | {"acl": True}}, termination_protection=True)}},
    "small": {
        "sites": {"a": {"network": {"create": SITE["network"]["create"] | {"cidr": "10.40.0.0/24"}}} | slots("abcdef")}
    },
}
"""The longest, the highest and the most that are accepted, as changes of a site."""


def test_extremes_can_be_built():
    site = SITE | {"image": "ami-0123abcd"}
    networks = {}
    for key, network in EXTREMES.items():
        sites = {name: site | change for name, change in network["sites"].items()}
        for number, one in enumerate(sites.values()):  # ranges of one Remote Network are apart
            create = one["network"]["create"]
            one["network"] = {"create": create | {"cidr": create["cidr"].replace("10.40.0", f"10.40.{4 * number}")}}
        networks[key] = network | {"sites": sites}
    data = {"tags": {f"t{n}": "v" * 256 for n in range(40)}, "remote_networks": networks}
    fleet, lines = parse(data, environment="e" * 20)
    assert lines == []
    assert hosts(built(fleet, "e" * 20)) == 28


@pytest.mark.parametrize("kind", ["nat", "direct"])
def test_each_setting_reaches_its_resource(kind):
    """One site with everything, so that no setting is read and then forgotten."""
    create = ROUTED | {"acl": True, "protect": True}
    site = SITE | {"network": {"create": create}, "exit": {"kind": kind, "protect": True, "retain": True}}
    site |= {"kms_key": KEY, "volume_gib": 17, "sessions": True, "termination_protection": True, "metrics_port": 9999}
    fleet, lines = parse({"remote_networks": {"payments": {"sites": {"x": site}}}}, environment="prod")
    assert lines == []
    seen = built(fleet, "prod")
    for host in seen.of("aws:ec2/instance:Instance").values():
        assert host["disableApiTermination"] is True
        assert host["rootBlockDevice"]["kmsKeyId"] == KEY
        assert host["rootBlockDevice"]["volumeSize"] == 17
        assert "TWINGATE_METRICS_PORT=9999" in host["userData"]
    assert {pair["keyId"] for pair in seen.of("aws:ssm/parameter:Parameter").values()} == {KEY}
    assert sorted(name for name in seen.of("aws:iam/rolePolicy:RolePolicy") if name.endswith("-sessions")) == [
        f"payments-x-{slot}-host-sessions" for slot in "ab"
    ]
    routes = {(r["destinationCidrBlock"], *sorted(set(r) & TARGETS)) for r in seen.of("aws:ec2/route:Route").values()}
    assert routes == {
        ("0.0.0.0/0", "gatewayId"),
        *([("0.0.0.0/0", "natGatewayId")] if kind == "nat" else []),
        ("10.0.0.0/8", "transitGatewayId"),
        ("10.41.0.0/16", "gatewayId"),
        ("172.16.0.0/12", "vpcPeeringConnectionId"),
        ("192.168.7.0/24", "networkInterfaceId"),
    }
    assert len(seen.of("aws:ec2/networkAclAssociation:NetworkAclAssociation")) == 2
    assert len(seen.of("aws:ec2/eipAssociation:EipAssociation")) == (2 if kind == "direct" else 0)
    assert seen.request("payments-x-network-vpc").protect is True
    addresses = [r for r in seen.requests if r.type == "aws:ec2/eip:Eip"]
    assert [(r.protect, r.retainOnDelete) for r in addresses] == [(True, True)] * 2


TARGETS = {"gatewayId", "natGatewayId", "transitGatewayId", "vpcPeeringConnectionId", "networkInterfaceId"}
