"""The clouds' classes have the same fields and outputs; what only one cloud has is in a table, with the reason."""

import dataclasses
import importlib
import inspect
import re
from collections.abc import Mapping

import pytest

from gatepost.connector_site import Site, SiteArgs

CLOUDS = ("aws", "gcp")
MODULES = ("network", "routes", "exit_ips", "firewall", "dns", "host", "site")

ONE_ROUTER = "a VPC network of Google has one table of routes for all subnetworks and zones"
LINKS = "a next hop is what the cloud calls it"
PROJECT = "what Google makes lies in a project"
ATTACHED = "a VPC of AWS is attached to its gateways; Google's next hops are in the network already"
SESSIONS = "a session on Google needs an inbound rule for SSH, and nothing comes in"
PROTECTED = "Google refuses to delete a protected instance, so no rollout could retire its old hosts"
REPLICAS = "a secret of AWS is regional; Google replicates one over the world unless told otherwise"
PACKAGES = "Google has no image with the Connector: the host installs it, and upgrades it by itself"
NAT = "Cloud NAT shares an address's ports between hosts, and has options that AWS's NAT gateway has not"

ONLY: Mapping[str, Mapping[str, str]] = {
    "aws": {
        "NetworkArgs.single_nat": "Cloud NAT serves all zones of a region",
        "Network.private_route_table_ids": ONE_ROUTER,
        "Network.route_table_ids": ONE_ROUTER,
        "RoutesArgs.tables": ONE_ROUTER,
        "RoutesArgs.attachment_subnets": ATTACHED,
        "Routes.attachment_ids": ATTACHED,
        "RouteTo.attach": ATTACHED,
        "RouteTo.transit_gateway_id": LINKS,
        "RouteTo.vpc_peering_connection_id": "a peering of Google exchanges routes by itself",
        "RouteTo.vpn_gateway_id": LINKS,
        "RouteTo.network_interface_id": LINKS,
        "FirewallArgs.strict": "groups have no deny, and space for few rules; on Google one rule does it, always",
        "Firewall.security_group_id": "hosts are attached to a group",
        "Dns.dhcp_options_id": "hosts get the servers by DHCP",
        "HostArgs.sessions": SESSIONS,
        "ConnectorSiteArgs.sessions": SESSIONS,
        "HostArgs.termination_protection": PROTECTED,
        "ConnectorSiteArgs.termination_protection": PROTECTED,
    },
    "gcp": {
        "NetworkRef.project": PROJECT,
        "NetworkArgs.project": PROJECT,
        "RoutesArgs.project": PROJECT,
        "ExitIpsArgs.project": PROJECT,
        "FirewallArgs.project": PROJECT,
        "DnsArgs.project": PROJECT,
        "HostSpec.project": PROJECT,
        "HostSpec.regional_pair": REPLICAS,
        "ConnectorSiteArgs.regional_pair": REPLICAS,
        "ConnectorSiteArgs.version": PACKAGES,
        "ConnectorSiteArgs.upgrade_hour": PACKAGES,
        "NetworkArgs.network_type": NAT,
        "NetworkArgs.hosts": NAT,
        "NetworkArgs.min_ports_per_vm": NAT,
        "NetworkArgs.endpoint_independent": NAT,
        "NetworkArgs.dynamic_ports": NAT,
        "NetworkArgs.nat_log": NAT,
        "NetworkArgs.flow_logs": "flow logs are a property of Google's subnetwork, and resources of their own on AWS",
        "RouteTo.vpn_tunnel_id": LINKS,
        "RouteTo.forwarding_rule_id": LINKS,
        "RouteTo.instance_id": LINKS,
        "Firewall.target_tag": "hosts are found by their network tag",
        "Dns.policy_id": "Google's resolver asks the servers",
    },
}
COUNTERPARTS: Mapping[tuple[str, str], str] = {
    ("HostSpec.region", "HostSpec.zone"): "a subnet of AWS is in one zone, and one of Google in all of its region",
    (
        "HostSpec.public_address",
        "HostSpec.address",
    ): "on AWS the slot's address comes when the host lives; on Google it can only start with it",
    ("HostArgs.security_group_id", "HostArgs.network_tags"): "what rules look for: a group on AWS, a tag on Google",
}
"""What both clouds have by different names: AWS's, Google's."""
OTHER: Mapping[str, str] = {
    "Routes.routes": "by zone on AWS, where each zone has a table; by destination on Google",
    "Host.instance": "the SDK's own class",
    "HostSpec.boot": "a boot text for each platform",
    "HostSpec.size": "sizes are the cloud's",
    "ConnectorSiteArgs.size": "sizes are the cloud's",
    "HostSpec.volume_gib": "the smallest disk that the image fits on",
    "ConnectorSiteArgs.volume_gib": "the smallest disk that the image fits on",
}
"""What both have by one name, but with another type or default."""


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
    return re.sub(r"gatepost\.(aws|gcp)\.\w+\.", "", str(hint))


def default(field):
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return "required" if field.default is dataclasses.MISSING else field.default


def all_members(cloud):
    return {name: what for cls in classes(cloud).values() for name, what in members(cls).items()}


def test_the_clouds_have_the_same_classes():
    assert classes("aws").keys() == classes("gcp").keys()
    assert len(classes("aws")) == 18


@pytest.mark.parametrize("name", sorted(classes("aws")))
def test_a_class_is_the_same_kind_and_is_made_in_the_same_way(name):
    aws, gcp = (classes(cloud)[name] for cloud in CLOUDS)
    assert dataclasses.is_dataclass(aws) == dataclasses.is_dataclass(gcp)
    if dataclasses.is_dataclass(aws):
        flags = [(c.__dataclass_params__.frozen, c.__dataclass_params__.kw_only) for c in (aws, gcp)]
        assert flags == [(True, True), (True, True)]
    else:
        assert list(inspect.signature(aws).parameters) == list(inspect.signature(gcp).parameters)
        assert aws.__mro__[1:] == gcp.__mro__[1:]


def test_fields_and_outputs_are_the_same_but_for_the_tables():
    aws, gcp = (all_members(cloud) for cloud in CLOUDS)
    assert aws.keys() - gcp.keys() == ONLY["aws"].keys() | {name for name, _ in COUNTERPARTS}
    assert gcp.keys() - aws.keys() == ONLY["gcp"].keys() | {name for _, name in COUNTERPARTS}
    assert {name for name in aws.keys() & gcp.keys() if aws[name] != gcp[name]} == OTHER.keys()


def test_sites_share_their_base_and_what_may_flow():
    for name, base in (("ConnectorSite", Site), ("ConnectorSiteArgs", SiteArgs)):
        assert [classes(cloud)[name].__base__ for cloud in CLOUDS] == [base, base]
    sites = [classes(cloud)["ConnectorSiteArgs"] for cloud in CLOUDS]
    assert [site.cloud for site in sites] == list(CLOUDS)
    assert [site.flows for site in sites] == [("remote_network_id", "after", "kms_key")] * 2
    assert Site.__annotations__.keys() == {"gate", "canary", "exit_ips", "connectors"}


@pytest.mark.parametrize("name", sorted(ONLY["gcp"]))
def test_what_only_google_has_is_documented_as_such(name):
    cls, _, field = name.partition(".")
    source = inspect.getsource(classes("gcp")[cls])
    assert re.search(rf'^    {field}: [^\n]+\n    """Google only: ', source, re.MULTILINE)
