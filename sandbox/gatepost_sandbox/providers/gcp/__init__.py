"""The Google Cloud provider of the sandbox: every resource type as calls of Google's REST APIs at the sandbox."""

from ..kind import Kind, Provider, with_schemas
from . import dns, firewall, identity, instance, nat, network, secret
from .client import Gcp
from .functions import FUNCTIONS

SDK = "pulumi_gcp"
UPSTREAM = "hashicorp/terraform-provider-google"
"""The provider that the vendor's Pulumi provider bridges; the kinds' ``source`` files are in this repository."""
KINDS: tuple[type[Kind], ...] = (
    network.Network,
    network.Subnetwork,
    network.Route,
    network.Address,
    nat.Router,
    nat.RouterNat,
    firewall.Firewall,
    dns.Policy,
    identity.Account,
    identity.ProjectIamMember,
    secret.Secret,
    secret.SecretVersion,
    identity.SecretIamMember,
    instance.Instance,
)


def provider() -> Provider:
    """The provider with every kind it knows."""
    return Provider(
        name="gcp",
        kinds=with_schemas("gcp", KINDS),
        functions=FUNCTIONS,
        config=frozenset(
            {
                "project",
                "region",
                "zone",
                "defaultLabels",
                "addPulumiAttributionLabel",
                "skipRegionValidation",
                "disableGlobalProjectWarning",
            }
        ),
        connect=Gcp.connect,
    )
