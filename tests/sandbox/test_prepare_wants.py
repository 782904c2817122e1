"""What a fleet adopts, as rows; what nobody can make beforehand, as sentences."""

from ipaddress import IPv4Network
from typing import Any

import pytest

from gatepost.settings import parse
from gatepost_sandbox.prepare import ranges
from gatepost_sandbox.prepare.wants import notes_of, wants_of

VNET = "/subscriptions/1111/resourceGroups/Office/providers/Microsoft.Network"
KEY = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
SHARED = "projects/acme-network/global/networks/shared"
SUBNET = "projects/acme-network/regions/us-central1/subnetworks/connectors"
LINK = "https://www.googleapis.com/compute/v1/"
CREATE: dict[str, dict[str, Any]] = {
    "aws": {"region": "eu-central-1", "network": {"create": {"cidr": "10.40.0.0/22", "zones": ["eu-central-1a"]}}},
    "gcp": {"region": "us-central1", "network": {"create": {"cidr": "10.50.0.0/24", "zones": ["us-central1-a"]}}},
    "azure": {"region": "westeurope", "network": {"create": {"cidr": "10.60.0.0/24", "zones": ["1"]}}},
}
ADOPT: dict[str, dict[str, Any]] = {
    "aws": {"vpc_id": "vpc-0123abcd", "subnets": {"eu-central-1a": "subnet-0123abcd"}},
    "gcp": {"vpc_id": LINK + SHARED, "subnets": {"us-central1-a": SUBNET, "us-central1-b": LINK + SUBNET}},
    "azure": {
        "vpc_id": f"{VNET}/virtualNetworks/main",
        "subnets": {"1": f"{VNET}/virtualNetworks/main/subnets/connectors"},
        "security_group_id": f"{VNET}/networkSecurityGroups/connectors",
        "resource_group": "hosts",
        "dns_servers": ["10.60.0.4"],
    },
}
GATEWAYS = ("tgw-0123abcd", "vgw-0123abcd")
EXIT = {"kind": "adopt", "addresses": ["203.0.113.7"]}


def site(cloud: str, *, adopts: bool = False, routes: Any = None, **over: Any) -> dict[str, Any]:
    made = {"cloud": cloud, **CREATE[cloud], "connectors": {"a": {}, "b": {}}}
    if adopts:
        made |= {"network": {"adopt": ADOPT[cloud]}, "exit": EXIT}
        made |= {"dns": ["10.60.0.4"]} if cloud == "azure" else {}
    if routes:
        made["network"] = {"create": {**made["network"]["create"], "routes": routes}}
    return {**made, **over}


def fleet(*sites: dict[str, Any], **network: Any) -> Any:
    named = {f"s{number}": one for number, one in enumerate(sites)}
    replicated = {"replicated": True} if len(sites) > 1 else {}
    found, problems = parse(
        {"remote_networks": {"payments": {"sites": named, **replicated, **network}}}, environment="prod"
    )
    assert problems == []
    return found


def wants(*sites: dict[str, Any], config: dict[str, Any] | None = None, **network: Any) -> list[dict[str, Any]]:
    return wants_of(fleet(*sites, **network), "prod", config or {})


AWS = {"cloud": "aws", "region": "eu-central-1"}
AZURE = {"cloud": "azure", "region": "westeurope"}
OWN = "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups"


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (site("aws"), []),
        (
            site("aws", routes=[{"cidr": f"10.{n}.0.0/16", "via": via} for n, via in enumerate(GATEWAYS)]),
            [{**AWS, "kind": "gateway", "id": via} for via in GATEWAYS],
        ),
        (
            site("aws", exit={"kind": "nat", "adopt": {"eu-central-1a": "eipalloc-0123abcd"}}),
            [{**AWS, "kind": "address", "id": "eipalloc-0123abcd"}],
        ),
        (site("aws", kms_key=KEY), [{**AWS, "kind": "key", "id": KEY}]),
        (
            site("aws", image="ami-0123abcd", connectors={"a": {}, "b": {"image": "ami-4567abcd"}}),
            [{**AWS, "kind": "image", "id": rid, "arm": False} for rid in ("ami-0123abcd", "ami-4567abcd")],
        ),
        (
            site("aws", image="ami-0123abcd", size="t4g.micro"),
            [{**AWS, "kind": "image", "id": "ami-0123abcd", "arm": True}],
        ),
        (
            site("aws", adopts=True, dns=["10.0.0.53"], reach=[{"cidr": "10.9.0.0/16"}, {"cidr": "8.8.8.8"}]),
            [
                {
                    **AWS, "kind": "network", "id": "vpc-0123abcd", "addresses": ["203.0.113.7"],
                    "subnets": [["eu-central-1a", "subnet-0123abcd"]], "public_subnets": [],
                    "private": ["10.0.0.53/32", "10.9.0.0/16"],
                }
            ],
        ),
        (
            site("gcp", adopts=True),
            [
                {
                    "cloud": "gcp", "kind": "network", "id": SHARED, "subnets": [SUBNET],
                    "addresses": [["us-central1", "203.0.113.7"]], "private": [], "regions": ["us-central1"],
                }
            ],
        ),
        (
            site("gcp", project="acme-prod", exit={"kind": "nat", "adopt": {"a": "partners"}}),
            [{"cloud": "gcp", "kind": "address", "id": "projects/acme-prod/regions/us-central1/addresses/partners"}],
        ),
        (
            site("gcp", exit={"kind": "nat", "adopt": {"a": f"{LINK}projects/p12345/regions/us-central1/addresses/x"}}),
            [{"cloud": "gcp", "kind": "address", "id": "projects/p12345/regions/us-central1/addresses/x"}],
        ),
        (
            site("gcp", image=f"{LINK}projects/acme/global/images/own", size="t2a-standard-1"),
            [{"cloud": "gcp", "kind": "image", "id": "projects/acme/global/images/own", "arm": True}],
        ),
        (
            site("azure", adopts=True),
            [
                {**AZURE, "kind": "group", "id": f"{OWN}/hosts"},
                {
                    **AZURE, "kind": "network", "id": f"{VNET}/virtualNetworks/main",
                    "subnets": [f"{VNET}/virtualNetworks/main/subnets/connectors"],
                    "guard": f"{VNET}/networkSecurityGroups/connectors", "addresses": ["203.0.113.7"],
                    "dns_servers": ["10.60.0.4"], "private": ["10.60.0.4/32"],
                },
            ],
        ),
        (
            site("azure", exit={"kind": "nat", "adopt": {"1": f"{VNET}/publicIPAddresses/x"},
                                "prefix": f"{VNET}/publicIPPrefixes/y"}),
            [
                {**AZURE, "kind": "prefix", "id": f"{VNET}/publicIPPrefixes/y"},
                {**AZURE, "kind": "address", "id": f"{VNET}/publicIPAddresses/x"},
            ],
        ),
    ],
)  # fmt: skip
def test_each_thing_that_a_site_adopts_is_a_row(given: dict[str, Any], wanted: list[Any]):
    assert wants(given) == wanted


