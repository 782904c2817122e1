"""The answers of a plan, one by one, from settings."""

import pytest
from cli.plan_data import ADOPTED, AWS, AZURE, GCP, ONPREM, settings
from components.test_fleet import KINDS, roll, waits
from recorder import Deployment

from gatepost.plan.allow_list import allow_list
from gatepost.plan.exits import WHY
from gatepost.plan.model import fleet_plan
from gatepost.plan.order import api_seconds
from gatepost.plan.prices import HOURS, TABLE
from gatepost.plan.warnings import area
from gatepost.regions import REGIONS
from gatepost.settings import SITES


def planned(sites, **more):
    (network,) = fleet_plan(settings(sites, **more)).networks
    return network


def only(site, **network):
    (found,) = planned({"main": site}, **network).sites
    return found


@pytest.mark.parametrize(
    ("site", "network", "path", "ips"),
    [
        (AWS, {}, "relay only", ["eu-central-1a (made)", "eu-central-1b (made)"]),
        ({**AWS, "exit": {"kind": "nat", "per": "site"}}, {}, "relay only", ["eu-central-1a (made)"]),
        (
            {**AWS, "exit": {"kind": "direct", "adopt": {"b": "eipalloc-0123abcd"}}},
            {},
            "direct possible",
            ["a (made)", "b: eipalloc-0123abcd"],
        ),
        (GCP, {}, "direct possible", ["a (made)"]),
        (AZURE, {}, "relay only", ["1 (made)", "2 (made)"]),
        (ADOPTED, {}, "not known", ["203.0.113.7 (listed)"]),
        (ONPREM, {}, "not known", []),
    ],
)
def test_exit_and_path(site, network, path, ips):
    found = only(site, **network).exit
    assert (found.clients, list(map(str, found.ips))) == (path, ips)


def test_an_address_says_where_it_comes_from():
    site = {**AWS, "exit": {"kind": "direct", "adopt": {"b": "eipalloc-0123abcd"}}}
    assert [(ip.key, ip.origin, ip.known) for ip in only(site).exit.ips] == [
        ("a", "made", None),
        ("b", "adopted", "eipalloc-0123abcd"),
    ]


def test_every_exit_that_gatepost_makes_says_why():
    assert set(WHY) == {(cloud, kind) for cloud in SITES if cloud != "onprem" for kind in SITES[cloud].own_exits}


def test_the_allow_list_of_a_site_with_everything():
    site = {**GCP, "dns": ["10.50.0.70"], "reach": [{"cidr": "10.50.0.0/24", "protocol": "tcp", "ports": [443, 5432]}]}
    found = only(site).allow
    assert [(rule.protocol, rule.ports, rule.where) for rule in found.rules] == [
        ("tcp", "443", "public addresses"),
        ("tcp", "30000-31000", "public addresses"),
        ("udp", "1-65535", "public addresses"),
        ("tcp", "53", "10.50.0.70/32"),
        ("udp", "53", "10.50.0.70/32"),
        ("tcp", "443", "10.50.0.0/24"),
        ("tcp", "5432", "10.50.0.0/24"),
    ]
    assert [name for name, _ in found.domains] == [
        "*.twingate.com",
        "h2.pubnubapi.com",
        "pubsub.pubnub.com",
        "ps.pndsn.com",
        "packages.twingate.com",
        "secretmanager.googleapis.com",
        "deb.debian.org",
    ]


@pytest.mark.parametrize(
    ("site", "network_type", "asked"),
    [
        (AWS, "REGULAR", {("tcp", "443"), ("tcp", "30000-31000"), ("udp", "1-65535"), ("tcp", "80")}),
        (AZURE, "REGULAR", {("tcp", "443"), ("tcp", "30000-31000"), ("udp", "1-65535")}),
        (ONPREM, "REGULAR", {("tcp", "443"), ("tcp", "30000-31000"), ("udp", "1-65535"), ("tcp", "80")}),
        (AWS, "EXIT", {("all", "all")}),
    ],
)
def test_the_vendors_rules_and_the_platforms(site, network_type, asked):
    model = SITES[site["cloud"]].model_validate(site)
    assert {(rule.protocol, rule.ports) for rule in allow_list(model, network_type).rules} == asked


