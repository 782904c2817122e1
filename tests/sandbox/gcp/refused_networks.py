"""Cases of refusals: routes and their next hops, firewall rules, routers and NAT, addresses, DNS policies."""

from typing import Any

from sandbox.gcp.cloud import HERE, IN_USE, PROJECT, SUBNETWORK, Direct, at, nat
from sandbox.gcp.refused_requests import COMPUTE, REST
from sandbox.refusing import LEFT_OUT, Case, Request, after

NET, GATEWAY = "global/networks/net", "global/gateways/default-internet-gateway"
ROUTES = "https://cloud.google.com/vpc/docs/static-routes"
FIREWALLS = "https://cloud.google.com/firewall/docs/firewalls"
NAT = "https://cloud.google.com/nat/docs"
PORTS = f"{NAT}/ports-and-addresses"
STATIC = "https://cloud.google.com/compute/docs/ip-addresses/configure-static-external-ip-address"
DNS = "https://cloud.google.com/dns/docs/server-policies-overview"
DNS_REST = "https://cloud.google.com/dns/docs/reference/rest/v1/policies"
LIST = "LIST_OF_SUBNETWORKS"
POLICIES = f"/dns/v1/projects/{PROJECT}/policies"


def route(**more: Any) -> Request:
    given = {"name": "r", "network": NET, "destRange": "10.9.0.0/16", "priority": 1}
    return "POST", at("global", "routes"), {**given, **more}


def far_tunnel(p: Direct) -> str:
    """A tunnel of another network."""
    p.insert("global", "networks", name="far", autoCreateSubnetworks=False)
    p.insert(HERE, "targetVpnGateways", name="g", network="global/networks/far")
    more = {"peerIp": "192.0.2.1", "sharedSecret": "x"}
    return p.insert(HERE, "vpnTunnels", name="t", targetVpnGateway=f"{HERE}/targetVpnGateways/g", **more)


def tunnel(p: Direct, **more: Any) -> Request:
    gateway = p.insert("regions/us-east1", "targetVpnGateways", name="g", network=NET)
    given = {"name": "t", "targetVpnGateway": gateway, "peerIp": "192.0.2.1", "sharedSecret": "x", **more}
    return "POST", at(HERE, "vpnTunnels"), given


def balancer(p: Direct) -> Request:
    """A forwarding rule in a region where its network has no subnetwork."""
    there = "regions/us-east1"
    service = p.insert(there, "backendServices", name="b", loadBalancingScheme="INTERNAL")
    rule = {"name": "f", "loadBalancingScheme": "INTERNAL", "network": NET, "backendService": service}
    return "POST", at(there, "forwardingRules"), rule


def firewall(**more: Any) -> Request:
    given = {"name": "f", "network": NET, "direction": "EGRESS", "allowed": [{"IPProtocol": "tcp"}]}
    return "POST", at("global", "firewalls"), {**given, **more}


def port(protocol: str, *ports: str) -> Request:
    return firewall(allowed=[{"IPProtocol": protocol, "ports": list(ports)}])


def router(*nats: dict[str, Any]) -> Request:
    return "POST", at(HERE, "routers"), {"name": "r", "network": NET, "nats": list(nats)}


def listed(**entry: Any) -> Request:
    return router({**nat("x"), "sourceSubnetworkIpRangesToNat": LIST, "subnetworks": [entry]})


def two(p: Direct, *first: str) -> None:
    """A router whose NAT has all subnetworks, or the address."""
    p.make(*router(nat("x", *first)))


def address(**more: Any) -> Request:
    return "POST", at(HERE, "addresses"), {"name": "a", **more}


def policy(**more: Any) -> Request:
    return "POST", POLICIES, {"name": "p", "networks": [{"networkUrl": NET}], **more}


def server(**more: str) -> Request:
    return policy(alternativeNameServerConfig={"targetNameServers": [more]})


def with_policy(p: Direct) -> None:
    p.make(*policy())


