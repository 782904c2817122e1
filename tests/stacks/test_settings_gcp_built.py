"""What the settings accept on Google Cloud, the components build, and each setting reaches its resource."""

import asyncio
import re
from typing import Any

import pytest
import recorder
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st
from recorder import Deployment, record
from stacks import settings_data as aws
from stacks.settings_data import networks_of, slots
from stacks.settings_gcp_data import ADDRESS, ADOPTED, IMAGE, KEY, PLACE, SITE, SUBNET, TUNNEL, VPC, A, B

from gatepost.fleet import Fleet, FleetArgs
from gatepost.labels import AUTONAME_LENGTH
from gatepost.settings import parse

INSTANCE = "gcp:compute/instance:Instance"
NAT = "gcp:compute/routerNat:RouterNat"
ADDRESSES = "gcp:compute/address:Address"
SECRET = "gcp:secretmanager/secret:Secret"
NEWEST = "https://www.googleapis.com/compute/v1/projects/debian-cloud/global/images/debian-12-bookworm-v1"


def built(networks: dict[str, Any], environment: str = "prod") -> Deployment:
    """The fleet as the components make it, in an event loop of its own."""
    fleet, lines = parse({"remote_networks": networks}, environment=environment)
    assert lines == []
    args = FleetArgs(settings=fleet, environment=environment, tenant="acme")
    asyncio.set_event_loop(loop := asyncio.new_event_loop())
    try:
        answers = {
            "aws:ec2/getAmi:getAmi": lambda _: {"id": "ami-0123abcd"},
            "gcp:compute/getImage:getImage": lambda _: {"selfLink": NEWEST},
            **networks_of(fleet),
        }
        return record(lambda: Fleet("fleet", args), preview=True, answers=answers)
    finally:
        loop.close()
        asyncio.set_event_loop(None)


def one(site: dict[str, Any], **network: Any) -> dict[str, Any]:
    return {"payments": {"sites": {"x": site}} | network}


def some(good: list[Any], *bad: Any) -> st.SearchStrategy[Any]:
    """One of them, a bad one now and then."""
    return st.sampled_from([*good * 8, *bad])


def either(**optional: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=optional)


ROUTE = st.fixed_dictionaries(
    {
        "cidr": some(["10.0.0.0/8", "172.16.0.0/12", "100.64.0.1/32", "10.50.0.0/16"], "10.50.0.0/25", "10.0.0.1/8"),
        "via": some(
            [
                TUNNEL,
                f"{PLACE}/forwardingRules/x",
                "https://www.googleapis.com/compute/v1/projects/p/zones/z/instances/i",
            ],
            f"{PLACE}/vpnGateways/x",
        ),
    }
)
CREATED = st.fixed_dictionaries(
    {
        "cidr": some(["10.50.0.0/24", "10.50.0.0/28", "192.168.0.0/16"], "10.50.0.0/29", "10.50.0.0/255.255.255.0"),
        "zones": some([[A, B], [B, A]], [A, "europe-west4-a"]),
        "routes": st.lists(ROUTE, max_size=2),
        "flow_logs": st.booleans(),
        "replace": st.booleans(),
    }
)
GIVEN = some([ADDRESS, "exit", "x" * 63], "x" * 64, ADDRESS.replace("west3", "west4"), "Exit")
KEPT = {"protect": st.booleans(), "retain": st.booleans()}
NATS = either(
    addresses=some([["a"], ["b", "a"], [A]], ["a", "a"]),
    adopt=st.dictionaries(some(["a"], "c"), GIVEN, max_size=1),
    min_ports_per_vm=some([64, 4096, None], 0, 40_000),
    **KEPT,
)
DIRECT = either(adopt=st.dictionaries(some(["a", "b"], "z"), GIVEN, max_size=2), **KEPT).map({"kind": "direct"}.__or__)
LINKS = st.fixed_dictionaries({A: some([SUBNET, f"https://www.googleapis.com/compute/v1/{SUBNET}"], "connectors")})
MORE_LINKS = st.dictionaries(some([A, B], "europe-west4-a"), some([SUBNET], SUBNET.replace("west3", "west4")))


def given_network(used: str, other: str) -> st.SearchStrategy[Any]:
    return st.builds(
        lambda vpc, first, rest: {"adopt": {"vpc_id": vpc, used: first, other: rest}},
        some([VPC], "shared"),
        LINKS,
        MORE_LINKS,
    )


