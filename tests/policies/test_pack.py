"""The pack as the engine sees it: names and metadata are a contract."""

from pathlib import Path

import yaml
from google.protobuf import empty_pb2, json_format
from pulumi_policy import EnforcementLevel
from pulumi_policy.policy import _PolicyAnalyzerServicer

from gatepost_policies import policies, rules

ROOT = Path(__file__).parents[2]
BEST_PRACTICES = "https://www.twingate.com/docs/connector-best-practices"
SCOPE = {
    "type": "string",
    "enum": ["gatepost", "all"],
    "default": "gatepost",
    "description": "gatepost: what belongs to Connector hosts. all: every resource of the stack.",
}
PORTS = {
    "type": "boolean",
    "default": False,
    "description": "Admit TCP 19390 from VirtualNetwork, which Azure uses to reach container groups.",
}


def row(name, cloud, description, remediation, **settings):
    return {
        "name": name,
        "description": description,
        "enforcementLevel": "MANDATORY",
        "policyType": "POLICY_TYPE_STACK",
        "severity": "POLICY_SEVERITY_CRITICAL",
        "tags": [cloud, "network", "nothing-in"],
        "remediationSteps": remediation,
        "url": BEST_PRACTICES,
        "configSchema": {"properties": {"scope": SCOPE, **settings}},
    }


EXPECTED = [
    row(
        "aws-ec2-no-ingress",
        "aws",
        "Security groups of Connector hosts let nothing in.",
        "Remove `ingress` from the security group, and every SecurityGroupIngressRule and ingress "
        "SecurityGroupRule of it. Replies need no rule.",
    ),
    row(
        "azure-network-no-ingress",
        "azure",
        "Network security groups of Connector hosts let nothing in.",
        "Remove the rule with `direction` Inbound and `access` Allow from `securityRules`, or the SecurityRule "
        "itself. Replies need no rule.",
        allow_container_group_ports=PORTS,
    ),
    row(
        "gcp-compute-no-ingress",
        "gcp",
        "Firewall rules let nothing in to Connector hosts.",
        "Remove the firewall rule with direction INGRESS and `allows`, or take the Connector hosts out of its "
        "`targetTags` or `targetServiceAccounts`. Replies need no rule.",
    ),
]


def test_metadata():
    servicer = _PolicyAnalyzerServicer("gatepost", "0.0.0", policies(), EnforcementLevel.ADVISORY)
    info = servicer.GetAnalyzerInfo(empty_pb2.Empty(), None)
    found = [json_format.MessageToDict(policy) for policy in info.policies]
    nothing_in = [policy for policy in found if "nothing-in" in policy["tags"]]
    assert nothing_in == EXPECTED


def test_every_policy_is_complete_and_named_like_its_file():
    files = sorted(p.stem for p in Path(rules.__path__[0]).glob("[!_]*.py"))
    assert [policy.name.replace("-", "_") for policy in policies()] == files
    for policy in policies():
        assert policy.description.endswith(".")
        assert (policy.remediation_steps or "").endswith(".")
        assert (policy.url or "").startswith("https://")
        assert policy.enforcement_level in (EnforcementLevel.MANDATORY, EnforcementLevel.ADVISORY)


def test_pack_file_names_its_runtime_in_full():
    pack = yaml.safe_load((ROOT / "policies/PulumiPolicy.yaml").read_text())
    assert pack["runtime"] == {"name": "python", "options": {"toolchain": "pip", "virtualenv": "../.venv"}}
    assert (pack["name"], pack["version"]) == ("gatepost", "0.1.0")
