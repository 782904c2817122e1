"""A site on Google Cloud, as the tests make it."""

from collections.abc import Mapping
from typing import Any

import pytest
import recorder
from recorder import Deployment

from gatepost.gcp import ConnectorSite, ConnectorSiteArgs, NetworkRef
from gatepost.labels import Labels
from gatepost.rollout import GateArgs
from gatepost.site import ExitRef, SlotArgs

LABELS = Labels(environment="dev", network="payments", site="frankfurt")
SITE = "payments-frankfurt"
ACCOUNT = "gcp:serviceaccount/account:Account"
SECRET = "gcp:secretmanager/secret:Secret"
VERSION = "gcp:secretmanager/secretVersion:SecretVersion"
MEMBER = "gcp:secretmanager/secretIamMember:SecretIamMember"
INSTANCE = "gcp:compute/instance:Instance"
GET_IMAGE = "gcp:compute/getImage:getImage"
CONNECTOR = "twingate:index/twingateConnector:TwingateConnector"
TOKENS = "twingate:index/twingateConnectorTokens:TwingateConnectorTokens"
LIST = "twingate:index/getTwingateConnectors:getTwingateConnectors"
ZONES = ("europe-west3-a", "europe-west3-b")
HOSTS = "projects/acme/regions/europe-west3/subnetworks/hosts"
PUBLIC = "projects/acme/regions/europe-west3/subnetworks/public"
NETWORK = NetworkRef(
    project="acme",
    region="europe-west3",
    vpc_id="projects/acme/global/networks/main",
    subnets=dict.fromkeys(ZONES, HOSTS),
    public_subnets=dict.fromkeys(ZONES, PUBLIC),
    exit_addresses={"0": "203.0.113.1", "1": "203.0.113.2"},
)
SLOTS = {"a": SlotArgs(), "b": SlotArgs()}
ADDRESSES = {
    slot: ExitRef(id=f"projects/acme/regions/europe-west3/addresses/{slot}", address=f"198.51.100.{n}")
    for n, slot in enumerate("abc", 1)
}
DIRECT: dict[str, Any] = {"slots": dict.fromkeys("abc", SlotArgs()), "direct": ADDRESSES}
BY_NAT = dict.fromkeys("abc", "203.0.113.1")
BY_OWN = {slot: str(ref.address) for slot, ref in ADDRESSES.items()}


def compute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Teach the recorder what Google computes."""

    def account(name: str) -> dict[str, Any]:
        email = f"{name}-1234567@acme.iam.gserviceaccount.com"
        return {"email": email, "member": f"serviceAccount:{email}"}

    def secret(name: str) -> dict[str, Any]:
        return {"name": f"projects/123456789012/secrets/{name}-1234567"}

    def instance(name: str) -> dict[str, Any]:
        return {"networkInterfaces": [{"networkIp": "10.40.0.4"}]}

    for token, computed in ((ACCOUNT, account), (SECRET, secret), (INSTANCE, instance)):
        monkeypatch.setitem(recorder.COMPUTED, token, computed)


def args(**over: Any) -> ConnectorSiteArgs:
    """Arguments of a site with two slots behind NAT, but for what is given."""
    given: dict[str, Any] = {
        "tenant": "acme",
        "remote_network_id": "network-1",
        "network": NETWORK,
        "labels": LABELS,
        "slots": SLOTS,
        "image": "projects/debian-cloud/global/images/debian-12-bookworm-v20261110",
        "gate": GateArgs(poll_seconds=0.001, timeout_seconds=0.05),
    }
    return ConnectorSiteArgs(**(given | over))


def alive(exits: Mapping[str, str] = BY_NAT) -> dict[str, Any]:
    """What Twingate answers: the slots that are ALIVE, and the address that each leaves by."""
    found = [{"id": f"{SITE}-{slot}-id", "state": "ALIVE", "publicIp": address} for slot, address in exits.items()]
    return {LIST: lambda _: {"connectors": found}}


def site(**over: Any) -> ConnectorSite:
    """The site of ``args``."""
    return ConnectorSite(SITE, args(**over))


def build(deploy: Any, exits: Mapping[str, str] = BY_NAT, seen: Deployment | None = None, **over: Any) -> Deployment:
    """The site, while Twingate says that its slots live by the given addresses."""
    return deploy(lambda: site(**over), answers=alive(exits), seen=seen)


def after(seen: Deployment, slot: str) -> set[str]:
    """The hosts that the Connector of a slot waits for."""
    names = {urn.rpartition("::")[2] for urn in seen.request(f"{SITE}-{slot}", CONNECTOR).dependencies}
    return {name for name in names if name.endswith("-instance")}
