"""Fleets of any size on the three clouds: hosts whose boot text holds the pair itself, and calls about one of them."""

from abc import ABC, abstractmethod
from functools import cached_property
from typing import Any

from sandbox.azure.cloud import LOCATION, RULES, STANDARD, SUBSCRIPTION, VERSIONS, container, rule, subnet, variables
from sandbox.gcp.cloud import HERE, ZONE, at, machine, nat
from sandbox.helpers import Sandbox, send
from sandbox.lab import Lab


class Fleet(ABC):
    """Hosts of one Remote Network, which has the fleet's name. A cloud says how one host is made."""

    name = ""
    limit = 1.75
    """How many times as long a call may take beside 500 hosts as beside 20. Most of Google's and Azure's take a quarter
    of a millisecond, so that a copy of a dict with 500 members counts."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox, self.size = sandbox, 0
        made = sandbox.graphql(f'mutation {{ remoteNetworkCreate(name: "{self.name}") {{ entity {{ id }} }} }}')
        self.network_id = made["remoteNetworkCreate"]["entity"]["id"]
        self.build()

    @abstractmethod
    def build(self) -> None:
        """Make what the hosts stand on."""

    @abstractmethod
    def launch(self, number: int, pair: dict[str, str]) -> Any:
        """Make one host; what the cloud calls it."""

    @abstractmethod
    def about_one(self, host: Any) -> None:
        """Ask for a host and change it; it ends with this."""

    def grow(self, size: int) -> Any:
        """Launch until there are this many hosts; the last one."""
        made = None
        for tokens in self._pairs(size - self.size):
            self.size += 1
            pair = {"TWINGATE_NETWORK": "sandbox", "TWINGATE_ACCESS_TOKEN": tokens["accessToken"],
                    "TWINGATE_REFRESH_TOKEN": tokens["refreshToken"]}  # fmt: skip
            made = self.launch(self.size, pair)
        return made

    def calls(self) -> None:
        """A launch, what is asked of the host, and its end: the fleet's size stays the same."""
        size = self.size
        self.about_one(self.grow(size + 1))
        self.size = size

    def _pairs(self, count: int) -> list[dict[str, str]]:
        """Pairs of new Connectors, in two requests."""
        make = f'connectorCreate(remoteNetworkId: "{self.network_id}") {{ entity {{ id }} }}'
        made = self.sandbox.graphql(f"mutation {{ {' '.join(f'c{n}: {make}' for n in range(count))} }}")
        ids = [answer["entity"]["id"] for answer in made.values()]
        pair = "{ connectorTokens { accessToken refreshToken } }"
        wanted = " ".join(f'c{n}: connectorGenerateTokens(connectorId: "{id_}") {pair}' for n, id_ in enumerate(ids))
        return [answer["connectorTokens"] for answer in self.sandbox.graphql(f"mutation {{ {wanted} }}").values()]


def _script(pair: dict[str, str]) -> str:
    return "\n".join(("#!/bin/sh", *(f"{key}={value}" for key, value in pair.items()), ""))


class AwsFleet(Fleet):
    """Instances in two subnets behind a NAT gateway."""

    name = "fleet-aws"
    limit = 1.3

    def build(self) -> None:
        self.lab = Lab(self.sandbox, self.name)
        self.lab.make_network()
        self.subnets = [self.lab._subnet(f"10.40.{n}.0/24", NatGatewayId=self.lab.nat)[0] for n in (2, 3)]

    @cached_property
    def image(self) -> str:
        return self.lab.ec2.describe_images(Owners=["617935088040"])["Images"][0]["ImageId"]

    def launch(self, number: int, pair: dict[str, str]) -> str:
        wanted = {"ImageId": self.image, "InstanceType": "t3a.micro", "SubnetId": self.subnets[number % 2]}
        groups = {"SecurityGroupIds": [self.lab.group], "MinCount": 1, "MaxCount": 1}
        return self.lab.ec2.run_instances(**wanted, **groups, UserData=_script(pair))["Instances"][0]["InstanceId"]

    def about_one(self, host: str) -> None:
        ec2 = self.lab.ec2
        ec2.describe_instances(InstanceIds=[host])
        ec2.describe_instance_attribute(InstanceId=host, Attribute="userData")
        ec2.create_tags(Resources=[host], Tags=[{"Key": "name", "Value": "x"}])
        ec2.release_address(AllocationId=ec2.allocate_address(Domain="vpc")["AllocationId"])
        ec2.stop_instances(InstanceIds=[host])
        ec2.terminate_instances(InstanceIds=[host])


