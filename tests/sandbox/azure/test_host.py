"""Container groups as evidence: what a Connector in one could really do."""

from datetime import timedelta
from typing import Any

import pytest
from sandbox.azure.cloud import container, rule, variables
from sandbox.azure.lab import Lab

from gatepost_sandbox.addresses import Destination
from gatepost_sandbox.evidence import CHECKS, Exit, Failure, Host
from gatepost_sandbox.twingate.store import Pair


def test_a_host_with_all_it_needs_passes_every_check(lab: Lab) -> None:
    host: Host = lab.launch()
    assert host.pair == Pair(f"a-{lab.name}", f"r-{lab.name}")
    assert (host.pair_problem, host.secret_problem()) == (None, None)
    assert host.exit() == Exit(public_ip=lab.address["properties"]["ipAddress"])
    for check in CHECKS:
        check(host)


def test_a_host_says_what_it_is(lab: Lab) -> None:
    host = lab.launch()
    assert (host.id, host.region, host.zone) == (lab.place.container_id(), "westeurope", "westeurope")
    assert (host.image, host.state, host.private_ips) == ("twingate/connector:1", "running", ("10.60.1.4",))
    assert (host.tags, host.tenants, host.dns) == ({"gatepost-site": "amsterdam"}, ("sandbox",), ())
    assert (host.hostname, host.exposed) == ("SandboxHost-000000000000000001", ())
    assert lab.cloud.state.clock() - host.launched_at < timedelta(minutes=1)


def test_a_group_in_a_zone_says_so(lab: Lab) -> None:
    lab.place.containers(lab.subnet, zones=["2"])
    assert lab.host().zone == "westeurope-2"


def test_a_stopped_group_is_stopped_and_boots_anew(lab: Lab) -> None:
    first = lab.launch()
    assert lab.cloud.call("POST", f"{first.id}/stop").status == 204
    assert lab.host().state == "stopped"
    assert lab.cloud.call("POST", f"{first.id}/start").status == 202
    again = lab.host()
    assert (again.state, again.launched_at > first.launched_at) == ("running", True)


@pytest.mark.parametrize("way", ["restart", "put"])
def test_a_restart_is_a_boot_on_another_address(lab: Lab, way: str) -> None:
    first = lab.launch()
    if way == "put":
        lab.launch()
    else:
        assert lab.cloud.call("POST", f"{first.id}/restart").status == 204
    again = lab.host()
    assert (again.launched_at > first.launched_at, first.private_ips, again.private_ips) == (
        True, ("10.60.1.4",), ("10.60.1.5",))  # fmt: skip


def test_a_full_subnet_gives_the_same_address_again(lab: Lab) -> None:
    small = lab.place.subnet(lab.network, "small", "10.60.2.0/29")
    for name in "abc":
        lab.place.containers(small, name)
    rid = lab.place.container_id("b")
    assert lab.cloud.call("POST", f"{rid}/restart").status == 204
    assert lab.host("b").private_ips == ("10.60.2.5",)


def test_the_address_that_is_shown_is_the_present_one(lab: Lab) -> None:
    private = {"type": "Private", "ports": [{"port": 9999}]}
    host = lab.start(ipAddress=private)
    lab.cloud.call("POST", f"{host.id}/restart")
    shown = lab.cloud.get(host.id)["properties"]["ipAddress"]["ip"]
    assert (shown, lab.host().private_ips) == ("10.60.1.5", ("10.60.1.5",))


def test_even_a_put_of_tags_alone_is_a_boot(lab: Lab) -> None:
    first = lab.launch()
    body = lab.place.containers_body(lab.subnet, containers=[container(environmentVariables=variables(**lab.tokens()))])
    lab.cloud.put(first.id, {**body, "tags": {"owner": "somebody"}})
    again = lab.host()
    assert (again.launched_at > first.launched_at, again.pair == first.pair) == (True, True)


# --- the pair


def test_tokens_in_plain_values_work_and_are_exposed(lab: Lab) -> None:
    host = lab.launch(env=[{"name": k, "value": v} for k, v in lab.tokens().items()])
    assert host.pair == Pair(f"a-{lab.name}", f"r-{lab.name}")
    assert host.exposed == ("TWINGATE_ACCESS_TOKEN", "TWINGATE_REFRESH_TOKEN")


def test_a_new_pair_comes_with_an_update(lab: Lab) -> None:
    lab.launch()
    env = variables(TWINGATE_ACCESS_TOKEN="new", TWINGATE_REFRESH_TOKEN="newer")
    assert lab.launch(env=env).pair == Pair("new", "newer")


def test_an_update_without_the_secure_values_loses_the_pair(lab: Lab) -> None:
    lab.launch()
    shown = lab.cloud.get(lab.place.container_id())
    given = shown["properties"]["containers"][0]["properties"]["environmentVariables"]
    assert given == [{"name": "TWINGATE_NETWORK", "value": "sandbox"}, {"name": "TWINGATE_ACCESS_TOKEN"},
                     {"name": "TWINGATE_REFRESH_TOKEN"}]  # fmt: skip
    assert lab.launch(env=variables(TWINGATE_NETWORK="sandbox")).pair is None


@pytest.mark.parametrize(
    ("env", "image", "problem"),
    [
        ({}, "twingate/connector:1", "lacks TWINGATE_ACCESS_TOKEN and TWINGATE_REFRESH_TOKEN"),
        ({"TWINGATE_ACCESS_TOKEN": "x"}, "twingate/connector:1", "lacks TWINGATE_REFRESH_TOKEN"),
        ({"TWINGATE_REFRESH_TOKEN": "x"}, "mcr.microsoft.com/x", "lacks TWINGATE_ACCESS_TOKEN"),
        ({"OTHER": "x"}, "mcr.microsoft.com/azuredocs/aci-helloworld", None),
    ],
)
def test_a_group_without_a_pair(lab: Lab, env: dict[str, str], image: str, problem: str | None) -> None:
    host = lab.launch(env=variables(**env), image=image)
    wanted = f"its container connector {problem}" if problem else None
    assert (host.pair, host.pair_problem) == (None, wanted)


