"""Good settings on Google Cloud to start from, and changes of them."""

from typing import Any

A, B = "europe-west3-a", "europe-west3-b"
SITE: dict[str, Any] = {
    "cloud": "gcp",
    "region": "europe-west3",
    "network": {"create": {"cidr": "10.50.0.0/24", "zones": [A, B]}},
    "connectors": {"a": {"zone": A}, "b": {"zone": B}},
}
"""A site with a network to create and Cloud NAT."""
PLACE = "projects/acme/regions/europe-west3"
VPC, SUBNET = "projects/acme/global/networks/shared", f"{PLACE}/subnetworks/connectors"
TUNNEL, ADDRESS = f"{PLACE}/vpnTunnels/hq", f"{PLACE}/addresses/exit"
ADOPTED: dict[str, Any] = SITE | {
    "network": {"adopt": {"vpc_id": VPC, "subnets": {A: SUBNET, B: SUBNET}}},
    "exit": {"kind": "adopt", "addresses": ["203.0.113.7"]},
}
"""A site in a network that exists."""
PUBLIC: dict[str, Any] = ADOPTED | {
    "network": {"adopt": {"vpc_id": VPC, "public_subnets": {A: SUBNET, B: SUBNET}}},
    "exit": {"kind": "direct"},
}
"""A site whose hosts have addresses of their own, in a network that exists."""
IMAGE = "projects/debian-cloud/global/images/debian-12-bookworm-v20261110"
KEY = "projects/acme/locations/europe-west3/keyRings/ring/cryptoKeys/key"


def created(**change: Any) -> dict[str, Any]:
    """The site with another network to create."""
    return {"network": {"create": SITE["network"]["create"] | change}}


def routes(*given: tuple[str, str]) -> dict[str, Any]:
    return created(routes=[{"cidr": cidr, "via": via} for cidr, via in given])


def adopted(**change: Any) -> dict[str, Any]:
    return ADOPTED | {"network": {"adopt": ADOPTED["network"]["adopt"] | change}}
