"""A container group in a running sandbox: its Connector's state, its reach, faults and quotas, and the record."""

import itertools
from typing import Any

import pytest
from sandbox.azure.cloud import LOCATION, RULES, STANDARD, SUBSCRIPTION, Props, container, rule, subnet, variables
from sandbox.azure.official import Clients
from sandbox.helpers import Reply, Sandbox, send

NUMBERS = itertools.count(1)
NETWORKS, GROUPS = "Microsoft.Network", "Microsoft.ContainerInstance/containerGroups"
PUT_GROUP = f"PUT {GROUPS}"
CREATED = "mutation($n: String!) { remoteNetworkCreate(name: $n) { entity { id } } }"
CONNECTOR = "mutation($n: String!, $i: ID!) { connectorCreate(name: $n, remoteNetworkId: $i) { entity { id } } }"
TOKENS = """
mutation($i: ID!) { connectorGenerateTokens(connectorId: $i) { connectorTokens { accessToken refreshToken } } }
"""


class Site:
    """A Connector's surroundings on the running sandbox's Azure, and its line in the status."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox, self.name = sandbox, f"azure-{next(NUMBERS)}"
        self.group = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{self.name}"
        self.host = f"{self.group}/providers/{GROUPS}/{self.name}"

    def build(self) -> None:
        self.put(self.group, {"location": LOCATION}, "2024-03-01")
        address = self.part("publicIPAddresses", {"publicIPAllocationMethod": "Static"}, sku=STANDARD)
        gateway = self.part("natGateways", {"publicIpAddresses": [{"id": address["id"]}]}, sku=STANDARD)
        allowed = [
            rule(f"r{n}", 200 + n, protocol=protocol, destinationPortRange=ports, destinationAddressPrefix="Internet")
            for n, (protocol, ports) in enumerate(RULES)
        ]
        rules = self.part("networkSecurityGroups", {"securityRules": [*allowed, rule("deny", 4000, "Deny")]})
        inside = {"name": "a", "properties": subnet("10.60.1.0/24", natGateway=gateway["id"],
                                                    networkSecurityGroup=rules["id"])}  # fmt: skip
        space = {"addressSpace": {"addressPrefixes": ["10.60.0.0/16"]}}
        network = self.part("virtualNetworks", {**space, "subnets": [inside]})
        self.exit, self.rules = address["properties"]["ipAddress"], rules["id"]
        self.subnet = network["properties"]["subnets"][0]["id"]
        remote = self.sandbox.graphql(CREATED, n=self.name)["remoteNetworkCreate"]["entity"]["id"]
        made = self.sandbox.graphql(CONNECTOR, n=f"{self.name}-a", i=remote)["connectorCreate"]["entity"]["id"]
        self.pair = self.sandbox.graphql(TOKENS, i=made)["connectorGenerateTokens"]["connectorTokens"]

    def start(self, env: list[Props] | None = None, name: str = "") -> Reply:
        """Make or change the container group."""
        pair = {"TWINGATE_ACCESS_TOKEN": self.pair["accessToken"], "TWINGATE_REFRESH_TOKEN": self.pair["refreshToken"]}
        given = variables(TWINGATE_NETWORK="sandbox", **pair) if env is None else env
        properties = {"containers": [container(environmentVariables=given)], "osType": "Linux",
                      "subnetIds": [{"id": self.subnet}]}  # fmt: skip
        body = {"location": LOCATION, "zones": ["2"], "properties": properties, "tags": {"gatepost-site": "amsterdam"}}
        return self.put(f"{self.host}{name}", body, "2023-05-01")

    def part(self, kind: str, properties: Props, **more: Any) -> Props:
        rid = f"{self.group}/providers/{NETWORKS}/{kind}/{self.name}"
        reply = self.put(rid, {"location": LOCATION, "properties": properties, **more})
        assert reply.status == 201, reply.body
        return reply.body

    def put(self, rid: str, body: Props, version: str = "2024-05-01") -> Reply:
        return send("PUT", f"{self.sandbox.running.clouds['azure']}{rid}?api-version={version}", body)

    def line(self) -> Props:
        networks = self.sandbox.page("GET", "status").body["networks"]
        (line,) = next(network["connectors"] for network in networks if network["name"] == self.name)
        return line

    def reach(self, to: str) -> Props:
        return self.sandbox.page("GET", f"reach?connector={self.name}-a&to={to}").body


@pytest.fixture
def site(sandbox: Sandbox) -> Site:
    """All but the container group."""
    made = Site(sandbox)
    made.build()
    return made


def test_a_whole_site_is_alive(site: Site) -> None:
    assert site.line()["reason"] == "no host uses its token pair"
    assert site.start().status == 201
    line = site.line()
    assert line.pop("last_heartbeat_at").endswith("+00:00")
    assert line.pop("id") != ""
    assert line == {
        "name": f"{site.name}-a", "state": "ALIVE", "alive": True, "told": "ALIVE", "reason": "", "host_id": site.host,
        "region": LOCATION, "zone": f"{LOCATION}-2", "public_ip": site.exit, "site": "amsterdam", "slot": None,
        "exposed": [],
    }  # fmt: skip


def test_exposed_tokens_work_and_are_told(site: Site, sandbox: Sandbox) -> None:
    plain = {"TWINGATE_ACCESS_TOKEN": site.pair["accessToken"], "TWINGATE_REFRESH_TOKEN": site.pair["refreshToken"]}
    site.start([{"name": k, "value": v} for k, v in {"TWINGATE_NETWORK": "sandbox", **plain}.items()])
    line = site.line()
    assert (line["state"], line["exposed"]) == ("ALIVE", ["TWINGATE_ACCESS_TOKEN", "TWINGATE_REFRESH_TOKEN"])
    told = " ".join(sandbox.cli("status", COLUMNS="300").stdout.split())
    names = "TWINGATE_ACCESS_TOKEN and TWINGATE_REFRESH_TOKEN"
    assert f"{site.name}-a: {names} of {site.name} can be read by all who may see it." in told


def test_two_groups_with_one_pair_are_both_dead(site: Site) -> None:
    site.start()
    site.start(name="-second")
    reason = f"2 hosts use its token pair: {site.host} and {site.host}-second; a pair works for one host only"
    assert (site.line()["state"], site.line()["reason"]) == ("DEAD_HEARTBEAT_TOO_OLD", reason)


def test_a_pair_that_is_no_longer_valid(site: Site, sandbox: Sandbox) -> None:
    site.start()
    assert sandbox.page("POST", "connectors", {"connector": f"{site.name}-a", "revoke": True}).status == 200
    assert site.line()["alive"] is False
    assert site.line()["reason"] == f"{site.host} holds a pair that is no longer valid"


def test_a_denied_port_is_seen(site: Site) -> None:
    site.start()
    site.put(f"{site.rules}/securityRules/no", rule("no", 100, "Deny", protocol="Tcp", destinationPortRange="443"))
    reason = f"{site.host} may not dial TCP 443: rule no at priority 100, deny does not let it out"
    assert (site.line()["state"], site.line()["reason"]) == ("DEAD_HEARTBEAT_TOO_OLD", reason)


def test_reach_says_what_decides(site: Site) -> None:
    site.start()
    answer = site.reach("1.1.1.1:443/tcp")
    assert (answer["reached"], answer["exit_ip"]) == (True, site.exit)
    assert [(s["part"], s["ok"]) for s in site.reach("10.60.9.9:5432/tcp")["steps"]] == [
        ("host", True), ("firewall", False), ("route", True)]  # fmt: skip


def test_a_broken_image_never_boots(site: Site, held: Sandbox) -> None:
    assert held.page("POST", "settings", {"broken_images": ["twingate/connector:1"]}).status == 200
    site.start()
    image = "its image twingate/connector:1 is broken"
    assert site.line()["reason"] == f"{site.host} never finishes booting: {image}"


def test_a_change_of_tags_is_a_boot_that_takes_its_time(site: Site, held: Sandbox) -> None:
    site.start()
    assert held.page("POST", "settings", {"boot_seconds": 60}).status == 200
    assert held.page("POST", "clock", {"advance_seconds": 60}).status == 200
    assert site.line()["state"] == "ALIVE"
    site.start()
    assert site.line()["reason"] == f"{site.host} is still booting"
    assert held.page("POST", "clock", {"advance_seconds": 60}).status == 200
    assert site.line()["state"] == "ALIVE"


def test_quotas_are_settings(site: Site, held: Sandbox) -> None:
    assert held.page("POST", "settings", {"quotas": {"container_groups": 0}}).status == 200
    refused = site.start()
    assert (refused.status, refused.body["error"]["code"]) == (409, "ContainerGroupQuotaReached")
    assert held.page("POST", "settings", {"quotas": {"container_groups": None}}).status == 200
    assert site.start().status == 201


def test_a_fault_hits_the_calls_of_one_type(site: Site, held: Sandbox) -> None:
    row = {"cloud": "azure", "operation": PUT_GROUP, "kind": "throttle", "seconds": 3, "count": 1}
    assert held.page("POST", "faults", [row]).status == 200
    clients = Clients(held.running.clouds["azure"], SUBSCRIPTION)
    assert clients.resources.resource_groups.get(site.name).location == LOCATION
    refused = site.start()
    assert (refused.status, refused.body, refused.headers["Retry-After"]) == (
        429, {"error": {"code": "TooManyRequests", "message": "The request is being throttled."}}, "3")  # fmt: skip
    assert site.start().status == 201


def test_every_call_is_recorded_by_verb_and_type(site: Site, held: Sandbox) -> None:
    assert held.page("POST", "settings", {"count_alive": True}).status == 200
    last = held.page("GET", "history").body["calls"][-1]["number"]
    site.start()
    clients = Clients(held.running.clouds["azure"], SUBSCRIPTION)
    clients.resources.resource_groups.get(site.name)
    clients.containers.container_groups.stop(site.name, site.name)
    found = [call for call in held.page("GET", f"history?since={last}").body["calls"] if call["cloud"] == "azure"]
    assert [(c["operation"], c["status"], c["write"], c["alive"].get(site.name)) for c in found] == [
        (PUT_GROUP, 201, True, 1),
        ("GET Microsoft.Resources/resourceGroups", 200, False, 1),
        (f"POST {GROUPS}/stop", 204, True, 0),
    ]
