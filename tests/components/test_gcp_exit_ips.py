from typing import Any

import pulumi
import pytest
import recorder

from gatepost.gcp import ExitIp, ExitIps, ExitIpsArgs
from gatepost.labels import Labels

LABELS = Labels(environment="dev", network="payments", site="frankfurt", extra={"Owner": "platform"})
ADDRESS = "gcp:compute/address:Address"
LINK = "projects/shared/regions/europe-west3/addresses/exit"


@pytest.fixture(autouse=True)
def _addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(recorder.COMPUTED, ADDRESS, lambda name: {"address": f"203.0.113.{ord(name[-1])}"})


def args(**over):
    given: dict[str, Any] = {"region": "europe-west3", "labels": LABELS, "addresses": {"europe-west3-a": ExitIp()}}
    return ExitIpsArgs(**(given | over))


def test_addresses_are_reserved_by_key_and_told(deploy):
    told = {}

    def program():
        exits = ExitIps("exits", args(addresses={"europe-west3-a": ExitIp(), "b": ExitIp()}, project="acme"))
        exits.addresses.apply(told.update)
        pulumi.Output.from_input(exits.exits["b"].id).apply(lambda i: told.update(id=i))

    seen = deploy(program)
    base = {"addressType": "EXTERNAL", "networkTier": "PREMIUM", "region": "europe-west3", "project": "acme"}
    assert {n: {k: i[k] for k in i.keys() - {"labels"}} for n, i in seen.of(ADDRESS).items()} == {
        "exits-ip-europe-west3-a": base,
        "exits-ip-b": base,
    }
    assert told == {"europe-west3-a": "203.0.113.97", "b": "203.0.113.98", "id": "exits-ip-b-id"}
    assert {parent for typ, _, parent in seen.tree() if typ == ADDRESS} == {"exits"}
    assert [urn.rpartition("::")[2] for urn in seen.completed] == ["exits"]


def test_addresses_carry_labels_as_google_takes_them(deploy):
    labels = deploy(lambda: ExitIps("exits", args())).only(ADDRESS)["labels"]
    owner = {key: labels.pop(key) for key in list(labels) if key.startswith("owner-")}
    assert list(owner.values()) == ["platform"]  # "Owner" is no key there: lower case and a hash
    assert labels == {
        "managed-by": "gatepost",
        "gatepost-environment": "dev",
        "gatepost-network": "payments",
        "gatepost-site": "frankfurt",
        "gatepost-exit": "europe-west3-a",
    }


def test_removing_an_address_touches_no_other(deploy):
    two = deploy(lambda: ExitIps("exits", args(addresses={"a": ExitIp(), "b": ExitIp()})))
    one = deploy(lambda: ExitIps("exits", args(addresses={"b": ExitIp()})))
    assert two.tree() - one.tree() == {(ADDRESS, "exits-ip-a", "exits")}
    assert one.of(ADDRESS)["exits-ip-b"] == two.of(ADDRESS)["exits-ip-b"]


@pytest.mark.parametrize("asked", [False, True])
def test_addresses_are_protected_and_retained_where_asked_by_the_engine_alone(deploy, asked):
    seen = deploy(lambda: ExitIps("exits", args(protect=asked, retain=asked)))
    request = seen.request("exits-ip-europe-west3-a")
    assert (request.protect, request.retainOnDelete) == (asked, asked)
    assert "deletionPolicy" not in seen.only(ADDRESS)


@pytest.mark.parametrize(
    ("adopt", "project", "read"),
    [
        ("exit", None, "europe-west3/exit"),
        ("exit", "acme", "acme/europe-west3/exit"),
        (LINK, "acme", LINK),
        (f"https://www.googleapis.com/compute/v1/{LINK}", None, LINK),
    ],
)
@pytest.mark.parametrize("output", [False, True])
def test_an_adopted_address_is_only_read(deploy, monkeypatch, adopt, project, read, output):
    told = []
    link = f"https://www.googleapis.com/compute/v1/{LINK}"
    monkeypatch.setitem(recorder.COMPUTED, ADDRESS, lambda _: {"address": "203.0.113.97", "selfLink": link})
    asked, answer = [], recorder._Mocks.new_resource

    def noted(self, resource):
        asked.extend([resource.resource_id] if resource.resource_id else [])
        return answer(self, resource)

    monkeypatch.setattr(recorder._Mocks, "new_resource", noted)

    def program():
        given = pulumi.Output.from_input(adopt) if output else adopt
        exits = ExitIps("exits", args(project=project, addresses={"a": ExitIp(adopt=given)}))
        pulumi.Output.all(exits.exits["a"].id, exits.addresses).apply(told.append)

    seen = deploy(program)
    assert seen.of(ADDRESS) == {}  # nothing is registered as ours
    assert seen.inputs[ADDRESS, "exits-adopted-a"] == {}  # the id alone, else the provider would not read it
    assert asked == [read]
    assert told == [[link, {"a": "203.0.113.97"}]]  # by the link, which NAT takes


HOST = "https://www.googleapis.com/compute/v1/projects/acme/zones/europe-west3-b/instances/host"
GET_INSTANCE = "gcp:compute/getInstance:getInstance"


