"""What sites of one Remote Network and Remote Networks of one fleet must agree on; quotas, regions, advice."""

import json
from pathlib import Path
from typing import Any

import botocore
import pytest
from stacks.settings_data import ADOPTED, AT, PUBLIC, RN, SITE, lines_of, of_network, of_site

from gatepost.advice import advice
from gatepost.fleet_checks import shared_exit_networks
from gatepost.quotas import QUOTAS, Quotas
from gatepost.regions import CHINA, REGIONS
from gatepost.settings import SITES, parse, parse_azure

SECOND = SITE | {"network": {"create": {"cidr": "10.41.0.0/22", "zones": ["eu-central-1a", "eu-central-1b"]}}}
GOOGLE = {
    "cloud": "gcp",
    "region": "us-central1",
    "network": {"create": {"cidr": "10.50.0.0/24", "zones": ["us-central1-a", "us-central1-b"]}},
    "connectors": {"a": {}, "b": {}},
}
AZURE = {
    "cloud": "azure",
    "region": "westeurope",
    "network": {"create": {"cidr": "10.60.0.0/24", "zones": ["1", "2"]}},
    "connectors": {"a": {}, "b": {}},
}
ONE_REACH = (
    "Twingate may send a user through any Connector of a Remote Network. Give both the same reach, make two Remote "
    "Networks, or set replicated: true if the sites hold copies of the same Resources."
)
RELAYS = (
    "Clients reach these Connectors by Twingate's relays only, which are too slow for all of a user's internet traffic."
)
REASON = "If relays are enough, say why with relay_only: in the Remote Network."


def told_of(**network):
    """Advice about a fleet of one Remote Network."""
    fleet, lines = parse({"remote_networks": {"payments": network}}, environment="prod")
    assert lines == []
    return [str(line) for line in advice(fleet)]


def reaching(site, *reaches):
    return site | {"reach": list(reaches)}


def test_sites_that_reach_different_destinations():
    sites = {
        "frankfurt": reaching(SITE, {"cidr": "10.40.0.0/22"}, {"cidr": "8.8.8.8", "protocol": "udp", "ports": 53}),
        "other": reaching(SECOND, {"cidr": "8.8.8.8/32", "protocol": "udp", "ports": ["53"]}),
    }
    assert of_network(sites=sites) == [
        f"{RN}.sites.other.reach: The sites 'frankfurt' and 'other' reach different destinations: only 'frankfurt' has "
        f"10.40.0.0/22 all. {ONE_REACH}"
    ]
    assert of_network(sites=sites, replicated=True) == []


def test_one_reach_in_two_spellings_is_one():
    one = {"cidr": "8.8.8.8", "protocol": "tcp", "ports": [80, 443]}
    other = [
        {"cidr": "8.8.8.8/32", "protocol": "tcp", "ports": "443"},
        {"cidr": "8.8.8.8", "protocol": "tcp", "ports": 80},
    ]
    assert of_network(sites={"a": reaching(SITE, one), "b": reaching(SECOND, *other)}) == []


def test_one_site_has_no_copies():
    assert of_network(replicated=True) == [
        f"{RN}.replicated: There is one site, so nothing is replicated. Remove this line, or add a site."
    ]


@pytest.mark.parametrize(
    ("site", "way"),
    [
        (SITE, "Use exit: {kind: direct}."),
        (AZURE, "On Azure there is no other exit; use AWS (direct) or Google Cloud for exit nodes."),
        (SITE | {"exit": {"kind": "direct"}}, None),
        (PUBLIC, None),
        (GOOGLE, None),
        (ADOPTED, None),
    ],
)
def test_exit_networks_and_relays(site, way):
    expected = [] if way is None else [f"{AT}.exit: {RELAYS} {way} {REASON}"]
    assert of_network(type="EXIT", sites={"frankfurt": site}) == expected
    assert of_network(type="EXIT", relay_only="a lab", sites={"frankfurt": site}) == []
    assert of_network(type="REGULAR", sites={"frankfurt": site}) == []


