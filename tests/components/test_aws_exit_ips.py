from typing import Any

import pulumi
import pytest
import recorder

from gatepost.aws import ExitIp, ExitIps, ExitIpsArgs
from gatepost.labels import Labels

LABELS = Labels(environment="dev", network="payments", site="frankfurt")
EIP = "aws:ec2/eip:Eip"
INSTANCE = "aws:ec2/getInstance:getInstance"


def exits_args(**over):
    given: dict[str, Any] = {"region": "eu-central-1", "labels": LABELS, "addresses": {"eu-central-1a": ExitIp()}}
    return ExitIpsArgs(**(given | over))


def test_exit_ips_are_made_by_key_protected_and_retained_where_asked(deploy):
    both = {"eu-central-1a": ExitIp(), "eu-central-1b": ExitIp()}
    seen = deploy(lambda: ExitIps("exits", exits_args(addresses=both, protect=True, retain=True)))
    assert {n: (i["domain"], i["region"]) for n, i in seen.of(EIP).items()} == {
        "exits-ip-eu-central-1a": ("vpc", "eu-central-1"),
        "exits-ip-eu-central-1b": ("vpc", "eu-central-1"),
    }
    assert all(seen.request(name).protect and seen.request(name).retainOnDelete for name in seen.of(EIP))
    assert seen.of(EIP)["exits-ip-eu-central-1a"]["tags"]["gatepost-exit"] == "eu-central-1a"


def test_exit_ips_are_neither_protected_nor_retained_unless_asked(deploy):
    seen = deploy(lambda: ExitIps("exits", exits_args()))
    request = seen.request("exits-ip-eu-central-1a")
    assert not request.protect
    assert not request.retainOnDelete


def test_an_adopted_exit_ip_is_only_read(deploy):
    exits = []
    seen = deploy(lambda: exits.append(ExitIps("exits", exits_args(addresses={"a": ExitIp(adopt="eipalloc-0abc")}))))
    assert seen.of(EIP) == {}  # nothing is registered as ours: a read brings the address in
    assert seen.inputs[EIP, "exits-adopted-a"] == {"region": "eu-central-1"}
    assert exits[0].exits["a"].id == "eipalloc-0abc"  # plain: known in every preview
    assert (EIP, "exits-ip-a") not in seen.inputs  # under the name of one that was made, that one would be let go


def adopting(deploy, instance, tags, told, **over):
    """Adopt an address that is on an instance with these tags."""
    computed = {"instance": instance} if instance else {}

    def program():
        exits = ExitIps("exits", exits_args(addresses={"a": ExitIp(adopt="eipalloc-0abc")}, **over))
        exits.addresses.apply(told.append)

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(recorder.COMPUTED, EIP, lambda _: {"publicIp": "203.0.113.9", **computed})
        return deploy(program, answers={INSTANCE: lambda asked: {"tags": tags, "instanceId": asked["instanceId"]}})


OWN = {
    "gatepost-environment": "dev",
    "gatepost-network": "payments",
    "gatepost-site": "frankfurt",
    "gatepost-slot": "a",
}


@pytest.mark.parametrize(("instance", "asked"), [(None, 0), ("", 0), ("i-1", 1)])
def test_an_adopted_address_may_be_free_or_on_a_host_of_its_slot(deploy, instance, asked):
    told = []
    seen = adopting(deploy, instance, OWN | {"Name": "x"}, told)
    assert [call.args for call in seen.calls] == [{"instanceId": "i-1", "region": "eu-central-1"}] * asked
    assert told == [{"a": "203.0.113.9"}]


@pytest.mark.parametrize("tags", [{}, *({**OWN, key: "other"} for key in OWN)])
def test_an_adopted_address_on_another_host_is_refused(deploy, tags):
    with pytest.raises(pulumi.RunError) as refused:
        adopting(deploy, "i-1", tags, [])
    assert str(refused.value) == (
        "The address 203.0.113.9 (exit 'a') is in use by the host i-1, which is none of this slot's: taking it over "
        "would cut that host off. Adopt another address, or free this one first."
    )


def test_exit_ips_need_a_key_that_fits_into_names():
    with pytest.raises(ValueError, match=r"ExitIpsArgs.addresses is empty"):
        exits_args(addresses={})
    with pytest.raises(ValueError, match=r"The zone key 'Zone A' is not written as a key"):
        exits_args(addresses={"Zone A": ExitIp()})
