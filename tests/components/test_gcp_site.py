import base64
from typing import Any

import pulumi
import pytest
from components.gcp_sites import (
    ACCOUNT,
    BY_NAT,
    BY_OWN,
    CONNECTOR,
    DIRECT,
    GET_IMAGE,
    HOSTS,
    INSTANCE,
    MEMBER,
    SECRET,
    SITE,
    SLOTS,
    TOKENS,
    VERSION,
    ZONES,
    after,
    alive,
    args,
    build,
    compute,
    site,
)
from recorder import SECRET_KEY, Deployment, unknown

from gatepost.egress import Reach
from gatepost.gcp import ConnectorSite, NetworkRef
from gatepost.labels import Labels
from gatepost.rollout import GateArgs, GateRefusedError
from gatepost.site import ExitRef, SlotArgs


@pytest.fixture(autouse=True)
def _computed(monkeypatch: pytest.MonkeyPatch) -> None:
    compute(monkeypatch)


# --- what there is


def test_each_slot_gets_a_connector_a_pair_a_secret_an_account_and_a_host_of_its_own(deploy):
    seen = build(deploy)
    own = {
        "gatepost:index:Incarnation": ("", ""),
        CONNECTOR: ("", ""),
        TOKENS: ("-tokens", ""),
        "gatepost:gcp:Host": ("-host", ""),
        SECRET: ("-host-pair", "-host"),
        VERSION: ("-host-pair-version", "-host"),
        MEMBER: ("-host-opens-pair", "-host"),
        INSTANCE: ("-host-instance", "-host"),
    }
    top = {"gatepost:index:Incarnation", "gatepost:gcp:Host"}
    for kind, (name, parent) in own.items():
        assert {(n, p) for k, n, p in seen.tree() if k == kind} == {
            (f"{SITE}-{slot}{name}", SITE if kind in top else f"{SITE}-{slot}{parent}") for slot in "ab"
        }, kind
    hosts = {f"{SITE}-a-host", f"{SITE}-b-host"}
    assert (len(seen.of(ACCOUNT)), {p for k, _, p in seen.tree() if k == ACCOUNT}) == (2, hosts)
    assert seen.request(SITE).type == "gatepost:gcp:ConnectorSite"
    assert [urn.rpartition("::")[2] for urn in seen.completed].count(SITE) == 1


def test_each_host_runs_in_its_zone_with_its_own_account_and_the_firewalls_tag(deploy):
    seen = build(deploy)
    tag = seen.of("gcp:compute/firewall:Firewall").popitem()[1]["targetTags"]
    for slot, zone in zip("ab", ZONES, strict=True):
        host = seen.of(INSTANCE)[f"{SITE}-{slot}-host-instance"]
        assert (host["zone"], host["tags"]) == (zone, tag)
        assert host["networkInterfaces"] == [{"subnetwork": HOSTS, "accessConfigs": []}]
        (short,) = (name for kind, name, of in seen.tree() if (kind, of) == (ACCOUNT, f"{SITE}-{slot}-host"))
        account = f"{short}-1234567@acme.iam.gserviceaccount.com"
        assert host["serviceAccount"]["email"] == account
        assert seen.of(MEMBER)[f"{SITE}-{slot}-host-opens-pair"] == {
            "secretId": f"{SITE}-{slot}-host-pair-id",
            "role": "roles/secretmanager.secretAccessor",
            "member": f"serviceAccount:{account}",
            "project": "acme",
        }


def test_each_host_reads_its_own_pair_which_is_nowhere_else(deploy):
    seen = build(deploy)
    for slot in "ab":
        script = seen.of(INSTANCE)[f"{SITE}-{slot}-host-instance"]["metadataStartupScript"]
        other = "b" if slot == "a" else "a"
        assert f"{SITE}-{slot}-host-pair-1234567" in script
        assert f"{SITE}-{other}-host-pair-1234567" not in script
        assert f"TWINGATE_LABEL_SLOT={slot}" in script
        version = f"{SITE}-{slot}-host-pair-version"
        assert f"access-of-{SITE}-{slot}-tokens" in seen.of(VERSION)[version]["secretData"]["value"]
        assert seen.request(version).object["secretData"][SECRET_KEY] == "1b47061264138c4ac30d75fd1eb44270"
    clear = [str(request.object) for request in seen.requests if request.type != VERSION]
    for text in clear:
        assert "access-of-" not in text
        assert base64.b64encode(b"access-of-").decode()[:12] not in text


