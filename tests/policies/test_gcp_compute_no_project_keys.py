import pytest
from policies.analyzer import Res, analyze, metadata, silencing
from policies.clouds import vm

from gatepost_policies import topology as t

NAME = "gcp-compute-no-project-keys"
KEY = "metadata.block-project-ssh-keys"
FIX = f"Set `{KEY}` to 'TRUE': every key of the project opens the host."
OWN = "Instance 'vm' has SSH keys in `metadata.ssh-keys`. Remove them: nothing comes in."


@pytest.mark.parametrize("value", ["TRUE", "true", True, "1"])
def test_passes(value):
    assert analyze(NAME, vm(metadata={"block-project-ssh-keys": value})) == []
    assert analyze(NAME, Res(t.GCP_INSTANCE, "web", {})) == []


FAILS = [
    ({"block-project-ssh-keys": "FALSE"}, f"Instance 'vm' sets `{KEY}` to 'FALSE'. {FIX}"),
    ({"block-project-ssh-keys": "TRUE", "ssh-keys": "ops:ssh-ed25519 A"}, OWN),
]


@pytest.mark.parametrize(("values", "said"), FAILS)
def test_fails(values, said):
    assert analyze(NAME, vm(metadata=values)) == [("MANDATORY", "vm", said)]
    assert silencing(NAME, [vm(metadata=values)]) == []


def test_nothing_set():
    said = f"Instance 'vm' does not set `{KEY}`. {FIX}"
    assert analyze(NAME, vm(metadata=None)) == [("MANDATORY", "vm", said)]
    assert analyze(NAME, vm(metadata={})) == [("MANDATORY", "vm", said)]


def test_metadata():
    assert metadata(NAME) == {
        "name": NAME,
        "description": "No SSH key opens a Connector host on Compute Engine.",
        "enforcementLevel": "MANDATORY",
        "policyType": "POLICY_TYPE_STACK",
        "severity": "POLICY_SEVERITY_MEDIUM",
        "tags": ["gcp", "host", "access", "gcp-ssh"],
        "remediationSteps": "Set `metadata.block-project-ssh-keys` to 'TRUE' and remove `ssh-keys` from `metadata`.",
        "url": "https://cloud.google.com/compute/docs/connect/restrict-ssh-keys",
    }
