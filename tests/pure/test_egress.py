import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.egress import (
    NEVER_RANGES,
    PLATFORM_RULES,
    VENDOR_RULES,
    Reach,
    allows,
    dns_rules,
    egress_rules,
    grouped,
    public_complement,
    quota_problem,
)

VENDOR_KEYS = ["tcp-443-0-0-0-0-0", "tcp-30000-31000-0-0-0-0-0", "udp-1-65535-0-0-0-0-0"]
CLOUDS = ("aws", "gcp", "azure")


def keys(rules):
    return [r.key for r in rules]


def test_the_vendors_rules_are_the_three_of_its_page():
    assert [(r.protocol, r.ports, r.destination, r.kind) for r in VENDOR_RULES] == [
        ("tcp", "443", "0.0.0.0/0", "vendor"),
        ("tcp", "30000-31000", "0.0.0.0/0", "vendor"),
        ("udp", "1-65535", "0.0.0.0/0", "vendor"),
    ]
    assert all("https://www.twingate.com/docs/connector-best-practices" in r.reason for r in VENDOR_RULES)


def test_every_built_in_description_fits_every_cloud():
    rules = [*VENDOR_RULES, *(r for rows in PLATFORM_RULES.values() for r in rows), *dns_rules(["10.0.0.2"])]
    rules += [*egress_rules(cloud="aws", network_type="EXIT"), *Reach(cidr="10.0.0.0/8").rules()]
    assert [r for r in rules if not re.fullmatch(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{1,140}", r.description)] == []
    assert rules[0].description.startswith("vendor: Twingate Controller and Relays (https://")


@pytest.mark.parametrize(
    ("reach", "expected"),
    [
        (Reach(cidr="10.0.0.0/8"), ["all-10-0-0-0-8"]),
        (Reach(cidr="10.0.0.5", protocol="tcp", ports=5432), ["tcp-5432-10-0-0-5-32"]),
        (Reach(cidr="10.0.0.5/32", protocol="udp"), ["udp-1-65535-10-0-0-5-32"]),
        (
            Reach(cidr="8.8.8.0/24", protocol="tcp", ports=["8000-8100", 22]),
            ["tcp-8000-8100-8-8-8-0-24", "tcp-22-8-8-8-0-24"],
        ),
        (Reach(cidr="8.8.8.8"), ["tcp-1-65535-8-8-8-8-32", "udp-1-65535-8-8-8-8-32"]),
        (Reach(cidr="192.168.0.0/16", protocol="icmp"), ["icmp-192-168-0-0-16"]),
    ],
)
def test_reach(reach, expected):
    assert keys(reach.rules()) == expected
    assert {r.kind for r in reach.rules()} == {"reach"}


@pytest.mark.parametrize(
    ("over", "problem"),
    [
        ({"cidr": "10.0.0.1/8"}, "does not start at its block's first address. Write 10.0.0.0/8."),
        ({"cidr": "10.0.0"}, "The reach '10.0.0' is not an IPv4 block like 10.0.0.0/8."),
        ({"cidr": 10}, "The reach 10 is not an IPv4 block like 10.0.0.0/8."),
        ({"cidr": "fd00::/8"}, "The reach fd00::/8 is IPv6. Hosts dial over IPv4 only"),
        ({"protocol": "TCP"}, "'TCP' is not known. Allowed: tcp, udp, icmp, all. Did you mean 'tcp'?"),
        ({"protocol": "all", "ports": 443}, "has ports but protocol 'all'. Set protocol tcp or udp."),
        ({"protocol": "icmp", "ports": 8}, "has ports but protocol 'icmp'. Set protocol tcp or udp."),
        ({"cidr": "8.8.8.8", "protocol": "icmp"}, "asks for icmp to public addresses, which not every NAT passes."),
        ({"cidr": "0.0.0.0/0", "protocol": "icmp"}, "asks for icmp to public addresses, which not every NAT passes."),
        ({"protocol": "tcp", "ports": 0}, "The port 0 is not allowed. Write 1-65535, a rising range"),
        ({"protocol": "tcp", "ports": "9-1"}, "The port '9-1' is not allowed."),
        ({"protocol": "tcp", "ports": "65536"}, "The port '65536' is not allowed."),
        ({"protocol": "tcp", "ports": "80,443"}, "The port '80,443' is not allowed."),
        ({"protocol": "tcp", "ports": [80, True]}, "The port True is not allowed."),
        ({"protocol": "tcp", "ports": 5.5}, "The port 5.5 is not allowed."),
        ({"protocol": "tcp", "ports": []}, "has an empty list of ports. Leave `ports` out to allow all."),
    ],
)
def test_a_reach_refuses(over, problem):
    with pytest.raises(ValueError, match=r"\.") as caught:
        Reach(**({"cidr": "10.0.0.0/8"} | over))
    (line,) = str(caught.value).splitlines()
    assert problem in line


@pytest.mark.parametrize("cidr", [*NEVER_RANGES, "169.254.169.254", "127.0.0.1"])
def test_a_reach_into_what_no_host_may_dial_is_refused(cidr):
    with pytest.raises(ValueError, match=f"The reach {re.escape(cidr)} cannot be used: it is "):
        Reach(cidr=cidr)


def test_a_reach_reports_all_problems_at_once():
    with pytest.raises(ValueError, match="Write") as caught:
        Reach(cidr="10.0.0.1/8", protocol="all", ports=["x", 80, "y"])
    assert len(str(caught.value).splitlines()) == 4


@pytest.mark.parametrize(
    ("cloud", "expected"),
    [("aws", [*VENDOR_KEYS, "tcp-80-0-0-0-0-0"]), ("gcp", VENDOR_KEYS), ("azure", VENDOR_KEYS)],
)
def test_what_each_cloud_gets_without_any_wish(cloud, expected):
    assert keys(egress_rules(cloud=cloud)) == expected


def test_dns_servers_get_tcp_and_in_strict_mode_udp_when_they_are_private():
    assert keys(dns_rules(["10.0.0.2", "9.9.9.9"])) == ["tcp-53-10-0-0-2-32", "tcp-53-9-9-9-9-32"]
    assert keys(dns_rules(["10.0.0.2", "9.9.9.9"], strict=True)) == [
        "tcp-53-10-0-0-2-32",
        "udp-53-10-0-0-2-32",
        "tcp-53-9-9-9-9-32",
    ]
    assert keys(egress_rules(cloud="gcp", dns=["10.0.0.2"])) == [*VENDOR_KEYS, "tcp-53-10-0-0-2-32"]
    assert keys(egress_rules(cloud="gcp", dns=["10.0.0.2"], strict=True))[-2:] == [
        "tcp-53-10-0-0-2-32",
        "udp-53-10-0-0-2-32",
    ]


@pytest.mark.parametrize(
    ("cloud", "private_tcp", "count"), [("aws", True, 50), ("gcp", False, 141), ("azure", False, 141)]
)
def test_strict_narrows_the_vendors_rules_to_public_addresses(cloud, private_tcp, count):
    rules = egress_rules(cloud=cloud, strict=True)
    assert len(rules) == count
    assert allows(rules, "10.0.0.1", 3478, "udp") is None
    assert (allows(rules, "10.0.0.1", 443, "tcp") is not None) is private_tcp
    assert all(allows(rules, "8.8.8.8", port, protocol) for protocol, port in (("tcp", 443), ("udp", 3478)))


@pytest.mark.parametrize("cloud", CLOUDS)
def test_strict_keeps_every_private_reach_that_the_vendors_rules_no_longer_hold(cloud):
    rules = egress_rules(cloud=cloud, strict=True, reaches=[Reach(cidr="10.0.0.0/8", protocol="udp", ports=53)])
    assert rules[-1].key == "udp-53-10-0-0-0-8"


@pytest.mark.parametrize("cloud", CLOUDS)
def test_exit_dials_every_public_address_and_no_private_one(cloud):
    rules = egress_rules(cloud=cloud, network_type="EXIT", dns=["9.9.9.9"], reaches=[Reach(cidr="8.8.8.8")])
    assert [(r.protocol, r.destination, r.kind) for r in rules] == [("all", d, "exit") for d in public_complement()]


def test_exit_refuses_private_reaches_and_dns_servers_together():
    reaches = [Reach(cidr="10.0.0.0/8"), Reach(cidr="0.0.0.0/0"), Reach(cidr="8.8.8.8")]
    with pytest.raises(ValueError, match="EXIT") as caught:
        egress_rules(cloud="aws", network_type="EXIT", reaches=reaches, dns=["10.0.0.2", "9.9.9.9"])
    told = "An EXIT network dials no private address."
    assert str(caught.value).splitlines() == [
        f"{told} The reach 10.0.0.0/8 holds private ones. Put it into a REGULAR network.",
        f"{told} The reach 0.0.0.0/0 holds private ones. Put it into a REGULAR network.",
        f"{told} The DNS server 10.0.0.2 is private. Leave it out to use the cloud's own resolver.",
    ]


def test_egress_rules_report_all_problems_at_once():
    with pytest.raises(ValueError, match="cloud") as caught:
        egress_rules(cloud="asw", dns=["x"], network_type="exit")
    assert str(caught.value).splitlines() == [
        "The DNS server 'x' is not an IPv4 address like 10.0.0.2.",
        "The cloud 'asw' is not known. Allowed: aws, gcp, azure, onprem. Did you mean 'aws'?",
        "The type of Remote Network 'exit' is not known. Allowed: REGULAR, EXIT. Did you mean 'EXIT'?",
    ]


def test_what_the_vendors_rules_allow_already_makes_no_rule():
    reach = Reach(cidr="8.8.8.8/32", protocol="tcp", ports=443)
    assert keys(egress_rules(cloud="gcp", reaches=[reach])) == VENDOR_KEYS


REACHES = st.builds(
    lambda cidr, protocol, port: Reach(cidr=cidr, protocol=protocol, ports=None if protocol == "all" else port),
    st.sampled_from(["10.0.0.0/8", "10.1.0.0/16", "10.1.2.3", "8.8.8.8", "8.0.0.0/8", "0.0.0.0/0", "192.168.1.0/24"]),
    st.sampled_from(["tcp", "udp", "all"]),
    st.sampled_from([None, 443, 5432, "8000-8100", (53, 80)]),
)


@given(st.sampled_from(CLOUDS), st.lists(REACHES, max_size=5), REACHES)
def test_one_more_reach_removes_only_rules_that_it_covers(cloud, reaches, more):
    before = egress_rules(cloud=cloud, reaches=reaches)
    after = egress_rules(cloud=cloud, reaches=[*reaches, more])
    gone = [r for r in before if r.key not in keys(after)]
    assert [r.key for r in gone if not any(new.covers(r) for new in more.rules())] == []
    assert {r.key for r in after} - {r.key for r in before} <= {r.key for r in more.rules()}


def test_allows_answers_with_the_rule():
    rules = egress_rules(cloud="aws", reaches=[Reach(cidr="10.0.0.0/8", protocol="tcp", ports=5432)])
    assert allows(rules, "10.9.9.9", 5432, "tcp") == rules[-1]
    assert allows(rules, "10.9.9.9", 5433, "tcp") is None
    assert allows(rules, "10.9.9.9", 0, "icmp") is None


def test_grouped_gives_one_row_for_each_protocol_and_ports():
    rules = egress_rules(cloud="gcp", strict=True, reaches=[Reach(cidr="10.0.0.0/8"), Reach(cidr="192.168.0.0/16")])
    assert grouped(rules) == {
        ("tcp", "443"): public_complement(),
        ("tcp", "30000-31000"): public_complement(),
        ("udp", "1-65535"): public_complement(),
        ("all", ""): ("10.0.0.0/8", "192.168.0.0/16"),
    }


def test_the_quota_of_a_security_group():
    ten = [Reach(cidr=f"10.{i}.0.0/16") for i in range(0, 20, 2)]
    full = egress_rules(cloud="aws", strict=True, reaches=ten)
    over = egress_rules(cloud="aws", strict=True, reaches=[*ten, Reach(cidr="192.168.0.0/16")])
    assert (len(full), quota_problem("aws", full)) == (60, None)
    assert quota_problem("aws", over) == (
        "The site needs 61 egress rules, but a firewall on aws holds 60. "
        "Join reaches into larger blocks, turn strict off, or have the quota raised."
    )
    assert quota_problem("aws", over, quota=61) is None
    assert quota_problem("gcp", over * 9) is None
    assert quota_problem("aws", egress_rules(cloud="aws", network_type="EXIT")) is None
