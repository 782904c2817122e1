"""What each mistake in `gatepost:fleet` and `gatepost:gate` reads like."""

import copy
import subprocess
import sys
from dataclasses import fields
from typing import Any, get_args

import pytest

from gatepost import connector, egress, rule
from gatepost.explain import LONGEST, line, masked, path, shown
from gatepost.rollout import GateArgs
from gatepost.settings import FleetSettings, GateSettings, RemoteNetworkSettings, SiteSettings, parse, parse_gate
from gatepost.twingate import LOCATIONS

SITE: dict[str, Any] = {
    "cloud": "aws",
    "region": "eu-central-1",
    "network": {"create": {"cidr": "10.40.0.0/22", "zones": ["eu-central-1a", "eu-central-1b"]}},
    "connectors": {"a": {"zone": "eu-central-1a"}, "b": {"zone": "eu-central-1b"}},
}
ADOPTED: dict[str, Any] = SITE | {
    "network": {"adopt": {"vpc_id": "vpc-0123abcd", "subnets": {"eu-central-1a": "subnet-0123abcd"}}},
    "exit": {"kind": "adopt", "addresses": ["203.0.113.7"]},
    "connectors": {"a": {}, "b": {}},
}
RN = "gatepost:fleet.remote_networks.payments"
AT = f"{RN}.sites.frankfurt"
ID = "UmVtb3RlTmV0d29yazoxMjM="
NEEDED = "This setting is needed and missing."
QUOTES = "In YAML, write it in quotes."
BLOCK = "is not an IPv4 block like 10.40.0.0/22 that starts at its first address."
ONE = (
    "There is one Connector; a Remote Network needs at least two, so that users keep access when a host fails. "
    "Add one under connectors, or set allow_single_connector: true and a reason."
)


def lines_of(networks, **more):
    settings, lines = parse({"remote_networks": networks, **more}, environment="prod")
    assert bool(lines) == (settings.remote_networks == {})
    return lines


def of_site(site):
    return lines_of({"payments": {"sites": {"frankfurt": site}}})


def of_network(**more):
    return lines_of({"payments": {"sites": {"frankfurt": SITE}} | more})


