"""A host on Azure, as the tests make it."""

from typing import Any

from components.azure_sites import GUARD, LABELS, SUBNETS

from gatepost.azure import Host, HostArgs, HostSpec, LogAnalytics, Registry

SETTINGS = {"TWINGATE_NETWORK": "acme", "TWINGATE_LOG_LEVEL": "3"}
LOGS = LogAnalytics(workspace_id="workspace-1", workspace_key="log-key-1")
HUB = Registry(server="index.docker.io", username="acme", password="hub-password-1")
ACR = "acme.azurecr.io/twingate/connector:1.80.0"


def spec(**over: Any) -> HostSpec:
    given: dict[str, Any] = {"region": "westeurope", "resource_group": "hosts", "zone": "2", "slot": "a"}
    given |= {"subnet_id": SUBNETS["2"], "settings": SETTINGS}
    return HostSpec(**(given | over))


def args(**over: Any) -> HostArgs:
    own = {key: over.pop(key) for key in list(over) if key in HostArgs.__dataclass_fields__}
    given: dict[str, Any] = {
        "spec": spec(**over),
        "labels": LABELS,
        "security_group_id": GUARD,
        "connector_id": "connector-1",
        "access_token": "access-1",
        "refresh_token": "refresh-1",
    }
    return HostArgs(**(given | own))


def host(**over: Any) -> Host:
    return Host("a", args(**over))
