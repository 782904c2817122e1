"""A network on Azure, as the tests make it."""

from typing import Any

from components.azure_sites import LABELS, rid

from gatepost.azure import NetworkArgs
from gatepost.site import ExitRef


def exit_of(key: str) -> ExitRef:
    return ExitRef(id=rid(f"publicIPAddresses/exit-{key}"), address=f"203.0.113.{ord(key[-1])}")


def args(**over: Any) -> NetworkArgs:
    given: dict[str, Any] = {"region": "westeurope", "labels": LABELS, "cidr": "10.60.0.0/24", "zones": ["1", "2"]}
    given |= {"exits": {"1": exit_of("1"), "2": exit_of("2")}, "resource_group": "acme"}
    return NetworkArgs(**(given | over))