SITES = [
    ({"cloud": "gcp"}, ["cloud: Found 'gcp'. Allowed: aws."]),
    ({"region": 5}, [f"region: Found 5. Allowed: text, such as eu-central-1. {QUOTES}"]),
    (
        {"region": "eu-west-1"},
        [
            "region: The zone 'eu-central-1a' is in the region 'eu-central-1', but the site is in "
            "'eu-west-1'. Change one.",
            "region: The zone 'eu-central-1b' is in the region 'eu-central-1', but the site is in "
            "'eu-west-1'. Change one.",
        ],
    ),
    (
        {"network": None},
        ["network: Found nothing. Allowed: a map of the settings create, adopt."],
    ),
    (
        {"network": {}},
        ["network: Found neither of create and adopt. Allowed: exactly one, such as create: {cidr: ..., zones: ...}."],
    ),
    (
        {"network": SITE["network"] | ADOPTED["network"]},
        ["network: Found both of create and adopt. Allowed: exactly one, such as create: {cidr: ..., zones: ...}."],
    ),
    (
        {"network": {"create": {"cidr": "10.40.0.1/22", "zones": ["eu-central-1a", "1"]}}},
        [
            f"network.create.cidr: The network '10.40.0.1/22' {BLOCK}",
            "network.create.zones[1]: '1' is not the name of a zone on aws. A zone looks like 'eu-central-1a'.",
        ],
    ),
    (
        {"network": {"create": {"cidr": "10.40.0.0/22", "zones": ["eu-central-1a"] * 2}}},
        ["network.create.zones: The zone 'eu-central-1a' is listed twice. Remove one."],
    ),
    (
        {"network": {"adopt": {"vpc_id": "vpc-1", "subnets": {}}}},
        [
            "network.adopt.vpc_id: Found 'vpc-1'. Allowed: a VPC id such as vpc-0123abcd.",
            "network.adopt.subnets: Found an empty map. Allowed: at least one entry, such as "
            "{eu-central-1a: subnet-0123abcd}.",
        ],
    ),
    (
        {"network": {"adopt": {"vpc_id": "vpc-0123abcd", "subnets": {"a": "subnet-x"}}}},
        [
            "network.adopt.subnets.a: 'a' is not the name of a zone on aws. A zone looks like 'eu-central-1a'.",
            "network.adopt.subnets.a: Found 'subnet-x'. Allowed: a subnet id such as subnet-0123abcd.",
        ],
    ),
    (
        {
            "network": {
                "adopt": {
                    "vpc_id": "vpc-0123abcd",
                    "subnets": {"eu-central-1a": "subnet-0123abcd", "eu-central-1b": "subnet-0123abcd"},
                }
            }
        },
        [
            "network.adopt.subnets.eu-central-1b: The subnet subnet-0123abcd is already the one of "
            "eu-central-1a, and a "
            "subnet is in one zone only. Change one."
        ],
    ),
    (
        {"exit": "nat"},
        ["exit: Found 'nat'. Allowed: a map of the settings kind, per, adopt, protect, retain; {} takes the defaults."],
    ),
    (
        {"network": {"create": {"cidr": "10.40.0.0/22", "zones": [f"eu-central-1-{'x' * 19}a"]}}},
        [
            f"network.create.zones[0]: The zone key 'eu-central-1-{'x' * 19}a' has 33 characters. Allowed: 1 to 32 "
            "lower-case letters, digits and inner hyphens, the first one a lower-case letter or a digit. "
            "Keys become part of names in every cloud."
        ],
    ),
    ({"exit": {"kind": "natt"}}, ["exit.kind: Found 'natt'. Allowed: nat, adopt. Did you mean 'nat'?"]),
    ({"exit": {"kind": ["nat"]}}, ["exit.kind: Found a list. Allowed: nat, adopt."]),
    ({"exit": {"per": "zones"}}, ["exit.per: Found 'zones'. Allowed: zone, site. Did you mean 'zone'?"]),
    ({"exit": {"protect": "yes"}}, ["exit.protect: Found 'yes'. Allowed: true or false."]),
    (
        {"exit": {"adopt": {"eu-central-1c": "eipalloc-0123abcd"}}},
        [
            "exit.adopt.eu-central-1c: The zone 'eu-central-1c' is no zone of the network. "
            "Allowed: eu-central-1a, eu-central-1b."
        ],
    ),
    (
        {"exit": {"per": "site", "adopt": {"eu-central-1b": "eipalloc-0123abcd"}}},
        [
            "exit.adopt.eu-central-1b: The zone 'eu-central-1b' is not where the only NAT gateway stands. "
            "Allowed: eu-central-1a, or set per: zone."
        ],
    ),
    (
        {"exit": {"adopt": {"eu-central-1a": "eip-1"}}},
        ["exit.adopt.eu-central-1a: Found 'eip-1'. Allowed: an allocation id such as eipalloc-0123abcd."],
    ),
    (
        {"exit": {"kind": "adopt", "addresses": ["203.0.113.7"]}},
        ["exit.kind: A network to create needs exit kind nat; kind adopt is for networks that exist."],
    ),
    ({"exit": {"kind": "adopt"}}, [f"exit.addresses: {NEEDED} Write for example addresses: [203.0.113.7]"]),
    (
        {"exit": {"kind": "adopt", "addresses": ["10.0.0.1", "300.0.0.1", 5], "adopt": {}}},
        [
            "exit.addresses[0]: Found '10.0.0.1'. Allowed: a public IPv4 address such as 203.0.113.7.",
            "exit.addresses[1]: Found '300.0.0.1'. Allowed: a public IPv4 address such as 203.0.113.7.",
            f"exit.addresses[2]: Found 5. Allowed: text. {QUOTES}",
            "exit.adopt: There is no such setting. Allowed here: kind, addresses.",
        ],
    ),
    ({"dns": "10.40.0.2"}, ["dns: Found '10.40.0.2'. Allowed: a list, such as [10.40.0.2]."]),
    ({"dns": ["10.40.0"]}, ["dns: The DNS server '10.40.0' is not an IPv4 address like 10.0.0.2."]),
    (
        {"dns": ["127.0.0.1"]},
        ["dns: The DNS server '127.0.0.1' is not the IPv4 address of a server, such as '10.40.0.2'."],
    ),
    (
        {"dns": [f"10.40.0.{n}" for n in range(2, 7)]},
        ["dns: Found 5 servers. Allowed: one to 4 in a network to create."],
    ),
    ({"reach": {"cidr": "10.0.0.0/8"}}, ["reach: Found a map. Allowed: a list, such as [{cidr: 10.0.0.0/8}]."]),
    (
        {"reach": ["10.0.0.0/8", {"ports": 22, "protocol": "ssh"}]},
        [
            "reach[0]: Found '10.0.0.0/8'. Allowed: a map of the settings cidr, protocol, ports.",
            f"reach[1].cidr: {NEEDED} Write for example cidr: 10.0.0.0/8",
            "reach[1].protocol: Found 'ssh'. Allowed: tcp, udp, icmp, all.",
        ],
    ),
    (
        {"reach": [{"cidr": "10.0.0.0/8", "protocol": "tcp", "ports": [True, 65536, "9-8", 443.5, 10**5000]}]},
        [
            f"reach[0].ports: Found {odd}. Allowed: 1-65535, a rising range like '8000-8100', or a list of both."
            for odd in ("true", "65536", "443.5", "a very large number")
        ],
    ),
    (
        {"reach": [{"cidr": "10.0.0.0/8", "protocol": "tcp", "ports": "9-8"}]},
        [
            "reach[0].ports: The port '9-8' is not allowed. Write 1-65535, a rising range like 8000-8100, or a list of "
            "both."
        ],
    ),
    (
        {"reach": [{"cidr": "10.0.0.0/8", "ports": []}]},
        ["reach[0].ports: Found an empty list. Allowed: 1-65535, a rising range like '8000-8100', or a list of both."],
    ),
    (
        {"reach": [{"cidr": "10.0.0.0/8", "ports": 22}]},
        ["reach[0].ports: The reach 10.0.0.0/8 has ports but protocol 'all'. Set protocol tcp or udp."],
    ),
    (
        {"reach": [{"cidr": "8.8.8.8", "protocol": "icmp"}]},
        ["reach[0].protocol: The reach 8.8.8.8 asks for icmp, which NAT drops on its way to public addresses."],
    ),
    (
        {"reach": [{"cidr": f"198.51.{n}.0/24"} for n in range(57)]},
        [
            "reach: The site needs 61 egress rules, but a firewall on aws holds 60. Join reaches into "
            "larger blocks, turn "
            "strict off, or have the quota raised."
        ],
    ),
    ({"strict": 1}, ["strict: Found 1. Allowed: true or false."]),
    ({"image": "ubuntu"}, ["image: The image must be an AMI id such as ami-0123456789abcdef0, got 'ubuntu'."]),
    ({"size": "micro"}, ["size: The size must be an instance type such as t3a.micro, got 'micro'."]),
    (
        {"size": "t4g.micro"},
        [
            "size: The size 't4g.micro' is ARM, and Twingate publishes its AMI for amd64 only. Use an "
            "amd64 size such as "
            "t3a.micro, or give an image of your own."
        ],
    ),
    ({"log_level": "warning"}, ["log_level: Found 'warning'. Allowed: error, warn, info, debug. Did you mean 'warn'?"]),
    ({"connectors": {}}, ["connectors: Found an empty map. Allowed: at least one entry, such as {a: {}, b: {}}."]),
    ({"connectors": ["a", "b"]}, ["connectors: Found a list. Allowed: a map, such as {a: {}, b: {}}."]),
    (
        {
            "connectors": {
                1: {},
                "a": None,
                "b": {"generation": 0},
                "c": {"generation": 10**6},
                "d": {"generation": 1.5},
                "e": {"zone": 10**5000},
            }
        },
        [
            f"connectors[1]: Found 1. Allowed: text. {QUOTES}",
            "connectors.a: Found nothing. Allowed: a map of the settings zone, generation; {} takes the defaults.",
            "connectors.b.generation: Found 0. Allowed: a number from 1 upwards.",
            "connectors.c.generation: Found 1000000. Allowed: a number up to 999999.",
            "connectors.d.generation: Found 1.5. Allowed: a whole number.",
            f"connectors.e.zone: Found a very large number. Allowed: text. {QUOTES}",
        ],
    ),
    (
        {"connectors": {"a": {"zone": "eu-central-1"}, "b": {}}},
        [
            "connectors.a.zone: Slot 'a' names the zone 'eu-central-1'. Allowed: eu-central-1a, eu-central-1b. "
            "Did you mean 'eu-central-1b'?"
        ],
    ),
    ({5: 5}, [f"[5]: Found 5. Allowed: text as the name of a setting. {QUOTES}"]),
    (
        {"regoin": "x"},
        [
            "regoin: There is no such setting. Allowed here: cloud, region, network, exit, dns, reach, "
            "strict, image, size, "
            "log_level, connectors. Did you mean 'region'?"
        ],
    ),
]