def test_whatever_google_can_label_says_whose_it_is(deploy):
    seen = build(deploy, slots={"a": SlotArgs(generation=3), "b": SlotArgs()})
    common = {
        "gatepost-environment": "dev",
        "gatepost-network": "payments",
        "gatepost-site": "frankfurt",
        "managed-by": "gatepost",
    }
    for slot, generation in (("a", "3"), ("b", "1")):
        labels = {**common, "gatepost-slot": slot}
        assert seen.of(SECRET)[f"{SITE}-{slot}-host-pair"]["labels"] == labels
        host = seen.of(INSTANCE)[f"{SITE}-{slot}-host-instance"]
        assert host["labels"] == {**labels, "gatepost-generation": generation}


def test_slots_upgrade_their_packages_in_different_hours(deploy):
    seen = build(deploy, slots={"a": SlotArgs(), "c": SlotArgs()}, upgrade_hour=23)
    scripts = [seen.of(INSTANCE)[f"{SITE}-{slot}-host-instance"]["metadataStartupScript"] for slot in "ac"]
    assert [args(upgrade_hour=23).boot(slot).upgrade_hour for slot in "ab"] == [23, 0]
    assert ["*-*-* 23:" in scripts[0], "*-*-* 01:" in scripts[1]] == [True, True]


# --- order and gates


def test_the_first_slot_is_the_canary_and_the_others_wait_for_it(deploy):
    seen = build(deploy, slots=dict.fromkeys("abc", SlotArgs()))
    canary = {f"{SITE}-a-host-instance"}
    assert [after(seen, slot) for slot in "abc"] == [set(), canary, canary]


def test_without_a_living_canary_no_other_slot_is_made(deploy):
    seen = Deployment()
    with pytest.raises(GateRefusedError):
        build(deploy, {"b": "203.0.113.1"}, seen)
    assert list(seen.of(INSTANCE)) == [f"{SITE}-a-host-instance"]


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
        ({"image": "projects/debian-cloud/global/images/debian-12-bookworm-v20261201"}, "ab"),
        ({"size": "e2-medium"}, "ab"),
        ({"volume_gib": 20}, "ab"),
        ({"log_level": "debug"}, "ab"),
        ({"regional_pair": True}, "ab"),
        ({"version": "1.80.0"}, "ab"),
        ({"upgrade_hour": 4}, "ab"),
        ({"dns": ["10.40.0.2"]}, "ab"),
        ({"kms_key": "projects/acme/locations/europe-west3/keyRings/r/cryptoKeys/k"}, "ab"),
        ({"slots": {"a": SlotArgs(generation=2), "b": SlotArgs()}}, "a"),
        ({"slots": {"a": SlotArgs(), "b": SlotArgs(zone=ZONES[0])}}, "b"),
        ({"labels": Labels(environment="dev", network="payments", site="frankfurt", extra={"owner": "x"})}, ""),
        ({"reaches": [Reach(cidr="10.0.0.0/8")]}, ""),
    ],
)
def test_whatever_rebuilds_a_host_makes_a_new_incarnation_and_nothing_else_does(deploy, over, moves):
    def trigger(seen: Deployment, slot: str) -> str:
        return str(seen.request(f"{SITE}-{slot}", CONNECTOR).replacement_trigger)

    before, now = build(deploy), build(deploy, **over)
    assert "".join(slot for slot in "ab" if trigger(before, slot) != trigger(now, slot)) == moves


# --- outputs, previews, providers


