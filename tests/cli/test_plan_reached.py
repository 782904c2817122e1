"""Resources of the settings, seen from sites of each cloud: verdicts that can be worked out by hand."""

from ipaddress import ip_address, ip_network

import pytest
from cli.plan_data import ADOPTED, AWS, GCP, settings

from gatepost.acl_rules import AclRules
from gatepost.egress import egress_rules
from gatepost.plan.model import fleet_plan
from gatepost.plan.resources import site_place
from gatepost.rule import allows

HOST = "10.40.0.20"
OPEN = {**GCP, "reach": [{"cidr": "10.50.0.0/24"}]}
TLS = {"protocol": "tcp", "ports": 443}
SITE = "remote_networks.pay.sites.main"
NO_ZONE = (
    "Public DNS does not answer for this name, and the site has no DNS server of its own and no private zone for it. "
    f"Give DNS servers under {SITE}.dns, with a route to them, or set private_zone: true on the Resource if a private "
    "zone of every network answers."
)


def told(site, *resources, **network):
    (planned,) = fleet_plan(settings({"main": site}, resources=list(resources), **network)).networks
    assert all(one.gap.place == "pay/main" for one in planned.findings)
    return [(one.gap.known, f"{one.gap.text} {one.fix}".strip()) for one in planned.findings]


def with_acl(**site):
    create = {**AWS["network"]["create"], "acl": True}
    return {**AWS, "network": {"create": create}, **site}


def named(address, at=HOST):
    return {"address": address, **TLS, "resolves_to": {"main": [at]}}


@pytest.mark.parametrize(
    ("site", "resource"),
    [
        # An ACL opens what reaches ask for, and DNS servers over UDP, although it closes the vendor's rules.
        (with_acl(reach=[{"cidr": "0.0.0.0/0", **TLS}]), {"address": HOST, **TLS}),
        (with_acl(reach=[{"cidr": HOST, **TLS}], dns=["10.40.0.70"]), named("db.acme.internal")),
        # The clouds answer for names of their own hosts.
        (AWS, named("ip-10-40-0-20.eu-central-1.compute.internal")),
        (OPEN, named("db.us-central1-a.c.acme.internal", "10.50.0.9")),
        (
            {**OPEN, "project": "acme-prod"},
            named("db.c.acme-prod.internal", "10.50.0.9"),
        ),
    ],
)
def test_what_is_reached(site, resource):
    assert told(site, resource) == []


@pytest.mark.parametrize(
    ("site", "resource", "gap"),
    [
        # The cloud's resolver, whose address is written as if it were a server of one's own.
        ({**AWS, "dns": ["10.40.0.2"]}, named("db.acme.internal"), (True, NO_ZONE)),
        ({**AWS, "dns": ["169.254.169.253"]}, named("db.acme.internal"), (True, NO_ZONE)),
        (
            {**ADOPTED, "dns": ["169.254.169.253"]},
            named("db.acme.internal", "198.51.100.7"),
            (
                False,
                "Public DNS does not answer for this name, and the site has no DNS server of its own; whether a "
                "private zone of its network answers is not known.",
            ),
        ),
        # Hosts of another region, or of another project.
        (AWS, named("ip-10-40-0-20.eu-west-1.compute.internal"), (True, NO_ZONE)),
        (
            {**OPEN, "project": "acme-prod"},
            named("db.c.other.internal", "10.50.0.9"),
            (True, NO_ZONE),
        ),
    ],
)
def test_what_does_not_resolve(site, resource, gap):
    assert told(site, resource) == [gap]


@pytest.mark.parametrize(
    ("resource", "reach"),
    [
        ({"address": "a.example.com", "protocol": "icmp"}, "{cidr: ..., protocol: icmp}"),
        ({"address": "a.example.com", "protocol": "tcp", "ports": 22}, "{cidr: ..., protocol: tcp, ports: 22}"),
        ({"address": HOST}, "{cidr: 10.40.0.20/32}"),
        (
            {"address": "10.40.0.0/24", "protocol": "tcp", "ports": [443, 22, "8000-8100"]},
            "{cidr: 10.40.0.0/24, protocol: tcp, ports: [443, 22, 8000-8100]}",
        ),
        (
            {
                "address": "a.example.com",
                "protocol": "tcp",
                "ports": 22,
                "resolves_to": {"main": ["198.51.100.7", HOST, "10.40.1.0/24"]},
            },
            "{cidr: 198.51.100.7/32, protocol: tcp, ports: 22}, {cidr: 10.40.0.20/32, protocol: tcp, ports: 22}, "
            "{cidr: 10.40.1.0/24, protocol: tcp, ports: 22}",
        ),
    ],
)
def test_the_reach_that_is_told_is_enough(resource, reach):
    known = [text for known, text in told(AWS, resource) if known]
    assert [text.partition(f" Add under {SITE}.reach: ")[2] for text in known] == [f"{reach}."]


def test_the_route_that_is_told_is_the_whole_one():
    (route, _) = told(GCP, {"address": "10.50.0.0/16", **TLS})
    assert route == (
        True,
        "No route leads to 10.50.1.0/24, 10.50.2.0/23, 10.50.4.0/22 and 5 more. "
        f"Add under {SITE}.network.create.routes: {{cidr: 10.50.0.0/16, via: ...}}.",
    )


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("dns", [[], ["10.40.0.70"], ["198.51.100.53"]])
@pytest.mark.parametrize(
    "reach",
    [
        [],
        [{"cidr": "10.40.0.0/24"}],
        [{"cidr": "0.0.0.0/0", "protocol": "udp", "ports": "8000-8100"}, {"cidr": "10.40.1.7", **TLS}],
        [{"cidr": "0.0.0.0/1"}, {"cidr": "198.51.100.0/24", "protocol": "tcp"}],
    ],
)
def test_an_acl_lets_through_what_the_plan_says(reach, dns, strict):
    site = settings({"main": with_acl(reach=reach, dns=dns, strict=strict)}).fleet.remote_networks["pay"].sites["main"]
    reaches = [one.reach() for one in site.reach]
    group = egress_rules(cloud="aws", reaches=reaches, dns=dns, strict=strict)
    entries = sorted((e for e in AclRules(reaches=reaches, dns=dns).entries() if e.egress), key=lambda e: e.number)

    def passes(ip, port, protocol):
        """As AWS does it: the entry with the lowest number that matches decides."""
        for entry in entries:
            fits = entry.first_port is None or entry.first_port <= port <= entry.last_port
            if fits and entry.protocol in ("all", protocol) and ip_address(ip) in ip_network(entry.cidr):
                return entry.allow
        return False

    said = site_place("x", site, "REGULAR").rules
    for ip in ("10.40.0.5", "10.40.0.70", "10.40.1.7", "100.64.1.1", "192.168.1.1", "198.51.100.53", "8.8.8.8"):
        for protocol in ("tcp", "udp", "icmp"):
            for port in (22, 53, 80, 443, 8050, 30500) if protocol != "icmp" else (0,):
                real = allows(group, ip, port, protocol) is not None and passes(ip, port, protocol)
                assert (ip, protocol, port, allows(said, ip, port, protocol) is not None) == (ip, protocol, port, real)
