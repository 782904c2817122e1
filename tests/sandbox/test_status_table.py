"""The status for people, as narrow as it gets."""

import io

import pytest
from rich.console import Console

from gatepost_sandbox.status_table import show

LONG = "payments-frankfurt-a-9146c1f-with-a-longer-name-than-most"
HOST = "projects/p/zones/us-central1-a/instances/payments-iowa-a-host-instance-db9f5da"
ALIVE = {"alive": True, "state": "ALIVE", "reason": "", "zone": "us-central1-a", "site": "iowa", "slot": "a"}
DEAD = {"alive": False, "state": "DEAD_NO_HEARTBEAT", "reason": "no host uses its token pair", "site": "", "slot": ""}
STATUS = {
    "networks": [
        {
            "name": "payments-dev",
            "connectors": [
                {**ALIVE, "name": LONG, "host_id": HOST, "public_ip": "198.51.100.201"},
                {**DEAD, "name": "b", "host_id": None, "zone": None, "public_ip": None},
            ],
        },
        {"name": "empty", "connectors": []},
    ],
    "lost_hosts": [],
}


@pytest.mark.parametrize("width", [80, 40])
def test_names_and_addresses_are_whole_on_a_narrow_terminal(width: int) -> None:
    out = io.StringIO()
    show(STATUS, Console(file=out, width=width))
    assert out.getvalue() == (
        "Remote Network payments-dev\n"
        f"{'Connector':<57}  State              Exit IP\n"
        f"{LONG}  ALIVE              198.51.100.201\n"
        "  us-central1-a  payments-iowa-a-host-instance-db9f5da\n"
        f"{'b':<57}  DEAD_NO_HEARTBEAT\n"
        "b: no host uses its token pair.\n"
        "Remote Network empty\n"
        "  It has no Connectors.\n"
    )