@pytest.mark.parametrize(("change", "expected"), SITES)
def test_a_site(change, expected):
    assert of_site(SITE | change) == [AT + (text if text.startswith("[") else f".{text}") for text in expected]


def test_good_sites_have_no_problem():
    assert of_site(SITE) == []
    assert of_site(ADOPTED) == []
    assert of_site(SITE | {"size": "t4g.micro", "image": "ami-0123abcd"}) == []
    assert of_site(SITE | {"dns": ["10.40.0.2"] + [f"10.40.1.{n}" for n in range(3)]}) == []
    assert of_site(ADOPTED | {"dns": [f"10.40.0.{n}" for n in range(2, 8)]}) == []
    every = {"eu-central-1a": "eipalloc-0123abcd", "eu-central-1b": "eipalloc-4567abcd"}
    assert of_site(SITE | {"exit": {"adopt": every}}) == []


def test_an_adopted_network_has_its_own_exit():
    told = (
        "An adopted network has its own way out. Set exit: {kind: adopt, addresses: [...]} with the static addresses "
        "that its traffic leaves from."
    )
    assert of_site(ADOPTED | {"exit": {"kind": "nat"}}) == [f"{AT}.exit: {told}"]
    assert of_site({key: value for key, value in ADOPTED.items() if key != "exit"}) == [f"{AT}.exit: {told}"]


