import pytest
from policies.analyzer import Res, analyze, metadata, silencing
from policies.clouds import vm

from gatepost_policies import topology as t

NAME = "gcp-compute-size"
ALL = ["e2-small", "e2-medium", "*-standard-1", "*-standard-2", "*-standard-4"]
FIX = f"Set it to one of {', '.join(ALL)}; for more load add Connectors."


@pytest.mark.parametrize("size", ["e2-small", "n2-standard-2", "projects/p/zones/z/machineTypes/e2-medium"])
def test_passes(size):
    assert analyze(NAME, vm(machineType=size)) == []


def test_fails():
    stack = [vm(machineType="n2-standard-64")]
    said = f"Instance 'vm' sets `machineType` to 'n2-standard-64'. {FIX}"
    assert analyze(NAME, *stack) == [("MANDATORY", "vm", said)]
    assert silencing(NAME, stack) == []
    assert analyze(NAME, vm(), config={"sizes": ["e2-micro"]}) == [
        (
            "MANDATORY",
            "vm",
            "Instance 'vm' sets `machineType` to 'e2-small'. Set it to one of e2-micro; for more load add Connectors.",
        )
    ]


@pytest.mark.parametrize("template", t.GCP_TEMPLATES)
def test_templates_count_and_other_hosts_do_not(template):
    props = {"machineType": "n2-standard-64"}
    assert len(analyze(NAME, Res(template, "t", {**props, "labels": {"managed-by": "gatepost"}}))) == 1
    assert analyze(NAME, Res(template, "t", props)) == []


def test_metadata():
    assert metadata(NAME) == {
        "name": NAME,
        "description": "Connector hosts on Compute Engine have an approved size.",
        "enforcementLevel": "MANDATORY",
        "policyType": "POLICY_TYPE_STACK",
        "severity": "POLICY_SEVERITY_LOW",
        "tags": ["gcp", "host", "cost", "BP18"],
        "remediationSteps": "Set `machineType` to 'e2-small', or to another size that the setting `sizes` lists.",
        "url": "https://www.twingate.com/docs/connector-best-practices",
        "settings": {
            "sizes": {
                "description": "Approved machine types, * for any text.",
                "type": "array",
                "items": {"type": "string"},
                "default": ALL,
            }
        },
    }
