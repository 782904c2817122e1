"""What ``gatepost sandbox status --json`` shows."""

from datetime import datetime
from typing import Any

from gatepost_sandbox.evidence import ALIVE, Evidence, Host
from gatepost_sandbox.twingate.store import Connector
from gatepost_sandbox.world import World

STATUS_VERSION = 1


def status(world: World) -> dict[str, Any]:
    """Each Remote Network with its Connectors, and the hosts that are lost.

    ``state`` is the truth by evidence, and ``told`` is what Twingate's API says at this moment. ``exposed`` names the
    tokens that everybody who may read the host sees. ``lost_hosts`` lists running hosts that are meant for a Connector
    and lead to no token pair. Fields are only ever added while ``version``
    stays the same.
    """
    found = world.evaluate()
    told = world.told(found)
    networks = [
        {
            "id": network.id,
            "name": network.name,
            "connectors": [
                _line(c, found[c.id], told[c.id], world.last_heartbeat(c))
                for c in world.store.connectors(network.id)
                if c.id in found
            ],
        }
        for network in world.store.networks()
    ]
    lost = [
        {"host_id": host.id, "region": host.region, "reason": f"{host.id}: {host.pair_problem}"}
        for host in world.hosts.listing().values()
        if host.state == "running" and host.pair_problem
    ]
    return {"version": STATUS_VERSION, "networks": networks, "lost_hosts": lost}


def _line(connector: Connector, evidence: Evidence, told: str, heard: datetime | None) -> dict[str, Any]:
    host = evidence.host
    return {
        "id": connector.id,
        "name": connector.name,
        "state": evidence.state,
        "alive": evidence.state == ALIVE,
        "told": told,
        "reason": evidence.reason,
        "host_id": host.id if host else None,
        "region": host.region if host else None,
        "zone": host.zone if host else None,
        "public_ip": evidence.public_ip,
        "exposed": list(getattr(host, "exposed", ())),
        "site": _tag(host, "site"),
        "slot": _tag(host, "slot"),
        "last_heartbeat_at": heard.isoformat() if heard else None,
    }


def _tag(host: Host | None, word: str) -> str | None:
    """The tag named ``word``, with or without the prefix ``gatepost:`` or ``gatepost-``, in any case."""
    for key, value in (host.tags if host else {}).items():
        if key.lower() in (word, f"gatepost:{word}", f"gatepost-{word}"):
            return value
    return None