PLACES = st.one_of(
    st.fixed_dictionaries({"network": st.fixed_dictionaries({"create": CREATED}), "exit": NATS | DIRECT}),
    st.fixed_dictionaries({"network": given_network("public_subnets", "subnets"), "exit": DIRECT}),
    st.fixed_dictionaries({"network": given_network("subnets", "public_subnets"), "exit": st.just(ADOPTED["exit"])}),
)
MORE = either(
    dns=st.lists(some(["10.50.0.2", "9.9.9.9"], "172.16.0.2"), max_size=2, unique=True),
    reach=st.lists(
        st.fixed_dictionaries({"cidr": some(["10.50.0.7", "8.8.8.8", "0.0.0.0/0"], "10.0.0.0")}), max_size=2
    ),
    project=some(["acme-prod", None]),
    image=some([IMAGE, None], "debian-12"),
    size=some(["e2-small", "n2-custom-4-8192"], "t2a-standard-1"),
    volume_gib=some([10, 1024], 9),
    kms_key=some([KEY, None], KEY.replace("west3", "west4")),
    regional_pair=st.booleans(),
    version=some(["1.80.0", None], "latest"),
    upgrade_hour=some([0, 23], 24),
)
CONNECTORS = some([slots("a"), slots("abcd"), slots("ab", zone=A)])