def adopting(deploy, monkeypatch, user, labels=None, kind="EXTERNAL"):
    """Adopt an address that ``user`` has, a host with these labels; the address, and the links that were asked for."""
    read = {"address": "203.0.113.9", "users": [user] if user else [], "addressType": kind}
    monkeypatch.setitem(recorder.COMPUTED, ADDRESS, lambda _: read)
    told = []

    def program():
        ExitIps("exits", args(addresses={"a": ExitIp(adopt=LINK)})).addresses.apply(told.append)

    seen = deploy(program, answers={GET_INSTANCE: lambda _: {"labels": labels or {}}})
    return told, [call.args["selfLink"] for call in seen.calls]


def test_an_adopted_address_that_the_slots_own_host_has_is_taken(deploy, monkeypatch):
    own = LABELS.gcp_labels(gatepost_slot="a")
    taken = [{"a": "203.0.113.9"}]
    assert adopting(deploy, monkeypatch, HOST, own | {"owner": "another"}) == (taken, [HOST])
    assert adopting(deploy, monkeypatch, None) == (taken, [])
    router = "https://www.googleapis.com/compute/v1/projects/acme/regions/europe-west3/routers/nat"
    assert adopting(deploy, monkeypatch, router) == (taken, [])  # a NAT, perhaps this site's


def test_an_adopted_address_that_is_internal_is_refused(deploy, monkeypatch):
    with pytest.raises(pulumi.RunError) as refused:
        adopting(deploy, monkeypatch, None, kind="INTERNAL")
    assert str(refused.value) == (
        "The address 203.0.113.9 (exit 'a') is INTERNAL, and an exit must be EXTERNAL. Adopt another one."
    )


@pytest.mark.parametrize(
    ("user", "labels"),
    [
        (HOST, {}),
        (HOST, LABELS.gcp_labels(gatepost_slot="b")),
        (HOST, LABELS.with_site("iowa").gcp_labels(gatepost_slot="a")),
        (HOST.replace("zones/europe-west3-b/instances", "regions/europe-west3/forwardingRules"), {}),
    ],
)
def test_an_adopted_address_that_something_else_has_is_refused(deploy, monkeypatch, user, labels):
    with pytest.raises(pulumi.RunError) as refused:
        adopting(deploy, monkeypatch, user, labels)
    assert str(refused.value) == (
        f"The address 203.0.113.9 (exit 'a') is in use by {user.removeprefix('https://www.googleapis.com/compute/v1/')}"
        ", which is not the host of this slot, and Google gives it to nobody else. Adopt another address, or free this "
        "one first."
    )


@pytest.mark.parametrize(
    ("adopt", "says"),
    [
        (
            "Exit_1",
            "The adopted address 'a' must be an id or self link like projects/acme/regions/europe-west3/addresses",
        ),
        ("projects/acme/global/addresses/exit", "The adopted address 'a' must be an id or self link like"),
        (LINK.replace("west3", "west4"), "The adopted address 'a' is in the region 'europe-west4', but the site is in"),
        ("", "The adopted address 'a' must be an id or self link like"),
        ("e" * 64, "The adopted address 'a' must be an id or self link like"),
    ],
)
def test_refuses_what_is_no_regional_address_here(adopt, says):
    with pytest.raises(ValueError) as refused:
        args(addresses={"a": ExitIp(adopt=adopt)})
    assert str(refused.value).startswith(says)


def test_two_keys_on_one_address_are_refused_in_every_spelling():
    link = LINK.replace("shared", "acme")
    for one, other in [("exit", link), (link, f"https://www.googleapis.com/compute/v1/{link}"), ("exit", "exit")]:
        with pytest.raises(ValueError) as refused:
            args(project="acme", addresses={"a": ExitIp(adopt=one), "b": ExitIp(adopt=other), "c": ExitIp()})
        assert str(refused.value) == (
            f"The adopted addresses 'a' and 'b' are one and the same, {other!r}. Adopt another one, or leave it out to "
            "get a new address."
        )


def test_needs_keys_that_fit_into_names():
    with pytest.raises(ValueError, match=r"ExitIpsArgs\.addresses is empty"):
        args(addresses={})
    with pytest.raises(ValueError, match=r"The zone key 'Zone A' is not written as a key"):
        args(addresses={"Zone A": ExitIp()})


def test_names_have_room_for_pulumis_suffix_within_63_characters(deploy):
    name = f"{'n' * 20}-{'s' * 16}-exits"
    zones = [f"northamerica-northeast1-{letter}" for letter in "ab"]
    seen = deploy(lambda: ExitIps(name, args(addresses={zone: ExitIp() for zone in zones})))
    made = list(seen.of(ADDRESS))
    assert len(made) == 2
    assert max(map(len, made)) <= 63 - len("-1234567")


def test_names_that_google_does_not_take_are_refused_before_anything_is_made(deploy):
    seen = recorder.Deployment()
    with pytest.raises(ValueError, match="The name 'Exits' cannot start names of Google Cloud resources"):
        deploy(lambda: ExitIps("Exits", args()), seen=seen)
    assert seen.requests == []
