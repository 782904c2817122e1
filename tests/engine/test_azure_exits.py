"""An exit IP of Azure that was made by hand: refused in the preview where it could not serve, else taken over."""

import pytest
from places.azure_site import REGION, azure, clients
from real_stack import Stack

pytestmark = pytest.mark.engine


def test_a_static_address_made_by_hand_moves_in_and_stays_when_the_stack_goes(stack: Stack):
    made, name, place = clients(stack.cloud), f"exits-{stack.name}", {"location": REGION}
    made.resources.resource_groups.create_or_update(name, place)
    addresses = made.network.public_ip_addresses

    def address(title: str, **over: object) -> str:
        body = {**place, "sku": {"name": "Standard"}, "properties": {"publicIPAllocationMethod": "Static"}, **over}
        return str(addresses.begin_create_or_update(name, title, body).result().id)

    good, zonal = address("good"), address("zonal", zones=["2"])
    site = azure(stack, exit={"kind": "nat", "per": "zone", "adopt": {"1": zonal}})
    stack.write()
    calls = len(stack.cloud.calls())
    run = stack.pulumi("preview", "--stack", stack.name, "--color", "never")
    assert run.code != 0
    assert "Traceback" not in run.text
    assert f"The address {zonal} (exit '1') cannot be adopted. It is in zone '2', but its NAT gateway stands in" in (
        " ".join(run.text.split())
    )
    assert [c["operation"] for c in stack.cloud.calls()[calls:] if c["write"]] == []

    site["exit"]["adopt"] = {"1": good}
    stack.up().ok()
    exits = stack.outputs()["remote_networks"]["payments"]["exit_ips"]
    assert addresses.get(name, "good").ip_address in exits
    assert {c["public_ip"] for c in stack.connectors().values()} == set(exits)
    stack.unchanged().ok()  # it is on the site's own gateway now
    stack.destroy().ok()
    assert addresses.get(name, "good").nat_gateway is None
