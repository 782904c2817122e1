"""What each mistake in a site on Google Cloud reads like."""

import subprocess
import sys

import pytest
from stacks import settings_data as aws
from stacks.settings_data import AT, NEEDED, QUOTES, RN, at_site, lines_of, of_network, of_site, slots
from stacks.settings_gcp_data import (
    ADOPTED,
    IMAGE,
    KEY,
    PLACE,
    PUBLIC,
    SITE,
    SUBNET,
    TUNNEL,
    VPC,
    A,
    B,
    adopted,
    created,
    routes,
)

from gatepost.gcp_settings import GcpSite


def other_region(zone: str) -> str:
    return f"region: The zone {zone!r} is in the region 'europe-west3', but the site is in 'us-central1'. Change one."


BLOCK = (
    "an IPv4 block within 10.0.0.0/8, 100.64.0.0/10, 172.16.0.0/12, 192.168.0.0/16 that starts at its first address, "
    "such as 10.0.0.0/8; a single address ends in /32."
)
NO_KEY = (
    "kms_key: The KMS key must be the id of a key, such as "
    "projects/acme/locations/europe-west3/keyRings/ring/cryptoKeys/key (without a version), got {!r}."
)
NO_SIZE = "size: The size must be a machine type such as e2-small, got {!r}."
NO_VIA = f"Allowed: the id of a VPN tunnel such as {TUNNEL}, of a forwarding rule or of an instance."

