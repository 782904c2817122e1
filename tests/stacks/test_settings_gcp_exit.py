"""What each mistake in the exit of a site on Google Cloud reads like, and how many Connectors an address is for."""

from typing import Any

import pytest
from stacks.settings_data import AT, at_site, of_network, of_site
from stacks.settings_gcp_data import ADDRESS, ADOPTED, PUBLIC, SITE, VPC

from gatepost.explain import shown

OURS = ADDRESS.replace("acme", "acme-prod")
NUMBERED = ADDRESS.replace("acme", "123456")
SELF_LINK = f"https://www.googleapis.com/compute/v1/{OURS}"


def nat(*keys: str, **more: Any) -> dict[str, Any]:
    return {"exit": {"addresses": list(keys), **more}}


NO_ADDRESS = f"Allowed: the name of an address, or its id or self link such as {ADDRESS}."
EXITS = [
    (nat(), ["exit.addresses: Found an empty list. Allowed: at least one entry, such as [a, b]."]),
    (nat("a", "a"), ["exit.addresses: The key 'a' is listed twice. Remove one."]),
    (nat("A"), [
        "exit.addresses[0]: The address key 'A' is not written as a key. Allowed: 1 to 32 lower-case letters, digits "
        "and inner hyphens, the first one a lower-case letter or a digit. Keys become part of names in every cloud."
    ]),
    (nat("a", adopt={"b": "exit"}), ["exit.adopt.b: The key 'b' is none of the exit's. Allowed: a."]),
    (nat("a", "b", adopt={"a": "Exit", "b": VPC}), [
        f"exit.adopt.a: Found 'Exit'. {NO_ADDRESS}", f"exit.adopt.b: Found {VPC!r}. {NO_ADDRESS}",
    ]),
    (nat("a", adopt={"a": "x-" * 15 + "x" * 34}), [
        f"exit.adopt.a: Found '(hidden, it looks like a token)'. {NO_ADDRESS}"
    ]),
    (nat("a", adopt={"a": ADDRESS.replace("west3", "west4")}), [
        "exit.adopt.a: The address is in the region 'europe-west4', but the site is in 'europe-west3'. Change one."
    ]),
    (nat("a", adopt={"a": ADDRESS}) | {"project": "acme-prod"}, [
        "exit.adopt.a: The address is in the project 'acme', but the hosts are in 'acme-prod'. An address serves its "
        "own project only. Change one."
    ]),
    (nat("a", "b", adopt={"a": "exit", "b": "exit"}), [
        "exit.adopt.b: The address 'exit' is already adopted at remote_networks.payments.sites.frankfurt.exit.adopt.a, "
        "and an address can serve one NAT gateway or host only. Adopt another one, or leave this line out to get a new "
        "address."
    ]),
    ({"exit": {"kind": "direct", "adopt": {"c": "exit"}}}, [
        "exit.adopt.c: The slot 'c' is no Connector of the site. Allowed: a, b."
    ]),
    ({"exit": {"kind": "direct", "min_ports_per_vm": 64}}, [
        "exit.min_ports_per_vm: There is no such setting. Allowed here: kind, adopt, protect, retain."
    ]),
    *((nat("a", min_ports_per_vm=ports), [
        f"exit.min_ports_per_vm: min_ports_per_vm must be a whole number from 2 to 64512, got {ports}."
    ]) for ports in (1, 64_513)),
    (nat("a", min_ports_per_vm=16_129), [
        "exit.addresses: 2 slots may have up to 4 hosts at once, 2 each, with 16129 ports for each host. But there is "
        "1 address for Cloud NAT, with 64512 ports each: room for 3 hosts. Give 2 addresses, or set min_ports_per_vm "
        "to 16128 or less."
    ]),
    ({"exit": ADOPTED["exit"]}, [
        "exit.kind: A network to create needs exit kind nat or direct; kind adopt is for networks that exist."
    ]),
    ({"network": ADOPTED["network"]}, [
        "exit: An adopted network has its own way out. Set exit: {kind: adopt, addresses: [...]} with the static "
        "addresses that its traffic leaves from, or {kind: direct} with public_subnets."
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("change", "expected"), EXITS)
def test_an_exit_on_google_cloud(change, expected):
    assert of_site(SITE | change) == at_site(expected)


@pytest.mark.parametrize(
    "site",
    [
        SITE | {"exit": {}},
        SITE | nat("a", min_ports_per_vm=16_128),
        SITE | nat("a", "b", adopt={"b": "x" * 63}, protect=True, retain=True),
        SITE | nat("a", adopt={"a": ADDRESS.replace("acme", "acme-prod")}) | {"project": "acme-prod"},
        SITE | nat("a", adopt={"a": ADDRESS.replace("acme", "123456")}) | {"project": "acme-prod"},
        SITE | {"exit": {"kind": "direct"}},
        SITE | {"exit": {"kind": "direct", "adopt": {"a": ADDRESS, "b": "other"}, "protect": True, "retain": True}},
        PUBLIC,
    ],
)
def test_good_exits_on_google_cloud(site):
    assert of_site(site) == []


def direct(project: str | None = None, **adopt: str) -> dict[str, Any]:
    return SITE | {"exit": {"kind": "direct", "adopt": adopt}} | ({"project": project} if project else {})


@pytest.mark.parametrize("project", [None, "acme-prod"])
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("exit", OURS),
        (OURS, SELF_LINK),
        (SELF_LINK, "exit"),
        (NUMBERED, "exit"),
        (NUMBERED, OURS),
    ],
)
def test_two_slots_on_one_address_are_refused_in_every_spelling(project, one, other):
    assert of_site(direct(project, a=one, b=other)) == [
        f"{AT}.exit.adopt.b: The address {shown(other)} is already adopted at "
        "remote_networks.payments.sites.frankfurt.exit.adopt.a, and an address can serve one NAT gateway or host only. "
        "Adopt another one, or leave this line out to get a new address."
    ]


