"""What each mistake in a site on Azure reads like."""

import subprocess
import sys

import pytest
from stacks.settings_azure_data import (
    ADDRESS,
    ADOPTED,
    GUARD,
    PREFIX,
    SITE,
    SUBNET,
    VNET,
    WORKSPACE,
    adopted,
    created,
    routes,
)
from stacks.settings_data import AT, NEEDED, QUOTES, RN, at_site, lines_of, of_network, of_site, slots

from gatepost.azure_settings import AzureSite

BLOCK = (
    "an IPv4 block within 10.0.0.0/8, 100.64.0.0/10, 172.16.0.0/12, 192.168.0.0/16 that starts at its first address, "
    "such as 10.0.0.0/8; a single address ends in /32."
)
CPU = "cpu: cpu must be 1 to 4 CPUs, which container groups have everywhere, got {}."
MEMORY = "memory_gb: memory_gb must be 1 to 16 GB, which container groups have everywhere, got {}."
NO_DNS = "dns: The DNS server {!r} is not an IPv4 address like 10.0.0.2."
NO_VIA = "Found {!r}. Allowed: gateway (the network's VPN gateway), or an appliance's address such as 10.0.0.4."
IMAGES = "with a tag or a digest, such as twingate/connector:1 or acme.azurecr.io/twingate/connector:1"
ROOM = (
    "network.create.cidr: Each zone's subnet of {} has room for {} hosts, but {} slots may have {} at once: new ones "
    "stand beside the old, and a rollout that was refused leaves its own. A subnet needs 3 x slots + 5 addresses. Give "
    "a larger block."
)
GROUP = (
    "cannot be used for azure resource group: 1 to 90 characters that match [-\\w.()]*[-\\w()] are allowed "
    "(https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules)."
)

