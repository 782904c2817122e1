"""Container groups."""

import copy
from typing import Any

from gatepost_sandbox.refusals import quotas

from . import catalogue
from .call import Answer, Call, referred
from .errors import Refusal, bad, not_modelled
from .images import ailment, pull
from .networks import GROUPS, SUBNET, dns_servers, free_address, is_address, is_delegated, network_of
from .resources import Row
from .state import Props, State

_ELSEWHERE = ("volumes", "initContainers", "extensions", "encryptionProperties", "confidentialComputeProperties")
_SECRETS = ("secureValue", "password", "workspaceKey")
"""Members that no answer shows."""


def _group(call: Call, group: Props, old: Props) -> None:
    given = group["properties"]
    for member in (*(m for m in _ELSEWHERE if given.get(m)), *(("identity",) if group.get("identity") else ())):
        raise not_modelled(f"{member} of container groups")
    given.setdefault("restartPolicy", "Always")
    given.setdefault("sku", "Standard")
    if given.setdefault("priority", "Regular") != "Regular" or given["sku"] != "Standard":
        raise not_modelled(f"container groups of sku {given['sku']} and priority {given['priority']}")
    if len(group.get("zones") or ()) > 1:
        text = f"Container group '{group['name']}' can be in one zone, and the request has {len(group['zones'])}."
        raise bad("InvalidAvailabilityZone", text)
    _check_containers(group)
    subnet = _subnet(call, group)
    _check_network(group, subnet)
    if old and old["_state"] != "Stopped":
        _check_update(group, old)
    _check_size(call.state, group)
    group |= _booted(call.state, group, subnet, old)


def _booted(state: State, group: Props, subnet: Props | None, old: Props) -> Props:
    """What each start changes: the images are pulled, and the address may be another one, so here it is one."""
    pull(state, group)
    at = {"_ip": free_address(state, subnet, old.get("_ip"))} if subnet else {"_outer": str(state.new_addresses()[0])}
    about = group["properties"].get("ipAddress")
    if about:
        about["ip"] = next(iter(at.values()))
    number = old.get("_number") or state.new_number()
    servers = dns_servers(network_of(state, subnet)) if subnet else []
    return {**at, "_network_dns": servers, "_number": number, "_booted": state.clock(), "_state": "Running"}


def _check_containers(group: Props) -> None:
    containers, name = group["properties"]["containers"], group["name"]
    names = [container["name"] for container in containers]
    if not containers or len(set(names)) < len(names):
        text = f"Container group '{name}' needs containers, each with a name of its own, and has {names}."
        raise bad("InvalidContainerGroup", text)
    for container in containers:
        variables = container["properties"].get("environmentVariables") or []
        known: set[str] = set()
        for variable in variables:
            given = [key for key in ("value", "secureValue") if variable.get(key) is not None]
            if variable["name"] in known or len(given) != 1:
                text = f"The environment variable '{variable['name']}' of container '{container['name']}' in container "
                text += f"group '{name}' must be there once, with one of value and secureValue."
                raise bad("InvalidEnvironmentVariable", text)
            known.add(variable["name"])
        requests = container["properties"]["resources"]["requests"]
        if requests["cpu"] <= 0 or requests["memoryInGB"] <= 0:
            text = f"Container '{container['name']}' in container group '{name}' requests {requests['cpu']} CPU and "
            raise bad("InvalidResourceRequests", f"{text}{requests['memoryInGB']} GB memory. Both must be above 0.")


def _subnet(call: Call, group: Props) -> Props | None:
    wanted = group["properties"].get("subnetIds") or []
    if len(wanted) > 1:
        text = f"Container group '{group['name']}' can be in one subnet, and the request has {len(wanted)}."
        raise bad("InvalidSubnetIds", text)
    return referred(call, wanted[0], SUBNET, "subnetIds") if wanted else None


def _check_network(group: Props, subnet: Props | None) -> None:
    given, name = group["properties"], group["name"]
    kind = (given.get("ipAddress") or {}).get("type")
    dns = given.get("dnsConfig")
    if subnet is None:
        if kind == "Private" or dns:
            text = f"Container group '{name}' is in no subnet, and so can have no private IP address and no dnsConfig."
            raise bad("InvalidIPAddressType", text)
        return
    if not is_delegated(subnet):
        text = "Subnet missing required delegation 'Microsoft.ContainerInstance' for container group"
        raise bad("SubnetMissingRequiredDelegation", f"{text} '{name}'.")
    if kind == "Public":
        text = f"IP address type 'Public' of container group '{name}' is not supported in a virtual network."
        raise bad("PublicIPAddressTypeNotSupported", f"{text} Use 'Private', or leave ipAddress out.")
    strange = [server for server in (dns or {}).get("nameServers") or () if not is_address(server)]
    if strange:
        raise bad("InvalidDnsConfig", f"The name servers {strange} of container group '{name}' are no IP addresses.")


