import pytest
from policies.analyzer import UNKNOWN, Res, analyze, metadata, silencing
from policies.clouds import CONTAINER, group

from gatepost_policies import topology as t

NAME = "azure-container-size"
PATH = "containers[0].resources.requests"


def sized(**requests):
    return group(containers=[{**CONTAINER, "resources": {"requests": requests}}])


def test_passes():
    assert analyze(NAME, group()) == []
    assert analyze(NAME, sized(cpu=2.0, memoryInGB=4.0)) == []
    assert analyze(NAME, group(containers=[CONTAINER, {"image": "fluent-bit:4"}])) == []
    assert analyze(NAME, Res(t.CONTAINER_GROUP, "web", {"containers": [{"image": "nginx"}]})) == []


FAILS = [
    ({"cpu": 0.5, "memoryInGB": 2.0}, f"sets `{PATH}.cpu` to 0.5. Set it to 1 CPU at least."),
    ({"cpu": 1.0, "memoryInGB": 1.0}, f"sets `{PATH}.memoryInGB` to 1. Set it to 2 GB of memory at least."),
    ({"cpu": 1.0}, f"does not set `{PATH}.memoryInGB`. Set it to 2 GB of memory at least."),
]


@pytest.mark.parametrize(("requests", "said"), FAILS)
def test_fails(requests, said):
    assert analyze(NAME, sized(**requests)) == [("MANDATORY", "group", f"Container group 'group' {said}")]
    assert silencing(NAME, [sized(**requests)]) == []


def test_an_unknown_size_is_not_judged():
    assert [level for level, _, _ in analyze(NAME, sized(cpu=UNKNOWN, memoryInGB=2.0))] == ["ADVISORY"]


def test_settings():
    assert len(analyze(NAME, group(), config={"minimum_cpu": 2, "minimum_memory_gb": 4})) == 2


def test_metadata():
    found = metadata(NAME)
    assert {key: row["default"] for key, row in found.pop("settings").items()} == {
        "minimum_cpu": 1,
        "minimum_memory_gb": 2,
    }
    assert found == {
        "name": NAME,
        "description": "Containers that run a Connector have enough CPU and memory.",
        "enforcementLevel": "MANDATORY",
        "policyType": "POLICY_TYPE_STACK",
        "severity": "POLICY_SEVERITY_MEDIUM",
        "tags": ["azure", "host", "cost", "BP19"],
        "remediationSteps": "Set `resources.requests.cpu` of the container to 1 and `memoryInGB` to 2; for more load "
        "add Connectors.",
        "url": "https://www.twingate.com/docs/connector-best-practices",
    }
