"""A tenant that a settings file names is one of the sandbox's; ids that were given are given to nobody else."""

import base64

from sandbox.helpers import Sandbox
from sandbox.lab import Lab

from gatepost_sandbox.twingate.store import Store

DEAD = "DEAD_HEARTBEAT_TOO_OLD"  # it was alive before


def rid(number: int) -> str:
    return base64.b64encode(f"RemoteNetwork:{number}".encode()).decode()


def test_a_host_of_a_known_tenant_is_alive(held: Sandbox, lab: Lab):
    lab.settings = "TWINGATE_NETWORK=acme\n"
    lab.relaunch()
    assert lab.verdict() == (DEAD, f"{lab.host} dials the tenant 'acme', not 'sandbox': so says its boot text")
    held.page("POST", "settings", {"tenants": ["sandbox", "acme"]})
    assert lab.verdict() == ("ALIVE", "")
    held.page("POST", "settings", {"tenants": ["acme", "shop"]})
    lab.settings = "TWINGATE_NETWORK=sandbox\n"
    lab.relaunch()
    assert lab.verdict() == (
        DEAD,
        f"{lab.host} dials the tenant 'sandbox', not 'acme' or 'shop': so says its boot text",
    )


def test_a_host_that_names_two_known_tenants_is_dead(held: Sandbox, lab: Lab):
    held.page("POST", "settings", {"tenants": ["sandbox", "acme"]})
    lab.settings = "TWINGATE_NETWORK=sandbox\nTWINGATE_URL=https://acme.twingate.com\n"
    lab.relaunch()
    assert lab.verdict() == (DEAD, f"{lab.host} dials several tenants, sandbox and acme: so says its boot text")


def test_the_id_of_an_adopted_remote_network_is_nobody_elses():
    store = Store()
    assert store.create_network("adopted", "OTHER", "REGULAR", True, rid(1)).id == rid(1)
    assert store.create_network("another", "OTHER", "REGULAR", True).id == rid(2)
