"""Server policies of Cloud DNS: what the API keeps and refuses, and what they mean for a Connector."""

from collections.abc import Callable
from typing import Any

import pytest
from sandbox.gcp.cloud import PROJECT, ZONE, Cloud, delete, refusal
from sandbox.gcp.lab import Lab
from sandbox.gcp.place import Place
from sandbox.providers.engine import Engine

from gatepost_sandbox.addresses import Destination
from gatepost_sandbox.evidence import CHECKS, Failure

POLICY = "gcp:dns/policy:Policy"
RESOLVES = next(check for check in CHECKS if getattr(check, "__name__", "") == "_resolves_names")


def body(name: str, network: str, *servers: str, **path: str) -> dict[str, Any]:
    listed = [{"ipv4Address": server, **path} for server in servers]
    config = {"alternativeNameServerConfig": {"targetNameServers": listed}} if listed else {}
    return {"name": name, "networks": [{"networkUrl": network}], **config}


def create(cloud: Cloud, wanted: dict[str, Any]) -> dict[str, Any]:
    return cloud.policies.create(project=PROJECT, body=wanted).execute()


# --- the API


def test_a_policy_is_found_by_name_and_number(cloud: Cloud, name: str, network: str) -> None:
    made = create(cloud, body(name, network, "10.40.0.2", forwardingPath="private"))
    assert (made["kind"], made["enableInboundForwarding"], made["enableLogging"]) == ("dns#policy", False, False)
    (server,) = made["alternativeNameServerConfig"]["targetNameServers"]
    assert (server["ipv4Address"], server["forwardingPath"]) == ("10.40.0.2", "private")
    for key in (name, made["id"]):
        assert cloud.policies.get(project=PROJECT, policy=key).execute() == made
    assert made in cloud.policies.list(project=PROJECT).execute()["policies"]


def test_a_network_has_one_policy_at_most(cloud: Cloud, name: str, network: str) -> None:
    create(cloud, body(name, network))
    again = cloud.policies.create(project=PROJECT, body=body(f"{name}-b", network))
    text = f"Network '{network}' cannot be bound to this policy because it is already bound to policy '{name}'."
    assert refusal(again) == (400, "networkBoundToPolicy", text)
    code, reason, _ = refusal(cloud.policies.create(project=PROJECT, body=body(name, network)))
    assert (code, reason) == (409, "alreadyExists")


def test_a_policy_goes_when_no_network_has_it_and_a_network_when_it_has_none(
    cloud: Cloud, name: str, network: str
) -> None:
    create(cloud, body(name, network))
    gone = cloud.policies.delete(project=PROJECT, policy=name)
    assert refusal(gone)[1] == "resourceInUse"
    assert refusal(delete(cloud, "networks", name))[1] == "resourceInUseByAnotherResource"
    changed = cloud.policies.patch(project=PROJECT, policy=name, body={"networks": []}).execute()["policy"]
    assert "networks" not in changed
    gone.execute()
    assert refusal(cloud.policies.get(project=PROJECT, policy=name))[0] == 404
    delete(cloud, "networks", name).execute()


def test_a_patch_keeps_what_it_does_not_say_and_an_update_does_not(cloud: Cloud, name: str, network: str) -> None:
    made = create(cloud, {**body(name, network, "10.40.0.2"), "description": "what"})
    patched = cloud.policies.patch(project=PROJECT, policy=name, body={"description": "else"}).execute()["policy"]
    assert patched == {**made, "description": "else"}
    updated = cloud.policies.update(project=PROJECT, policy=name, body={"name": name}).execute()["policy"]
    assert updated == {"kind": "dns#policy", "id": made["id"], "name": name}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"name": "Upper"}, "It must have 1 to 63 lowercase letters, digits and dashes, a letter first."),
        ({"networks": [{"networkUrl": "main"}]}, "The URL is malformed: it must be the link of a network."),
        (
            {"networks": [{"networkUrl": f"projects/{PROJECT}/global/networks/nothing"}]},
            "The referenced network resource cannot be found.",
        ),
        (
            {"alternativeNameServerConfig": {"targetNameServers": [{"ipv4Address": "dns.internal"}]}},
            "It must be an IPv4 address.",
        ),
        (
            {"alternativeNameServerConfig": {"targetNameServers": [{"ipv4Address": "169.254.169.254"}]}},
            "It must not be a prohibited forwarding target.",
        ),
    ],
)
def test_what_a_policy_cannot_be(cloud: Cloud, name: str, network: str, change: Any, problem: str) -> None:
    code, reason, text = refusal(cloud.policies.create(project=PROJECT, body=body(name, network) | change))
    assert (code, reason, text.endswith(problem)) == (400, "invalid", True)


def test_the_name_of_a_policy_stays(cloud: Cloud, name: str, network: str) -> None:
    create(cloud, body(name, network))
    said = refusal(cloud.policies.patch(project=PROJECT, policy=name, body={"name": "other"}))
    assert said[2] == "Invalid value for field 'resource.name': 'other'. The name of a policy cannot be changed."


# --- the provider


