"""Good settings on Azure to start from, and changes of them."""

from typing import Any

SITE: dict[str, Any] = {
    "cloud": "azure",
    "region": "westeurope",
    "network": {"create": {"cidr": "10.60.0.0/24", "zones": ["1", "2"]}},
    "connectors": {"a": {"zone": "1"}, "b": {"zone": "2"}},
}
"""A site with a network to create and NAT gateways."""
PLACE = "/subscriptions/0000-1111/resourceGroups/acme/providers/Microsoft.Network"
VNET = f"{PLACE}/virtualNetworks/main"
SUBNET, GUARD = f"{VNET}/subnets/connectors", f"{PLACE}/networkSecurityGroups/connectors"
ADDRESS, PREFIX = f"{PLACE}/publicIPAddresses/exit", f"{PLACE}/publicIPPrefixes/exits"
ADOPTED: dict[str, Any] = SITE | {
    "network": {
        "adopt": {
            "vpc_id": VNET,
            "subnets": {"1": SUBNET, "2": SUBNET},
            "security_group_id": GUARD,
            "resource_group": "acme",
        }
    },
    "exit": {"kind": "adopt", "addresses": ["203.0.113.7"]},
}
"""A site in a network that exists."""
WORKSPACE = "11111111-2222-3333-4444-555555555555"


def created(**change: Any) -> dict[str, Any]:
    """The site with another network to create."""
    return {"network": {"create": SITE["network"]["create"] | change}}


def routes(*given: tuple[str, str]) -> dict[str, Any]:
    return created(routes=[{"cidr": cidr, "via": via} for cidr, via in given])


def adopted(**change: Any) -> dict[str, Any]:
    return ADOPTED | {"network": {"adopt": ADOPTED["network"]["adopt"] | change}}
