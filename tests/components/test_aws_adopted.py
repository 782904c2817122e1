"""Subnets that exist are looked at before anything is made in them."""

from typing import Any

import pulumi
import pytest
from components.test_aws_direct import ADDRESSES
from components.test_aws_site import NETWORK, site
from recorder import ANSWERS, GET_SUBNET

from gatepost.aws import NetworkRef
from gatepost.site import SlotArgs

ASKED = [{"id": f"subnet-{zone}", "region": "eu-central-1"} for zone in "ab"]


def look(deploy: Any, over: dict[str, Any], **given: Any) -> Any:
    """A preview of a site whose subnets AWS tells ``over`` of."""
    answer = lambda asked: ANSWERS[GET_SUBNET](asked) | over  # noqa: E731
    return deploy(lambda: site(**given), answers={GET_SUBNET: answer}, preview=True)


def refusal(deploy: Any, over: dict[str, Any], **given: Any) -> list[str]:
    with pytest.raises(pulumi.RunError) as refused:
        look(deploy, over, **given)
    return str(refused.value).splitlines()


def test_fit_subnets_are_asked_for_once_and_nothing_is_said(deploy, warned):
    seen = look(deploy, {})
    assert sorted((call.args for call in seen.calls), key=lambda args: args["id"]) == ASKED
    assert warned == []


def test_with_exit_direct_the_public_subnets_are_looked_at(deploy):
    network = NetworkRef(
        region="eu-central-1", vpc_id="vpc-1", subnets=NETWORK.subnets, public_subnets={"eu-central-1a": "public-a"}
    )
    seen = look(deploy, {}, network=network, direct={slot: ADDRESSES[slot] for slot in "ab"})
    assert [call.args["id"] for call in seen.calls] == ["public-a"]


def test_subnets_of_another_vpc_are_refused_all_at_once(deploy):
    assert sorted(refusal(deploy, {"vpcId": "vpc-2"})) == [
        f"The subnet subnet-{zone} is in the VPC vpc-2, but the site is in vpc-1. Change one." for zone in "ab"
    ]


def test_a_subnet_of_another_zone_is_refused(deploy):
    (told,) = refusal(deploy, {"availabilityZone": "eu-central-1a"})
    assert told == (
        "The subnet subnet-b is in the zone eu-central-1a, but it is given for eu-central-1b: hosts would stand in one "
        "zone that look as if they stood in two. Give it under its own zone."
    )


def test_a_subnet_without_room_is_refused(deploy):
    many = {slot: SlotArgs(zone="eu-central-1a") for slot in "abcdef"}
    assert refusal(deploy, {"cidrBlock": "10.40.0.0/28"}, slots=many) == [
        "The subnet subnet-a (10.40.0.0/28) has room for 11 hosts, but 6 slots may have 12 at once: new ones stand "
        "beside the old. A subnet needs 2 x slots + 5 addresses. Give a larger block."
    ]
    look(deploy, {"cidrBlock": "10.40.0.0/28"}, slots={slot: many[slot] for slot in "abcde"})


def test_a_subnet_without_ipv4_is_refused(deploy):
    (told,) = refusal(deploy, {"cidrBlock": ""}, slots={"a": SlotArgs(zone="eu-central-1a")})
    assert told.endswith("has no IPv4 block, and hosts have IPv4 addresses. Give another subnet.")


def test_a_subnet_in_which_no_slot_stands_keeps_nobody_from_an_update(deploy):
    seen = look(deploy, {}, slots={slot: SlotArgs(zone="eu-central-1b") for slot in "ab"})
    assert [call.args["id"] for call in seen.calls] == ["subnet-b"]


def test_few_free_addresses_are_a_warning_since_the_sites_own_hosts_may_have_them(deploy, warned):
    two = {slot: SlotArgs(zone="eu-central-1a") for slot in "ab"}
    look(deploy, {"availableIpAddressCount": 2}, slots=two)
    assert warned == []
    look(deploy, {"availableIpAddressCount": 1}, slots=two)
    assert [told.split(" before ")[0] for told in warned] == [
        "The subnet subnet-a has 1 free addresses, and a rollout takes one for each of 2 slots"
    ]
