from typing import Any

import pulumi
import pytest
from components.azure_sites import (
    BY_NAT,
    CONNECTOR,
    GROUP,
    NETWORK,
    RULE,
    SITE,
    SLOTS,
    SUBNETS,
    TOKENS,
    after,
    alive,
    args,
    build,
    ids,
    network_answers,
    site,
)
from recorder import Deployment, unknown

from gatepost.azure import ConnectorSite, LogAnalytics, NetworkRef, Registry
from gatepost.egress import Reach
from gatepost.labels import Labels
from gatepost.rollout import GateArgs, GateRefusedError
from gatepost.site import ExitRef, SlotArgs

CUSTOM = "10.60.0.196"


@pytest.fixture(autouse=True)
def _ids(monkeypatch: pytest.MonkeyPatch) -> None:
    ids(monkeypatch)


def network(**over: Any) -> NetworkRef:
    names = ("region", "resource_group", "vpc_id", "subnets", "exit_addresses", "security_group_id")
    given: dict[str, Any] = {name: getattr(NETWORK, name) for name in names}
    return NetworkRef(**(given | over))


def variables(seen: Deployment, slot: str) -> dict[str, str]:
    """The plain variables of a slot's container."""
    containers = seen.of(GROUP)[f"{SITE}-{slot}-host-group"]["containers"]
    (container,) = containers if isinstance(containers, list) else containers["value"]
    return {v["name"]: v["value"] for v in container["environmentVariables"] if "value" in v}


# --- what there is


def test_each_slot_gets_a_connector_a_pair_and_a_host_of_its_own(deploy):
    seen = build(deploy)
    own = {
        "gatepost:index:Incarnation": ("", SITE),
        CONNECTOR: ("", f"{SITE}-{{slot}}"),
        TOKENS: ("-tokens", f"{SITE}-{{slot}}"),
        "gatepost:azure:Host": ("-host", SITE),
        GROUP: ("-host-group", f"{SITE}-{{slot}}-host"),
    }
    slots = {
        (kind, f"{SITE}-{slot}{name}", parent.format(slot=slot))
        for kind, (name, parent) in own.items()
        for slot in "ab"
    }
    firewall = {("gatepost:azure:Firewall", f"{SITE}-firewall", SITE)}
    rules = {(RULE, name, f"{SITE}-firewall") for name in seen.of(RULE)}
    assert seen.tree() == {("gatepost:azure:ConnectorSite", SITE, "test-dev")} | slots | firewall | rules
    assert len(rules) == 5
    assert [urn.rpartition("::")[2] for urn in seen.completed].count(SITE) == 1


def test_a_slot_may_have_an_image_of_its_own(deploy):
    slots = {"a": SlotArgs(image="twingate/connector:2"), "b": SlotArgs()}
    seen = build(deploy, slots=slots, image="twingate/connector:1.80.0")
    images = {
        slot: containers["value"] if isinstance(containers, dict) else containers
        for slot in "ab"
        for containers in [seen.of(GROUP)[f"{SITE}-{slot}-host-group"]["containers"]]
    }
    assert {slot: made["image"] for slot, (made,) in images.items()} == {
        "a": "twingate/connector:2",
        "b": "twingate/connector:1.80.0",
    }
    told = {"a": args(slots=slots).spec("a", "1").identity(), "b": args().spec("a", "1").identity()}
    assert told["a"] != told["b"]  # another image is another incarnation
    with pytest.raises(ValueError, match="The image must be the Connector's with a tag or a digest"):
        args(slots={"a": SlotArgs(image="connector"), "b": SlotArgs()})


def test_a_password_or_key_is_in_no_repr():
    registry = Registry(server="index.docker.io", username="u", password="hunter2")
    assert "hunter2" not in repr(registry)
    assert "hunter2" not in repr(LogAnalytics(workspace_id="w", workspace_key="hunter2"))


def test_each_host_stands_in_its_zone_and_subnet_behind_the_rules(deploy):
    seen = build(deploy)
    for slot, zone in zip("ab", "12", strict=True):
        group = seen.of(GROUP)[f"{SITE}-{slot}-host-group"]
        assert (group["zones"], group["subnetIds"]) == ([zone], [{"id": SUBNETS[zone]}])
        assert (group["location"], group["resourceGroupName"]) == ("westeurope", "hosts")
        waits = {urn.rpartition("::")[2] for urn in seen.request(f"{SITE}-{slot}-host-group", GROUP).dependencies}
        assert set(seen.of(RULE)) <= waits