def test_relay_only_needs_a_reason_and_an_exit_network():
    assert of_network(type="EXIT", relay_only=True) == [
        f"{RN}.relay_only: Found true. Allowed: text, such as partners only need the address.",
    ]
    assert of_network(relay_only="a lab") == [
        f"{RN}.relay_only: Only an EXIT network has this setting. Remove it, or set type: EXIT."
    ]


def test_an_exit_network_shares_its_network_with_nobody():
    exits = {"type": "EXIT", "sites": {"x": PUBLIC | {"connectors": {"c": {}, "d": {}}}}}
    assert lines_of({"payments": {"sites": {"frankfurt": ADOPTED}}, "exits": exits}) == [
        "gatepost:fleet.remote_networks.exits.sites.x.network.adopt.vpc_id: The network 'vpc-0123abcd' is also that of "
        "remote_networks.payments.sites.frankfurt. An EXIT network needs a network of its own, or its users reach "
        "private systems past the access rules of Twingate. https://www.twingate.com/docs/exit-networks"
    ]
    assert lines_of({"exits": exits}) == []
    link = "https://www.googleapis.com/compute/v1/projects/acme/global/networks/main"
    spelt = [{"cloud": "gcp", "network": {"adopt": {"vpc_id": vpc}}} for vpc in (link, link.partition("v1/")[2])]
    data = {"remote_networks": {"e": {"type": "EXIT", "sites": {"x": spelt[0]}}, "p": {"sites": {"x": spelt[1]}}}}
    assert [steps for steps, _ in shared_exit_networks(data)] == [
        ("remote_networks", "e", "sites", "x", "network", "adopt", "vpc_id")
    ]
    two = {key: {"sites": {"x": PUBLIC | {"connectors": {key: {}, "d": {}}}}} for key in ("p", "q")}
    assert lines_of(two) == []


@pytest.mark.parametrize(
    ("site", "region", "rest"),
    [
        (SITE, "eu-centrall-1", " is none of AWS's that gatepost knows. Did you mean 'eu-central-1'? "),
        (GOOGLE, "us-centrall1", " is none of Google Cloud's that gatepost knows. Did you mean 'us-central1'? "),
        (AZURE, "westeurop", " is none of Azure's that gatepost knows. Did you mean 'westeurope'? "),
    ],
)
def test_regions_that_no_cloud_has(site, region, rest):
    told = f"{AT}.region: The region {region!r}{rest}If it is new, list it under more_regions of the fleet."
    networks = {"payments": {"sites": {"frankfurt": site | {"region": region}}}}
    assert told in lines_of(networks)
    assert told not in lines_of(networks, more_regions=[region])


@pytest.mark.parametrize(("site", "region"), [(SITE, "cn-north-1"), (AZURE, "chinanorth3")])
def test_regions_that_twingate_does_not_serve_well(site, region):
    told = (
        f"The region {region!r} is in China, where Twingate calls its service unstable, so no Connector is put there."
    )
    networks = {"payments": {"sites": {"frankfurt": site | {"region": region}}}}
    assert f"{AT}.region: {told} Take a region outside of China." in lines_of(networks, more_regions=[region])


def test_a_region_that_is_not_even_spelt_like_one_is_told_once():
    assert [line for line in of_site(SITE | {"region": "eu-central-1a"}) if ".region: " in line] == [
        f"{AT}.region: The region 'eu-central-1a' is not one of AWS, such as 'eu-central-1' (without a zone)."
    ]


def test_the_regions_of_aws_are_those_of_botocore():
    file = Path(botocore.__file__).parent / "data" / "partitions.json"
    partitions = {p["id"]: set(p["regions"]) for p in json.loads(file.read_text())["partitions"]}
    ours = ("aws", "aws-eusc", "aws-us-gov")
    known = set().union(*(partitions[name] for name in ours)) - {f"{name}-global" for name in ours}
    assert REGIONS["aws"] == known
    assert set(CHINA["aws"]) == partitions["aws-cn"] - {"aws-cn-global"}


