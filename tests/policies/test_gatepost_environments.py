"""gatepost's own stacks of every environment under the pack, as the components ask the engine for them: no violation.

`test_gatepost_on_engine.py` does the same for dev on the engine; staging and prod are templates of a real account.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml
from google.protobuf import struct_pb2
from policies.good import served, told
from pulumi.runtime import proto
from recorder import SECRET_KEY, Deployment, _Mocks, _Monitor

from gatepost.stack import fleet_from_config

ROOT = Path(__file__).parents[2]


AZURE = "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups"
ANSWERS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "aws:ec2/getAmi:getAmi": lambda _: {"id": "ami-0123456789abcdef0"},
    "aws:ec2/getSubnet:getSubnet": lambda asked: {
        "vpcId": f"vpc-{asked['id'][7:-1]}1",
        "availabilityZone": f"eu-central-1{' ab'[int(asked['id'][-1])]}",
        "cidrBlock": "10.40.0.0/24",
        "availableIpAddressCount": 251,
    },
    "gcp:compute/getSubnetwork:getSubnetwork": lambda asked: {
        "network": f"projects/{asked['project']}/global/networks/shared",
        "ipCidrRange": "10.50.0.0/24",
    },
    "gcp:compute/getImage:getImage": lambda _: {"selfLink": "projects/debian-cloud/global/images/debian-12-v20261110"},
    "azure-native:network:getSubnet": lambda asked: {
        "addressPrefix": "10.60.0.0/26",
        "delegations": [{"serviceName": "Microsoft.ContainerInstance/containerGroups"}],
        "natGateway": {"id": "nat"},
        "networkSecurityGroup": {
            "id": f"{AZURE}/{asked['resourceGroupName']}/providers/Microsoft.Network/networkSecurityGroups/connectors"
        },
    },
    "azure-native:network:getVirtualNetwork": lambda _: {"dhcpOptions": {"dnsServers": ["10.60.0.70"]}},
}
"""What the clouds tell of the networks and images that the templates name."""


COMPUTED: dict[str, Callable[[str], dict[str, Any]]] = {
    "gcp:secretmanager/secret:Secret": lambda name: {"name": f"projects/acme/secrets/{name}"},
    "gcp:serviceaccount/account:Account": lambda name: {
        "email": f"{name}@acme.iam.gserviceaccount.com",
        "member": f"serviceAccount:{name}@acme.iam.gserviceaccount.com",
    },
    "gcp:compute/address:Address": lambda name: {"address": f"198.51.100.{1 + sum(name.encode()) % 250}"},
}
"""What Google tells of its resources, beside what the recorder knows of others."""


class _Clouds(_Mocks):
    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        found, state = super().new_resource(args)
        return found, {**COMPUTED.get(args.typ, lambda _: {})(args.name), **state}


class _Seen(_Monitor):
    """Keeps every resource as the engine hands it to a policy: with its outputs, and secrets as plain values.

    Resources that a program only reads are not among them, as on the engine.
    """

    def __init__(self, mocks: _Mocks, seen: Deployment) -> None:
        super().__init__(mocks, seen)
        self.wires: list[Any] = []

    def RegisterResource(self, request: Any) -> Any:
        answer = super().RegisterResource(request)
        body = struct_pb2.Struct()
        body.update({**_plain(request.object), **_plain(answer.object), "id": answer.id})
        made = proto.AnalyzerResource(type=request.type, properties=body, urn=answer.urn, name=request.name)
        self.wires.append(made)
        for key, near in request.propertyDependencies.items():
            made.propertyDependencies[key].urns.extend(near.urns)
        made.options.protect = request.protect
        return answer


def _plain(value: Any) -> Any:
    if isinstance(value, struct_pb2.Struct | dict):
        found = {key: _plain(value[key]) for key in value}
        return found["value"] if SECRET_KEY in found else found
    return [_plain(one) for one in value] if isinstance(value, struct_pb2.ListValue | list) else value


@pytest.fixture
def resources(event_loop_per_test: None) -> Iterator[Callable[[str], list[Any]]]:
    """The resources of the stack program with the settings of an environment."""

    def resources(environment: str) -> list[Any]:
        seen = Deployment(answers=ANSWERS)
        monitor = _Seen(_Clouds(seen), seen)
        pulumi.runtime.set_mocks(monitor.mocks, project="gatepost", stack=environment, preview=False, monitor=monitor)
        settings = yaml.safe_load((ROOT / f"stacks/Pulumi.{environment}.yaml").read_text())["config"]
        texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in settings.items()}
        pulumi.runtime.set_all_config({**texts, "gatepost:gate": '{"enabled": false}'})
        pulumi.runtime.test(fleet_from_config)()
        return monitor.wires

    yield resources
    pulumi.runtime.set_all_config({})


def reported(resources: list[Any], environment: str) -> dict[str, list[str]]:
    """What the pack says of resources at the levels of an environment, by rule; without those that are off there."""
    levels = json.loads((ROOT / f"policies/levels/{environment}.json").read_text())
    settings = {rule: {k: v for k, v in row.items() if k != "enforcementLevel"} for rule, row in levels.items()}
    found = told(proto.AnalyzeStackRequest(resources=resources), served(settings))
    off = {rule for rule, row in levels.items() if row["enforcementLevel"] == "disabled"}
    return {rule: texts for rule, texts in found.items() if rule not in off}


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_no_violation(resources, environment):
    assert reported(resources(environment), environment) == {}


def test_what_dev_lacks_for_production(resources):
    kept = ["aws-ec2-exit-ips-kept", "azure-network-exit-ips-kept", "gcp-compute-exit-ips-kept"]
    assert sorted(reported(resources("dev"), "prod")) == sorted([*kept, "connector-pinned-image"])
