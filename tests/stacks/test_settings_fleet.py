"""What each mistake in the fleet and its Remote Networks reads like, and in what several of them share."""

import pytest
from stacks.settings_data import ADOPTED, AT, ID, NEEDED, QUOTES, RN, SITE, created, lines_of, of_network, of_site

from gatepost.aws_settings import AwsSite
from gatepost.settings import FleetSettings, parse

ONE = (
    "There is one Connector; a Remote Network needs at least two, so that users keep access when a host fails. "
    "Add one under connectors, or set allow_single_connector: true and a reason."
)
NETWORKS = [
    (
        {"title": " x"},
        "title: The name ' x' (2 characters) cannot be used for twingate remote network: 1 to 255 characters "
        r"that match \S(.*\S)? are allowed (https://github.com/Twingate/pulumi-twingate).",
    ),
    (
        {"location": "aws"},
        "location: Found 'aws'. Allowed: AWS, AZURE, GOOGLE_CLOUD, ON_PREMISE, OTHER. Did you mean 'AWS'?",
    ),
    ({"type": None}, "type: Found nothing. Allowed: REGULAR, EXIT."),
    ({"adopt": "payments"}, f"adopt: Found 'payments'. Allowed: the id of a Remote Network such as {ID}."),
    ({"adopt": ID, "title": "x"}, "title: An adopted Remote Network keeps its own title. Remove this line, or adopt."),
    (
        {"adopt": ID, "location": "AWS"},
        "location: An adopted Remote Network keeps its own location. Remove this line, or adopt.",
    ),
    ({"reason": 5}, f"reason: Found 5. Allowed: text. {QUOTES}"),
    ({"sites": {}}, "sites: Found an empty map. Allowed: at least one entry."),
]
ALL = "tags, defaults, more_regions, quotas, remote_networks"


@pytest.mark.parametrize(("change", "expected"), NETWORKS)
def test_a_remote_network(change, expected):
    assert of_network(**change) == [f"{RN}.{expected}"]


def test_one_connector_needs_a_reason():
    single = {"sites": {"frankfurt": SITE | {"connectors": {"a": {}}}}}
    assert of_network(**single) == [f"{RN}: {ONE}"]
    assert of_network(**single, allow_single_connector=True) == [f"{RN}: {ONE}"]
    assert of_network(**single, reason="a lab") == [f"{RN}: {ONE}"]
    assert of_network(**single, allow_single_connector=True, reason="a lab") == []
    iowa = SITE | {"connectors": {"a": {}}} | created(cidr="10.41.0.0/22")
    assert of_network(sites=single["sites"] | {"iowa": iowa}) == []


def test_one_connector_is_told_beside_other_problems_but_not_when_the_number_is_unknown():
    alone = {"connectors": {"a": {"generation": 0}}}
    assert of_site(SITE | alone) == [
        f"{AT}.connectors.a.generation: Found 0. Allowed: a number from 1 upwards.",
        f"{RN}: {ONE}",
    ]
    told = f"{RN}.sites.iowa: Found nothing. Allowed: a map of the settings {', '.join(AwsSite.model_fields)}."
    assert of_network(sites={"frankfurt": SITE | {"connectors": {"a": {}}}, "iowa": None}) == [told]


def test_ranges_of_one_remote_network_do_not_overlap():
    def sites(**ranges):
        return {key: SITE | created(cidr=cidr) for key, cidr in ranges.items()}

    def told(site, cidr, other, first):
        return (
            f"{RN}.sites.{site}.network.create.cidr: The range {cidr} overlaps that of the site {other!r} ({first}). "
            "Connectors of one Remote Network must reach the same addresses. Give each site a range of its own."
        )

    apart = sites(x="10.40.0.0/22", y="10.40.4.0/22")
    assert of_network(sites=apart | {"z": ADOPTED}) == []
    assert of_network(sites=apart | sites(z="10.40.0.0/21")) == [
        told("z", "10.40.0.0/21", "x", "10.40.0.0/22"),
        told("z", "10.40.0.0/21", "y", "10.40.4.0/22"),
    ]
    # Different Remote Networks are reached each by its own name.
    same = sites(x="10.40.0.0/22")
    assert lines_of({"payments": {"sites": same}, "core": {"sites": same}}) == []


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


def test_a_remote_network_is_adopted_once():
    def adopting(first, second):
        return lines_of({key: {"adopt": given, "sites": {"x": SITE}} for key, given in (("a", first), ("b", second))})

    assert adopting(ID, ID) == [
        f"gatepost:fleet.remote_networks.b.adopt: The Remote Network {ID!r} is already adopted at "
        "remote_networks.a.adopt, and its Connectors roll out as one. Put the sites of both under one of them."
    ]
    assert adopting(ID, "UmVtb3RlTmV0d29yazoxMjQ=") == []


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
        (
            "payments",
            f"gatepost:fleet: Found 'payments'. Allowed: a map of the settings {ALL}.",
        ),
        (
            [],
            f"gatepost:fleet: Found an empty list. Allowed: a map of the settings {ALL}.",
        ),
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
    assert [line.split(": ")[0].removeprefix("gatepost:fleet.") for line in found] == [
        "remote_networks.a.sites.x.region",
        "remote_networks.a.sites.x.size",
        "remote_networks.a.sites.y.size",
        "remote_networks.a.sites.y.exit.kind",
        "remote_networks.b.sites.z.size",
        "remote_networks.b.sites.z.exit.kind",
        "remote_networks.b.typ",
        "tag",
    ]