def test_missing_settings_of_a_site_come_with_examples():
    assert of_site({}) == [
        f"{AT}.cloud: {NEEDED} Write for example cloud: aws",
        f"{AT}.region: {NEEDED} Write for example region: eu-central-1",
        f"{AT}.network: {NEEDED} Write for example network: "
        "{create: {cidr: 10.40.0.0/22, zones: [eu-central-1a, eu-central-1b]}}",
        f"{AT}.connectors: {NEEDED} Write for example connectors: {{a: {{}}, b: {{}}}}",
    ]


NETWORKS = [
    ({"title": " x"}, "title: The name ' x' (2 characters) cannot be used for twingate remote network: 1 "
    "to 255 characters "
     r"that match \S(.*\S)? are allowed (https://github.com/Twingate/pulumi-twingate)."),
    ({"location": "aws"}, "location: Found 'aws'. Allowed: AWS, AZURE, GOOGLE_CLOUD, ON_PREMISE, OTHER. "
    "Did you mean 'AWS'?"),
    ({"type": None}, "type: Found nothing. Allowed: REGULAR, EXIT."),
    ({"adopt": "payments"}, f"adopt: Found 'payments'. Allowed: the id of a Remote Network such as {ID}."),
    ({"adopt": ID, "title": "x"}, "title: An adopted Remote Network keeps its own title. Remove this line, or adopt."),
    ({"adopt": ID, "location": "AWS"}, "location: An adopted Remote Network keeps its own location. "
    "Remove this line, or adopt."),
    ({"reason": 5}, f"reason: Found 5. Allowed: text. {QUOTES}"),
    ({"sites": {}}, "sites: Found an empty map. Allowed: at least one entry."),
]  # fmt: skip