def test_sites_in_one_network_want_it_once_with_all_their_parts():
    other = {**ADOPT["aws"], "subnets": {"eu-central-1b": "subnet-4567abcd"}}
    far = site("aws", adopts=True, reach=[{"cidr": "10.9.0.0/16"}], network={"adopt": other})
    (network,) = wants(site("aws", adopts=True), far)
    assert network["subnets"] == [["eu-central-1a", "subnet-0123abcd"], ["eu-central-1b", "subnet-4567abcd"]]
    assert (network["addresses"], network["private"]) == (["203.0.113.7"], ["10.9.0.0/16"])


def test_an_image_of_two_regions_is_two_images():
    zone = {"create": {"cidr": "10.41.0.0/22", "zones": ["eu-west-1a"]}}
    far = site("aws", region="eu-west-1", network=zone, image="ami-0123abcd")
    found = wants(site("aws", image="ami-0123abcd"), far)
    assert [want["region"] for want in found] == ["eu-central-1", "eu-west-1"]


def test_a_remote_network_comes_with_its_type_and_the_name_that_it_would_have():
    (found,) = wants(site("gcp", exit={"kind": "direct"}), adopt="UmVtb3RlTmV0d29yazoxMjM=", type="EXIT")
    assert found == {
        "cloud": "twingate", "kind": "network", "id": "UmVtb3RlTmV0d29yazoxMjM=",
        "name": "payments-prod", "type": "EXIT",
    }  # fmt: skip


def test_the_providers_own_settings_say_where_things_are():
    config = {"gcp:project": "acme-default", "azure-native:subscriptionId": "2222"}
    found = wants(
        site("gcp", exit={"kind": "nat", "adopt": {"a": "partners"}}), site("azure", adopts=True), config=config
    )
    assert {want["id"] for want in found} >= {
        "projects/acme-default/regions/us-central1/addresses/partners",
        "/subscriptions/2222/resourceGroups/hosts",
    }


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (site("aws", routes=[{"cidr": "10.1.0.0/16", "via": "tgw-0123abcd"}]), []),
        (
            site("aws", routes=[{"cidr": "10.1.0.0/16", "via": "pcx-0123abcd"}]),
            ["network.create.routes[0].via: pcx-0123abcd stands in the network that the stack makes, so it cannot be "
             "there before. Try the stack without this route."],
        ),
        (
            site("azure", adopts=True),
            ["network.adopt.vpc_id: The network is in the subscription 1111, and the sandbox's provider works in "
             "00000000-0000-4000-8000-000000000001. Write azure-native:subscriptionId: 1111 in the file to try it."],
        ),
        (
            site("aws", account="shop"),
            ["account: What the site adopts is made in the sandbox's one account, whatever provider the stack program "
             "hands in for 'shop'."],
        ),
    ],
)  # fmt: skip
def test_what_nobody_can_make_beforehand_is_a_sentence(given: dict[str, Any], told: list[str]):
    where = "gatepost:fleet.remote_networks.payments.sites.s0."
    assert notes_of(fleet(given), {}) == [where + one for one in told]


def test_a_range_keeps_apart_from_the_private_destinations_where_it_can():
    assert ranges.spare([]) == IPv4Network("10.255.0.0/16")
    assert ranges.spare(["10.0.0.0/8", "192.168.7.20/32"]) == IPv4Network("172.31.0.0/16")
    everything = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"]
    assert ranges.spare(everything) == IPv4Network("10.255.0.0/16")


def test_subnets_follow_each_other_until_the_network_is_full():
    network = IPv4Network("10.255.0.0/23")
    first = ranges.subnet(network, [])
    second = ranges.subnet(network, [str(first)])
    assert (str(first), str(second)) == ("10.255.0.0/24", "10.255.1.0/24")
    with pytest.raises(ValueError, match=r"The network 10\.255\.0\.0/23 has no room for another subnet\."):
        ranges.subnet(network, [str(first), str(second)])