def many(count, **more):
    return {f"n{n}": {"sites": {"x": SITE | more | {"network": SITE["network"]}}} for n in range(count)}


def test_quotas_that_are_given_are_kept():
    quotas = {"aws": {"addresses": 7, "networks": 3}}
    need = "Ask the cloud for more, or take another region."
    assert lines_of(many(4), quotas=quotas) == [
        "gatepost:fleet.quotas.aws.addresses: The fleet needs 8 Elastic IP addresses in eu-central-1, and the quota "
        f"is 7. {need}",
        f"gatepost:fleet.quotas.aws.networks: The fleet needs 4 VPCs in eu-central-1, and the quota is 3. {need}",
    ]
    assert lines_of(many(3), quotas=quotas) == []
    assert lines_of(many(3), quotas={"aws": {"addresses": 6}}) == []


def test_container_groups_and_cores_count_twice():
    network = {"payments": {"sites": {"frankfurt": AZURE | {"cpu": 1.5}}}}
    assert lines_of(network, quotas={"azure": {"container_groups": 3, "cores": 5}}) == [
        "gatepost:fleet.quotas.azure.container_groups: The fleet needs 4 container groups in westeurope while it "
        "rolls, and the quota is 3. Ask the cloud for more, or take another region.",
        "gatepost:fleet.quotas.azure.cores: The fleet needs 6 cores of container groups in westeurope while it "
        "rolls, and the quota is 5. Ask the cloud for more, or take another region.",
    ]
    assert lines_of(network, quotas={"azure": {"container_groups": 4, "cores": 6}}) == []


def test_adopted_addresses_and_other_accounts_take_nothing_of_a_quota():
    adopt = {"exit": {"adopt": {"eu-central-1a": "eipalloc-0123abcd"}}}
    networks = many(1, **adopt) | {"other": {"sites": {"y": SECOND | {"account": "shop"}}}}
    assert lines_of(networks, quotas={"aws": {"addresses": 2}}) == []
    assert lines_of(networks, quotas={"aws": {"addresses": 1}}) == [
        "gatepost:fleet.quotas.aws.addresses: The fleet needs 2 Elastic IP addresses in eu-central-1, and the quota is "
        "1. Ask the cloud for more, or take another region."
    ]


def test_quotas_that_nobody_gave_are_advice():
    fleet, lines = parse({"remote_networks": many(3)}, environment="prod")
    assert lines == []
    assert [str(line) for line in advice(fleet)] == [
        "The fleet needs 6 Elastic IP addresses in eu-central-1; a new account has 5 "
        "(https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/elastic-ip-addresses-eip.html). Make sure of yours, and "
        "write it down: quotas: {aws: {addresses: ...}}."
    ]


def test_every_quota_can_be_given_and_every_site_says_what_it_takes():
    for quota in QUOTAS:
        assert quota.name in type(getattr(Quotas(), quota.cloud)).model_fields
    for cloud, site in {"aws": SITE, "gcp": GOOGLE, "azure": AZURE}.items():
        taken = SITES[cloud].model_validate(site).takes()
        assert {quota.name for quota in QUOTAS if quota.cloud == cloud} <= set(taken)


def test_advice_about_one_zone_is_given_for_each_site():
    one = {"connectors": {"a": {"zone": "eu-central-1a"}, "b": {"zone": "eu-central-1a"}}}
    assert told_of(sites={"frankfurt": SITE | one, "other": SECOND}) == [
        "payments/frankfurt: All 2 Connectors (a, b) are in the zone eu-central-1a. When it fails, none is left. "
        "List a second zone, or pin one of them to another."
    ]