def test_each_host_has_its_own_pair_which_is_nowhere_else(deploy):
    seen = build(deploy)
    for slot, other in ("ab", "ba"):
        sent = str(seen.request(f"{SITE}-{slot}-host-group", GROUP).object)
        assert [f"{half}-of-{SITE}-{slot}-tokens" in sent for half in ("access", "refresh")] == [True, True]
        assert f"of-{SITE}-{other}-tokens" not in sent
    clear = [str(request.object) for request in seen.requests if request.type != GROUP]
    assert not any(f"{half}-of-" in text for half in ("access", "refresh") for text in clear)


def test_a_connector_is_told_its_place_and_writes_times(deploy):
    assert variables(build(deploy, slots={"a": SlotArgs(generation=3)}), "a") == {
        "TWINGATE_LABEL_DEPLOYED_BY": "gatepost",
        "TWINGATE_LABEL_GENERATION": "3",
        "TWINGATE_LABEL_SITE": "west",
        "TWINGATE_LABEL_SLOT": "a",
        "TWINGATE_LOG_LEVEL": "3",
        "TWINGATE_NETWORK": "acme",
        "TWINGATE_TIMESTAMP_FORMAT": "2",
    }


def test_custom_dns_servers_go_to_connector_group_and_firewall(deploy):
    seen = build(deploy, network=network(dns_servers=[CUSTOM]), dns=[CUSTOM])
    groups = seen.of(GROUP).values()
    assert [group["dnsConfig"] for group in groups] == [{"nameServers": [CUSTOM]}] * 2
    assert variables(seen, "a")["TWINGATE_DNS"] == CUSTOM
    opened = {rule["protocol"] for rule in seen.of(RULE).values() if rule["destinationPortRange"] == "53"}
    assert opened == {"Tcp", "Udp"}


def test_what_is_asked_of_the_firewall_gets_there(deploy):
    reaches = [Reach(cidr="10.1.0.0/16", protocol="tcp", ports=5432)]
    found = build(deploy, reaches=reaches, portal=True).of(RULE).values()
    assert {"5432", "19390"} <= {rule["destinationPortRange"] for rule in found}
    exits = build(deploy, network_type="EXIT").of(RULE).values()
    assert [r["protocol"] for r in exits if r.get("destinationAddressPrefix") == "Internet"] == ["*"]


# --- order and gates


def test_the_first_slot_is_the_canary_and_the_others_wait_for_it(deploy):
    seen = build(deploy, slots=dict.fromkeys("abc", SlotArgs()))
    canary = {f"{SITE}-a-host-group"}
    assert [after(seen, slot) for slot in "abc"] == [set(), canary, canary]


def test_without_a_living_canary_no_other_slot_is_made(deploy):
    seen = Deployment()
    with pytest.raises(GateRefusedError):
        build(deploy, {"b": "203.0.113.1"}, seen)
    assert list(seen.of(GROUP)) == [f"{SITE}-a-host-group"]


def test_the_gate_asks_for_an_exit_of_the_network(deploy):
    with pytest.raises(GateRefusedError, match=r"leaves by 198\.51\.100\.9, which is none .*203\.0\.113\.1"):
        build(deploy, BY_NAT | {"a": "198.51.100.9"})


def test_adding_a_slot_touches_no_other(deploy):
    two = build(deploy)
    three = build(deploy, slots={**SLOTS, "c": SlotArgs()})
    assert two.tree() < three.tree()
    assert {key: three.inputs[key] for key in two.inputs} == two.inputs


@pytest.mark.parametrize(
    ("over", "moves"),
    [
        ({"image": "twingate/connector:1.80.0"}, "ab"),
        ({"cpu": 2.0}, "ab"),
        ({"memory_gb": 4.0}, "ab"),
        ({"log_level": "debug"}, "ab"),
        ({"metrics_port": 9999}, "ab"),
        ({"dns": [CUSTOM]}, "ab"),
        ({"registry": Registry(server="index.docker.io", username="acme", password="p")}, "ab"),
        ({"log_analytics": LogAnalytics(workspace_id="w", workspace_key="k")}, "ab"),
        ({"network": network(resource_group="other")}, "ab"),
        ({"network": network(subnets={"1": f"{SUBNETS['1']}-2", "2": SUBNETS["2"]})}, "a"),
        ({"slots": {"a": SlotArgs(generation=2), "b": SlotArgs()}}, "a"),
        ({"slots": {"a": SlotArgs(), "b": SlotArgs(zone="1")}}, "b"),
        ({"labels": Labels(environment="dev", network="payments", site="west", extra={"owner": "x"})}, ""),
        ({"reaches": [Reach(cidr="10.0.0.0/8")]}, ""),
        ({"portal": True}, ""),
    ],
)
def test_whatever_rebuilds_a_host_makes_a_new_incarnation_and_nothing_else_does(deploy, over, moves):
    def trigger(seen: Deployment, slot: str) -> str:
        return str(seen.request(f"{SITE}-{slot}", CONNECTOR).replacement_trigger)

    before, now = build(deploy), build(deploy, **over)
    assert "".join(slot for slot in "ab" if trigger(before, slot) != trigger(now, slot)) == moves


