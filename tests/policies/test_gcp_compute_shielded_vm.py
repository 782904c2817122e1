import pytest
from policies.analyzer import Res, analyze, metadata, silencing
from policies.clouds import vm

from gatepost_policies import topology as t

NAME = "gcp-compute-shielded-vm"
KEY = "shieldedInstanceConfig"


@pytest.mark.parametrize("config", [vm().props[KEY], {"enableSecureBoot": True}])
def test_passes(config):
    assert analyze(NAME, vm(**{KEY: config})) == []
    assert analyze(NAME, Res(t.GCP_INSTANCE, "web", {})) == []


@pytest.mark.parametrize("key", ["enableSecureBoot", "enableVtpm", "enableIntegrityMonitoring"])
def test_fails(key):
    stack = [vm(**{KEY: {**vm().props[KEY], key: False}})]
    said = f"Instance 'vm' sets `{KEY}.{key}` to false. Set `{KEY}.{key}` to true."
    assert analyze(NAME, *stack) == [("MANDATORY", "vm", said)]
    assert silencing(NAME, stack) == []


@pytest.mark.parametrize("template", t.GCP_TEMPLATES)
def test_nothing_set(template):
    said = f"does not set `{KEY}.enableSecureBoot`. Set `{KEY}.enableSecureBoot` to true."
    assert analyze(NAME, vm(**{KEY: None})) == [("MANDATORY", "vm", f"Instance 'vm' {said}")]
    found = analyze(NAME, Res(template, "t", {"labels": {"managed-by": "gatepost"}}))
    assert [(level, text.partition("' ")[2]) for level, _, text in found] == [("MANDATORY", said)]


def test_metadata():
    assert metadata(NAME) == {
        "name": NAME,
        "description": "Connector hosts on Compute Engine are Shielded VMs with all three switches on.",
        "enforcementLevel": "MANDATORY",
        "policyType": "POLICY_TYPE_STACK",
        "severity": "POLICY_SEVERITY_MEDIUM",
        "tags": ["gcp", "host", "boot", "gcp-shielded"],
        "remediationSteps": "Set `enableSecureBoot`, `enableVtpm` and `enableIntegrityMonitoring` of "
        "`shieldedInstanceConfig` to true.",
        "url": "https://cloud.google.com/compute/shielded-vm/docs/shielded-vm",
    }