@pytest.mark.parametrize(("change", "expected"), NETWORKS)
def test_a_remote_network(change, expected):
    assert of_network(**change) == [f"{RN}.{expected}"]


def test_one_connector_needs_a_reason():
    single = {"sites": {"frankfurt": SITE | {"connectors": {"a": {}}}}}
    assert of_network(**single) == [f"{RN}: {ONE}"]
    assert of_network(**single, allow_single_connector=True) == [f"{RN}: {ONE}"]
    assert of_network(**single, reason="a lab") == [f"{RN}: {ONE}"]
    assert of_network(**single, allow_single_connector=True, reason="a lab") == []
    assert of_network(sites=single["sites"] | {"iowa": SITE | {"connectors": {"a": {}}}}) == []


def test_one_connector_is_told_beside_other_problems_but_not_when_the_number_is_unknown():
    alone = {"connectors": {"a": {"generation": 0}}}
    assert of_site(SITE | alone) == [
        f"{AT}.connectors.a.generation: Found 0. Allowed: a number from 1 upwards.",
        f"{RN}: {ONE}",
    ]
    told = f"{RN}.sites.iowa: Found nothing. Allowed: a map of the settings {', '.join(SiteSettings.model_fields)}."
    assert of_network(sites={"frankfurt": SITE | {"connectors": {"a": {}}}, "iowa": None}) == [told]


def test_an_exit_network_reaches_nothing_private():
    site = SITE | {"reach": [{"cidr": "8.8.8.8"}, {"cidr": "10.0.0.0/8"}], "dns": ["10.40.0.2", "9.9.9.9"]}
    told = "An EXIT network dials no private address."
    assert of_network(type="EXIT", sites={"frankfurt": site}) == [
        f"{AT}.reach[1]: {told} The reach 10.0.0.0/8 holds private ones. Put it into a REGULAR network.",
        f"{AT}.dns: {told} The DNS server 10.40.0.2 is private. Leave it out to use the cloud's own resolver.",
    ]
    assert of_network(type="REGULAR", sites={"frankfurt": site}) == []


def test_titles_are_unique_given_or_not():
    def two(one, other):
        return lines_of({"payments": {"sites": {"x": SITE}} | one, "core": {"sites": {"x": SITE}} | other})

    def told(title):
        return (
            f"gatepost:fleet.remote_networks.core.title: The title would be {title!r}, like that of "
            "remote_networks.payments, and titles are unique in Twingate. Give one of them another title."
        )

    assert two({"title": "Pay"}, {"title": "Pay"}) == [told("Pay")]
    assert two({"title": "core-prod"}, {}) == [told("core-prod")]
    assert two({}, {"title": "payments-prod"}) == [told("payments-prod")]
    assert two({"title": "core-prod"}, {"typ": 1})[1:] == [told("core-prod")]
    assert two({"title": "core-dev"}, {}) == []
    assert two({"title": "Pay"}, {"title": "pay"}) == []
    assert two({"title": "core-prod"}, {"adopt": ID}) == []
    assert two({"adopt": ID}, {"title": "payments-prod"}) == []