# --- outputs, previews, providers


def test_the_outputs_name_exits_and_connectors(deploy):
    found: list[Any] = []

    def program() -> None:
        made = site(gate=GateArgs(enabled=False))
        pulumi.Output.all(made.exit_ips, made.connectors).apply(found.append)

    deploy(program, answers=network_answers())
    ((exits, connectors),) = found
    assert exits == ["203.0.113.1", "203.0.113.2"]
    place = "/subscriptions/s1/resourceGroups/hosts/providers/Microsoft.ContainerInstance/containerGroups"
    assert connectors["b"] == {
        "connector_id": f"{SITE}-b-id",
        "connector": f"{SITE}-b-1234567",
        "host_id": f"{place}/{SITE}-b-host-group0a1b2c3d",
        "zone": "2",
    }
    assert list(connectors) == ["a", "b"]


def test_a_preview_with_unknown_inputs_asks_twingate_nothing_and_shows_the_same_tree(deploy):
    def program() -> ConnectorSite:
        given = network(
            resource_group=unknown(),
            vpc_id=unknown(),
            subnets={zone: unknown() for zone in "12"},
            exit_addresses={"1": unknown()},
            security_group_id=unknown(),
        )
        return site(remote_network_id=unknown(), network=given)

    seen = deploy(program, preview=True)
    assert seen.calls == []
    assert seen.tree() == build(deploy).tree()


def test_resources_follow_the_callers_provider(deploy):
    import pulumi_azure_native as azure

    def program() -> None:
        other = azure.Provider("other", subscription_id="s2")
        ConnectorSite(SITE, args(), pulumi.ResourceOptions(providers=[other]))

    seen = deploy(program, answers=alive())
    own = [r for r in seen.requests if r.type.startswith("azure-native:")]
    assert len(own) == 7
    assert [r.name for r in own if "::other::" not in r.provider] == []


def test_a_network_whose_exits_are_not_known_is_warned_about():
    (told,) = args(network=network(exit_addresses={})).warnings()
    assert told.startswith(
        "NetworkRef.exit_addresses is empty, so gates let Connectors pass by any address. Each subne"
    )
    assert args().warnings() == []


# --- what is refused


@pytest.mark.parametrize(
    ("over", "says"),
    [
        ({"tenant": "https://acme.twingate.com"}, "The Twingate network must be a name such as 'acme'"),
        ({"slots": {}}, "A site needs at least one slot"),
        ({"slots": {"a": SlotArgs(zone="3")}}, "Slot 'a' names the zone '3'. Allowed: 1, 2."),
        (
            {"direct": {"a": ExitRef(id="i", address="203.0.113.9")}},
            "Azure has no exit direct: a container group in a virtual network can have no public address of its own",
        ),
        ({"cpu": 8.0}, "cpu must be 1 to 4 CPUs, which container groups have everywhere, got 8."),
        ({"memory_gb": 0.5}, "memory_gb must be 1 to 16 GB"),
        ({"image": "ubuntu"}, "The image must be the Connector's with a tag or a digest"),
        ({"portal": "yes"}, "ConnectorSiteArgs.portal must be of type bool, got 'yes'."),
        ({"registry": "acme"}, "ConnectorSiteArgs.registry must be of type Registry | None, got 'acme'."),
        ({"dns": ["dns.internal"]}, "'dns.internal'"),
        (
            {"network": network(dns_servers=[CUSTOM])},
            f"The virtual network resolves names by {CUSTOM}, but the site's dns is empty. Container groups do not see",
        ),
        ({"labels": Labels(environment="dev", network="payments")}, "has no site"),
        ({"network_type": "EXIT", "reaches": [Reach(cidr="10.0.0.0/8")]}, "An EXIT network dials no private address"),
    ],
)
def test_refuses_a_site_that_could_not_work_before_anything_is_registered(deploy, over, says):
    seen = Deployment()
    with pytest.raises(ValueError) as refused:
        deploy(lambda: site(**over), seen=seen)
    assert says in str(refused.value)
    assert seen.requests == []


def test_reports_every_problem_of_a_site_together():
    with pytest.raises(ValueError) as refused:
        args(tenant="Acme!", slots={"A": SlotArgs(), "b": SlotArgs()}, cpu=9.0)
    assert len(str(refused.value).splitlines()) == 3
