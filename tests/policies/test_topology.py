"""Every type of the tables is one that the SDKs register: a misspelled type would never be judged."""

from importlib import import_module
from itertools import chain
from typing import Any

import pytest
from policies.analyzer import RULES

from gatepost_policies import gcp_grants, topology
from gatepost_policies.ways import aws, azure, gcp

_SDKS = {"aws": "pulumi_aws", "gcp": "pulumi_gcp", "azure-native": "pulumi_azure_native", "twingate": "pulumi_twingate"}
TOKENS = sorted(
    {
        *topology.HOSTS,
        *(token for cloud in topology.CLOUDS.values() for token in chain(cloud.leads, cloud.joins, cloud.groups)),
        *(token for rule in RULES.values() for token in rule.types),
        *gcp_grants.PLACES,
        *topology.GCP_SECRETS,
        *topology.SECRET_VERSIONS,
        *(
            topology.VPC,
            topology.AWS_SECRET,
            topology.PROFILE,
            topology.ROLE,
            topology.ROLE_POLICY,
            topology.ROLE_ATTACHMENT,
        ),
        *(topology.POLICY, topology.AWS_NAT, topology.GCP_NAT, topology.GCP_ROUTER, topology.GCP_ADDRESS),
        *(topology.AZURE_NAT, topology.AZURE_ADDRESS, topology.AZURE_VNET),
        *(aws.INGRESS_RULE, aws.EGRESS_RULE, aws.LEGACY_RULE, azure.RULE, gcp.FIREWALL),
    }
)


@pytest.mark.parametrize("token", TOKENS)
def test_the_sdk_has_the_type(token):
    package, module, name = token.split(":")
    module = module.partition("/")[0]
    cls: Any = getattr(import_module(f"{_SDKS[package]}.{module}" if module != "index" else _SDKS[package]), name)
    assert cls.pulumi_type == token


@pytest.mark.parametrize("cloud", topology.CLOUDS.values(), ids=topology.CLOUDS)
def test_what_joins_also_leads(cloud):
    assert set(cloud.joins) <= set(cloud.leads)