def test_the_container_with_the_tokens_is_the_connector(lab: Lab) -> None:
    first = container("side", "mcr.microsoft.com/x")
    second = container("main", environmentVariables=variables(**lab.tokens()))
    host = lab.start(containers=[first, second])
    assert (host.image, host.pair) == ("twingate/connector:1", Pair(f"a-{lab.name}", f"r-{lab.name}"))


def test_tenants_are_read(lab: Lab) -> None:
    env = variables(**lab.tokens(TWINGATE_NETWORK="acme", TWINGATE_URL="https://Sandbox.twingate.com/"))
    assert lab.launch(env=env).tenants == ("acme", "sandbox")


# --- commands and probes

PROBE = "is restarted again and again: its liveness probe can only be the command /connectorctl health"


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"livenessProbe": {"exec": {"command": ["/connectorctl", "health"]}}}, None),
        ({"readinessProbe": {"exec": {"command": ["true"]}}}, None),
        ({"livenessProbe": {"exec": {"command": ["sh", "-c", "/connectorctl health"]}}}, PROBE),
        ({"livenessProbe": {"httpGet": {"port": 80}}}, PROBE),
        ({"command": ["sleep", "1d"]}, "does not run the Connector: its container has a command of its own"),
    ],
)
def test_what_keeps_the_process_from_running(lab: Lab, given: dict[str, Any], problem: str | None) -> None:
    host = lab.launch(**given)
    assert host.secret_problem() == problem
    shown = lab.cloud.get(host.id)["properties"]["containers"][0]["properties"]["instanceView"]["currentState"]
    assert shown["detailStatus"] == ("CrashLoopBackOff" if problem else "")


# --- DNS


def judged(host: Host) -> str | None:
    """Why the first check that fails fails, or None."""
    for check in CHECKS:
        try:
            check(host)
        except Failure as failure:
            return failure.reason
    return None


def test_the_servers_of_the_network_are_not_seen(lab: Lab) -> None:
    lab.cloud.put(lab.network, lab.place.network_body(dhcpOptions={"dnsServers": ["10.60.9.8", "10.60.9.9"]}))
    host = lab.launch()
    assert host.dns == ()
    assert judged(host) == (
        f"{host.id} resolves no private name: its virtual network has the DNS servers 10.60.9.8, 10.60.9.9, which a "
        "container group does not see, and neither its dnsConfig nor TWINGATE_DNS names one"
    )


def test_servers_that_come_later_do_not_matter_to_a_running_group(lab: Lab) -> None:
    host = lab.launch()
    lab.cloud.put(lab.network, lab.place.network_body(dhcpOptions={"dnsServers": ["10.60.9.9"]}))
    assert lab.host().dns_problem is None
    lab.cloud.call("POST", f"{host.id}/restart")
    assert "has the DNS servers 10.60.9.9, which" in (lab.host().dns_problem or "")


@pytest.mark.parametrize("way", ["dnsConfig", "TWINGATE_DNS"])
def test_whoever_names_a_server_resolves(lab: Lab, way: str) -> None:
    lab.cloud.put(lab.network, lab.place.network_body(dhcpOptions={"dnsServers": ["10.60.9.9"]}))
    lab.set_rule(rule("dns", 100, destinationAddressPrefix="10.60.9.9", destinationPortRange="53"))
    own = {"TWINGATE_DNS": "10.60.9.9"} if way == "TWINGATE_DNS" else {}
    config: Any = {"dnsConfig": {"nameServers": ["10.60.9.9"]}} if way == "dnsConfig" else {}
    given = container(environmentVariables=variables(**lab.tokens(**own)))
    host = lab.start(containers=[given], **config)
    assert (host.dns, judged(host)) == (("10.60.9.9",), None)


def test_a_group_outside_a_network_has_no_servers_to_miss(lab: Lab) -> None:
    lab.place.containers(None)
    assert lab.host().dns_problem is None


def test_its_own_servers_are(lab: Lab) -> None:
    env = variables(**lab.tokens(TWINGATE_DNS="10.60.1.9, 10.60.1.10,names"))
    given = container(environmentVariables=env)
    host = lab.start(containers=[given], dnsConfig={"nameServers": ["10.60.1.8", "10.60.1.9"]})
    assert host.dns == ("10.60.1.8", "10.60.1.9", "10.60.1.10")


def test_a_rule_can_shut_off_the_platform(lab: Lab) -> None:
    assert lab.launch().reach(Destination("168.63.129.16", "udp", 53))[0].ok is True
    lab.set_rule(rule_for("AzurePlatformDNS"))
    host = lab.host()
    assert host.dns == ("168.63.129.16",)
    (step,) = host.reach(Destination("168.63.129.16", "tcp", 53))
    text = "rule no-dns at priority 110, deny to AzurePlatformDNS does not let it out"
    assert (step.part, step.ok, step.text) == ("firewall", False, text)
    (step,) = host.reach(Destination("169.254.169.254", "tcp", 80))
    assert (step.part, step.ok) == ("platform", True)


def rule_for(tag: str) -> dict[str, Any]:
    return rule("no-dns", 110, "Deny", destinationAddressPrefix=tag, destinationPortRange="53")