def test_servers_have_no_order_and_links_two_forms(gcp: Engine, place: Place) -> None:
    servers = [{"ipv4Address": "9.9.9.9"}, {"ipv4Address": "10.40.0.2", "forwardingPath": "private"}]
    inputs = {
        "name": f"{place.name}-d",
        "networks": [{"networkUrl": place.network.partition("/v1/")[2]}],
        "alternativeNameServerConfig": {"targetNameServers": servers},
    }
    made = gcp.create(POLICY, inputs)
    assert made.state["networks"] == [{"networkUrl": place.network}]
    assert made.state["description"] == "Managed by Pulumi"
    other = {"networks": [{"networkUrl": place.network}],
             "alternativeNameServerConfig": {"targetNameServers": servers[::-1]}}  # fmt: skip
    assert list(gcp.diff(made, inputs | other).diffs) == []
    private = {"targetNameServers": [{**server, "forwardingPath": "private"} for server in servers]}
    diff = gcp.diff(made, {**inputs, "alternativeNameServerConfig": private})
    assert (list(diff.diffs), list(diff.replaces)) == (["alternativeNameServerConfig"], [])


def test_dropped_networks_go_and_dropped_servers_stay_as_with_the_vendors_provider(gcp: Engine, place: Place) -> None:
    servers = {"targetNameServers": [{"ipv4Address": "9.9.9.9"}]}
    inputs = {"name": f"{place.name}-d", "networks": [{"networkUrl": place.network}]}
    made = gcp.create(POLICY, {**inputs, "alternativeNameServerConfig": servers})
    after = gcp.update(made, {"name": inputs["name"]})
    assert (after.state["networks"], after.state["alternativeNameServerConfig"]) == ([], servers)


# --- what it means for a Connector


@pytest.fixture
def policy(lab: Lab) -> Callable[..., Any]:
    """Makes the policy of the lab's network."""
    return lambda *servers, **path: create(lab.cloud, body(lab.name, lab.network, *servers, **path))


def resolves(lab: Lab) -> str | None:
    """What the check of the evidence says of the lab's host, without its id."""
    host = lab.host()
    try:
        RESOLVES(host)
    except Failure as failure:
        return failure.reason.replace(host.id, "HOST")
    return None


def test_a_host_resolves_by_the_servers_of_its_network(lab: Lab, policy: Callable[..., Any]) -> None:
    lab.launch()
    assert lab.host().dns == ()
    policy("10.40.0.9", "9.9.9.9")
    assert lab.host().dns == ("10.40.0.9", "9.9.9.9")
    assert resolves(lab) is None  # the firewall lets out neither, and plays no part


@pytest.mark.parametrize(
    ("server", "path", "problem"),
    [
        ("10.99.0.2", {}, "default-route"),
        ("9.9.9.9", {"forwardingPath": "private"}, "asks 9.9.9.9 in the network only"),
        ("9.9.9.9", {"forwardingPath": "default"}, None),
        ("9.9.9.9", {}, None),
        ("10.40.0.9", {"forwardingPath": "private"}, None),
    ],
)
def test_a_server_must_be_where_the_resolver_asks(
    lab: Lab, policy: Callable[..., Any], server: str, path: dict[str, str], problem: str | None
) -> None:
    lab.launch()
    policy(server, **path)
    said = resolves(lab)
    if problem is None:
        assert said is None
    else:
        assert said is not None
        assert said.startswith(f"HOST resolves no name: it cannot dial its DNS server at {server}:53/tcp: ")
        assert problem in said


def test_a_route_with_a_tag_is_not_for_the_resolver(lab: Lab, policy: Callable[..., Any]) -> None:
    lab.launch()
    lab.launch(f"{lab.name}-hop", canIpForward=True)
    hop = f"zones/{ZONE}/instances/{lab.name}-hop"
    route = {"network": lab.network, "destRange": "10.99.0.0/16", "priority": 1, "nextHopInstance": hop}
    policy("10.99.0.2")
    lab.cloud.insert("routes", {"name": f"{lab.name}-tagged", **route, "tags": ["connector"]})
    said = resolves(lab)
    assert said is not None
    assert said.endswith("10.99.0.2 is a private address")
    lab.cloud.insert("routes", {"name": f"{lab.name}-plain", **route})
    assert resolves(lab) is None


def test_servers_of_the_boot_text_go_before_those_of_the_network(lab: Lab, policy: Callable[..., Any]) -> None:
    policy("10.99.0.2")
    assert lab.launch(script=lab.script(TWINGATE_DNS="10.40.0.9")).dns == ("10.40.0.9",)


def test_what_the_host_dials_itself_still_meets_its_firewall(lab: Lab, policy: Callable[..., Any]) -> None:
    lab.launch()
    policy("9.9.9.9")
    (server,) = lab.host().dns
    assert [step.part for step in lab.host().reach(Destination(server, "tcp", 53))] == ["platform"]
    first, *_ = lab.host().reach(Destination("9.9.9.9", "tcp", 53))
    assert (first.part, first.ok) == ("firewall", False)


def test_the_policy_of_another_network_is_nobodys_business(lab: Lab, place: Place) -> None:
    create(lab.cloud, body(lab.name, place.other_network, "10.99.0.2"))
    assert lab.launch().dns == ()
