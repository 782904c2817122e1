"""Where each rule comes from: the vendor's practices by their numbers, and the pages that state them."""

from collections.abc import Mapping
from dataclasses import dataclass

BEST_PRACTICES = "https://www.twingate.com/docs/connector-best-practices"
"""The vendor's page "Best Practices" for Connectors. BP1 to BP27 are its statements in the order of the page."""


@dataclass(frozen=True)
class Practice:
    """One statement, in short, and the page that makes it."""

    text: str
    url: str = BEST_PRACTICES


_AWS = "https://docs.aws.amazon.com"
PRACTICES: Mapping[str, Practice] = {
    "BP4": Practice("At least two Connectors per Remote Network."),
    "BP7": Practice("Each Connector has its own token pair."),
    "BP8": Practice("A pair that more than one Connector uses ends in a connection failure."),
    "BP9": Practice("All Connectors of a Remote Network have the same network scope and permissions."),
    "BP11": Practice("Outbound internet only; nothing comes in."),
    "BP12": Practice("TCP 443, TCP 30000-31000 and UDP 1-65535 are all that a Connector dials for itself."),
    "BP13": Practice("Connectors need permission and routing to private Resources."),
    "BP14": Practice("An exit node has a static public address, its own or that of a NAT gateway."),
    "BP15": Practice("Choose hosts by network bandwidth, then memory, then CPU."),
    "BP17": Practice("AWS: t3a.micro serves hundreds of users."),
    "BP18": Practice("Google Cloud: e2-small serves hundreds of users."),
    "BP19": Practice("Azure: Container Instances."),
    "BP20": Practice("Container Instances do not see the DNS servers of the VNet: name them for the Connector."),
    "BP24": Practice("A client that cannot reach one Connector tries the others."),
    "BP27": Practice("One Remote Network with Connectors in every location routes users to the nearest."),
    "aws-imds": Practice(
        "IMDSv2 with a hop limit of 1.", f"{_AWS}/AWSEC2/latest/UserGuide/configuring-IMDS-new-instances.html"
    ),
    "aws-ebs": Practice("Disks are encrypted.", f"{_AWS}/ebs/latest/userguide/ebs-encryption.html"),
    "aws-ssh": Practice(
        "No key pair: sessions need none.", f"{_AWS}/systems-manager/latest/userguide/session-manager.html"
    ),
    "aws-iam": Practice(
        "A role grants the least that its host needs.", f"{_AWS}/IAM/latest/UserGuide/best-practices.html"
    ),
    "aws-tags": Practice(
        "Tags say who owns a resource.",
        f"{_AWS}/tag-editor/latest/userguide/best-practices-and-strats.html",
    ),
    "gcp-iam": Practice(
        "An account of its own for each host, with the role on its secret only.",
        "https://cloud.google.com/secret-manager/docs/access-control",
    ),
    "gcp-shielded": Practice(
        "Shielded VM: secure boot, vTPM and integrity monitoring.",
        "https://cloud.google.com/compute/shielded-vm/docs/shielded-vm",
    ),
    "gcp-ssh": Practice("No project-wide SSH keys.", "https://cloud.google.com/compute/docs/connect/restrict-ssh-keys"),
    "gatepost-exemptions": Practice(
        "An exemption has a reason, an owner and an end.",
        "https://www.pulumi.com/docs/insights/policy/policy-packs/",
    ),
    "twingate-tokens": Practice("Tokens are secrets.", "https://www.twingate.com/docs/connector-advanced-settings"),
    "twingate-api": Practice("API tokens are secrets.", "https://www.twingate.com/docs/api-overview"),
    "twingate-provider": Practice(
        "Tokens are made anew with their Connector, never under it.",
        "https://www.pulumi.com/registry/packages/twingate/api-docs/twingateconnectortokens/",
    ),
    "twingate-regions": Practice(
        "Countries and regions where Twingate is not available.",
        "https://help.twingate.com/hc/en-us/articles/9841905042",
    ),
    "images": Practice("An image is named by what never changes.", "https://www.twingate.com/docs/docker"),
}
