"""``gatepost sandbox prepare``: what a file adopts is there, with its ids, once; what cannot be is told."""

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from sandbox.azure.official import Clients
from sandbox.helpers import Sandbox

ROOT = Path(__file__).resolve().parents[2]
PROD = ROOT / "stacks" / "Pulumi.prod.yaml"
SUBSCRIPTION = "00000000-0000-4000-8000-000000000001"
FLEET = "gatepost:fleet"


@pytest.fixture
def prepared(other_sandbox: Sandbox) -> Sandbox:
    """A sandbox of its own, where nothing has got an address yet."""
    assert other_sandbox.cli("start").returncode == 0
    return other_sandbox


Settings = Callable[..., Path]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Writes a file of one site."""

    def write(stack: str = "tiny", **site: Any) -> Path:
        remote = {"payments": {"sites": {"there": {"connectors": {"a": {}, "b": {}}, **site}}}}
        path = tmp_path / f"Pulumi.{stack}.yaml"
        config = {"gatepost:tenant": "sandbox", FLEET: {"remote_networks": remote}}
        path.write_text(yaml.safe_dump({"config": config}))
        return path

    return write


def adopted(vpc: str, address: str, zone: str = "eu-central-1a") -> dict[str, Any]:
    network = {"adopt": {"vpc_id": vpc, "subnets": {zone: vpc.replace("vpc", "subnet")}}}
    exit_ = {"kind": "adopt", "addresses": [address]}
    return {"cloud": "aws", "region": "eu-central-1", "network": network, "exit": exit_}


def made(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("made")]


def test_what_prod_adopts_is_there_with_its_ids_and_made_once(prepared: Sandbox):
    first = prepared.cli("prepare", str(PROD))
    assert (first.returncode, first.stderr) == (0, "")
    second = prepared.cli("prepare", str(PROD))
    assert [line.replace("made ", "there") for line in first.stdout.splitlines()] == second.stdout.splitlines()
    assert made(second.stdout) == []
    _check_aws(prepared)
    _check_google(prepared)
    _check_azure(prepared)
    query = "query($id: ID!) {remoteNetwork(id: $id) {name networkType}}"
    network = base64.b64encode(b"RemoteNetwork:4217").decode()
    assert prepared.graphql(query, id=network)["remoteNetwork"] == {"name": "office-prod", "networkType": "REGULAR"}
    assert prepared.page("GET", "settings").body["tenants"] == ["acme", "sandbox"]


def _check_aws(cloud: Sandbox) -> None:
    ec2 = cloud.client("ec2")
    (vpc,) = ec2.describe_vpcs(VpcIds=["vpc-0a1b2c3d4e5f60001"])["Vpcs"]
    subnets = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}])["Subnets"]
    found = {s["SubnetId"]: (s["AvailabilityZone"], s["MapPublicIpOnLaunch"]) for s in subnets}
    assert found["subnet-0a1b2c3d4e5f60001"] == ("eu-central-1a", False)
    assert found["subnet-0a1b2c3d4e5f60002"] == ("eu-central-1b", False)
    gateways = {n["NatGatewayId"]: n for n in ec2.describe_nat_gateways()["NatGateways"] if n["VpcId"] == vpc["VpcId"]}
    exits = {}
    for subnet, (zone, _) in found.items():
        tables = ec2.describe_route_tables(Filters=[{"Name": "association.subnet-id", "Values": [subnet]}])
        (table,) = tables["RouteTables"]
        routes = {r["DestinationCidrBlock"]: r for r in table["Routes"]}
        if "NatGatewayId" in routes["0.0.0.0/0"]:
            (address,) = gateways[routes["0.0.0.0/0"]["NatGatewayId"]]["NatGatewayAddresses"]
            exits[zone] = (address["PublicIp"], routes["10.40.0.0/16"]["TransitGatewayId"][:4])
    assert exits == {"eu-central-1a": ("203.0.113.11", "tgw-"), "eu-central-1b": ("203.0.113.12", "tgw-")}
    (image,) = ec2.describe_images(ImageIds=["ami-0a1b2c3d4e5f60c01"])["Images"]
    assert image["Architecture"] == "x86_64"
    key = cloud.client("kms").describe_key(KeyId="0a1b2c3d-4e5f-4607-8192-a3b4c5d6e7f8")["KeyMetadata"]
    assert key["Arn"].startswith("arn:aws:kms:eu-central-1:123456789012:key/0a1b2c3d")
    there = cloud.client("ec2", "eu-west-1").describe_addresses(AllocationIds=["eipalloc-0a1b2c3d4e5f60001"])
    assert "AssociationId" not in there["Addresses"][0]


def _check_google(cloud: Sandbox) -> None:
    from google.auth.credentials import AnonymousCredentials
    from googleapiclient.discovery import build

    options = {"api_endpoint": f"{cloud.running.clouds['gcp']}/compute/v1/"}
    api = build("compute", "v1", credentials=AnonymousCredentials(), client_options=options, static_discovery=True)
    here = {"project": "acme-network", "region": "us-central1"}
    subnet = api.subnetworks().get(**here, subnetwork="connectors").execute()
    assert subnet["network"].endswith("projects/acme-network/global/networks/shared")
    (router,) = api.routers().list(**here).execute()["items"]
    (nat,) = router["nats"]
    (address,) = api.addresses().list(**here).execute()["items"]
    assert (address["address"], nat["natIps"]) == ("203.0.113.21", [address["selfLink"]])
    routes = api.routes().list(project="acme-network").execute()["items"]
    assert [r["destRange"] for r in routes if "nextHopVpnTunnel" in r] == ["10.50.0.0/16"]


def _check_azure(cloud: Sandbox) -> None:
    network = Clients(cloud.running.clouds["azure"], SUBSCRIPTION).network
    vnet = network.virtual_networks.get("acme-office", "office")
    assert vnet.address_space.address_prefixes == ["10.60.0.0/16", "10.255.0.0/16"]
    (subnet,) = vnet.subnets
    guard = network.network_security_groups.get("acme-office", "connectors")
    gateway = network.nat_gateways.get("acme-office", "office-exit")
    assert (subnet.name, subnet.network_security_group.id, subnet.nat_gateway.id) == (
        "connectors",
        guard.id,
        gateway.id,
    )
    assert [d.service_name for d in subnet.delegations] == ["Microsoft.ContainerInstance/containerGroups"]
    (used,) = gateway.public_ip_addresses
    assert network.public_ip_addresses.get("acme-office", used.id.rpartition("/")[2]).ip_address == "203.0.113.31"


def test_nobody_else_gets_an_address_that_a_network_is_to_have(prepared: Sandbox, settings: Settings):
    for number, wanted in enumerate(("198.18.0.1", "198.19.0.1", "203.0.113.1")):
        done = prepared.cli("prepare", str(settings(f"s{number}", **adopted(f"vpc-0123abc{number}", wanted))))
        assert (done.returncode, done.stderr) == (0, "")
    assert prepared.client("ec2").allocate_address(Domain="vpc")["PublicIp"] == "198.18.0.2"
    network = Clients(prepared.running.clouds["azure"], SUBSCRIPTION)
    network.resources.resource_groups.create_or_update("g", {"location": "westeurope"})
    body = {"location": "westeurope", "sku": {"name": "Standard"}, "properties": {"publicIPAllocationMethod": "Static"}}
    assert (
        network.network.public_ip_addresses.begin_create_or_update("g", "x", body).result().ip_address == "203.0.113.2"
    )


def test_a_subnet_and_an_address_that_come_later_join_the_network(sandbox: Sandbox, settings: Settings):
    site: dict[str, Any] = {**adopted("vpc-0a0a0a0a", "192.0.2.201"), "reach": [{"cidr": "10.8.0.0/16"}]}
    assert sandbox.cli("prepare", str(settings(**site))).returncode == 0
    site["network"]["adopt"]["subnets"]["eu-central-1b"] = "subnet-0b0b0b0b"
    site["exit"]["addresses"].append("192.0.2.202")
    site["reach"].append({"cidr": "10.9.0.0/16"})
    done = sandbox.cli("prepare", str(settings(**site)))
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split()[1] for line in made(done.stdout)] == [
        "NAT",
        "subnet",
        "way",
        "way",
    ]  # both ways for the new subnet
    ec2 = sandbox.client("ec2")
    (attachment,) = ec2.describe_transit_gateway_vpc_attachments(
        Filters=[{"Name": "vpc-id", "Values": ["vpc-0a0a0a0a"]}]
    )["TransitGatewayVpcAttachments"]
    assert sorted(attachment["SubnetIds"]) == ["subnet-0a0a0a0a", "subnet-0b0b0b0b"]


@pytest.mark.parametrize(
    ("site", "told"),
    [
        (
            {"cloud": "aws", "region": "eu-central-1", "kms_key": "arn:aws:kms:eu-central-1:999999999999:key/1234abcd"},
            "The KMS key arn:aws:kms:eu-central-1:999999999999:key/1234abcd cannot be made: the sandbox's AWS is the "
            "account 123456789012, and the key is one of 999999999999. Leave kms_key out to try the rest.",
        ),
        (
            {"cloud": "aws", "region": "eu-central-1", "network": {"create": {
                "cidr": "10.40.0.0/22", "zones": ["eu-central-1a"],
                "routes": [{"cidr": "10.0.0.0/8", "via": "pcx-0123abcd"}],
            }}},
            "gatepost:fleet.remote_networks.payments.sites.there.network.create.routes[0].via: pcx-0123abcd stands in "
            "the network that the stack makes, so it cannot be there before. Try the stack without this route.",
        ),
        (
            adopted("vpc-0c0c0c0c", "192.0.2.203", "eu-central-1z"),
            "AWS refuses vpc-0c0c0c0c: Value (eu-central-1z) for parameter availabilityZone is invalid.",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_made_is_a_sentence(sandbox: Sandbox, settings: Settings, site: dict[str, Any], told: str):
    network = {"create": {"cidr": "10.40.0.0/22", "zones": ["eu-central-1a"]}}
    done = sandbox.cli("prepare", str(settings(**{"network": network, **site})))
    assert done.stderr.startswith(told)
    assert len(done.stderr.splitlines()) == 1
    assert done.returncode == (0 if "pcx" in told else 1)  # without a route of yours the rest can be tried


def test_an_address_that_somebody_has_is_told(sandbox: Sandbox, settings: Settings):
    taken = sandbox.client("ec2").allocate_address(Domain="vpc")["PublicIp"]
    done = sandbox.cli("prepare", str(settings(**adopted("vpc-0d0d0d0d", taken))))
    assert done.returncode == 1
    assert done.stderr == (
        f"The address {taken} was given to something else before. Stop the sandbox, start it, and prepare before "
        "anything is built.\n"
    )


def test_a_remote_network_of_another_type_is_told(sandbox: Sandbox, settings: Settings):
    query = 'mutation {remoteNetworkCreate(name: "of-another-type") {entity {id}}}'
    rid = sandbox.graphql(query)["remoteNetworkCreate"]["entity"]["id"]
    zone = {"create": {"cidr": "10.40.0.0/22", "zones": ["eu-central-1a"]}}
    path = settings(cloud="aws", region="eu-central-1", network=zone, exit={"kind": "direct"})
    found = yaml.safe_load(path.read_text())
    found["config"][FLEET]["remote_networks"]["payments"] |= {"adopt": rid, "type": "EXIT"}
    path.write_text(yaml.safe_dump(found))
    done = sandbox.cli("prepare", str(path))
    assert (done.returncode, done.stderr) == (
        1,
        f"The Remote Network {rid} is there with the type REGULAR, and the settings say EXIT. Change one.\n",
    )


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"tenant": "acme"}, "Give a tenant and the list of wants."),
        ({"tenant": "", "wants": {}, "x": 1}, "Unknown fields: x. Known: tenant, wants. tenant is ''; it must be a "
         "text that is not empty. wants is {}; it must be a list of things, as gatepost sandbox prepare sends it."),
    ],
)  # fmt: skip
def test_the_page_says_what_it_takes(sandbox: Sandbox, body: Any, told: str):
    reply = sandbox.page("POST", "prepare", body)
    assert (reply.status, reply.body) == (400, {"error": told})


def test_nothing_is_prepared_where_no_sandbox_runs(tmp_path: Path):
    done = Sandbox(tmp_path / "none").cli("prepare", str(PROD))
    assert done.returncode == 1
    assert done.stderr.startswith(f"The sandbox in {tmp_path / 'none'} is not running; start it with: ")
