"""The clouds' classes have the same fields and outputs; what only some clouds have is in a table, with the reason."""

import dataclasses
import importlib
import inspect
import re
from collections.abc import Mapping

import pytest

from gatepost.connector_site import Site, SiteArgs

CLOUDS = ("aws", "gcp", "azure")
MODULES = ("network", "routes", "exit_ips", "firewall", "dns", "host", "site")

CLASSES: Mapping[str, tuple[str, str]] = {
    "Dns": ("aws gcp", "Azure has no resource for the servers: they are a property of VNet and container group"),
    "DnsArgs": ("aws gcp", "as Dns"),
    "LogAnalytics": ("azure", "a container group sends its log by itself; the other hosts keep it in their journal"),
    "Registry": ("azure", "only a container group pulls an image"),
}
"""Classes that only some clouds have."""

ONE_ROUTER = "a VPC network of Google has one table of routes for all subnetworks and zones"
LINKS = "a next hop is what the cloud calls it"
PLACE = "what Google makes lies in a project, what Azure makes in a resource group; AWS has neither"
ATTACHED = "a VPC of AWS is attached to its gateways; the next hops of the others are in the network already"
SESSIONS = "a session on Google needs an inbound rule for SSH, and one in a container group is the portal's"
PROTECTED = "no rollout could retire a protected instance of Google; container groups have no such protection"
REPLICAS = "a secret of AWS is regional; Google replicates one over the world unless told otherwise; Azure needs none"
PACKAGES = "Google has no image with the Connector: the host installs it, and upgrades it by itself"
NAT = "Cloud NAT shares an address's ports between hosts, and has options that NAT gateways have not"
SIZE = "container groups have no machine types, and no disk of their own"
GUARD = "rules stand in a group on AWS and Azure; Google's are of the network, and look for a tag"
SUBNETS_GUARD = "the group of Azure is attached to the subnet, so it comes with the network; Google's rules need it too"
VNET_DNS = "the servers are a property of Azure's VNet, and container groups do not see them"
PORTAL = "the portal reaches container groups through their network"
TABLE = "the subnets of Azure share a table; those of AWS have one for each zone; Google has none"
IMAGE = "only a container group pulls an image"

