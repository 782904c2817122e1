"""The Azure provider of the sandbox: every resource type as calls of Azure Resource Manager at the sandbox."""

from typing import cast

from ..kind import Provider, with_schemas
from ..values import Props
from .base import AzureKind
from .client import Azure
from .functions import FUNCTIONS
from .kinds import KINDS

SDK = "pulumi_azure_native"
UPSTREAM = "pulumi/pulumi-azure-native"
"""The vendor's provider; the kinds' ``source`` files are in this repository."""
__all__ = ["FUNCTIONS", "KINDS", "SDK", "UPSTREAM", "provider"]


def provider() -> Provider:
    """The provider with every kind it knows."""
    kinds = with_schemas("azure-native", KINDS)

    def connect(config: Props) -> Azure:
        api = Azure.connect(config)
        for kind in kinds.values():
            cast("AzureKind", kind).api = api
        return api

    settings = frozenset({"subscriptionId", "tenantId", "location", "clientId", "clientSecret", "environment"})
    return Provider(name="azure-native", kinds=kinds, functions=FUNCTIONS, config=settings, connect=connect)