def test_advice_about_reaches_in_several_segments():
    routes = [{"cidr": "10.0.0.0/8", "via": "tgw-0123abcd"}, {"cidr": "172.16.0.0/12", "via": "vgw-0123abcd"}]
    site = SITE | {"network": {"create": SITE["network"]["create"] | {"routes": routes}}}
    reaches = [{"cidr": cidr} for cidr in ("10.40.0.0/24", "10.9.0.0/16", "172.20.0.0/16", "8.8.8.8", "10.8.0.0/16")]
    assert told_of(sites={"frankfurt": reaching(site, *reaches)}) == [
        "payments/frankfurt: The reaches lie in 3 segments (10.40.0.0/24 in the network; 10.9.0.0/16, 10.8.0.0/16 by "
        "tgw-0123abcd; 172.20.0.0/16 by vgw-0123abcd). A Remote Network for each segment keeps users of one out of the "
        "others when a Connector or a rule goes wrong."
    ]
    assert told_of(sites={"frankfurt": reaching(site, *reaches[1:2], *reaches[3:])}) == []


def test_advice_about_an_exit_network_in_a_network_that_exists():
    assert told_of(type="EXIT", sites={"frankfurt": PUBLIC | {"connectors": {"a": {}, "b": {}}}})[-1] == (
        "payments/frankfurt: The network exists already, so gatepost cannot see whether it is one of its own. Make "
        "sure that it has no peering and no transit: users would reach private systems past the access rules."
    )


VNET = "/subscriptions/0-1/resourceGroups/Acme/providers/Microsoft.Network/virtualNetworks/main"
GUARD = VNET.replace("virtualNetworks/main", "networkSecurityGroups/guard")
OWN: dict[str, Any] = AZURE | {
    "network": {
        "adopt": {
            "vpc_id": VNET,
            "subnets": {"1": f"{VNET}/subnets/a", "2": f"{VNET}/subnets/a"},
            "security_group_id": GUARD,
            "resource_group": "acme",
        }
    },
    "exit": {"kind": "adopt", "addresses": ["203.0.113.9"]},
}


def test_a_site_on_azure_shares_neither_subnets_nor_security_group():
    other = {"network": {"adopt": OWN["network"]["adopt"] | {"security_group_id": GUARD.lower()}}}
    owns = "On Azure a site owns the security group of its subnets. Give this site subnets and a group of its own, or"
    at = "gatepost:fleet.remote_networks.q.sites.y.network.adopt"
    assert lines_of({"p": {"sites": {"x": OWN}}, "q": {"sites": {"y": OWN | other}}}) == [
        f"{at}.security_group_id: The security group is also that of remote_networks.p.sites.x. {owns} join the sites.",
        *[
            f'{at}.subnets["{zone}"]: The subnet is also that of remote_networks.p.sites.x. {owns} join the sites.'
            for zone in "12"
        ],
    ]
    assert lines_of({"p": {"sites": {"x": OWN}}}) == []


def test_ids_of_azure_are_the_same_in_any_case():
    address = VNET.replace("virtualNetworks/main", "publicIPAddresses/exit")
    exits = {
        "exit": {
            "kind": "nat",
            "adopt": {"1": address, "2": address.upper().replace("/SUBSCRIPTIONS", "/subscriptions")},
        }
    }
    told = lines_of({"p": {"sites": {"x": AZURE | exits}}})
    assert [line.partition(": ")[0] for line in told if "is already adopted at" in line] == [
        'gatepost:fleet.remote_networks.p.sites.x.exit.adopt["2"]'
    ]


def test_what_azure_lacks_is_not_advised():
    assert lines_of({"p": {"sites": {"x": AZURE | {"exit": {"kind": "adopt", "addresses": ["203.0.113.9"]}}}}}) == [
        "gatepost:fleet.remote_networks.p.sites.x.exit.kind: A network to create needs exit kind nat; kind adopt is "
        "for networks that exist."
    ]
    assert lines_of({"p": {"sites": {"x": OWN | {"exit": {"kind": "nat"}}}}}) == [
        "gatepost:fleet.remote_networks.p.sites.x.exit: An adopted network has its own way out. Set exit: {kind: "
        "adopt, addresses: [...]} with the static addresses that its traffic leaves from."
    ]


def test_messages_about_secrets_show_no_part_of_them():
    for odd in ("hunt\ner2. Allowed x", "eyJ. Allowed", 4711):
        _, told = parse_azure({"workspaces": odd})
        assert told == ["gatepost:azure.workspaces: Found another value. Allowed: a map."]