CASES = (
    # --- routes
    Case("a route without a hop", lambda p: route(), 400, "invalid", "Exactly one of nextHopGateway, nextHopInstance, "
         "nextHopIp, nextHopIlb, nextHopVpnTunnel must be given, got none.", ROUTES),
    Case("a route's priority", lambda p: route(nextHopGateway=GATEWAY, priority=65536), 400, "invalid",
         "Invalid value for field 'resource.priority': '65536'. It must be 0 to 65535.", f"{REST}/routes/insert"),
    Case("a route to no block", lambda p: route(nextHopGateway=GATEWAY, destRange="10.9.0.1/16"), 400, "invalid",
         "Invalid value for field 'resource.destRange': '10.9.0.1/16'. It must be an IPv4 range in CIDR notation.",
         f"{REST}/routes/insert"),
    Case("a route into a subnetwork", lambda p: route(nextHopGateway=GATEWAY, destRange="10.40.0.0/25"), 400,
         "invalid", "It must not be the range of subnetwork 'sub' in region 'europe-west3' (10.40.0.0/24) or a part of "
         "it.", ROUTES),
    Case("another gateway", lambda p: route(nextHopGateway="global/gateways/x"), 400, "invalid",
         "The only gateway is global/gateways/default-internet-gateway.", ROUTES),
    Case("a hop outside", lambda p: route(nextHopIp="10.41.0.2"), 400, "invalid", "Invalid value for field "
         "'resource.nextHopIp': '10.41.0.2'. It must be an address in a subnetwork of the network.", ROUTES),
    Case("a tunnel of another network", lambda p: route(nextHopVpnTunnel=far_tunnel(p)), 400, "invalid",
         "The next hop must be in the network of the route.", ROUTES),
    Case("HA VPN", lambda p: tunnel(p, vpnGateway=f"{HERE}/vpnGateways/x"), 501, "notImplemented",
         "The sandbox does not model HA VPN: its routes come by BGP.", LEFT_OUT),
    Case("a tunnel in another region", tunnel, 400, "invalid", "The gateway must be in the tunnel's region.",
         f"{REST}/vpnTunnels/insert"),
    Case("a forwarding rule without a subnetwork", balancer, 400, "invalid",
         "It must be in the network and region of the rule.", f"{REST}/forwardingRules/insert"),
    Case("another load balancer", lambda p: ("POST", at(HERE, "backendServices"), {
            "name": "b", "loadBalancingScheme": "EXTERNAL"}), 501, "notImplemented",
         "The sandbox does not model load balancers other than internal passthrough ones", LEFT_OUT),
    # --- firewall rules
    Case("a rule's priority", lambda p: firewall(priority=65536), 400, "invalid",
         "Invalid value for field 'resource.priority': '65536'. It must be 0 to 65535.", f"{FIREWALLS}#priority"),
    Case("a rule that allows and denies", lambda p: firewall(denied=[{"IPProtocol": "all"}]), 400, "invalid",
         "Exactly one of allowed and denied must be given in a firewall rule, got allowed and denied.", COMPUTE),
    Case("a source of what goes out", lambda p: firewall(sourceRanges=["10.0.0.0/8"]), 400, "invalid",
         "The field sourceRanges cannot be given for direction EGRESS.", f"{REST}/firewalls/insert"),
    Case("a rule for tags and accounts", lambda p: firewall(targetTags=["a"], targetServiceAccounts=["x@y"]), 400,
         "invalid", "targetServiceAccounts cannot be used at the same time as targetTags.",
         f"{REST}/firewalls/insert"),
    Case("a rule for eleven accounts", lambda p: firewall(targetServiceAccounts=[f"{n}@y" for n in range(11)]), 400,
         "invalid", "At most 10 service accounts are allowed.", "https://cloud.google.com/vpc/docs/quota"),
    Case("a tag in capitals", lambda p: firewall(targetTags=["No"]), 400, "invalid", "Invalid value for field "
         "'resource.targetTags': 'No'. A tag has 1 to 63 lowercase letters, digits and dashes.",
         "https://cloud.google.com/vpc/docs/add-remove-network-tags"),
    Case("another protocol", lambda p: port("http"), 400, "invalid", "Invalid value for field "
         "'resource.allowed[0].IPProtocol': 'http'. It must be one of tcp, udp, icmp, esp, ah, sctp, ipip, all or a "
         "number to 255.", f"{FIREWALLS}#protocols_and_ports"),
    Case("ports of ICMP", lambda p: port("icmp", "1"), 400, "invalid",
         "Ports can be given for TCP, UDP and SCTP only.", f"{FIREWALLS}#protocols_and_ports"),
    Case("ports in the wrong order", lambda p: port("tcp", "2-1"), 400, "invalid", "Invalid value for field "
         "'resource.allowed[0].ports': '2-1'. It must be a port, or a range such as 30000-31000, up to 65535.",
         f"{FIREWALLS}#protocols_and_ports"),
    Case("a rule to no block", lambda p: firewall(destinationRanges=["10.0.0.1/8"]), 400, "invalid",
         "It must be a range in CIDR notation that starts at its first address.", f"{REST}/firewalls/insert"),
    Case("a rule of IPv6", lambda p: firewall(destinationRanges=["2001:db8::/32"]), 501, "notImplemented",
         "The sandbox does not model IPv6 ranges in firewall rules (2001:db8::/32).", LEFT_OUT),
    # --- NAT
    Case("two NATs of one name", lambda p: router(nat("x"), nat("x")), 400, "invalid", "Invalid value for field "
         "'resource.nats[1].name': 'x'. Each NAT of a router needs a name of its own.", f"{REST}/routers/insert"),
    Case("a private NAT", lambda p: router(nat("x", type="PRIVATE")), 501, "notImplemented",
         "The sandbox does not model private NAT, NAT64 and NAT rules.", LEFT_OUT),
    Case("two ways to give out ports", lambda p: router(nat("x", enableEndpointIndependentMapping=True,
                                                         enableDynamicPortAllocation=True)), 400, "invalid",
         "Endpoint-Independent Mapping and Dynamic Port Allocation cannot both be enabled.", PORTS),
    Case("a NAT with few ports", lambda p: router(nat("x", minPortsPerVm=1)), 400, "invalid",
         "Invalid value for field 'resource.nats[0].minPortsPerVm': '1'. It must be 2 to 65536.", PORTS),
    Case("most ports without dynamic ones", lambda p: router(nat("x", maxPortsPerVm=128)), 400, "invalid",
         "Invalid value for field 'resource.nats[0].maxPortsPerVm': '128'. It needs enableDynamicPortAllocation.",
         PORTS),
    Case("addresses of an automatic NAT", lambda p: router({**nat("x"), "natIps": ["y"]}), 400, "invalid",
         "Addresses can be given with MANUAL_ONLY only.", f"{REST}/routers/insert"),
    Case("a list without subnetworks", lambda p: router(nat("x", sourceSubnetworkIpRangesToNat=LIST)), 400, "invalid",
         f"Subnetworks must be given with {LIST}, and only then.", f"{REST}/routers/insert"),
    Case("a NAT for a subnetwork of another region", lambda p: listed(
            name=p.insert("regions/us-east1", "subnetworks", name="s", network=NET, ipCidrRange="10.41.0.0/24"),
            sourceIpRangesToNat=["ALL_IP_RANGES"]), 400, "invalid",
         "The subnetwork must be in the router's network and region.", f"{NAT}/overview"),
    Case("a subnetwork without ranges", lambda p: listed(name=SUBNETWORK), 400, "invalid", "Invalid value for field "
         "'resource.nats[0].subnetworks[0].sourceIpRangesToNat': ''. At least one kind of ranges must be given.",
         f"{REST}/routers/insert"),
    Case("a manual NAT without addresses", lambda p: router(nat("x", natIpAllocateOption="MANUAL_ONLY")), 400,
         "invalid", "Invalid value for field 'resource.nats[0].natIps': ''. MANUAL_ONLY needs at least one address.",
         f"{REST}/routers/insert"),
    Case("an address of another region", lambda p: router(nat("x", p.insert(
            "regions/us-east1", "addresses", name="far"))), 400, "invalid",
         "The address must be in the router's region.", PORTS),
    Case("an address of another NAT", lambda p: after(two(p, f"{HERE}/addresses/ip"), ask=(
            "POST", at(HERE, "routers"), {"name": "s", "network": NET, "nats": [nat("y", f"{HERE}/addresses/ip")]})),
         400, IN_USE, "The address 'ip' is already being used by '", PORTS),
    Case("a subnetwork of another NAT", lambda p: after(two(p), ask=(
            "POST", at(HERE, "routers"), {"name": "s", "network": NET, "nats": [nat("y")]})), 400, "invalid",
         "NAT 'x' of router 'r' and NAT 'y' of router 's' serve the same subnetwork ranges.", f"{NAT}/overview"),
    # --- addresses
    Case("an internal address", lambda p: address(addressType="INTERNAL"), 501, "notImplemented",
         "The sandbox does not model addresses of type INTERNAL.", LEFT_OUT),
    Case("an address of IPv6", lambda p: address(ipVersion="IPV6"), 501, "notImplemented",
         "The sandbox does not model IPv6 addresses.", LEFT_OUT),
    Case("an address of one's choice", lambda p: address(address="198.19.9.9"), 400, "invalid",
         "A given external address must be in use by an instance already.", STATIC),
    Case("an external address of a subnetwork", lambda p: address(subnetwork=SUBNETWORK), 400, "invalid",
         "subnetwork, network and purpose can be given for INTERNAL addresses only.", f"{REST}/addresses/insert"),
    Case("the delete of an address in use", lambda p: after(
            two(p, f"{HERE}/addresses/ip"), ask=("DELETE", at(HERE, "addresses/ip"), None)), 400, IN_USE,
         "/addresses/ip' is already being used by ", f"{REST}/addresses/delete"),
    # --- DNS policies
    Case("no such policy", lambda p: ("GET", f"{POLICIES}/x", None), 404, "notFound",
         f"The resource 'projects/{PROJECT}/policies/x' was not found", f"{DNS_REST}/get"),
    Case("a policy in capitals", lambda p: policy(name="Upper"), 400, "invalid", "Invalid value for field "
         "'resource.name': 'Upper'. It must have 1 to 63 lowercase letters, digits and dashes, a letter first.",
         f"{DNS_REST}/create"),
    Case("a policy's name that is taken", lambda p: after(with_policy(p), ask=policy(networks=[])), 409,
         "alreadyExists", "The resource 'entity.policy' named 'p' already exists", f"{DNS_REST}/create"),
    Case("a network of another policy", lambda p: after(with_policy(p), ask=policy(name="q")), 400,
         "networkBoundToPolicy", "cannot be bound to this policy because it is already bound to policy 'p'.", DNS),
    Case("outbound endpoints", lambda p: policy(alternativeNameServerConfig={
            "outboundEndpoints": [{}]}), 501, "notImplemented",
         "The sandbox does not model outbound endpoints of DNS policies.", LEFT_OUT),
    Case("a DNS server of IPv6", lambda p: server(ipv6Address="2001:db8::1"), 501, "notImplemented",
         "The sandbox does not model IPv6 addresses of DNS servers.", LEFT_OUT),
    Case("a DNS server that is no address", lambda p: server(ipv4Address="dns"), 400, "invalid",
         "'dns'. It must be an IPv4 address.", f"{DNS_REST}/create"),
    Case("a DNS server that is forbidden", lambda p: server(ipv4Address="169.254.169.254"), 400, "invalid",
         "'169.254.169.254'. It must not be a prohibited forwarding target.",
         "https://cloud.google.com/dns/docs/zones/forwarding-zones"),
    Case("another name of a policy", lambda p: after(with_policy(p), ask=("PATCH", f"{POLICIES}/p", {"name": "q"})),
         400, "invalid", "Invalid value for field 'resource.name': 'q'. The name of a policy cannot be changed.",
         f"{DNS_REST}/patch"),
    Case("the delete of a policy in use", lambda p: after(with_policy(p), ask=("DELETE", f"{POLICIES}/p", None)), 400,
         "resourceInUse", "The resource 'entity.policy' named 'p' cannot be deleted because it is in use",
         f"{DNS_REST}/delete"),
)  # fmt: skip