def _check_update(group: Props, old: Props) -> None:
    if _unchangeable(group) != _unchangeable(old):
        text = f"The updates on container group '{group['name']}' are invalid. If you are going to update the os type, "
        text += "restart policy, network profile, CPU, memory or GPU resources for a container group, you must delete "
        raise bad("InvalidContainerGroupUpdate", f"{text}it first and then create a new one.")


def _unchangeable(group: Props) -> Any:
    """What Azure changes in no container group: https://learn.microsoft.com/en-us/azure/container-instances/container-instances-update."""
    given = group["properties"]
    address = given.get("ipAddress") or {}
    subnets = [value["id"].lower() for value in given.get("subnetIds") or ()]
    sizes = [c["properties"]["resources"] for c in given["containers"]]
    return given["osType"], given["restartPolicy"], subnets, address.get("type"), given.get("dnsConfig"), sizes


def _check_size(state: State, group: Props) -> None:
    cpu, memory, where = cores(group), _memory(group), group["location"]
    if cpu > catalogue.MOST_CPU or memory > catalogue.MOST_MEMORY or group["properties"]["osType"] != "Linux":
        text = f"The requested resource is not available in the location '{where}' at this moment. Please retry with a "
        text += f"different resource request or in another location. Resource requested: '{cpu:g}' CPU '{memory:g}' GB "
        text += f"memory '{group['properties']['osType']}' OS"
        raise Refusal(
            409, "ServiceUnavailable", f"{text} virtual network" if group["properties"].get("subnetIds") else text
        )
    subscription = group["id"].split("/")[2].lower()
    limited = (("ContainerGroups", "container_groups", _one), ("StandardCores", "container_cores", cores))
    for name, quota, counted in limited:
        limit, wanted = quotas.values()[quota], counted(group)
        if limit is None:
            continue
        used = sum(
            counted(other) for other in state.all(GROUPS)
            if other["location"] == where and other["id"].lower() != group["id"].lower()
            and other["id"].split("/")[2].lower() == subscription
        )  # fmt: skip
        if used + wanted > limit:
            text = f"Resource type '{GROUPS}' container group quota '{name}' exceeded in region '{where}'. Limit: "
            text += f"'{limit}', Usage: '{used:g}' Requested: '{wanted:g}'."
            raise Refusal(409, "ContainerGroupQuotaReached", text)


def _one(group: Props) -> float:
    return 1.0


def cores(group: Props) -> float:
    """The cores that a container group asks for."""
    return sum(c["properties"]["resources"]["requests"]["cpu"] for c in group["properties"]["containers"])


def _memory(group: Props) -> float:
    return sum(c["properties"]["resources"]["requests"]["memoryInGB"] for c in group["properties"]["containers"])


# --- what an answer shows


def _hide(value: Any) -> None:
    if isinstance(value, dict):
        for key in _SECRETS:
            value.pop(key, None)
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _hide(inner)


def _view(state: State, group: Props) -> Props:
    containers = copy.deepcopy(group["properties"]["containers"])
    _hide(containers)
    for container in containers:
        container["properties"]["instanceView"] = _instance_view(group, container)
    states = {c["properties"]["instanceView"]["currentState"]["state"] for c in containers}
    whole = "Stopped" if group["_state"] == "Stopped" else "Pending" if "Waiting" in states else "Running"
    return {"containers": containers, "instanceView": {"events": [], "state": whole}}


def _instance_view(group: Props, container: Props) -> Props:
    started = group["_booted"].isoformat()
    if group["_state"] == "Stopped":
        state = {"state": "Terminated", "startTime": started, "exitCode": 0, "detailStatus": "Completed"}
    elif (problem := ailment(container)) is not None:
        state = {"state": "Waiting", "detailStatus": problem.status}
    else:
        state = {"state": "Running", "startTime": started, "detailStatus": ""}
    return {"restartCount": 0, "currentState": state, "events": []}


# --- actions


def _become(status: int, state: str) -> Any:
    def act(call: Call, group: Props) -> Answer:
        changed = {**group, "_state": state, "properties": copy.deepcopy(group["properties"])}
        if state == "Running":
            changed |= _booted(call.state, changed, _subnet(call, group), group)
        call.state.resources[group["id"].lower()] = changed
        operation = call.state.new_operation(call.path.subscription, "Microsoft.ContainerInstance", "operations")
        return Answer(status, None, operation if status == 202 else None)

    return act


def _logs(call: Call, group: Props) -> Answer:
    wanted = call.path.names[-1]
    if wanted not in [container["name"] for container in group["properties"]["containers"]]:
        text = f"The container '{wanted}' is not found in container group '{group['name']}'."
        raise Refusal(404, "ContainerNotFound", text)
    return Answer(200, {"content": ""})


ROWS = (
    Row(
        kind=GROUPS, model="ContainerGroup", settle=_group, hide=_hide, view=_view,
        actions={
            "POST start": _become(202, "Running"),
            "POST restart": _become(204, "Running"),
            "POST stop": _become(204, "Stopped"),
            "GET containers/logs": _logs,
        },
    ),
)  # fmt: skip
