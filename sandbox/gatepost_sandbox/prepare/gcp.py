"""What a fleet adopts on Google Cloud, made with the names of the settings.

Nobody tells how a network to adopt is laid out. Here its subnetworks have ranges apart from the private destinations
of its sites, a tunnel of Classic VPN leads to those, and Cloud NAT leaves by the exit addresses.
"""

import contextlib
import hashlib
from collections.abc import Generator
from ipaddress import IPv4Network
from typing import Any

from gatepost_sandbox.gcp import Api, State, catalogue
from gatepost_sandbox.prepare import ranges
from gatepost_sandbox.prepare.lines import Line, Lines, Want
from gatepost_sandbox.prepare.rest import Rest

_ROOT = "/compute/v1/"
_ALL = "ALL_SUBNETWORKS_ALL_IP_RANGES"


class Gcp:
    """Makes things of Google Cloud."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._rest = Rest("Google Cloud", Api(state))

    def make(self, want: Want) -> Lines:
        """Make a thing unless it is there. Raises CannotError."""
        yield from {"network": self._network, "address": self._address, "image": self._image}[want["kind"]](want)

    def withhold(self, address: str) -> bool:
        """Never give out an address again; False when something has got it already."""
        return self._state.addresses.withhold(address)

    def _made(self, rid: str, **body: Any) -> bool:
        """Insert a resource unless it is there; whether it was inserted."""
        if self._rest.get(_ROOT + rid) is not None:
            return False
        collection, _, name = rid.rpartition("/")
        self._rest.send("POST", _ROOT + collection, {"name": name, **body})
        return True

    @contextlib.contextmanager
    def _giving(self, address: str) -> Generator[None]:
        with self._state.lock:
            self._state.given = address
            try:
                yield
            finally:
                self._state.given = None

    def _address(self, want: Want) -> Lines:
        new = self._made(want["id"])
        yield Line(new, f"address {want['id']} ({self._rest.get(_ROOT + want['id'])['address']})")

    def _image(self, want: Want) -> Lines:
        new = catalogue.image(want["id"]) is None
        if new:
            catalogue.add(want["id"], catalogue.ARM if want["arm"] else catalogue.X86)
        yield Line(new, f"image {want['id']}")

    def _network(self, want: Want) -> Lines:
        rid = want["id"]
        yield Line(self._made(rid, autoCreateSubnetworks=False), f"network {rid}")
        for subnet in want["subnets"]:
            there = self._rest.get(_ROOT + subnet)
            block = (
                there["ipCidrRange"] if there else str(ranges.subnet(ranges.spare(want["private"]), self._taken(rid)))
            )
            yield Line(self._made(subnet, network=rid, ipCidrRange=block), f"subnetwork {subnet} ({block})")
        for region in want["regions"]:
            addresses = [address for where, address in want["addresses"] if where == region]
            if addresses:
                yield from self._nat(rid, region, addresses)
        if want["private"]:
            yield from self._lead(want)

    def _taken(self, network: str) -> list[str]:
        found = self._state.all("subnetworks")
        return [subnet["ipCidrRange"] for _, subnet in found if subnet["network"].endswith(f"/{network}")]

    def _nat(self, network: str, region: str, addresses: list[str]) -> Lines:
        """Cloud NAT of a network in a region, on exactly these addresses."""
        here, links = f"projects/{network.split('/')[1]}/regions/{region}", []
        for address in addresses:
            rid = f"{here}/addresses/exit-{address.replace('.', '-')}"
            with self._giving(address):
                yield Line(self._made(rid), f"address {rid} ({address})")
            links.append(rid)
        router = f"{here}/routers/{_name('exit', network)}"
        nat = {"name": "exit", "natIpAllocateOption": "MANUAL_ONLY", "natIps": links,
               "sourceSubnetworkIpRangesToNat": _ALL}  # fmt: skip
        new = self._made(router, network=network, nats=[nat])
        if not new:
            self._rest.send("PATCH", _ROOT + router, {"nats": [nat]})
        yield Line(new, f"Cloud NAT of {network} in {region} on {', '.join(addresses)}")

    def _lead(self, want: Want) -> Lines:
        """Send the private destinations into a tunnel of Classic VPN."""
        network, name = want["id"], _name("private", want["id"])
        project = network.split("/")[1]
        here = f"projects/{project}/regions/{want['regions'][0]}"
        gateway, tunnel = f"{here}/targetVpnGateways/{name}", f"{here}/vpnTunnels/{name}"
        self._made(gateway, network=network)
        self._made(tunnel, targetVpnGateway=gateway, peerIp="192.0.2.254", sharedSecret="prepared")
        local = [IPv4Network(block) for block in self._taken(network)]
        for cidr in want["private"]:
            if not any(IPv4Network(cidr).subnet_of(block) for block in local):
                rid = f"projects/{project}/global/routes/{_name('private', network, cidr)}"
                new = self._made(rid, network=network, destRange=cidr, priority=1000, nextHopVpnTunnel=tunnel)
                yield Line(new, f"way from {network} to {cidr} by a VPN tunnel")


def _name(what: str, *of: str) -> str:
    """A name for something that no settings file names."""
    return f"prepared-{what}-{hashlib.sha256(' '.join(of).encode()).hexdigest()[:8]}"