HOSTS = [
    ({"region": "West Europe"}, [
        "region: The region 'West Europe' must be spelt as Azure's programs spell it, such as 'westeurope'."
    ]),
    ({"region": "westeurop"}, [
        "region: The region 'westeurop' is none of Azure's that gatepost knows. Did you mean 'westeurope'? If it is "
        "new, list it under more_regions of the fleet."
    ]),
    ({"region": "northcentralus"}, [
        "region: The region 'northcentralus' has no zones. Give 'regional' in place of 1, 2."
    ]),
    ({"region": "northcentralus"} | {"network": ADOPTED["network"], "exit": ADOPTED["exit"]}, [
        "region: The region 'northcentralus' has no zones. Give 'regional' in place of 1, 2."
    ]),
    ({"cpu": 0.5}, [CPU.format(0.5)]),
    ({"cpu": 8, "memory_gb": 32}, [CPU.format(8), MEMORY.format(32)]),
    ({"memory_gb": 0.5}, [MEMORY.format(0.5)]),
    ({"image": "twingate/connector"}, [
        f"image: The image must be the Connector's {IMAGES}, got 'twingate/connector'."
    ]),
    ({"registry": "acme.azurecr.io"}, [
        "registry: The credentials are for the registry 'acme.azurecr.io', but the image is pulled from "
        "'index.docker.io'. Change one."
    ]),
    ({"log_analytics": "logs"}, [
        "log_analytics: Found 'logs'. Allowed: the id (a GUID, in small letters) of a Log Analytics workspace."
    ]),
    ({"portal": "yes"}, ["portal: Found 'yes'. Allowed: true or false."]),
    ({"dns": ["dns.acme.com"]}, [NO_DNS.format("dns.acme.com")]),
    ({"dns": ["10.60.0.300"]}, [NO_DNS.format("10.60.0.300")]),
    ({"size": "t3a.micro"}, [f"size: There is no such setting. Allowed here: {', '.join(AzureSite.model_fields)}."]),
    ({"connectors": {"a": {"zone": "3"}, "b": {}}}, [
        "connectors.a.zone: Slot 'a' names the zone '3'. Allowed: 1, 2."
    ]),
]  # fmt: skip
EXITS = [
    ({"exit": {"kind": "direct"}}, [
        "exit.kind: Azure has no exit direct: a container group in a virtual network can have no public address of its "
        "own. Allowed: nat, adopt."
    ]),
    ({"exit": {"kind": "nat", "zone": "1"}}, [
        "exit.zone: With per: zone each zone has a NAT gateway. Remove zone, or set per: site."
    ]),
    ({"exit": {"kind": "nat", "per": "site", "zone": "3"}}, [
        "exit.zone: The zone '3' is no zone of the network. Allowed: 1, 2."
    ]),
    ({"exit": {"kind": "nat", "adopt": {"3": ADDRESS}}}, [
        'exit.adopt["3"]: The zone \'3\' is no zone of the network. Allowed: 1, 2.'
    ]),
    ({"exit": {"kind": "nat", "per": "site", "adopt": {"2": ADDRESS}}}, [
        'exit.adopt["2"]: The zone \'2\' is not where the only NAT gateway stands. Allowed: 1, or set per: zone.'
    ]),
    ({"exit": {"kind": "nat", "adopt": {"1": "exit"}, "prefix": "exits"}}, [
        f'exit.adopt["1"]: An adopted address must be the id of a public IP address like {ADDRESS}, got \'exit\'.',
        f"exit.prefix: The prefix must be the id of a public IP prefix like {PREFIX}, got 'exits'.",
    ]),
]  # fmt: skip
NETWORKS = [
    (created(cidr="10.60.0.1/24"), [
        "network.create.cidr: The network '10.60.0.1/24' is not an IPv4 block like 10.60.0.0/24 that starts at its "
        "first address."
    ]),
    (created(cidr="10.60.0.0/255.255.255.0"), [
        "network.create.cidr: The network '10.60.0.0/255.255.255.0' must be spelt '10.60.0.0/24'."
    ]),
    (created(cidr="203.0.113.0/24"), [
        "network.create.cidr: The network 203.0.113.0/24 is not private. Give a block within 10.0.0.0/8, 172.16.0.0/12 "
        "or 192.168.0.0/16."
    ]),
    (created(cidr="10.60.0.0/28"), [
        "network.create.cidr: The network 10.60.0.0/28 is not within /8 and /27: each zone's subnet is a quarter of "
        "it, and Azure has none smaller than /29."
    ]),
    (created(cidr="10.60.0.0/27") | slots("abc"), [ROOM.format("10.60.0.0/27", 3, 2, 6)]),
    (created(cidr="10.60.0.0/26") | slots("abcdefgh"), [ROOM.format("10.60.0.0/26", 11, 4, 12)]),
    (created(zones=[1, 2]), [
        f"network.create.zones[{n}]: Found {n + 1}. Allowed: text. {QUOTES}" for n in range(2)
    ]),
    (created(zones=["westeurope-1", "2"]), [
        "network.create.zones[0]: 'westeurope-1' is not the name of a zone on azure. A zone is '1', '2' or '3', or "
        "'regional' for none of them."
    ]),
    (created(zones=["1", "regional"]) | slots("ab"), [
        "region: The zone 'regional' stands for no zone at all, so it goes with none of 1."
    ]),
    (created(zones=["1", "2", "1"]), ["network.create.zones: The zone '1' is listed twice. Remove one."]),
    (created(flow_logs=True), [
        "network.create.flow_logs: There is no such setting. Allowed here: cidr, zones, routes, resource_group, "
        "protect."
    ]),
    (created(resource_group="acme."), [
        f"network.create.resource_group: The name 'acme.' (5 characters) {GROUP}"
    ]),
    (routes(("8.8.8.0/24", "gateway"), ("10.0.0.0/8", "fw"), ("10.1.0.0/16", "8.8.8.8")), [
        f"network.create.routes[0].cidr: Found '8.8.8.0/24'. Allowed: {BLOCK}",
        f"network.create.routes[1].via: {NO_VIA.format('fw')}",
        f"network.create.routes[2].via: {NO_VIA.format('8.8.8.8')}",
    ]),
    (routes(("10.60.0.128/25", "gateway"), ("10.0.0.0/8", "gateway"), ("10.0.0.0/8", "10.60.0.4")), [
        "network.create.routes[0].cidr: The route to 10.60.0.128/25 is for a range inside the network (10.60.0.0/24). "
        "Remove it.",
        "network.create.routes[2].cidr: There is already a route to 10.0.0.0/8, routes[1]. Remove one.",
    ]),
    ({"reach": [{"cidr": "10.20.0.0/16"}], "dns": ["192.168.0.2"]}, [
        f"{where}: No route leads to {cidr}. The network has 10.60.0.0/24. Add a route there under "
        "network.create.routes, or remove this."
        for where, cidr in (("reach[0].cidr", "10.20.0.0/16"), ("dns[0]", "192.168.0.2"))
    ]),
    (adopted(vpc_id="main", subnets={"1": VNET}, security_group_id="guard", resource_group="a/b"), [
        f"network.adopt.vpc_id: The network must be the id of a virtual network like {VNET}, got 'main'.",
        f'network.adopt.subnets["1"]: A subnet must be the id of a subnet like {SUBNET}, got {VNET!r}.',
        f"network.adopt.security_group_id: The security group must be the id of a network security group like {GUARD}, "
        "got 'guard'.",
        f"network.adopt.resource_group: The name 'a/b' (3 characters) {GROUP}",
    ]),
    (adopted(subnets={"1": SUBNET, "regional": SUBNET}), [
        "network.adopt.subnets: The zone 'regional' stands for no zone at all, so it goes with none of 1."
    ]),
    (adopted(dns_servers=["10.60.0.4", "10.60.0.5"]), [
        "dns: The network resolves names by 10.60.0.4, 10.60.0.5, but container groups do not see the DNS servers of "
        "their network, so private names would resolve nowhere. Give them."
    ]),
    (adopted(subnets={"1": SUBNET, "2": SUBNET.replace("main", "other")}), [
        f'network.adopt.subnets["2"]: The subnet {SUBNET.replace("main", "other")} is none of the virtual network '
        f"{VNET}. Give one of its own, or the network it is in."
    ]),
    (adopted(dns_servers=["dns"]), [f"network.adopt.dns_{NO_DNS.format('dns').replace('dns:', 'servers:', 1)}"]),
]  # fmt: skip


