from typing import Any

import pulumi
import pytest
import recorder
from recorder import unknown

from gatepost.gcp import Network, NetworkArgs, RouteTo
from gatepost.labels import Labels
from gatepost.site import ExitRef

LABELS = Labels(environment="dev", network="payments", site="frankfurt")
VPC = "gcp:compute/network:Network"
SUBNET = "gcp:compute/subnetwork:Subnetwork"
ROUTER = "gcp:compute/router:Router"
NAT = "gcp:compute/routerNat:RouterNat"
ROUTE = "gcp:compute/route:Route"
DISK = "gcp:compute/disk:Disk"
STASH = "pulumi:index:Stash"
ZONES = ("europe-west3-a", "europe-west3-b")
TUNNEL = RouteTo(vpn_tunnel_id="projects/acme/regions/europe-west3/vpnTunnels/office")


@pytest.fixture(autouse=True)
def _router_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(recorder.COMPUTED, ROUTER, lambda name: {"name": f"{name}-1234567"})


def exit_of(key):
    return ExitRef(id=f"exit-{key}", address=f"203.0.113.{ord(key[-1])}")


def args(**over):
    given: dict[str, Any] = {"region": "europe-west3", "labels": LABELS, "cidr": "10.40.0.0/24", "zones": ZONES}
    given["exits"] = {"a": exit_of("a"), "b": exit_of("b")}
    return NetworkArgs(**(given | over))


def refusal(**over):
    with pytest.raises(ValueError) as refused:
        args(**over)
    return str(refused.value)


def depends(seen, name):
    return {urn.rpartition("::")[2] for urn in seen.request(name).dependencies} - {"test-dev"}


def test_one_subnetwork_leaves_by_the_given_addresses_through_a_nat_of_its_own(deploy):
    seen = deploy(lambda: Network("net", args(project="acme")))
    assert seen.tree() == {
        ("gatepost:gcp:Network", "net", "test-dev"),
        (STASH, "net-range", "net"),
        (VPC, "net-vpc", "net"),
        (SUBNET, "net-subnet", "net"),
        (ROUTER, "net-router", "net"),
        (NAT, "net-nat", "net"),
    }
    assert seen.only(VPC) == {"autoCreateSubnetworks": False, "project": "acme"}
    assert seen.only(SUBNET) == {
        "network": "net-vpc-id",
        "ipCidrRange": "10.40.0.0/24",
        "privateIpGoogleAccess": True,
        "region": "europe-west3",
        "project": "acme",
    }
    assert seen.only(ROUTER) == {
        "network": "net-vpc-id",
        "description": "Cloud NAT of dev-payments-frankfurt",
        "region": "europe-west3",
        "project": "acme",
    }
    assert seen.only(NAT) == {
        "router": "net-router-1234567",
        "natIpAllocateOption": "MANUAL_ONLY",
        "natIps": ["exit-a", "exit-b"],
        "sourceSubnetworkIpRangesToNat": "LIST_OF_SUBNETWORKS",
        "subnetworks": [{"name": "net-subnet-id", "sourceIpRangesToNats": ["PRIMARY_IP_RANGE"]}],
        "minPortsPerVm": 1024,
        "enableEndpointIndependentMapping": True,
        "enableDynamicPortAllocation": False,
        "udpIdleTimeoutSec": 120,
        "region": "europe-west3",
        "project": "acme",
    }
    assert [urn.rpartition("::")[2] for urn in seen.completed] == ["net"]


def test_without_a_project_everything_is_in_the_providers(deploy):
    seen = deploy(lambda: Network("net", args(routes={"10.0.0.0/8": TUNNEL})))
    assert {name for (_, name), inputs in seen.inputs.items() if "project" in inputs} == set()


@pytest.mark.parametrize(
    ("over", "says"),
    [
        ({"network_type": "EXIT"}, {"minPortsPerVm": 8192}),
        ({"min_ports_per_vm": 64}, {"minPortsPerVm": 64}),
        (
            {"dynamic_ports": True, "endpoint_independent": False},
            {"enableDynamicPortAllocation": True, "enableEndpointIndependentMapping": False},
        ),
        ({"nat_log": "ERRORS_ONLY"}, {"logConfig": {"enable": True, "filter": "ERRORS_ONLY"}}),
    ],
)
def test_options_of_nat_change_nothing_else(deploy, over, says):
    usual = deploy(lambda: Network("net", args())).only(NAT)
    assert deploy(lambda: Network("net", args(**over))).only(NAT) == usual | says


