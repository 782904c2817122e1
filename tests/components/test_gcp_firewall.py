from ipaddress import ip_address, ip_network
from typing import Any

import pulumi
import pytest
import recorder
from recorder import unknown

from gatepost.egress import PRIVATE_RANGES, Reach
from gatepost.gcp import Firewall, FirewallArgs
from gatepost.labels import Labels

LABELS = Labels(environment="dev", network="payments", site="frankfurt")
RULE = "gcp:compute/firewall:Firewall"
VPC = "projects/acme/global/networks/main"
TAG = "dev-payments-frankfurt-connectors"
ALL = ["0.0.0.0/0"]


def args(**over):
    given: dict[str, Any] = {"region": "europe-west3", "vpc_id": VPC, "labels": LABELS}
    return FirewallArgs(**(given | over))


def table(seen):
    """Direction, priority, action, protocol, ports and ranges of each rule, in the order they count."""
    rows = []
    for rule in seen.of(RULE).values():
        (action,) = {"allows", "denies"} & rule.keys()
        (entry,) = rule[action]
        ranges = rule["sourceRanges" if rule["direction"] == "INGRESS" else "destinationRanges"]
        rows.append((rule["priority"], rule["direction"], action, entry["protocol"], entry.get("ports"), ranges))
    return sorted(rows, key=str)


NOTHING_IN = (100, "INGRESS", "denies", "all", None, ALL)
NO_PRIVATE = (300, "EGRESS", "denies", "all", None, list(PRIVATE_RANGES))
VENDOR = [
    (400, "EGRESS", "allows", "tcp", ["30000-31000"], ALL),
    (400, "EGRESS", "allows", "tcp", ["443"], ALL),
    (400, "EGRESS", "allows", "udp", ["1-65535"], ALL),
]
NOTHING_OUT = (500, "EGRESS", "denies", "all", None, ALL)


def lets_out(seen, ip, port, protocol):
    """What Google makes of the rules: the lowest priority decides."""
    for _, direction, action, kind, ports, ranges in table(seen):
        first, last = (
            map(int, (ports[0] if "-" in ports[0] else f"{ports[0]}-{ports[0]}").split("-")) if ports else (0, 65535)
        )
        hit = any(ip_address(ip) in ip_network(block) for block in ranges)
        if direction == "EGRESS" and hit and kind in ("all", protocol) and first <= port <= last:
            return action == "allows"
    return True


def test_opens_the_vendors_rules_to_public_addresses_and_nothing_else(deploy):
    seen = deploy(lambda: Firewall("fw", args()))
    assert table(seen) == [NOTHING_IN, NO_PRIVATE, *VENDOR, NOTHING_OUT]
    assert {r.type for r in seen.requests} == {"gatepost:gcp:Firewall", RULE}


def test_reaches_and_private_dns_servers_come_before_the_denied_private_ranges(deploy):
    reaches = [
        Reach(cidr="10.1.0.0/16", protocol="tcp", ports=5432),
        Reach(cidr="10.2.0.0/16", protocol="tcp", ports=5432),
        Reach(cidr="10.9.0.0/16", protocol="icmp"),
        Reach(cidr="198.51.100.0/24", protocol="tcp", ports=22),
    ]
    seen = deploy(lambda: Firewall("fw", args(reaches=reaches, dns=["10.40.0.2", "9.9.9.9"])))
    assert table(seen) == [
        NOTHING_IN,
        (200, "EGRESS", "allows", "icmp", None, ["10.9.0.0/16"]),
        (200, "EGRESS", "allows", "tcp", ["22"], ["198.51.100.0/24"]),
        (200, "EGRESS", "allows", "tcp", ["53"], ["10.40.0.2/32"]),
        (200, "EGRESS", "allows", "tcp", ["5432"], ["10.1.0.0/16", "10.2.0.0/16"]),
        (200, "EGRESS", "allows", "udp", ["53"], ["10.40.0.2/32"]),
        NO_PRIVATE,
        *VENDOR[:2],
        (400, "EGRESS", "allows", "tcp", ["53"], ["9.9.9.9/32"]),
        VENDOR[2],
        NOTHING_OUT,
    ]