class GoogleFleet(Fleet):
    """Instances in one subnetwork behind a Cloud NAT on a reserved address."""

    name = "fleet-google"

    def build(self) -> None:
        self.number = 0
        network, block = "global/networks/net", "10.44.0.0/20"
        self.insert("global", "networks", name="net", autoCreateSubnetworks=False)
        self.insert(HERE, "subnetworks", name="sub", network=network, ipCidrRange=block)
        self.insert(HERE, "addresses", name="ip")
        self.insert(HERE, "routers", name="r", network=network, nats=[nat("exit", f"{HERE}/addresses/ip")])

    def insert(self, place: str, collection: str, **body: Any) -> None:
        self.ask("POST", at(place, collection), body)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        reply = send(method, self.sandbox.running.clouds["gcp"] + path, body)
        assert reply.status == 200, reply.body
        return reply.body

    def launch(self, number: int, pair: dict[str, str]) -> str:
        self.number += 1
        name = f"vm-{self.number}"
        script = {"items": [{"key": "startup-script", "value": _script(pair)}]}
        body = machine(name, f"{HERE}/subnetworks/sub", metadata=script)
        self.ask("POST", at(f"zones/{ZONE}", "instances"), body)
        return at(f"zones/{ZONE}", f"instances/{name}")

    def about_one(self, host: str) -> None:
        shown = self.ask("GET", host)
        self.ask("POST", f"{host}/setTags", {"items": ["a"], "fingerprint": shown["tags"]["fingerprint"]})
        self.ask("GET", at(HERE, "addresses/ip"))
        self.ask("POST", f"{host}/stop")
        self.ask("DELETE", host)


class AzureFleet(Fleet):
    """Container groups in one subnet behind a NAT gateway."""

    name = "fleet-azure"

    def build(self) -> None:
        self.number = 0
        self.group = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{self.name}"
        self.ask("PUT", self.group, {"location": LOCATION})
        address = self.part("publicIPAddresses", {"publicIPAllocationMethod": "Static"}, sku=STANDARD)
        gateway = self.part("natGateways", {"publicIpAddresses": [{"id": address}]}, sku=STANDARD)
        allowed = [
            rule(f"r{n}", 200 + n, protocol=protocol, destinationPortRange=ports, destinationAddressPrefix="Internet")
            for n, (protocol, ports) in enumerate(RULES)
        ]
        rules = self.part("networkSecurityGroups", {"securityRules": [*allowed, rule("deny", 4000, "Deny")]})
        inside = {"name": "a", "properties": subnet("10.60.0.0/20", natGateway=gateway, networkSecurityGroup=rules)}
        space = {"addressSpace": {"addressPrefixes": ["10.60.0.0/16"]}}
        self.subnet = f"{self.part('virtualNetworks', {**space, 'subnets': [inside]})}/subnets/a"

    def part(self, kind: str, properties: Any, **more: Any) -> str:
        rid = f"{self.group}/providers/Microsoft.Network/{kind}/{self.name}"
        return self.ask("PUT", rid, {"location": LOCATION, "properties": properties, **more})["id"]

    def ask(self, method: str, rid: str, body: Any = None) -> Any:
        version = VERSIONS[rid.split("/")[6]] if "/providers/" in rid else "2024-03-01"
        reply = send(method, f"{self.sandbox.running.clouds['azure']}{rid}?api-version={version}", body)
        assert reply.status < 300, reply.body
        return reply.body

    def launch(self, number: int, pair: dict[str, str]) -> str:
        self.number += 1
        rid = f"{self.group}/providers/Microsoft.ContainerInstance/containerGroups/c{self.number}"
        properties = {"containers": [container(environmentVariables=variables(**pair))], "osType": "Linux",
                      "subnetIds": [{"id": self.subnet}]}  # fmt: skip
        self.ask("PUT", rid, {"location": LOCATION, "properties": properties})
        return rid

    def about_one(self, host: str) -> None:
        self.ask("GET", host)
        self.ask("PATCH", host, {"tags": {"a": "1"}})
        self.ask("GET", self.subnet)
        self.ask("POST", f"{host}/stop")
        self.ask("DELETE", host)


FLEETS = (AwsFleet, GoogleFleet, AzureFleet)
