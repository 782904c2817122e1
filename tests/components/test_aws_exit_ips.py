from typing import Any

import pytest

from gatepost.aws import ExitIp, ExitIps, ExitIpsArgs
from gatepost.labels import Labels

LABELS = Labels(environment="dev", network="payments", site="frankfurt")
EIP = "aws:ec2/eip:Eip"


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


def test_exit_ips_need_a_key_that_fits_into_names():
    with pytest.raises(ValueError, match=r"ExitIpsArgs.addresses is empty"):
        exits_args(addresses={})
    with pytest.raises(ValueError, match=r"The zone key 'Zone A' is not written as a key"):
        exits_args(addresses={"Zone A": ExitIp()})