HOSTS = [
    ({"region": "europe-west3-a"}, ["region: Found 'europe-west3-a'. Allowed: a region such as europe-west3."]),
    ({"region": "us-central1"}, [other_region(A), other_region(B)]),
    ({"region": "us-central1"} | {"network": ADOPTED["network"], "exit": ADOPTED["exit"]}, [
        other_region(A), other_region(B),
        *(f"network.adopt.subnets.{zone}: The subnetwork is in the region 'europe-west3', but the site is in "
          "'us-central1'. Change one." for zone in (A, B)),
    ]),
    ({"project": "Acme"}, ["project: Found 'Acme'. Allowed: the id of a project such as acme-prod."]),
    ({"project": 123456}, [f"project: Found 123456. Allowed: text. {QUOTES}"]),
    ({"size": "micro"}, [NO_SIZE.format("micro")]),
    ({"size": "E2-small"}, [NO_SIZE.format("E2-small")]),
    ({"size": "t3a.micro", "image": "ubuntu"}, [
        "image: The image must be one image, such as projects/debian-cloud/global/images/"
        "debian-12-bookworm-v20261110, got 'ubuntu'. A family is not one: it means another image tomorrow.",
        NO_SIZE.format("t3a.micro"),
    ]),
    ({"size": "t2a-standard-1"}, [
        "size: The size 't2a-standard-1' is ARM, and the image debian-12 is for amd64. Use an amd64 size such as "
        "e2-small, or give an image of your own."
    ]),
    ({"size": "c4a-standard-1", "image": IMAGE}, [
        "size: The size 'c4a-standard-1' boots from Hyperdisk only, and hosts have a pd-balanced disk. Use another "
        "size such as e2-small."
    ]),
    ({"volume_gib": 9}, ["volume_gib: Found 9. Allowed: a number from 10 upwards."]),
    ({"volume_gib": 1025}, ["volume_gib: Found 1025. Allowed: a number up to 1024."]),
    ({"kms_key": aws.KEY}, [NO_KEY.format(aws.KEY)]),
    ({"kms_key": f"{KEY}/cryptoKeyVersions/1"}, [NO_KEY.format(f"{KEY}/cryptoKeyVersions/1")]),
    ({"kms_key": KEY.replace("europe-west3", "us-central1")}, [
        "kms_key: The KMS key lies in us-central1, but the host is in europe-west3. Use a key of europe-west3."
    ]),
    ({"kms_key": KEY.replace("europe-west3", "global")}, [
        "kms_key: The KMS key lies in global, but the host is in europe-west3. Use a key of europe-west3."
    ]),
    ({"version": "latest"}, ["version: The version 'latest' is not one of a Debian package, such as '1.80.0'."]),
    ({"version": 1.8}, [f"version: Found 1.8. Allowed: text, such as 1.80.0. {QUOTES}"]),
    ({"upgrade_hour": -1}, ["upgrade_hour: Found -1. Allowed: a number from 0 upwards."]),
    ({"upgrade_hour": 24}, ["upgrade_hour: Found 24. Allowed: a number up to 23."]),
    ({"regional_pair": "yes"}, ["regional_pair: Found 'yes'. Allowed: true or false."]),
    ({"strict": True}, [f"strict: There is no such setting. Allowed here: {', '.join(GcpSite.model_fields)}."]),
    ({"connectors": {"a": {"zone": "europe-west3-c"}, "b": {}}}, [
        f"connectors.a.zone: Slot 'a' names the zone 'europe-west3-c'. Allowed: {A}, {B}. Did you mean {B!r}?"
    ]),
]  # fmt: skip
NETWORKS = [
    (created(cidr="10.50.0.1/24"), [
        "network.create.cidr: The network '10.50.0.1/24' is not an IPv4 block like 10.40.0.0/24 that starts at its "
        "first address."
    ]),
    (created(cidr="10.50.0.0/255.255.255.0"), [
        "network.create.cidr: The network '10.50.0.0/255.255.255.0' must be spelt '10.50.0.0/24'."
    ]),
    *((created(cidr=cidr), [
        f"network.create.cidr: The network {cidr} is not private. Give a block within 10.0.0.0/8, 172.16.0.0/12 or "
        "192.168.0.0/16."
    ]) for cidr in ("203.0.113.0/24", "127.0.0.0/24", "169.254.0.0/24")),
    (created(cidr="10.50.0.0/30"), [
        "network.create.cidr: The network 10.50.0.0/30 is smaller than /29, the smallest subnetwork of Google Cloud."
    ]),
    (created(cidr="10.50.0.0/29"), [
        "network.create.cidr: The network 10.50.0.0/29 has room for 4 hosts, but 2 slots may have 6 at once: new ones "
        "stand beside the old, and a rollout that was refused leaves its own. Give a larger block."
    ]),
    (created(zones=[A, "eu-central-1a"]), [
        "network.create.zones[1]: 'eu-central-1a' is not the name of a zone on gcp. A zone looks like "
        "'europe-west3-b'."
    ]),
    (created(zones=[A, B, A]), [f"network.create.zones: The zone {A!r} is listed twice. Remove one."]),
    (created(acl=True), [
        "network.create.acl: There is no such setting. Allowed here: cidr, zones, routes, flow_logs, protect, replace."
    ]),
    (created(routes=TUNNEL), [
        f"network.create.routes: Found {TUNNEL!r}. Allowed: a list, such as [{{cidr: 10.0.0.0/8, via: {TUNNEL}}}]."
    ]),
    (routes(*((cidr, TUNNEL) for cidr in ("8.8.8.0/24", "10.0.0.1/8", "169.254.0.0/16"))), [
        f"network.create.routes[{n}].cidr: Found {cidr!r}. Allowed: {BLOCK}"
        for n, cidr in enumerate(("8.8.8.0/24", "10.0.0.1/8", "169.254.0.0/16"))
    ]),
    (routes(*((f"10.{n}.0.0/16", via) for n, via in enumerate(("tgw-0123abcd", "hq", f"{PLACE}/vpnGateways/hq")))), [
        f"network.create.routes[{n}].via: Found {via!r}. {NO_VIA}"
        for n, via in enumerate(("tgw-0123abcd", "hq", f"{PLACE}/vpnGateways/hq"))
    ]),
    (routes(("10.50.0.128/25", TUNNEL), ("10.0.0.0/8", TUNNEL), ("10.0.0.0/8", f"{PLACE}/forwardingRules/x")), [
        "network.create.routes[0].cidr: The route to 10.50.0.128/25 is for a range inside the network (10.50.0.0/24). "
        "Remove it.",
        "network.create.routes[2].cidr: There is already a route to 10.0.0.0/8, routes[1]. Remove one.",
    ]),
    ({"reach": [{"cidr": "10.20.0.0/16"}], "dns": ["192.168.0.2"]}, [
        f"{where}: No route leads to {cidr}. The network has 10.50.0.0/24. Add a route there under "
        "network.create.routes, or remove this."
        for where, cidr in (("reach[0].cidr", "10.20.0.0/16"), ("dns[0]", "192.168.0.2"))
    ]),
    (adopted(vpc_id="shared", subnets={A: "connectors", B: VPC}), [
        "network.adopt.vpc_id: The network must be an id or self link like projects/acme/global/networks/name, got "
        "'shared'.",
        *(f"network.adopt.subnets.{zone}: A subnetwork must be an id or self link like "
          f"projects/acme/regions/europe-west3/subnetworks/name, got {link!r}."
          for zone, link in ((A, "connectors"), (B, VPC))),
    ]),
    (adopted(subnets={A: SUBNET, B: SUBNET.replace("west3", "west4")}), [
        f"network.adopt.subnets.{B}: The subnetwork is in the region 'europe-west4', but the site is in "
        "'europe-west3'. Change one."
    ]),
    (adopted(subnets={A: SUBNET, B: SUBNET.replace("acme", "acme-prod")}), [
        f"network.adopt.subnets.{B}: The subnetwork is in the project 'acme-prod', but its network is in 'acme'. "
        "Change one."
    ]),
    ({"dns": ["10.50.0.2", "169.254.169.254"]}, [
        "dns: The DNS server 169.254.169.254 is link-local, and Cloud DNS asks no such server. Remove it: a network "
        "without servers of its own is served by Google's resolver."
    ]),
    (adopted(subnets={}, public_subnets={A: SUBNET}), [
        f"network.adopt: Exit kind adopt needs subnets, such as subnets: {{{A}: {SUBNET}}}."
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("change", "expected"), HOSTS)
def test_a_site_on_google_cloud(change, expected):
    assert of_site(SITE | change) == at_site(expected)


@pytest.mark.parametrize(("change", "expected"), NETWORKS)
def test_a_network_on_google_cloud(change, expected):
    assert of_site(SITE | change) == at_site(expected)


@pytest.mark.parametrize(
    "site",
    [
        SITE,
        ADOPTED,
        PUBLIC,
        ADOPTED | {"dns": ["169.254.169.254"]},  # of the Connectors alone
        ADOPTED | {"project": "acme-connectors"},  # the hosts' project; the network is shared by another one
        adopted(vpc_id=f"https://www.googleapis.com/compute/v1/{VPC}", public_subnets={A: SUBNET}),
        SITE | created(cidr="10.50.0.0/28") | slots("abcd"),
        SITE | {"size": "t2a-standard-1", "image": IMAGE, "kms_key": KEY, "volume_gib": 10, "version": "1.80.0"},
        SITE | {"size": "n2-custom-4-8192", "volume_gib": 1024, "upgrade_hour": 23, "regional_pair": True},
        SITE | {"kms_key": None, "version": None, "image": None, "project": None},
        SITE | routes(("10.0.0.0/8", TUNNEL), ("172.16.0.0/12", "projects/acme/zones/europe-west3-a/instances/fw")),
    ],
)
def test_good_sites_on_google_cloud(site):
    assert of_site(site) == []


def test_the_range_has_room_for_three_hosts_of_each_slot():
    assert of_site(SITE | created(cidr="10.50.0.0/28") | slots("abcd")) == []
    assert of_site(SITE | created(cidr="10.50.0.0/28") | slots("abcde")) == [
        f"{AT}.network.create.cidr: The network 10.50.0.0/28 has room for 12 hosts, but 5 slots may have 15 at once: "
        "new ones stand beside the old, and a rollout that was refused leaves its own. Give a larger block."
    ]


def test_an_exit_network_leads_to_no_private_destination():
    site = SITE | routes(("10.0.0.0/8", TUNNEL)) | {"reach": [{"cidr": "10.1.0.0/16"}]}
    assert of_network(type="EXIT", sites={"frankfurt": site}) == [
        f"{AT}.network.create.routes: An EXIT network leads to no private destination. Remove the routes, or use a "
        "REGULAR network.",
        f"{AT}.reach[0]: An EXIT network dials no private address. The reach 10.1.0.0/16 holds private ones. Put it "
        "into a REGULAR network.",
    ]
    assert of_network(type="EXIT", sites={"frankfurt": SITE | {"reach": [{"cidr": "8.8.8.8"}]}}) == []


def test_ranges_do_not_overlap_across_clouds():
    def told(cidr):
        return of_network(sites={"frankfurt": aws.SITE, "iowa": SITE | created(cidr=cidr)})

    assert told("10.40.4.0/24") == []
    assert told("10.40.3.0/24") == [
        f"{RN}.sites.iowa.network.create.cidr: The range 10.40.3.0/24 overlaps that of the site 'frankfurt' "
        "(10.40.0.0/22). Connectors of one Remote Network must reach the same addresses. Give each site a range of its "
        "own."
    ]


def test_keys_whose_names_would_be_too_long_are_refused_before_anything_is_made():
    network, site, slot = "n" * 21, "s" * 17, "c" * 9
    at = f"gatepost:fleet.remote_networks.{network}"
    assert lines_of({network: {"sites": {site: SITE | {"connectors": {slot: {}, "b": {}}}}}}) == [
        f"{path}: The {kind} key {key!r} has {len(key)} characters. Allowed: 1 to {len(key) - 1} lower-case letters, "
        "digits and inner hyphens, the first one a lower-case letter. Keys become part of names in every cloud."
        for path, kind, key in (
            (at, "network", network),
            (f"{at}.sites.{site}", "site", site),
            (f"{at}.sites.{site}.connectors.{slot}", "slot", slot),
        )
    ]


def test_what_a_site_on_google_cloud_may_say_is_in_the_order_of_the_page():
    assert list(GcpSite.model_fields) == [
        *("cloud", "region", "account", "network", "exit", "dns", "reach", "log_level", "metrics_port", "connectors"),
        *("project", "image", "size", "volume_gib", "kms_key", "regional_pair", "version", "upgrade_hour"),
    ]


def test_missing_settings_of_a_site_on_google_cloud_come_with_examples():
    assert of_site({"cloud": "gcp"}) == [
        f"{AT}.region: {NEEDED} Write for example region: europe-west3",
        f"{AT}.network: {NEEDED} Write for example network: "
        "{create: {cidr: 10.50.0.0/24, zones: [europe-west3-a, europe-west3-b]}}",
        f"{AT}.connectors: {NEEDED} Write for example connectors: {{a: {{}}, b: {{}}}}",
    ]


def test_settings_of_google_cloud_import_no_sdk_of_a_cloud():
    script = """
import sys, gatepost.gcp_settings
print([m for m in sys.modules if m.startswith(("pulumi_", "google.cloud", "google.auth", "gatepost.gcp."))])
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"
