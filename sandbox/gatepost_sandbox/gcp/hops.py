"""Next hops that lead to private networks: Classic VPN tunnels and internal passthrough load balancers.

What stands behind them is not modelled: the far side of a tunnel counts as there, and so do the backends.
https://cloud.google.com/vpc/docs/static-routes
"""

import hashlib

from .call import Call, required
from .errors import invalid, not_modelled
from .networks import subnetworks_of
from .resources import Collection, fingerprint
from .state import Props, relative


def _gateway(call: Call, gateway: Props, old: Props) -> None:
    gateway["network"] = call.own_network(gateway["network"])
    gateway["status"] = "READY"


def _tunnel(call: Call, tunnel: Props, old: Props) -> None:
    if tunnel.get("vpnGateway"):
        raise not_modelled("HA VPN: its routes come by BGP")
    required(tunnel, "targetVpnGateway", "peerIp", "sharedSecret")
    wanted = tunnel["targetVpnGateway"]
    tunnel["targetVpnGateway"] = call.reference(wanted, "targetVpnGateway", "targetVpnGateways", "target VPN gateway")
    gateway = call.state.resources[relative(tunnel["targetVpnGateway"]) or ""]
    if gateway["region"] != tunnel["region"]:
        raise invalid("targetVpnGateway", wanted, "The gateway must be in the tunnel's region.")
    tunnel["sharedSecretHash"] = hashlib.sha256(tunnel["sharedSecret"].encode()).hexdigest()[:28]
    tunnel["sharedSecret"] = "*************"  # all that the API shows
    tunnel |= {"ikeVersion": tunnel.get("ikeVersion", 2), "status": "ESTABLISHED", "_network": gateway["network"]}


def _backend(call: Call, service: Props, old: Props) -> None:
    _check_scheme(service)
    if service.get("network"):
        service["network"] = call.own_network(service["network"])
    service["protocol"] = service.get("protocol", "TCP")
    service["fingerprint"] = fingerprint([service["protocol"], service.get("backends")])


def _rule(call: Call, rule: Props, old: Props) -> None:
    _check_scheme(rule)
    required(rule, "backendService")
    services = ("backendServices", "backend service")
    rule["backendService"] = call.reference(rule["backendService"], "backendService", *services)
    rule["network"] = call.own_network(rule.get("network"))
    if rule.get("subnetwork"):
        rule["subnetwork"] = call.reference(rule["subnetwork"], "subnetwork", "subnetworks", "subnetwork")
    found = subnetworks_of(call.state, rule["network"])
    mine = [s for s in found if s["region"] == rule["region"] and rule.get("subnetwork") in (None, s["selfLink"])]
    if not mine:
        raise invalid("subnetwork", rule.get("subnetwork", ""), "It must be in the network and region of the rule.")
    rule["subnetwork"] = mine[0]["selfLink"]
    rule["fingerprint"] = fingerprint(rule["backendService"])


def _check_scheme(resource: Props) -> None:
    if resource.get("loadBalancingScheme") != "INTERNAL":
        raise not_modelled("load balancers other than internal passthrough ones (loadBalancingScheme INTERNAL)")


ROWS = (
    Collection(name="regionBackendServices", noun="backendService", settle=_backend),
    Collection(name="targetVpnGateways", noun="targetVpnGateway", settle=_gateway),
    Collection(name="vpnTunnels", noun="vpnTunnel", settle=_tunnel),
    Collection(name="forwardingRules", noun="forwardingRule", settle=_rule),
)
