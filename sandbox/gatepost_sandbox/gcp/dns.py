"""Server policies of Cloud DNS: which servers the resolver of a network asks.

https://cloud.google.com/dns/docs/server-policies-overview. Inbound forwarding, logging and DNS64 are kept as they are
told, and do nothing. Managed zones and response policies are not modelled.
"""

import re
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network

from .call import Call, Handler, required
from .errors import Refusal, invalid, not_found, not_modelled
from .state import Props, State

_NAME = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
_RFC_1918 = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))


def _path(call: Call) -> str:
    return f"projects/{call.project}/policies"


def _found(call: Call) -> Props:
    """By name, or by number."""
    for _, policy in call.state.below(_path(call)):
        if call.args["policy"] in (policy["name"], policy["id"]):
            return policy
    raise not_found(f"{_path(call)}/{call.args['policy']}")


def _create(call: Call) -> Props:
    required(call.body, "name")
    name = call.body["name"]
    if not _NAME.fullmatch(name):
        raise invalid("name", name, "It must have 1 to 63 lowercase letters, digits and dashes, a letter first.")
    path = f"{_path(call)}/{name}"
    if path in call.state.resources:
        raise Refusal(409, f"The resource 'entity.policy' named '{name}' already exists")
    policy = _settled(call, {"enableInboundForwarding": False, "enableLogging": False, **call.body}, path)
    call.state.resources[path] = policy | {"kind": "dns#policy", "id": call.state.new_id()}
    return call.state.resources[path]


def _settled(call: Call, policy: Props, path: str) -> Props:
    """A policy as the service keeps it: networks by their full links, each of them in one policy at most."""
    networks = []
    for index, entry in enumerate(policy.get("networks") or ()):
        url = call.own_network(entry.get("networkUrl"), f"networks[{index}].networkUrl")
        taken = next((p["name"] for n, p in call.state.all("policies") if n != path and url in _networks(p)), None)
        if taken:
            message = f"Network '{url}' cannot be bound to this policy because it is already bound to policy '{taken}'."
            raise Refusal(400, message, "networkBoundToPolicy")
        networks.append({"kind": "dns#policyNetwork", "networkUrl": url})
    settled = {
        k: v for k, v in policy.items() if v is not None and k not in ("networks", "alternativeNameServerConfig")
    }
    config = policy.get("alternativeNameServerConfig") or {}
    if config.get("outboundEndpoints"):
        raise not_modelled("outbound endpoints of DNS policies")
    if config.get("targetNameServers"):
        settled["alternativeNameServerConfig"] = {
            "kind": "dns#policyAlternativeNameServerConfig",
            "targetNameServers": [_server(index, server) for index, server in enumerate(config["targetNameServers"])],
        }
    return settled | ({"networks": networks} if networks else {})


def _server(index: int, server: Props) -> Props:
    field = f"alternativeNameServerConfig.targetNameServers[{index}]"
    if server.get("ipv6Address"):
        raise not_modelled("IPv6 addresses of DNS servers")
    try:
        address = IPv4Address(server.get("ipv4Address", ""))
    except ValueError:
        raise invalid(f"{field}.ipv4Address", server.get("ipv4Address"), "It must be an IPv4 address.") from None
    if address.is_link_local:
        raise invalid(f"{field}.ipv4Address", address, "It must not be a prohibited forwarding target.")
    return {"kind": "dns#policyAlternativeNameServerConfigTargetNameServer", **server}


def _networks(policy: Props) -> list[str]:
    return [network["networkUrl"] for network in policy.get("networks") or ()]


def _change(call: Call, kept: Props) -> Props:
    old, path = _found(call), f"{_path(call)}/{_found(call)['name']}"
    if call.body.get("name", old["name"]) != old["name"]:
        raise invalid("name", call.body["name"], "The name of a policy cannot be changed.")
    call.state.resources[path] = _settled(call, {**kept, **call.body, **_fixed(old)}, path)
    return {"policy": call.state.resources[path]}


def _fixed(old: Props) -> Props:
    return {key: old[key] for key in ("kind", "id", "name")}


def _list(call: Call) -> Props:
    found = [policy for _, policy in call.state.below(_path(call))]
    return {"kind": "dns#policiesListResponse", **({"policies": found} if found else {})}


def _delete(call: Call) -> Props:
    policy = _found(call)
    if policy.get("networks"):
        message = f"The resource 'entity.policy' named '{policy['name']}' cannot be deleted because it is in use"
        raise Refusal(400, message, "resourceInUse")
    del call.state.resources[f"{_path(call)}/{policy['name']}"]
    return {}


def servers(state: State, network: str) -> Iterator[tuple[str, bool]]:
    """The servers that a network's resolver asks, by the network's link, and whether it does so inside the network.

    Inside is what is said to be private, and without a word all of RFC 1918.
    """
    for _, policy in state.all("policies"):
        if network in _networks(policy):
            config = policy.get("alternativeNameServerConfig") or {}
            for server in config.get("targetNameServers") or ():
                address = IPv4Address(server["ipv4Address"])
                yield str(address), server.get("forwardingPath") == "private" or any(address in n for n in _RFC_1918)


HANDLERS: dict[str, Handler] = {
    "dns.policies.create": _create,
    "dns.policies.get": _found,
    "dns.policies.list": _list,
    "dns.policies.patch": lambda call: _change(call, _found(call)),
    "dns.policies.update": lambda call: _change(call, {}),
    "dns.policies.delete": _delete,
}