def test_flow_logs_are_written_where_asked(deploy):
    seen = deploy(lambda: Network("net", args(flow_logs=True)))
    logs = {"aggregationInterval": "INTERVAL_1_MIN", "flowSampling": 0.1, "metadata": "INCLUDE_ALL_METADATA"}
    assert seen.only(SUBNET)["logConfig"] == logs


def test_direct_hosts_have_the_same_network_without_nat(deploy):
    nat = deploy(lambda: Network("net", args()))
    seen = deploy(lambda: Network("net", args(direct=True, exits={})))
    assert nat.tree() - seen.tree() == {(ROUTER, "net-router", "net"), (NAT, "net-nat", "net")}
    same = seen.inputs.keys() - {(STASH, "net-range")}
    assert {key: nat.inputs[key] for key in same} == {key: seen.inputs[key] for key in same}


def test_another_zone_changes_no_resource(deploy):
    two = deploy(lambda: Network("net", args()))
    three = deploy(lambda: Network("net", args(zones=(*ZONES, "europe-west3-c"))))
    assert {k: v for k, v in three.inputs.items() if k[1] != "net"} == {
        k: v for k, v in two.inputs.items() if k[1] != "net"
    }


def test_is_the_same_tree_while_the_addresses_are_unknown(deploy):
    def program():
        return Network("net", args(exits={"a": ExitRef(id=unknown(), address=unknown())}))

    assert deploy(program, preview=True).tree() == deploy(lambda: Network("net", args())).tree()


@pytest.mark.parametrize("direct", [False, True])
def test_the_outputs_tell_the_subnetwork_by_zone(deploy, direct):
    told = {}

    def program():
        network = Network("net", args(direct=direct, exits={} if direct else {"a": exit_of("a")}, project="acme"))
        outputs = {
            "vpc": network.vpc_id,
            "ref vpc": network.ref.vpc_id,
            "private": network.private_subnet_ids,
            "public": network.public_subnet_ids,
            "ref private": pulumi.Output.from_input(dict(network.ref.subnets)),
            "ref public": pulumi.Output.from_input(dict(network.ref.public_subnets)),
            "ref": pulumi.Output.from_input([network.ref.project, network.ref.region, network.ref.exit_addresses]),
        }
        for key, output in outputs.items():
            pulumi.Output.from_input(output).apply(lambda value, key=key: told.update({key: value}))

    deploy(program)
    subnets = dict.fromkeys(ZONES, "net-subnet-id")
    assert told == {
        "vpc": "net-vpc-id",
        "ref vpc": "net-vpc-id",
        "private": {} if direct else subnets,
        "public": subnets if direct else {},
        "ref private": {} if direct else subnets,
        "ref public": subnets if direct else {},
        "ref": ["acme", "europe-west3", {} if direct else {"a": "203.0.113.97"}],
    }


def test_routes_to_private_destinations_are_added_and_nothing_else_changes(deploy):
    without = deploy(lambda: Network("net", args()))
    seen = deploy(lambda: Network("net", args(routes={"10.0.0.0/8": TUNNEL})))  # around its own range is fine
    assert seen.tree() - without.tree() == {
        ("gatepost:gcp:Routes", "net-routes", "net"),
        (ROUTE, "net-routes-10-0-0-0-8", "net-routes"),
    }
    assert {k: seen.inputs[k] for k in without.inputs} == without.inputs
    assert seen.only(ROUTE)["network"] == "net-vpc-id"


def disk_in(subnet):
    pulumi.CustomResource("test:index:Host", "host", {"subnet": subnet})


@pytest.mark.parametrize(
    ("over", "subnets", "waits"),
    [({}, "subnets", {"net-nat"}), ({"direct": True, "exits": {}}, "public_subnets", set())],
)
def test_a_host_waits_for_nat_and_routes(deploy, over, subnets, waits):
    def program():
        network = Network("net", args(routes={"10.0.0.0/8": TUNNEL}, **over))
        disk_in(getattr(network.ref, subnets)["europe-west3-b"])

    assert depends(deploy(program), "host") == {"net-subnet", "net-routes-10-0-0-0-8"} | waits


