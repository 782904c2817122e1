"""The Twingate provider of the sandbox: every resource type as requests to the sandbox's Twingate."""

from ..kind import Kind, Provider, with_schemas
from . import kinds
from .client import connect
from .functions import FUNCTIONS

SDK = "pulumi_twingate"
UPSTREAM = "Twingate/terraform-provider-twingate"
"""The provider that the vendor's Pulumi provider bridges; the kinds' ``source`` files are in this repository."""
KINDS: tuple[type[Kind], ...] = (kinds.RemoteNetwork, kinds.Connector, kinds.ConnectorTokens)


def provider() -> Provider:
    """The provider with every kind it knows."""
    return Provider(
        name="twingate",
        kinds=with_schemas("twingate", KINDS),
        functions=FUNCTIONS,
        config=frozenset({"network", "apiToken", "url", "httpMaxRetry", "httpTimeout"}),
        connect=connect,
    )