def test_an_address_serves_one_nat_gateway_in_the_whole_fleet_and_a_subnet_many_sites():
    site = SITE | {"exit": {"adopt": {"eu-central-1b": "eipalloc-0123abcd"}}}
    assert lines_of({"payments": {"sites": {"x": site}}, "core": {"sites": {"y": site}}}) == [
        "gatepost:fleet.remote_networks.core.sites.y.exit.adopt.eu-central-1b: The address "
        "'eipalloc-0123abcd' is already "
        "adopted at remote_networks.payments.sites.x.exit.adopt.eu-central-1b, and an address can serve "
        "one NAT gateway "
        "only. Adopt another one, or leave this line out to get a new address."
    ]
    assert lines_of({"payments": {"sites": {"x": ADOPTED, "z": ADOPTED}}, "core": {"sites": {"y": ADOPTED}}}) == []


def test_joined_names_differ():
    told = (
        "gatepost:fleet.remote_networks: pay/a-b and pay-a/b (network/site/slot) would all be named 'pay-a-b'. "
        "Rename one of the keys so that the joined names differ."
    )
    one, other = {"a": {}, "c": {}}, {"b": {}, "d": {}}  # sites have names of their own, too
    networks = {
        "pay": {"sites": {"a-b": SITE | {"connectors": one}}},
        "pay-a": {"sites": {"b": SITE | {"connectors": other}}},
    }
    assert lines_of(networks) == [told]


def test_keys_of_networks_and_sites():
    allowed = "lower-case letters, digits and inner hyphens, the first one a lower-case letter."
    names = "Keys become part of names in every cloud."
    assert lines_of({"Pay.1": {"sites": {"x" * 17: SITE}}}) == [
        "gatepost:fleet.remote_networks[\"Pay.1\"]: The network key 'Pay.1' is not written as a key. "
        f"Allowed: 1 to 20 {allowed} {names}",
        f'gatepost:fleet.remote_networks["Pay.1"].sites.{"x" * 17}: The site key {"x" * 17!r} has 17 characters. '
        f"Allowed: 1 to 16 {allowed} {names}",
    ]


def test_tags():
    networks = {"payments": {"sites": {"x": SITE}}}
    assert lines_of(networks, tags={"cost": 4711, "Name": "x"}) == [
        f"gatepost:fleet.tags.cost: Found 4711. Allowed: text. {QUOTES}"
    ]
    assert lines_of(networks, tags={"Name": "x"}) == [
        "gatepost:fleet.tags: The tag 'Name' is set for each resource by its component. Remove it from the extra tags."
    ]


@pytest.mark.parametrize(
    ("fleet", "expected"),
    [
        (None, f"gatepost:fleet: {NEEDED} See docs/settings.md for an example."),
        ("payments", "gatepost:fleet: Found 'payments'. Allowed: a map of the settings tags, remote_networks."),
        ([], "gatepost:fleet: Found an empty list. Allowed: a map of the settings tags, remote_networks."),
        (
            {"remote_networks": {}},
            "gatepost:fleet.remote_networks: Found an empty map. Allowed: at least one entry, such as "
            "{payments: {sites: ...}}.",
        ),
    ],
)
def test_a_fleet_that_is_none(fleet, expected):
    assert parse(fleet, environment="prod") == (FleetSettings.model_construct(remote_networks={}), [expected])


def test_problems_of_every_site_and_network_are_told_at_once():
    broken = SITE | {"region": "Frankfurt", "size": "micro"}
    apart = SITE | {"size": "a1.large", "exit": {"kind": "adopt", "addresses": ["203.0.113.7"]}}
    found = lines_of({"a": {"sites": {"x": broken, "y": apart}}, "b": {"typ": "EXIT", "sites": {"z": apart}}}, tag={})
    assert [line_.split(": ")[0].removeprefix("gatepost:fleet.") for line_ in found] == [
        "remote_networks.a.sites.x.region",
        "remote_networks.a.sites.x.size",
        "remote_networks.a.sites.y.size",
        "remote_networks.a.sites.y.exit.kind",
        "remote_networks.b.sites.z.size",
        "remote_networks.b.sites.z.exit.kind",
        "remote_networks.b.typ",
        "tag",
    ]