@pytest.mark.parametrize(
    ("site", "network_type", "clients", "ports"),
    [
        (AWS, "REGULAR", 16384, "55,000 connections to each destination, by each NAT gateway"),
        (GCP, "REGULAR", 16384, "1,024 connections for each host, of 64,512 by each address"),
        (GCP, "EXIT", 16384, "8,192 connections for each host, of 64,512 by each address"),
        (AZURE, "REGULAR", 128, "64,512 connections by each address, 50,000 to each destination"),
        (ADOPTED, "REGULAR", 16384, "unknown: the network's own"),
        ({**AWS, "exit": {"kind": "direct"}}, "REGULAR", 16384, "no NAT"),
    ],
)
def test_capacity(site, network_type, clients, ports):
    found = {limit.what: limit for limit in only(site, type=network_type).capacity}
    assert list(found) == ["bandwidth", "memory", "CPU", "threads", "descriptors", "NAT ports"]
    assert (found["descriptors"].clients, found["NAT ports"].value) == (clients, ports)


def test_a_size_that_nobody_measured_is_unknown():
    found = {limit.what: limit.value for limit in only({**AWS, "size": "m7a.large"}).capacity}
    assert found["memory"] == "unknown"
    assert found["bandwidth"] == "unknown; a client behind a relay gets 200-250 Mbit/s at most"


@pytest.mark.parametrize(
    ("site", "source"), [(AWS, "practice, 2026-11"), (ONPREM, "none"), (AZURE, "practice, 2026-11")]
)
def test_what_is_unknown_has_no_source(site, source):
    """For Azure the bandwidth of clients behind a relay is known."""
    (bandwidth, *_) = only(site).capacity
    assert (bandwidth.what, bandwidth.source) == ("bandwidth", source)


@pytest.mark.parametrize("kinds", ["n", "nnn", "dd", "ndnd", "dn"])
def test_the_waves_are_those_of_the_components(deploy, kinds):
    seen = roll(deploy, Deployment(), pay=kinds)

    def wave(slot):
        return 1 + max(map(wave, waits(seen, slot)), default=0)

    site = {**AWS, "network": {"create": {"cidr": "", "zones": ["eu-central-1a"]}}}
    sites = {
        f"s{n}": {
            **site,
            "network": {"create": {**site["network"]["create"], "cidr": f"10.{n}.0.0/24"}},
            "exit": {"kind": KINDS[kind]},
        }
        for n, kind in enumerate(kinds)
    }
    turns = planned(sites).rollout.turns
    assert {f"pay-{turn.site}-{turn.slot}": turn.wave for turn in turns} == {
        f"pay-{site}-{slot}": wave(f"pay-{site}-{slot}") for site in sites for slot in "ab"
    }


def test_how_long_gates_may_take():
    plan = planned({"frankfurt": AWS, "hq": ONPREM, "iowa": GCP}, replicated=True, gate={"soak_seconds": 20})
    assert [(turn.site, turn.slot, turn.wave, turn.latest) for turn in plan.rollout.turns] == [
        ("frankfurt", "a", 1, 320),
        ("frankfurt", "b", 2, 640),
        ("iowa", "a", 2, 940),
        ("iowa", "b", 2, 940),
    ]
    assert (plan.rollout.at_most, plan.rollout.by_hand) == (940, ("hq/a", "hq/b"))
    assert planned({"frankfurt": AWS}, gate={"enabled": False}).rollout.at_most == 0