@settings(
    derandomize=True,
    max_examples=15,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
@given(place=PLACES, more=MORE, connectors=CONNECTORS, kind=some(["REGULAR", "REGULAR", "EXIT"]))
def test_what_is_accepted_on_google_cloud_can_be_built(place, more, connectors, kind):
    site = SITE | place | more | connectors
    networks = one(site, type=kind, allow_single_connector=True, reason="a lab")
    assume(not parse({"remote_networks": networks}, environment="prod")[1])
    event(f"exit {site['exit'].get('kind', 'nat')}")
    assert len(built(networks).of(INSTANCE)) == len(connectors["connectors"])


def test_the_longest_keys_that_are_accepted_make_names_that_google_takes():
    site = SITE | {"dns": ["10.50.0.2"], "connectors": {"z" * 8: {}, "y" * 8: {}}}
    site |= {"network": {"create": SITE["network"]["create"] | {"routes": [{"cidr": "10.128.0.0/9", "via": TUNNEL}]}}}
    nat = site | {"exit": {"addresses": ["z" * 32, "a"]}}
    direct = nat | {"exit": {"kind": "direct"}, "dns": ["9.9.9.9"]}
    direct |= {"network": {"create": SITE["network"]["create"] | {"cidr": "10.51.0.0/24"}}}
    seen = built({"n" * 20: {"sites": {"s" * 16: nat, "d" * 16: direct}}}, environment="e" * 20)
    names = {r.type: len(r.name) for r in sorted(seen.requests, key=lambda r: len(r.name)) if r.type.startswith("gcp:")}
    account = names.pop("gcp:serviceaccount/account:Account")
    assert account + AUTONAME_LENGTH <= 30
    assert names.keys() >= {INSTANCE, NAT, "gcp:compute/firewall:Firewall", "gcp:compute/route:Route"}
    assert [kind for kind, length in names.items() if length + AUTONAME_LENGTH > 63] == []
    assert {len(tag) for host in seen.of(INSTANCE).values() for tag in host["tags"]} <= set(range(64))


def test_thirty_one_connectors_share_one_address():
    seen = built(one(SITE | {"connectors": {f"c{n}": {} for n in range(31)}}))
    assert len(seen.of(INSTANCE)) == 31
    assert seen.only(NAT)["minPortsPerVm"] == 1024


@pytest.mark.parametrize("kind", ["nat", "direct"])
def test_each_setting_reaches_its_resource_on_google_cloud(kind, monkeypatch):
    """One site with everything, so that no setting is read and then forgotten."""
    monkeypatch.setitem(recorder.COMPUTED, SECRET, lambda name: {"name": f"projects/acme-prod/secrets/{name}"})
    vias = [TUNNEL, f"{PLACE}/forwardingRules/lb", "projects/acme/zones/europe-west3-a/instances/fw"]
    routes = [{"cidr": f"10.{60 + n}.0.0/16", "via": via} for n, via in enumerate(vias)]
    create = {"cidr": "10.50.0.0/23", "zones": [A, B], "routes": routes, "flow_logs": True, "protect": True}
    exit_ = {"kind": kind, "protect": True, "retain": True, "adopt": {"b": "partners"}}
    exit_ |= {"addresses": ["a", "b", "c"], "min_ports_per_vm": 2048} if kind == "nat" else {}
    site = SITE | {"network": {"create": create}, "exit": exit_, "dns": ["10.60.0.2"], "project": "acme-prod"}
    site |= {"image": IMAGE, "size": "n2-standard-2", "volume_gib": 17, "regional_pair": True}
    site |= {"kms_key": KEY} if kind == "nat" else {}
    site |= {"version": "1.80.0", "upgrade_hour": 22, "log_level": "info", "metrics_port": 9999}
    seen = built(one(site))
    hosts = seen.of(INSTANCE)
    assert {name: (host["zone"], host["machineType"], host["project"]) for name, host in hosts.items()} == {
        "payments-x-a-host-instance": (A, "n2-standard-2", "acme-prod"),
        "payments-x-b-host-instance": (B, "n2-standard-2", "acme-prod"),
    }
    for host in hosts.values():
        disk = host["bootDisk"]
        assert (disk.get("kmsKeySelfLink"), disk["initializeParams"]["size"]) == (site.get("kms_key"), 17)
        assert disk["initializeParams"]["image"] == IMAGE
        for text in ("twingate-connector=1.80.0", "TWINGATE_LOG_LEVEL=5", "TWINGATE_METRICS_PORT=9999"):
            assert text in host["metadataStartupScript"]
    hours = [re.findall(r"OnCalendar=.* (\d+):00 UTC", host["metadataStartupScript"]) for host in hosts.values()]
    assert sorted(hours) == [["22"], ["23"]]
    replicas = [secret["replication"]["userManaged"]["replicas"][0] for secret in seen.of(SECRET).values()]
    keys = [replica.get("customerManagedEncryption", {}).get("kmsKeyName") for replica in replicas]
    assert [replica["location"] for replica in replicas] == ["europe-west3"] * 2
    assert keys == [site.get("kms_key")] * 2
    subnet = seen.only("gcp:compute/subnetwork:Subnetwork")
    assert (subnet["region"], subnet["logConfig"]["flowSampling"]) == ("europe-west3", 0.1)
    targets = [
        (route["destRange"], *sorted(key for key in route if key.startswith("nextHop")))
        for route in seen.of("gcp:compute/route:Route").values()
    ]
    assert sorted(targets) == [
        ("10.60.0.0/16", "nextHopVpnTunnel"),
        ("10.61.0.0/16", "nextHopIlb"),
        ("10.62.0.0/16", "nextHopInstance"),
    ]
    (server,) = seen.only("gcp:dns/policy:Policy")["alternativeNameServerConfig"]["targetNameServers"]
    assert (server["ipv4Address"], server["forwardingPath"]) == ("10.60.0.2", "private")
    assert seen.request("payments-x-network-vpc").protect is True
    assert [nat["minPortsPerVm"] for nat in seen.of(NAT).values()] == ([2048] if kind == "nat" else [])
    addresses = [r for r in seen.requests if r.type == ADDRESSES]
    assert sorted((r.name, r.protect, r.retainOnDelete) for r in addresses) == [
        (f"payments-x-exits-ip-{key}", True, True) for key in ("ac" if kind == "nat" else "a")
    ]
    assert (ADDRESSES, "payments-x-exits-adopted-b") in seen.inputs


def test_hosts_in_a_network_of_another_project_are_made_in_their_own():
    seen = built(one(ADOPTED | {"project": "acme-connectors"}))
    hosts = seen.of(INSTANCE).values()
    assert {(host["project"], host["networkInterfaces"][0]["subnetwork"]) for host in hosts} == {
        ("acme-connectors", SUBNET)
    }
    assert {rule["network"] for rule in seen.of("gcp:compute/firewall:Firewall").values()} == {VPC}
    assert [kind for kind in ("network:Network", "address:Address") if seen.of(f"gcp:compute/{kind}")] == []


def test_a_remote_network_on_two_clouds():
    seen = built({"payments": {"sites": {"frankfurt": aws.SITE, "iowa": SITE}}})
    assert sorted(seen.of("aws:ec2/instance:Instance")) == [f"payments-frankfurt-{slot}-host-instance" for slot in "ab"]
    assert sorted(seen.of(INSTANCE)) == [f"payments-iowa-{slot}-host-instance" for slot in "ab"]
    assert seen.only("twingate:index/twingateRemoteNetwork:TwingateRemoteNetwork")["location"] == "OTHER"