@pytest.mark.parametrize(
    ("over", "exits"),
    [({}, ["203.0.113.1", "203.0.113.2"]), (DIRECT, ["198.51.100.1", "198.51.100.2", "198.51.100.3"])],
)
def test_the_outputs_name_exits_and_connectors(deploy, over, exits):
    found: list[Any] = []

    def program() -> None:
        made = site(**over, gate=GateArgs(enabled=False))
        pulumi.Output.all(made.exit_ips, made.connectors).apply(found.append)

    deploy(program)
    ((found_exits, connectors),) = found
    assert found_exits == exits
    assert list(connectors) == list(over.get("slots", SLOTS))
    assert connectors["b"] == {
        "connector_id": f"{SITE}-b-id",
        "connector": f"{SITE}-b-1234567",
        "host_id": f"{SITE}-b-host-instance-id",
        "zone": ZONES[1],
    }


@pytest.mark.parametrize("over", [{}, DIRECT])
def test_a_preview_with_unknown_inputs_asks_twingate_nothing_and_shows_the_same_tree(deploy, over):
    def program() -> ConnectorSite:
        network = NetworkRef(
            project="acme",
            region="europe-west3",
            vpc_id=unknown(),
            subnets={zone: unknown() for zone in ZONES},
            public_subnets={zone: unknown() for zone in ZONES},
            exit_addresses={"0": unknown()},
        )
        direct = {slot: ExitRef(id=unknown(), address=unknown()) for slot in over.get("direct", ())}
        given = over | ({"direct": direct} if direct else {})
        return site(**(given | {"remote_network_id": unknown(), "network": network, "kms_key": unknown()}))

    seen = deploy(program, preview=True)
    assert seen.calls == []
    assert seen.tree() == build(deploy, BY_OWN if over else BY_NAT, **over).tree()


def test_an_image_that_is_not_given_is_looked_up(deploy):
    newest = "https://www.googleapis.com/compute/v1/projects/debian-cloud/global/images/debian-12-bookworm-v20261201"
    seen = deploy(lambda: site(image=None), answers=alive() | {GET_IMAGE: lambda _: {"selfLink": newest}})
    disks = [host["bootDisk"]["initializeParams"]["image"] for host in seen.of(INSTANCE).values()]
    assert disks == [newest, newest]
    asked = [call.args for call in seen.calls if call.token == GET_IMAGE]
    assert asked == [{"family": "debian-12", "project": "debian-cloud"}] * 2


def test_resources_follow_the_callers_provider(deploy):
    import pulumi_gcp as gcp

    def program() -> None:
        other = gcp.Provider("other", project="acme")
        ConnectorSite(SITE, args(), pulumi.ResourceOptions(providers=[other]))

    seen = deploy(program, answers=alive())
    own = [r for r in seen.requests if r.type.startswith("gcp:")]
    assert len(own) > 10
    assert [r.name for r in own if "::other::" not in r.provider] == []


# --- what is refused


@pytest.mark.parametrize(
    ("over", "says"),
    [
        ({"tenant": "https://acme.twingate.com"}, "The Twingate network must be a name such as 'acme'"),
        ({"slots": {}}, "A site needs at least one slot"),
        ({"slots": {"a": SlotArgs(zone="europe-west3-c")}}, "Slot 'a' names the zone 'europe-west3-c'. Allowed: eur"),
        ({"size": "t2a-standard-1", "image": None}, "t2a-standard-1"),
        ({"image": "ami-0123456789abcdef0"}, "ami-0123456789abcdef0"),
        ({"volume_gib": 5}, "volume_gib must be 10 to 1024 GiB, got 5."),
        ({"volume_gib": "9"}, "ConnectorSiteArgs.volume_gib must be of type int, got '9'."),
        ({"regional_pair": "yes"}, "ConnectorSiteArgs.regional_pair must be of type bool, got 'yes'."),
        ({"kms_key": "projects/acme/locations/us-east1/keyRings/r/cryptoKeys/k"}, "us-east1"),
        ({"dns": ["dns.internal"]}, "'dns.internal'"),
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
        args(tenant="Acme!", slots={"A": SlotArgs(), "b": SlotArgs()})
    assert len(str(refused.value).splitlines()) == 2
