"""Subnetworks that exist are looked at before anything is made in them."""

from typing import Any

import pulumi
import pytest
from components import gcp_sites
from components.gcp_sites import DIRECT, HOSTS, site
from recorder import ANSWERS, GET_SUBNETWORK

from gatepost.site import SlotArgs


@pytest.fixture(autouse=True)
def _computed(monkeypatch: pytest.MonkeyPatch) -> None:
    gcp_sites.compute(monkeypatch)


def look(deploy: Any, over: dict[str, Any], **given: Any) -> list[Any]:
    """What a preview of a site asks for whose subnetwork Google tells ``over`` of."""
    answer = lambda asked: ANSWERS[GET_SUBNETWORK](asked) | over  # noqa: E731
    return [call.args for call in deploy(lambda: site(**given), answers={GET_SUBNETWORK: answer}, preview=True).calls]


def test_a_fit_subnetwork_of_several_zones_is_asked_for_once(deploy):
    asked = {"project": "acme", "region": "europe-west3"}
    assert look(deploy, {}) == [asked | {"name": "hosts"}]
    assert look(deploy, {}, **DIRECT) == [asked | {"name": "public"}]


def test_the_network_may_be_named_by_any_link(deploy):
    look(deploy, {"network": "https://www.googleapis.com/compute/v1/projects/123456/global/networks/main"})


def test_a_subnetwork_of_another_network_or_without_room_is_refused(deploy):
    with pytest.raises(pulumi.RunError) as refused:
        look(
            deploy,
            {"network": "projects/acme/global/networks/other", "ipCidrRange": "10.40.0.0/28"},
            slots={slot: SlotArgs() for slot in "abcdefg"},
        )
    other, room = str(refused.value).splitlines()
    assert other == (
        f"The subnetwork {HOSTS} is in the network projects/acme/global/networks/other, but the site is in "
        "projects/acme/global/networks/main. Change one."
    )
    assert room.startswith(f"The subnetwork {HOSTS} (10.40.0.0/28) has room for 12 hosts, but 7 slots may have 14 at")


def test_room_for_just_enough_hosts_is_taken(deploy):
    look(deploy, {"ipCidrRange": "10.40.0.0/28"}, slots={slot: SlotArgs() for slot in "abcdef"})