def test_a_nat_or_route_that_is_new_leaves_the_subnetwork_known_in_a_preview(deploy, monkeypatch):
    answer = recorder._Mocks.new_resource

    def unmade(self, resource):
        made, state = answer(self, resource)
        return ("" if resource.typ in (ROUTE, NAT) else made), state

    monkeypatch.setattr(recorder._Mocks, "new_resource", unmade)
    known = {"output": {"cidr": "10.40.0.0/24", "region": "europe-west3", "exit": "nat", "replace": "False"}}
    monkeypatch.setitem(recorder.COMPUTED, STASH, lambda name: known)
    seen = deploy(
        lambda: disk_in(Network("net", args(routes={"10.0.0.0/8": TUNNEL})).ref.subnets["europe-west3-a"]),
        preview=True,
    )
    assert seen.inputs["test:index:Host", "host"]["subnet"] == "net-subnet-id"


@pytest.mark.parametrize("over", [{}, {"direct": True, "exits": {}}])
def test_the_network_is_made_anew_with_another_range_or_region_and_only_then(deploy, over):
    def trigger(**more):
        seen = deploy(lambda: Network("net", args(**over, **more)))
        return seen.request("net-vpc").replacement_trigger.string_value

    assert trigger() == "10.40.0.0/24 in europe-west3" == trigger(flow_logs=True)
    assert trigger(cidr="10.41.0.0/24") == "10.41.0.0/24 in europe-west3"
    assert trigger(region="europe-west4", zones=["europe-west4-a"]) == "10.40.0.0/24 in europe-west4"


def test_the_network_is_protected_where_asked(deploy):
    assert deploy(lambda: Network("net", args(protect=True))).request("net-vpc").protect
    assert not deploy(lambda: Network("net", args())).request("net-vpc").protect


@pytest.mark.parametrize(
    ("over", "says"),
    [
        ({"zones": ("europe-west4-a",)}, "'europe-west4-a' is in the region 'europe-west4', but the site is in"),
        ({"zones": ("eu-central-1a",)}, "'eu-central-1a' is not the name of a zone on gcp"),
        ({"zones": ()}, "NetworkArgs.zones is empty"),
        ({"network_type": "EXITS"}, "The type of Remote Network 'EXITS' is not known. Allowed: REGULAR, EXIT."),
        ({"nat_log": "ERRORS"}, "NetworkArgs.nat_log 'ERRORS' is not known. Allowed: ERRORS_ONLY, TRANSLATIONS_ONLY"),
        ({"exits": {}}, "NetworkArgs.exits is empty, so hosts would have no way out"),
        (
            {"exits": {"a": exit_of("a"), "b": exit_of("a")}},
            "The exits 'a' and 'b' are one and the same, 'exit-a'. Remove one.",
        ),
        ({"direct": True}, "NetworkArgs has exits in a, b, but with direct=True there is no NAT to hold them"),
        ({"routes": {"10.40.0.0/24": TUNNEL}}, "10.40.0.0/24 lies in the network's own range 10.40.0.0/24"),
        ({"routes": {"8.8.8.8/32": TUNNEL}}, "The destination 8.8.8.8/32 holds public addresses"),
    ],
)
def test_refuses_a_network_that_could_not_work(over, says):
    assert says in refusal(**over)


def test_reports_all_problems_together():
    text = refusal(cidr="10.40.0.0/30", exits={}, zones=(), routes={"ten": TUNNEL}, nat_log="NONE", dynamic_ports=True)
    assert len(text.splitlines()) == 6


def test_names_that_google_does_not_take_are_refused_before_anything_is_made(deploy):
    seen = recorder.Deployment()
    with pytest.raises(ValueError, match=r"The name 'My_Net' cannot start names of Google Cloud resources\. Allowed:"):
        deploy(lambda: Network("My_Net", args()), seen=seen)
    assert seen.requests == []


def test_names_have_room_for_pulumis_suffix_within_63_characters(deploy):
    name = f"{'n' * 20}-{'s' * 16}-network"
    seen = deploy(lambda: Network(name, args(routes={"192.168.100.0/24": TUNNEL, "192.168.101.0/24": TUNNEL})))
    made = [r.name for r in seen.requests if r.type.startswith("gcp:")]
    assert max(map(len, made)) <= 63 - len("-1234567")
    assert len(set(made)) == 6
    assert f"{name}-subnet" in made  # readable where it fits