def test_a_private_reach_on_a_port_of_the_vendor_is_open_and_its_neighbours_are_not(deploy):
    seen = deploy(lambda: Firewall("fw", args(reaches=[Reach(cidr="10.1.0.0/16", protocol="tcp", ports=443)])))
    asked = [("10.1.0.5", 443), ("10.2.0.5", 443), ("10.1.0.5", 80), ("9.9.9.9", 443), ("9.9.9.9", 80)]
    assert [lets_out(seen, ip, port, "tcp") for ip, port in asked] == [True, False, False, True, False]
    assert not lets_out(seen, "10.2.0.5", 3478, "udp")
    assert lets_out(seen, "9.9.9.9", 3478, "udp")


def test_a_reach_that_holds_part_of_the_internet_leaves_the_vendors_rules_as_they_are(deploy):
    seen = deploy(lambda: Firewall("fw", args(reaches=[Reach(cidr="64.0.0.0/2", protocol="tcp", ports=443)])))
    reach = (200, "EGRESS", "allows", "tcp", ["443"], ["64.0.0.0/2"])
    assert table(seen) == [NOTHING_IN, reach, NO_PRIVATE, *VENDOR, NOTHING_OUT]
    for ip in ("8.8.8.8", "65.0.0.1", "100.63.0.1", "127.255.0.1", "203.0.113.1"):
        assert lets_out(seen, ip, 443, "tcp")
    assert not lets_out(seen, "10.0.0.1", 443, "tcp")


def test_an_exit_network_reaches_every_public_address_and_no_private_one(deploy):
    seen = deploy(lambda: Firewall("fw", args(network_type="EXIT")))
    assert table(seen) == [NOTHING_IN, NO_PRIVATE, (400, "EGRESS", "allows", "all", None, ALL), NOTHING_OUT]


def test_rules_hold_for_the_hosts_of_the_site_alone_and_say_whose_they_are(deploy):
    seen = deploy(lambda: Firewall("fw", args(project="acme")))
    assert {(r["network"], r["project"], *r["targetTags"]) for r in seen.of(RULE).values()} == {(VPC, "acme", TAG)}
    assert sorted(rule["description"] for rule in seen.of(RULE).values())[-1] == (
        "dev-payments-frankfurt, europe-west3: vendor: peer-to-peer, QUIC "
        "(https://www.twingate.com/docs/connector-best-practices)"
    )
    assert all(
        rule["description"].startswith("dev-payments-frankfurt, europe-west3: ") for rule in seen.of(RULE).values()
    )
    for rule in seen.of(RULE):  # those of another network are made beside them
        assert list(seen.request(rule).replaceOnChanges) == ["network"]
    assert {parent for typ, _, parent in seen.tree() if typ == RULE} == {"fw"}
    assert [urn.rpartition("::")[2] for urn in seen.completed] == ["fw"]


SHARED = "projects/acme-network/global/networks/shared"
OWNERS = [
    (SHARED, "acme-network"),
    (f"https://www.googleapis.com/compute/v1/{SHARED}", "acme-network"),
    ("shared", "acme-hosts"),  # only an Output can be a bare name
]


@pytest.mark.parametrize(("vpc", "project"), OWNERS)
def test_rules_lie_in_the_project_of_the_network_and_not_in_that_of_the_hosts(deploy, vpc, project):
    given = [pulumi.Output.from_input(vpc)] if vpc == "shared" else [vpc, pulumi.Output.from_input(vpc)]
    for vpc_id in given:
        seen = deploy(lambda vpc_id=vpc_id: Firewall("fw", args(project="acme-hosts", vpc_id=vpc_id)))
        assert {(rule["network"], rule["project"]) for rule in seen.of(RULE).values()} == {(vpc, project)}