@pytest.mark.parametrize(("network_type", "at_most"), [("REGULAR", 1200), ("EXIT", 600)])
def test_an_address_that_moves_has_a_gate_before_and_after_but_in_an_exit_network(network_type, at_most):
    assert planned({"main": {**AWS, "exit": {"kind": "direct"}}}, type=network_type).rollout.at_most == at_most
    assert planned({"main": {**GCP, "exit": {"kind": "direct"}}}, type=network_type).rollout.at_most == 1200


@pytest.mark.parametrize(("incarnations", "seconds"), [(0, 0), (5, 0), (6, 60), (10, 60), (11, 120), (400, 79 * 60)])
def test_the_limit_of_twingates_api(incarnations, seconds):
    assert api_seconds(incarnations) == seconds


@pytest.mark.parametrize(
    ("site", "known", "unknown"),
    [
        (AWS, 98.99, ()),
        ({**AWS, "size": "t3a.small"}, 83.22, ("t3a.small",)),
        (GCP, 30.15, ()),
        (  # 40 hosts; Cloud NAT is paid for 32 of them at most
            {**GCP, "exit": {"addresses": ["a", "b"]}, "connectors": {f"s{n}": {} for n in range(40)}},
            529.10,
            (),
        ),
        (AZURE, 146.0, ()),
        ({**AZURE, "cpu": 2.0}, 73.0, ("container group of 2 CPU and 2 GB",)),
        (ADOPTED, 15.77, ()),
        (ONPREM, 0, ()),
    ],
)
def test_prices(site, known, unknown):
    found = only(site).costs
    assert (found.known, found.unknown) == (known, unknown)


def test_a_price_is_that_of_all_hours_and_hosts():
    (first, *_) = only(AWS).costs.lines
    (price,) = [row for row in TABLE if (row.item, row.region) == ("aws t3a.micro", "eu-central-1")]
    assert (first.item, first.month, first.source) == ("t3a.micro", round(2 * HOURS * price.hour, 2), price.source)


def test_every_region_is_in_a_part_of_the_world():
    assert {region for regions in REGIONS.values() for region in regions if area(region) is None} == set()


@pytest.mark.parametrize(
    ("region", "where"),
    [
        ("eu-central-1", "Europe"),
        ("uksouth", "Europe"),
        ("ukwest", "Europe"),
        ("eastus2", "North America"),
        ("mx-central-1", "North America"),
        ("me-central1", "the Middle East"),
        ("southeastasia", "Asia and the Pacific"),
        ("southafricanorth", "Africa"),
        ("brazilsouth", "South America"),
    ],
)
def test_parts_of_the_world(region, where):
    assert area(region) == where


@pytest.mark.parametrize(
    ("sites", "network", "told"),
    [
        ({"frankfurt": AWS, "iowa": GCP}, {}, ["Twingate takes the Connector nearest to the user"]),
        ({"frankfurt": AWS, "iowa": GCP}, {"replicated": True}, []),
        ({"frankfurt": AWS, "amsterdam": AZURE}, {}, []),
        (
            {"one": AWS, "two": {**AWS, "network": {"create": {**AWS["network"]["create"], "cidr": "10.44.0.0/22"}}}},
            {"replicated": True},
            ["The sites are said to be copies for geographic routing, but all are in eu-central-1"],
        ),
        ({"main": AWS}, {"type": "EXIT", "relay_only": "partners"}, ["Clients reach these exit nodes by relay only"]),
        ({"main": {**AWS, "connectors": {"a": {}, "b": {"zone": "eu-central-1a"}}}}, {}, ["All 2 Connectors (a, b)"]),
    ],
)
def test_warnings(sites, network, told):
    found = [warning.text for warning in fleet_plan(settings(sites, **network)).warnings]
    assert [text[: len(start)] for text, start in zip(found, told, strict=True)] == told


def test_sessions_ask_one_name_more():
    plain, more = ([name for name, _ in only({**AWS, "sessions": on}).allow.domains] for on in (False, True))
    assert [name for name in more if name not in plain] == ["ssmmessages.eu-central-1.amazonaws.com"]