GATES = [
    (None, []),
    ({"enabled": False, "timeout_seconds": 60, "poll_seconds": 0.5}, []),
    ([], [": Found an empty list. Allowed: a map of the settings enabled, timeout_seconds, poll_seconds; "
    "{} takes the defaults."]),
    (
        {"enabled": "no", "timeout_seconds": True, "poll_seconds": 0, "timeout": 5},
        [
            ".enabled: Found 'no'. Allowed: true or false.",
            ".timeout_seconds: Found true. Allowed: a number.",
            ".poll_seconds: Found 0. Allowed: a number above 0.",
            ".timeout: There is no such setting. Allowed here: enabled, timeout_seconds, poll_seconds. "
            "Did you mean 'timeout_seconds'?",
        ],
    ),
    (
        {"timeout_seconds": float("inf"), "poll_seconds": 10**5000},
        [
            ".timeout_seconds: Found inf. Allowed: a finite number.",
            ".poll_seconds: Found a very large number. Allowed: a number.",
        ],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("gate", "expected"), GATES)
def test_the_gate(gate, expected):
    settings, lines = parse_gate(gate)
    assert lines == [f"gatepost:gate{text}" for text in expected]
    assert settings.model_dump(exclude_none=True) == ({} if lines else gate or {})


def test_settings_know_the_words_that_the_components_know():
    assert list(GateSettings.model_fields) == [field.name for field in fields(GateArgs)]
    network, site = RemoteNetworkSettings.model_fields, SiteSettings.model_fields
    assert get_args(get_args(network["location"].annotation)[0]) == LOCATIONS
    assert get_args(network["type"].annotation) == egress.NETWORK_TYPES
    assert get_args(rule.Protocol) == rule.PROTOCOLS
    assert get_args(site["log_level"].annotation) == tuple(connector.LOG_LEVELS)


def test_values_that_look_like_tokens_are_never_shown():
    jwt = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
    opaque = "A1b2-_" * 7
    hidden = "(hidden, it looks like a token)"
    assert masked(f"a {jwt} b {opaque} c") == f"a {hidden} b {hidden} c"
    assert masked("x" * 39) == "x" * 39
    assert shown(f"{'ab ' * 30}{jwt}") == f"'{'ab ' * 18}ab..."
    assert shown(f"{'ab ' * 8}{opaque}") == f"'{'ab ' * 8}{hidden}'"
    secret = copy.deepcopy(SITE) | {
        "image": jwt,
        "size": opaque,
        "region": f"Bearer {jwt}",
        "dns": [opaque],
        "reach": [{"cidr": jwt, "ports": opaque}],
        "connectors": {jwt: {}, opaque: {}},
        opaque: jwt,
        "log_level": jwt,
    }
    found = of_site(secret)
    assert len(found) == 10
    for text in found:
        assert hidden in text
        assert "eyJ" not in text
        assert opaque[:20] not in text


def test_what_a_line_looks_like():
    assert path("at", ("a", 0, "b c", "é", "[key]")) == 'at.a[0]["b c"]["\\u00e9"]'
    assert path("", ("a", "b " * 25)) == f'a["{"b " * 18}b..."]'
    assert line("at", "München \ud800.") == "at: München \\ud800."
    text = line("at", "word " * 200 + "end.")
    assert len(text) == LONGEST
    assert text.startswith("at: word word")
    assert text.endswith("word end.")
    assert shown({}) == "an empty map"
    assert shown("x " * 40) == f"'{'x ' * 28}..."


def test_settings_import_no_provider_sdk():
    script = "import sys, gatepost.settings; print(sorted(m for m in sys.modules if m.startswith('pulumi_')))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"
