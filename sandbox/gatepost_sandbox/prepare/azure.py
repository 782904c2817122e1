"""What a fleet adopts on Azure, made with the ids of the settings.

Nobody tells how a network to adopt is laid out. Here its subnets have ranges apart from the private destinations of its
sites, which are in its address space, and one NAT gateway leaves by the exit addresses.
"""

from ipaddress import IPv4Network, collapse_addresses
from typing import Any

from gatepost_sandbox.azure import Api, State, catalogue
from gatepost_sandbox.prepare import azure_ids, ranges
from gatepost_sandbox.prepare.lines import Line, Lines, Want
from gatepost_sandbox.prepare.rest import Rest

_STANDARD = {"name": "Standard"}
_DELEGATED = {"name": "containers", "properties": {"serviceName": "Microsoft.ContainerInstance/containerGroups"}}
_PREFIX_LENGTH = 28  # 16 addresses, as many as a NAT gateway takes


class Azure:
    """Makes things of Azure."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._rest = Rest("Azure", Api(state))

    def make(self, want: Want) -> Lines:
        """Make a thing unless it is there. Raises CannotError."""
        do = {"network": self._network, "group": self._group, "address": self._address, "prefix": self._prefix}
        yield from do[want["kind"]](want)

    def withhold(self, address: str) -> bool:
        """Never give out an address again; False when something has got it already."""
        return self._state.withhold(address)

    def _made(self, rid: str, **body: Any) -> bool:
        """Put a resource unless it is there, in its resource group; whether it was put."""
        if self._state.get(rid) is not None:
            return False
        parts = rid.split("/")
        namespace = parts[6] if len(parts) > 6 else "Microsoft.Resources"
        if len(parts) > 6:
            self._made(azure_ids.group_of(rid), location=body.get("location", "westeurope"))
        names = {name.lower(): name for name in catalogue.VERSIONS}
        versions = catalogue.VERSIONS[names[namespace.lower()]]
        newest = max(version for version in versions if "preview" not in version)
        self._rest.send("PUT", rid, body, **{"api-version": newest})
        return True

    def _group(self, want: Want) -> Lines:
        yield Line(self._made(want["id"], location=want["region"]), f"resource group {want['id']}")

    def _address(self, want: Want) -> Lines:
        new = self._made(want["id"], location=want["region"], sku=_STANDARD, properties=_STATIC)
        yield Line(new, f"address {want['id']} ({self._state.found(want['id'])['properties']['ipAddress']})")

    def _prefix(self, want: Want) -> Lines:
        length = {"prefixLength": _PREFIX_LENGTH}
        new = self._made(want["id"], location=want["region"], sku=_STANDARD, properties=length)
        yield Line(new, f"prefix {want['id']} ({self._state.found(want['id'])['properties']['ipPrefix']})")

    def _network(self, want: Want) -> Lines:
        rid, where = want["id"], want["region"]
        yield Line(self._made(want["guard"], location=where), f"security group {want['guard']}")
        links = []
        for address in want["addresses"]:
            one = f"{_beside(rid)}/publicIPAddresses/exit-{address.replace('.', '-')}"
            with self._state.lock:
                self._state.given = address
                try:
                    new = self._made(one, location=where, sku=_STANDARD, properties=_STATIC)
                finally:
                    self._state.given = None
            yield Line(new, f"address {one} ({address})")
            links.append({"id": one})
        nat = f"{_beside(rid)}/natGateways/{rid.rpartition('/')[2]}-exit"
        new = self._made(nat, location=where, sku=_STANDARD, properties={"publicIpAddresses": links})
        yield Line(new, f"NAT gateway {nat}")
        spare = ranges.spare(want["private"])
        space = collapse_addresses([spare, *map(IPv4Network, want["private"])])
        given: dict[str, Any] = {"addressSpace": {"addressPrefixes": [str(block) for block in space]}}
        if want["dns_servers"]:
            given["dhcpOptions"] = {"dnsServers": want["dns_servers"]}
        yield Line(self._made(rid, location=where, properties=given), f"virtual network {rid}")
        for subnet in want["subnets"]:
            taken = [one["properties"]["addressPrefix"] for one in self._state.below(rid, "subnets")]
            block = str(ranges.subnet(spare, taken))
            part = {"addressPrefix": block, "natGateway": {"id": nat}, "networkSecurityGroup": {"id": want["guard"]},
                    "delegations": [_DELEGATED]}  # fmt: skip
            yield Line(self._made(subnet, properties=part), f"subnet {subnet}")


_STATIC = {"publicIPAllocationMethod": "Static"}


def _beside(rid: str) -> str:
    """Where further things of the network's resource group are."""
    return f"{azure_ids.group_of(rid)}/providers/Microsoft.Network"