SOME: Mapping[str, tuple[str, str]] = {
    "NetworkRef.project": ("gcp", PLACE),
    "NetworkRef.resource_group": ("azure", PLACE),
    "NetworkRef.security_group_id": ("azure", SUBNETS_GUARD),
    "NetworkRef.dns_servers": ("azure", VNET_DNS),
    "NetworkArgs.project": ("gcp", PLACE),
    "NetworkArgs.resource_group": ("azure", PLACE),
    "NetworkArgs.single_nat": ("aws azure", "Cloud NAT serves all zones of a region"),
    "NetworkArgs.network_type": ("gcp", NAT),
    "NetworkArgs.hosts": ("gcp", NAT),
    "NetworkArgs.min_ports_per_vm": ("gcp", NAT),
    "NetworkArgs.endpoint_independent": ("gcp", NAT),
    "NetworkArgs.dynamic_ports": ("gcp", NAT),
    "NetworkArgs.nat_log": ("gcp", NAT),
    "NetworkArgs.flow_logs": ("gcp", "a property of Google's subnetwork, and resources of their own on the others"),
    "NetworkArgs.dns": ("azure", VNET_DNS),
    "NetworkArgs.slots_per_zone": ("azure", "subnets of Azure may be small, and each zone has one"),
    "Network.private_route_table_ids": ("aws", TABLE),
    "Network.route_table_ids": ("aws", TABLE),
    "Network.route_table_id": ("azure", TABLE),
    "RoutesArgs.project": ("gcp", PLACE),
    "RoutesArgs.vpc_id": ("aws gcp", "routes of Azure belong to a table, and nothing is attached"),
    "RoutesArgs.tables": ("aws", ONE_ROUTER),
    "RoutesArgs.table_id": ("azure", TABLE),
    "RoutesArgs.attachment_subnets": ("aws", ATTACHED),
    "Routes.attachment_ids": ("aws", ATTACHED),
    "RouteTo.attach": ("aws", ATTACHED),
    "RouteTo.transit_gateway_id": ("aws", LINKS),
    "RouteTo.vpc_peering_connection_id": ("aws", "peerings of the others exchange routes by themselves"),
    "RouteTo.vpn_gateway_id": ("aws", LINKS),
    "RouteTo.network_interface_id": ("aws", LINKS),
    "RouteTo.vpn_tunnel_id": ("gcp", LINKS),
    "RouteTo.forwarding_rule_id": ("gcp", LINKS),
    "RouteTo.instance_id": ("gcp", LINKS),
    "RouteTo.appliance_ip": ("azure", LINKS),
    "RouteTo.network_gateway": ("azure", LINKS),
    "ExitIpsArgs.project": ("gcp", PLACE),
    "ExitIpsArgs.resource_group": ("azure", PLACE),
    "ExitIpsArgs.prefix": ("azure", "only Azure gives out ranges of its own for single addresses"),
    "FirewallArgs.project": ("gcp", PLACE),
    "FirewallArgs.vpc_id": ("aws gcp", GUARD),
    "FirewallArgs.security_group_id": ("azure", SUBNETS_GUARD),
    "FirewallArgs.strict": ("aws", "groups of AWS have no deny, and space for few rules; the others are always strict"),
    "FirewallArgs.portal": ("azure", PORTAL),
    "Firewall.security_group_id": ("aws azure", GUARD),
    "Firewall.target_tag": ("gcp", GUARD),
    "DnsArgs.project": ("gcp", PLACE),
    "Dns.dhcp_options_id": ("aws", "hosts get the servers by DHCP"),
    "Dns.policy_id": ("gcp", "Google's resolver asks the servers"),
    "HostSpec.project": ("gcp", PLACE),
    "HostSpec.resource_group": ("azure", PLACE),
    "HostSpec.region": ("aws azure", "a zone of Google names its region"),
    "HostSpec.zone": ("gcp azure", "a subnet of AWS is in one zone, and one of the others in all of its region"),
    "HostSpec.boot": ("aws gcp", "a container group boots no text"),
    "HostSpec.settings": ("azure", "a container group has variables instead of a boot text"),
    "HostSpec.dns": ("azure", "a container group does not see the servers of its network"),
    "HostSpec.size": ("aws gcp", SIZE),
    "HostSpec.cpu": ("azure", SIZE),
    "HostSpec.memory_gb": ("azure", SIZE),
    "HostSpec.volume_gib": ("aws gcp", SIZE),
    "HostSpec.kms_key": ("aws gcp", "a container group has no disk and no secret beside it"),
    "HostSpec.regional_pair": ("gcp", REPLICAS),
    "HostSpec.public_address": ("aws", "the slot's address comes when the host lives"),
    "HostSpec.address": ("gcp", "a host of Google can only start with the slot's address; Azure has no exit direct"),
    "HostSpec.registry": ("azure", IMAGE),
    "HostSpec.log_analytics": ("azure", "a container group sends its log by itself"),
    "HostArgs.security_group_id": ("aws azure", GUARD),
    "HostArgs.network_tags": ("gcp", GUARD),
    "HostArgs.sessions": ("aws", SESSIONS),
    "HostArgs.termination_protection": ("aws", PROTECTED),
    "ConnectorSiteArgs.sessions": ("aws", SESSIONS),
    "ConnectorSiteArgs.termination_protection": ("aws", PROTECTED),
    "ConnectorSiteArgs.size": ("aws gcp", SIZE),
    "ConnectorSiteArgs.cpu": ("azure", SIZE),
    "ConnectorSiteArgs.memory_gb": ("azure", SIZE),
    "ConnectorSiteArgs.volume_gib": ("aws gcp", SIZE),
    "ConnectorSiteArgs.kms_key": ("aws gcp", "as HostSpec.kms_key"),
    "ConnectorSiteArgs.regional_pair": ("gcp", REPLICAS),
    "ConnectorSiteArgs.version": ("gcp", PACKAGES),
    "ConnectorSiteArgs.upgrade_hour": ("gcp", PACKAGES),
    "ConnectorSiteArgs.registry": ("azure", IMAGE),
    "ConnectorSiteArgs.log_analytics": ("azure", "as HostSpec.log_analytics"),
    "ConnectorSiteArgs.portal": ("azure", PORTAL),
}
"""Fields and outputs that only some clouds have."""
OTHER: Mapping[str, str] = {
    "Routes.routes": "by zone on AWS, where each zone has a table; by destination on the others",
    "Host.instance": "the SDK's own class",
    "HostSpec.boot": "a boot text for each platform",
    "HostSpec.size": "sizes are the cloud's",
    "ConnectorSiteArgs.size": "sizes are the cloud's",
    "HostSpec.volume_gib": "the smallest disk that the image fits on",
    "ConnectorSiteArgs.volume_gib": "the smallest disk that the image fits on",
}
"""What clouds have by one name, but with another type or default."""
COUNTERPARTS = {"HostArgs.network_tags", "HostSpec.address"}
"""Fields of one cloud that stand where others have one by another name: they need no mark."""
TITLES = {"gcp": "Google only", "azure": "Azure only"}