@pytest.mark.parametrize(("change", "expected"), HOSTS + EXITS)
def test_a_site_on_azure(change, expected):
    assert of_site(SITE | change) == at_site(expected)


@pytest.mark.parametrize(("change", "expected"), NETWORKS)
def test_a_network_on_azure(change, expected):
    assert of_site(SITE | change) == at_site(expected)


@pytest.mark.parametrize(
    "site",
    [
        SITE,
        ADOPTED,
        adopted(dns_servers=["10.60.0.4"]) | {"dns": ["10.60.0.4"]},
        SITE | {"region": "northcentralus"} | created(zones=["regional"]) | slots("ab"),
        SITE | created(cidr="10.60.0.0/26") | slots("abcdef"),
        SITE | {"exit": {"kind": "nat", "adopt": {"1": ADDRESS}, "prefix": PREFIX}},
        SITE | {"exit": {"kind": "nat", "per": "site", "zone": "2", "adopt": {"2": ADDRESS}}},
        SITE | {"cpu": 4, "memory_gb": 16, "portal": True, "image": "twingate/connector:1.80.0"},
        SITE | {"registry": "index.docker.io", "log_analytics": WORKSPACE},
        SITE | {"registry": "acme.azurecr.io", "image": f"acme.azurecr.io/connector@sha256:{'0' * 64}"},
        SITE | routes(("10.0.0.0/8", "gateway"), ("192.168.0.0/16", "10.60.0.4")),
    ],
)
def test_good_sites_on_azure(site):
    assert of_site(site) == []


def test_quotas_count_the_hosts_of_a_rollout():
    networks = {"payments": {"sites": {"frankfurt": SITE | {"cpu": 2}}}}
    assert lines_of(networks, quotas={"azure": {"container_groups": 3, "cores": 7}}) == [
        f"gatepost:fleet.quotas.azure.{name}: The fleet needs {count} {what} in westeurope while it rolls, and the "
        f"quota is {count - 1}. Ask the cloud for more, or take another region."
        for name, count, what in (
            ("container_groups", 4, "container groups"),
            ("cores", 8, "cores of container groups"),
        )
    ]
    assert lines_of(networks, quotas={"azure": {"container_groups": 4, "cores": 8}}) == []


def test_an_exit_network_says_why_relays_are_enough():
    told = (
        f"{AT}.exit: Clients reach these Connectors by Twingate's relays only, which are too slow for all of a user's "
        "internet traffic. On Azure there is no other exit; use AWS (direct) or Google Cloud for exit nodes. If relays "
        "are enough, say why with relay_only: in the Remote Network."
    )
    assert of_network(type="EXIT", sites={"frankfurt": SITE}) == [told]
    assert of_network(type="EXIT", relay_only="few users", sites={"frankfurt": SITE}) == []


def test_keys_whose_names_would_be_too_long_are_refused_before_anything_is_made():
    site = "s" * 17
    assert lines_of({"payments": {"sites": {site: SITE}}}) == [
        f"{RN}.sites.{site}: The site key {site!r} has 17 characters. Allowed: 1 to 16 lower-case letters, digits and "
        "inner hyphens, the first one a lower-case letter. Keys become part of names in every cloud."
    ]


def test_missing_settings_of_a_network_to_adopt_come_with_examples():
    found = of_site(SITE | {"network": {"adopt": {"subnets": {"1": SUBNET}}}, "exit": {"kind": "adopt"}})
    examples = {
        "network.adopt.vpc_id": VNET,
        "network.adopt.security_group_id": GUARD,
        "network.adopt.resource_group": "acme",
        "exit.addresses": "[203.0.113.7]",
    }
    assert found == at_site(
        [f"{path}: {NEEDED} Write for example {path.rpartition('.')[2]}: {text}" for path, text in examples.items()]
    )


def test_what_a_site_on_azure_may_say_is_in_the_order_of_the_page():
    assert list(AzureSite.model_fields) == [
        *("cloud", "region", "account", "network", "exit", "dns", "reach", "log_level", "metrics_port", "connectors"),
        *("image", "cpu", "memory_gb", "registry", "log_analytics", "portal"),
    ]


def test_settings_of_azure_import_no_sdk_of_a_cloud():
    script = """
import sys, gatepost.azure_settings
print([m for m in sys.modules if m.startswith(("pulumi_", "azure.", "gatepost.azure."))])
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"


def test_examples_in_messages_can_be_pasted():
    (told,) = [line for line in of_site({"cloud": "azure"}) if ".network: " in line]
    assert told.endswith('Write for example network: {create: {cidr: 10.60.0.0/24, zones: ["1", "2"]}}')
