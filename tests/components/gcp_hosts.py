"""A host on Google Cloud, as the tests make it."""

from typing import Any

import pytest
import recorder

from gatepost.boot.gcp import GcpBoot
from gatepost.connector import ConnectorSettings
from gatepost.gcp.host import Host, HostArgs, HostSpec
from gatepost.labels import Labels

LABELS = Labels(environment="dev", network="payments", site="frankfurt")
KEY = "projects/acme/locations/europe-west3/keyRings/ring/cryptoKeys/pairs"
IMAGE = "projects/debian-cloud/global/images/debian-12-bookworm-v20261110"
NEWEST = "https://www.googleapis.com/compute/v1/projects/debian-cloud/global/images/debian-12-bookworm-v20261201"
SUBNET = "projects/acme/regions/europe-west3/subnetworks/hosts"
NAME = "projects/123456789012/secrets/a-pair-1234567"
HOST = "gatepost:gcp:Host"
ACCOUNT = "gcp:serviceaccount/account:Account"
SECRET = "gcp:secretmanager/secret:Secret"
VERSION = "gcp:secretmanager/secretVersion:SecretVersion"
MEMBER = "gcp:secretmanager/secretIamMember:SecretIamMember"
INSTANCE = "gcp:compute/instance:Instance"
GET_IMAGE = "gcp:compute/getImage:getImage"
OWN = {"network_tags", "connector_id", "access_token", "refresh_token"}


def compute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Teach the recorder what Google computes."""

    def account(name: str) -> dict[str, Any]:
        email = f"{name}-1234567@acme.iam.gserviceaccount.com"
        return {"email": email, "member": f"serviceAccount:{email}"}

    def secret(name: str) -> dict[str, Any]:
        return {"name": f"projects/123456789012/secrets/{name}-1234567"}

    monkeypatch.setitem(recorder.COMPUTED, ACCOUNT, account)
    monkeypatch.setitem(recorder.COMPUTED, SECRET, secret)


def boot(**over):
    given: dict[str, Any] = {"settings": ConnectorSettings(network="acme").environment()}
    return GcpBoot(**(given | over))


def spec(**over):
    given: dict[str, Any] = {
        "zone": "europe-west3-b",
        "slot": "a",
        "subnet_id": SUBNET,
        "boot": boot(),
        "image": IMAGE,
    }
    return HostSpec(**(given | over))


def args(**over):
    given: dict[str, Any] = {
        "spec": spec(**{k: v for k, v in over.items() if k not in OWN}),
        "labels": LABELS,
        "network_tags": ["dev-payments-frankfurt-connectors"],
        "connector_id": "connector-1",
        "access_token": "access-1",
        "refresh_token": "refresh-1",
    }
    return HostArgs(**(given | {k: v for k, v in over.items() if k in OWN}))


def host(**over):
    return Host("a", args(**over))