def two_sites(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    network = {"create": {"cidr": "10.51.0.0/24", "zones": ["europe-west3-a", "europe-west3-b"]}}
    return of_network(sites={"frankfurt": one, "second": other | {"network": network}})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (direct(a="exit"), direct(b=OURS)),
        (direct("acme-prod", a="exit"), direct("acme-prod", b=SELF_LINK)),
        (direct("acme-prod", a="exit"), direct(b=SELF_LINK)),  # a link tells the provider's
        (direct(a="exit", b=OURS.replace("/exit", "/own")), direct("acme-prod", b="exit")),
    ],
)
def test_two_sites_on_one_address_are_refused_in_every_spelling(one, other):
    (told,) = two_sites(one, other)
    assert "sites.second.exit.adopt.b: The address" in told
    assert "is already adopted at remote_networks.payments.sites.frankfurt.exit.adopt.a, and" in told


def test_addresses_of_one_name_in_two_projects_are_two():
    assert two_sites(direct("acme-prod", a="exit"), direct("acme-test", a="exit")) == []
    assert two_sites(direct("acme-prod", a=OURS), direct(a=OURS.replace("prod", "test"))) == []


@pytest.mark.parametrize(
    ("kind", "most", "ports", "fitting", "hosts"),
    [("REGULAR", 31, 1_024, 1_008, 63), ("EXIT", 3, 8_192, 8_064, 7)],
)
def test_one_address_has_ports_for_so_many_connectors(kind, most, ports, fitting, hosts):
    def told(count, *keys, **more):
        site = SITE | {"connectors": {f"c{n}": {} for n in range(count)}} | nat(*keys, **more)
        return of_network(type=kind, sites={"frankfurt": site})

    assert told(most, "a") == []
    assert told(most + 1, "a") == [
        f"{AT}.exit.addresses: {most + 1} slots may have up to {2 * most + 2} hosts at once, 2 each, with {ports} "
        f"ports for each host. But there is 1 address for Cloud NAT, with 64512 ports each: room for {hosts} hosts. "
        f"Give 2 addresses, or set min_ports_per_vm to {fitting} or less."
    ]
    assert told(most + 1, "a", "b") == []
    assert told(most + 1, "a", min_ports_per_vm=fitting) == []
    assert len(told(most + 1, "a", min_ports_per_vm=fitting + 1)) == 1
