import base64
from collections.abc import Mapping
from typing import Any

import pulumi
import pytest
import recorder
from recorder import SECRET_KEY, Deployment, unknown

from gatepost.egress import Reach
from gatepost.gcp import ConnectorSite, ConnectorSiteArgs, NetworkRef
from gatepost.labels import Labels
from gatepost.rollout import GateArgs, GateRefusedError
from gatepost.site import ExitRef, SlotArgs

LABELS = Labels(environment="dev", network="payments", site="frankfurt")
SITE = "payments-frankfurt"
ACCOUNT = "gcp:serviceaccount/account:Account"
SECRET = "gcp:secretmanager/secret:Secret"
VERSION = "gcp:secretmanager/secretVersion:SecretVersion"
MEMBER = "gcp:secretmanager/secretIamMember:SecretIamMember"
INSTANCE = "gcp:compute/instance:Instance"
GET_IMAGE = "gcp:compute/getImage:getImage"
CONNECTOR = "twingate:index/twingateConnector:TwingateConnector"
TOKENS = "twingate:index/twingateConnectorTokens:TwingateConnectorTokens"
LIST = "twingate:index/getTwingateConnectors:getTwingateConnectors"
ZONES = ("europe-west3-a", "europe-west3-b")
HOSTS = "projects/acme/regions/europe-west3/subnetworks/hosts"
PUBLIC = "projects/acme/regions/europe-west3/subnetworks/public"
NETWORK = NetworkRef(
    project="acme",
    region="europe-west3",
    vpc_id="projects/acme/global/networks/main",
    subnets=dict.fromkeys(ZONES, HOSTS),
    public_subnets=dict.fromkeys(ZONES, PUBLIC),
    exit_addresses={"0": "203.0.113.1", "1": "203.0.113.2"},
)
SLOTS = {"a": SlotArgs(), "b": SlotArgs()}
ADDRESSES = {
    slot: ExitRef(id=f"projects/acme/regions/europe-west3/addresses/{slot}", address=f"198.51.100.{n}")
    for n, slot in enumerate("abc", 1)
}
DIRECT: dict[str, Any] = {"slots": dict.fromkeys("abc", SlotArgs()), "direct": ADDRESSES}
BY_NAT = dict.fromkeys("abc", "203.0.113.1")
BY_OWN = {slot: str(ref.address) for slot, ref in ADDRESSES.items()}


@pytest.fixture(autouse=True)
def _computed(monkeypatch: pytest.MonkeyPatch) -> None:
    def account(name: str) -> dict[str, Any]:
        email = f"{name}-1234567@acme.iam.gserviceaccount.com"
        return {"email": email, "member": f"serviceAccount:{email}"}

    def secret(name: str) -> dict[str, Any]:
        return {"name": f"projects/123456789012/secrets/{name}-1234567"}

    def instance(name: str) -> dict[str, Any]:
        return {"networkInterfaces": [{"networkIp": "10.40.0.4"}]}

    for token, computed in ((ACCOUNT, account), (SECRET, secret), (INSTANCE, instance)):
        monkeypatch.setitem(recorder.COMPUTED, token, computed)


def args(**over: Any) -> ConnectorSiteArgs:
    given: dict[str, Any] = {
        "tenant": "acme",
        "remote_network_id": "network-1",
        "network": NETWORK,
        "labels": LABELS,
        "slots": SLOTS,
        "image": "projects/debian-cloud/global/images/debian-12-bookworm-v20261110",
        "gate": GateArgs(poll_seconds=0.001, timeout_seconds=0.05),
    }
    return ConnectorSiteArgs(**(given | over))


def alive(exits: Mapping[str, str] = BY_NAT) -> dict[str, Any]:
    """What Twingate answers: the slots that are ALIVE, and the address that each leaves by."""
    found = [{"id": f"{SITE}-{slot}-id", "state": "ALIVE", "publicIp": address} for slot, address in exits.items()]
    return {LIST: lambda _: {"connectors": found}}


def site(**over: Any) -> ConnectorSite:
    return ConnectorSite(SITE, args(**over))


def build(deploy: Any, exits: Mapping[str, str] = BY_NAT, seen: Deployment | None = None, **over: Any) -> Deployment:
    return deploy(lambda: site(**over), answers=alive(exits), seen=seen)


def after(seen: Deployment, slot: str) -> set[str]:
    """The hosts that the Connector of a slot waits for."""
    names = {urn.rpartition("::")[2] for urn in seen.request(f"{SITE}-{slot}", CONNECTOR).dependencies}
    return {name for name in names if name.endswith("-instance")}


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
    assert [urn.rpartition("::")[2] for urn in seen.completed][-1] == SITE


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


# --- exit direct


def test_direct_hosts_start_in_public_subnets_with_the_addresses_of_their_slots(deploy):
    seen = build(deploy, BY_OWN, **DIRECT)
    assert {name: host["networkInterfaces"] for name, host in seen.of(INSTANCE).items()} == {
        f"{SITE}-{slot}-host-instance": [{"subnetwork": PUBLIC, "accessConfigs": [{"natIp": BY_OWN[slot]}]}]
        for slot in "abc"
    }


def test_direct_slots_follow_one_another_and_the_old_host_goes_first(deploy):
    seen = build(deploy, BY_OWN, **DIRECT)
    first, second = f"{SITE}-a-host-instance", f"{SITE}-b-host-instance"
    assert after(seen, "a") == set()
    assert after(seen, "b") == {first}
    assert second in after(seen, "c")
    assert {seen.request(name).deleteBeforeReplace for name in seen.of(INSTANCE)} == {True}
    by_nat = build(deploy)
    assert {by_nat.request(name).deleteBeforeReplace for name in by_nat.of(INSTANCE)} == {False}


def test_the_gate_of_a_direct_slot_asks_for_the_address_of_its_own(deploy):
    with pytest.raises(GateRefusedError, match=r"leaves by 198\.51\.100\.1, which is none .*198\.51\.100\.2"):
        build(deploy, BY_OWN | {"b": BY_OWN["a"]}, **DIRECT)


def test_another_address_is_another_incarnation(deploy):
    def triggers(**over: Any) -> list[str]:
        seen = deploy(lambda: site(**(DIRECT | over), gate=GateArgs(enabled=False)))
        return [str(seen.request(f"{SITE}-{slot}", CONNECTOR).replacement_trigger) for slot in "abc"]

    other = ADDRESSES | {"b": ExitRef(id=f"{ADDRESSES['b'].id}-new", address="198.51.100.77")}
    same = [before == now for before, now in zip(triggers(), triggers(direct=other), strict=True)]
    assert same == [True, False, True]


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
        (
            {"network": NetworkRef(region="europe-west3", vpc_id=NETWORK.vpc_id, subnets=NETWORK.subnets), **DIRECT},
            "Exit direct needs public subnets, and the network has none.",
        ),
        (
            {"slots": SLOTS, "direct": {"a": ADDRESSES["a"], "c": ADDRESSES["c"]}},
            "Exit direct needs one address for each slot. Without one: b. Addresses of no slot: c.",
        ),
        (
            {"slots": SLOTS, "direct": {"a": ADDRESSES["a"], "b": ADDRESSES["a"]}},
            "The slots 'a' and 'b' share the address projects/acme/regions/europe-west3/addresses/a. Give each its own.",
        ),
        (
            {"slots": {"a": SlotArgs()}, "direct": {"a": ADDRESSES["a"]}},
            "A site with exit direct and one slot is away while its address moves to a new host.",
        ),
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
