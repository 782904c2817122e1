"""Resources in the settings: what is refused, and in which words."""

import pytest
from cli.plan_data import AWS, settings

from gatepost.stack_settings import stack_settings

AT = "gatepost:fleet.remote_networks.pay.resources[0]"
ONLY_NAMES = "Only a DNS name has this setting, and the Resource has an address. Remove it."


@pytest.mark.parametrize(
    "resource",
    [
        {"address": "10.40.0.20"},
        {"address": "10.40.0.0/24", "protocol": "icmp"},
        {"address": "db.acme.internal", "protocol": "tcp", "ports": [443, "8000-8100"]},
        {"address": "*.acme.internal", "resolves_to": {"main": ["10.40.0.0/24", "198.51.100.7"]}},
        {"address": "app-?.acme.com", "private_zone": True},
        {"address": "intranet"},
    ],
)
def test_good_ones(resource):
    (found,) = settings({"main": AWS}, resources=[resource]).fleet.remote_networks["pay"].resources
    assert found.address == resource["address"]


@pytest.mark.parametrize(
    ("resource", "lines"),
    [
        (
            {},
            [".address: This setting is needed and missing. Write for example address: db.acme.internal"],
        ),
        (
            {"address": "10.40.0.1/22"},
            [".address: The address 10.40.0.1/22 does not start at its block's first address. Write 10.40.0.0/22."],
        ),
        (
            {"address": "http://db"},
            [
                ".address: The address 'http://db' is none of a Resource. Allowed: an IPv4 address or block such as "
                "10.20.0.0/16, or a DNS name such as db.acme.internal or *.acme.internal."
            ],
        ),
        (
            {"address": "10.40.0.20", "ports": 443},
            [".ports: The address 10.40.0.20 has ports but protocol 'all'. Set protocol tcp or udp."],
        ),
        (
            {"address": "10.40.0.20", "protocol": "tcp", "ports": 70000},
            [".ports: Found 70000. Allowed: 1-65535, a rising range like '8000-8100', or a list of both."],
        ),
        (
            {"address": "198.51.100.7", "protocol": "icmp"},
            [".protocol: The address 198.51.100.7 asks for icmp to public addresses, which not every NAT passes."],
        ),
        (
            {"address": "a.lan", "protocol": "icmp", "resolves_to": {"main": ["198.51.100.7"]}},
            [".protocol: The address 198.51.100.7 asks for icmp to public addresses, which not every NAT passes."],
        ),
        (
            {"address": "10.40.0.20", "resolves_to": {"main": ["10.40.0.20"]}, "private_zone": True},
            [f".resolves_to: {ONLY_NAMES}", f".private_zone: {ONLY_NAMES}"],
        ),
        (
            {"address": "a.lan", "resolves_to": {"mian": ["10.40.0.20"]}},
            [".resolves_to.mian: Found 'mian'. Allowed: main. Did you mean 'main'?"],
        ),
        (
            {"address": "a.lan", "resolves_to": {"main": []}},
            [".resolves_to.main: Found an empty list. Allowed: at least one entry."],
        ),
        (
            {"address": "a.lan", "resolves_to": {"main": ["b.lan"]}},
            [".resolves_to.main[0]: The address 'b.lan' is not an IPv4 block like 10.0.0.0/8."],
        ),
    ],
)
def test_bad_ones(resource, lines):
    fleet = {"remote_networks": {"pay": {"sites": {"main": AWS}, "resources": [resource]}}}
    _, problems = stack_settings({"tenant": "acme", "fleet": fleet}, environment="prod")
    assert problems == [f"{AT}{line}" for line in lines]
