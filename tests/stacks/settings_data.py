"""Good settings to start from, and the lines that a change of them gives."""

from typing import Any

from recorder import ANSWERS, GET_SUBNET, GET_SUBNETWORK

from gatepost.settings import FleetSettings, parse

ZONE, OTHER = "eu-central-1a", "eu-central-1b"
SITE: dict[str, Any] = {
    "cloud": "aws",
    "region": "eu-central-1",
    "network": {"create": {"cidr": "10.40.0.0/22", "zones": [ZONE, OTHER]}},
    "connectors": {"a": {"zone": ZONE}, "b": {"zone": OTHER}},
}
"""A site with a network to create and NAT gateways."""
VPC = "vpc-0123abcd"
ADOPTED: dict[str, Any] = SITE | {
    "network": {"adopt": {"vpc_id": VPC, "subnets": {ZONE: "subnet-0123abcd"}}},
    "exit": {"kind": "adopt", "addresses": ["203.0.113.7"]},
    "connectors": {"a": {}, "b": {}},
}
"""A site in a network that exists."""
PUBLIC: dict[str, Any] = ADOPTED | {
    "network": {"adopt": {"vpc_id": VPC, "public_subnets": {ZONE: "subnet-4567abcd"}}},
    "exit": {"kind": "direct"},
}
"""A site in public subnets that exist."""
ID = "UmVtb3RlTmV0d29yazoxMjM="
KEY = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"

RN = "gatepost:fleet.remote_networks.payments"
AT = f"{RN}.sites.frankfurt"
NEEDED = "This setting is needed and missing."
QUOTES = "In YAML, write it in quotes."


def lines_of(networks: dict[Any, Any], **more: Any) -> list[str]:
    """What is wrong with a fleet of these Remote Networks; it is empty exactly when something is."""
    settings, lines = parse({"remote_networks": networks, **more}, environment="prod")
    assert bool(lines) == (settings.remote_networks == {})
    return lines


def of_network(**more: Any) -> list[str]:
    """What is wrong with the Remote Network `payments`."""
    return lines_of({"payments": {"sites": {"frankfurt": SITE}} | more})


def of_site(site: Any) -> list[str]:
    """What is wrong with its site `frankfurt`."""
    return of_network(sites={"frankfurt": site})


def at_site(texts: list[str]) -> list[str]:
    """Lines about the site, from their ends."""
    return [AT + (text if text.startswith("[") else f".{text}") for text in texts]


def created(**change: Any) -> dict[str, Any]:
    """The site with another network to create."""
    return {"network": {"create": SITE["network"]["create"] | change}}


def adopted(**subnets: Any) -> dict[str, Any]:
    """The network to adopt with other subnets."""
    return {"network": {"adopt": {"vpc_id": VPC} | subnets}}


def slots(keys: str, **each: Any) -> dict[str, Any]:
    """The site with other Connectors."""
    return {"connectors": {key: dict(each) for key in keys}}


def networks_of(fleet: FleetSettings) -> dict[str, Any]:
    """What AWS and Google tell of the networks that a fleet adopts: that they are just as the settings say."""
    sites = [site for network in fleet.remote_networks.values() for site in network.sites.values()]
    given = [adopt for site in sites if (adopt := getattr(site.network, "adopt", None)) is not None]
    found = {
        subnet.rpartition("/")[2]: {"vpcId": adopt.vpc_id, "availabilityZone": zone, "network": adopt.vpc_id}
        for adopt in given
        for by_zone in (adopt.public_subnets, adopt.subnets)
        for zone, subnet in by_zone.items()
    }
    return {
        GET_SUBNET: lambda asked: {**ANSWERS[GET_SUBNET](asked), **found[asked["id"]]},
        GET_SUBNETWORK: lambda asked: {**ANSWERS[GET_SUBNETWORK](asked), **found[asked["name"]]},
    }