def test_rules_are_named_by_what_they_say_so_that_a_change_opens_before_it_closes(deploy):
    def rules(**over):
        return set(deploy(lambda: Firewall("fw", args(**over))).of(RULE))

    def reach(*blocks, ports=5432):
        return {"reaches": [Reach(cidr=block, protocol="tcp", ports=ports) for block in blocks]}

    one = rules(**reach("10.1.0.0/16"))
    assert {name.rpartition("-")[0] for name in one} == {
        "fw-in-deny-all",
        "fw-out-deny-all",
        "fw-out-allow-tcp-5432",
        "fw-out-allow-tcp-443",
        "fw-out-allow-tcp-30000-31000",
        "fw-out-allow-udp-1-65535",
    }
    for other in (reach("10.1.0.0/16", ports=5433), reach("10.1.0.0/16", "10.2.0.0/16"), reach("10.2.0.0/16")):
        assert len(one - rules(**other)) == 1 == len(rules(**other) - one)
    assert one == rules(**reach("10.1.0.0/16"), region="europe-west4")
    assert rules(**reach("10.1.0.0/16", "10.2.0.0/16")) == rules(**reach("10.2.0.0/16", "10.1.0.0/16"))


def test_rules_for_another_tag_are_others(deploy):
    """Changed in place they would leave the hosts, which still carry the old tag, without rules."""
    one, other = (
        deploy(lambda site=site: Firewall("fw", args(labels=LABELS.with_site(site)))).of(RULE)
        for site in ("frankfurt", "iowa")
    )
    assert not one.keys() & other.keys()


def test_who_uses_the_tag_waits_for_every_rule_and_knows_it_in_a_preview(deploy, monkeypatch):
    answer = recorder._Mocks.new_resource

    def unmade(self, resource):
        made, state = answer(self, resource)
        return ("" if resource.typ == RULE else made), state

    monkeypatch.setattr(recorder._Mocks, "new_resource", unmade)
    seen = deploy(
        lambda: pulumi.CustomResource("test:index:Host", "host", {"tag": Firewall("fw", args()).target_tag}),
        preview=True,
    )
    waits = {urn.rpartition("::")[2] for urn in seen.request("host").dependencies} - {"test-dev"}
    assert waits == set(seen.of(RULE))
    assert seen.inputs["test:index:Host", "host"] == {"tag": TAG}


def test_is_the_same_tree_while_the_network_is_unknown(deploy):
    known = deploy(lambda: Firewall("fw", args()))
    preview = deploy(lambda: Firewall("fw", args(vpc_id=unknown())), preview=True)
    assert known.tree() == preview.tree()


def test_names_have_room_for_pulumis_suffix_within_63_characters(deploy):
    seen = deploy(lambda: Firewall(f"{'n' * 20}-{'s' * 16}-firewall", args()))
    assert len(seen.of(RULE)) == 6
    assert max(map(len, seen.of(RULE))) <= 63 - len("-1234567")


def test_names_that_google_does_not_take_are_refused_before_anything_is_made(deploy):
    seen = recorder.Deployment()
    with pytest.raises(ValueError, match="The name 'FW' cannot start names of Google Cloud resources"):
        deploy(lambda: Firewall("FW", args()), seen=seen)
    assert seen.requests == []


def test_refuses_an_output_where_a_rule_is_decided(event_loop_per_test):
    with pytest.raises(ValueError, match=r"FirewallArgs\.reaches must be a plain value.*got an Output"):
        args(reaches=pulumi.Output.from_input([]))


def test_reports_every_problem_of_the_rules_together():
    with pytest.raises(ValueError) as refused:
        args(vpc_id="main", dns=["10.0.0.1", "ns1"], network_type="EXITS")
    assert str(refused.value).splitlines() == [
        "FirewallArgs.vpc_id must be an id or self link like projects/acme/global/networks/name, got 'main'.",
        "The DNS server 'ns1' is not an IPv4 address like 10.0.0.2.",
        "The type of Remote Network 'EXITS' is not known. Allowed: REGULAR, EXIT. Did you mean 'EXIT'?",
    ]
