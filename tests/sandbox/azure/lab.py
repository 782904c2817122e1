"""One Connector on Azure with all it needs, made one call at a time, so that a test can break one."""

from typing import Any

from sandbox.azure.cloud import RULES, Place, container, rule, subnet, variables

from gatepost_sandbox.azure import azure_hosts
from gatepost_sandbox.azure.host import AzureHost

TAGS = {"gatepost-site": "amsterdam"}


class Lab:
    """A virtual network with a delegated subnet, the vendor's rules, and a NAT gateway on an address."""

    def __init__(self, place: Place) -> None:
        self.place, self.cloud, self.name = place, place.cloud, place.name
        self.address = place.address()
        self.gateway = place.gateway("", self.address["id"])
        allowed = [
            rule(f"allow-{n}", 200 + n, protocol=p, destinationPortRange=ports, destinationAddressPrefix="Internet")
            for n, (p, ports) in enumerate(RULES)
        ]
        self.rules = place.rules("", [*allowed, rule("deny", 4000, "Deny")])
        self.network = place.network()
        self.links = {"networkSecurityGroup": self.rules, "natGateway": self.gateway}
        self.subnet = place.subnet(self.network, **self.links)

    def tokens(self, **more: str) -> dict[str, str]:
        own = {"TWINGATE_ACCESS_TOKEN": f"a-{self.name}", "TWINGATE_REFRESH_TOKEN": f"r-{self.name}"}
        return {"TWINGATE_NETWORK": "sandbox", **own, **more}

    def launch(self, name: str = "", env: list[dict[str, str]] | None = None, **more: Any) -> AzureHost:
        """A new container group, as a host. ``more`` are properties of its container."""
        given = container(environmentVariables=variables(**self.tokens()) if env is None else env, **more)
        return self.start(name, containers=[given])

    def start(self, name: str = "", **more: Any) -> AzureHost:
        """A new container group with these properties, as a host."""
        body = {**self.place.containers_body(self.subnet, **more), "tags": TAGS}
        self.cloud.put(self.place.container_id(name), body)
        return self.host(name)

    def host(self, name: str = "") -> AzureHost:
        """A container group as it is now."""
        wanted = self.place.container_id(name)
        return next(host for host in azure_hosts(self.cloud.state) if host.id == wanted)

    def set_subnet(self, **links: str) -> None:
        """Change what the subnet uses."""
        self.cloud.put(self.subnet, {"properties": subnet("10.60.1.0/24", **links)})

    def set_rule(self, given: dict[str, Any]) -> None:
        """Make or change one security rule."""
        self.cloud.put(f"{self.rules}/securityRules/{given['name']}", given)