def classes(cloud):
    package = importlib.import_module(f"gatepost.{cloud}")
    own = {f"gatepost.{cloud}.{module}" for module in MODULES}
    return {name: getattr(package, name) for name in package.__all__ if getattr(package, name).__module__ in own}


def members(cls):
    """Type and default of each field of a class of arguments, and type of each output of a component."""
    if not dataclasses.is_dataclass(cls):
        return {f"{cls.__name__}.{name}": spelt(hint) for name, hint in cls.__annotations__.items()}
    return {f"{cls.__name__}.{field.name}": (spelt(field.type), default(field)) for field in dataclasses.fields(cls)}


def spelt(hint):
    return re.sub(r"gatepost\.(aws|gcp|azure)\.\w+\.", "", str(hint))


def default(field):
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return "required" if field.default is dataclasses.MISSING else field.default


def all_members(cloud):
    return {name: what for cls in classes(cloud).values() for name, what in members(cls).items()}


def where(names):
    """The clouds that have each name, for those that not all have."""
    every = {name for found in names.values() for name in found}
    having = {name: " ".join(cloud for cloud in CLOUDS if name in names[cloud]) for name in every}
    return {name: clouds for name, clouds in having.items() if clouds != " ".join(CLOUDS)}


def test_the_clouds_have_the_same_classes_but_for_the_table():
    assert where({cloud: classes(cloud) for cloud in CLOUDS}) == {name: clouds for name, (clouds, _) in CLASSES.items()}
    assert len(classes("aws")) == 18


@pytest.mark.parametrize("name", sorted(classes("aws")))
def test_a_class_is_the_same_kind_and_is_made_in_the_same_way(name):
    first, *others = (found for cloud in CLOUDS if (found := classes(cloud).get(name)))
    assert len(others) == (1 if name in CLASSES else 2)
    for cls in others:
        assert dataclasses.is_dataclass(first) == dataclasses.is_dataclass(cls)
        if dataclasses.is_dataclass(first):
            flags = [(c.__dataclass_params__.frozen, c.__dataclass_params__.kw_only) for c in (first, cls)]
            assert flags == [(True, True), (True, True)]
        else:
            assert list(inspect.signature(first).parameters) == list(inspect.signature(cls).parameters)
            assert first.__mro__[1:] == cls.__mro__[1:]


def test_fields_and_outputs_are_the_same_but_for_the_tables():
    found = {cloud: all_members(cloud) for cloud in CLOUDS}
    partly = {name: clouds for name, (clouds, _) in CLASSES.items()}
    told = {name: clouds for name, (clouds, _) in SOME.items()}
    odd = {n: c for n, c in where(found).items() if n in told or c != partly.get(n.partition(".")[0])}
    assert odd == told
    spellings = {name: [found[c][name] for c in CLOUDS if name in found[c]] for c in CLOUDS for name in found[c]}
    assert {name for name, kinds in spellings.items() if any(kind != kinds[0] for kind in kinds)} == OTHER.keys()


def test_sites_share_their_base_and_what_may_flow():
    for name, base in (("ConnectorSite", Site), ("ConnectorSiteArgs", SiteArgs)):
        assert [classes(cloud)[name].__base__ for cloud in CLOUDS] == [base, base, base]
    sites = [classes(cloud)["ConnectorSiteArgs"] for cloud in CLOUDS]
    assert [site.cloud for site in sites] == list(CLOUDS)
    own = [("kms_key",), ("kms_key",), ()]
    assert [site.flows for site in sites] == [("remote_network_id", "after", *flows) for flows in own]
    assert Site.__annotations__.keys() == {"gate", "canary", "exit_ips", "connectors"}


@pytest.mark.parametrize(
    ("cloud", "name"),
    sorted((clouds, name) for name, (clouds, _) in SOME.items() if clouds in TITLES and name not in COUNTERPARTS),
)
def test_what_only_one_cloud_has_is_documented_as_such(cloud, name):
    cls, _, field = name.partition(".")
    source = inspect.getsource(classes(cloud)[cls])
    assert re.search(rf'^    {field}: [^\n]+\n    """{TITLES[cloud]}: ', source, re.MULTILINE)
