"""The pack as the engine sees it: names and metadata are a contract. Each rule's own row is pinned in its test."""

import json
from pathlib import Path

import pytest
import yaml
from policies.analyzer import RULES, SCOPE, metadata
from pulumi_policy import EnforcementLevel

from gatepost_policies import policies, rules
from gatepost_policies.practices import PRACTICES

ROOT = Path(__file__).parents[2]
LEVELS = sorted((ROOT / "policies/levels").glob("*.json"))


def test_every_rule_is_named_like_its_file():
    files = sorted(p.stem for p in Path(rules.__path__[0]).glob("[!_]*.py"))
    assert [name.replace("-", "_") for name in RULES] == files
    assert [policy.name for policy in policies()] == [*RULES, "pack-exemptions"]


def test_every_rule_has_tests_of_its_own():
    tested = {p.stem for p in Path(__file__).parent.glob("test_*.py")}
    assert {f"test_{name.replace('-', '_')}" for name in RULES} - tested == set()


@pytest.mark.parametrize("policy", policies(), ids=lambda policy: policy.name)
def test_every_policy_is_complete(policy):
    assert policy.description.endswith(".")
    assert policy.remediation_steps.endswith(".")
    assert policy.url.startswith("https://")
    assert policy.enforcement_level in (EnforcementLevel.MANDATORY, EnforcementLevel.ADVISORY)


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.name)
def test_every_rule_says_what_it_is_about(rule):
    row = metadata(rule.name)
    assert row["policyType"] == "POLICY_TYPE_STACK"
    assert row["url"] == PRACTICES[rule.practice].url
    assert row["tags"][-1] == rule.practice
    assert rule.name.partition("-")[0] in (*rule.clouds, "connector")
    assert (rule.each is None) != (rule.whole is None)
    assert bool(rule.types) == (rule.each is not None)
    assert all("default" in schema and "description" in schema for schema in rule.settings.values())


def test_no_nothing_in_rule_is_missing_for_a_cloud():
    found = {name: (rule.severity.value, rule.level) for name, rule in RULES.items() if "nothing-in" in rule.tags}
    names = ["aws-ec2-no-ingress", "azure-network-no-ingress", "gcp-compute-no-ingress"]
    assert found == dict.fromkeys(names, ("critical", EnforcementLevel.MANDATORY))


def test_there_are_levels_for_three_environments():
    assert [path.stem for path in LEVELS] == ["dev", "prod", "staging"]


@pytest.mark.parametrize("path", LEVELS, ids=lambda path: path.stem)
def test_levels_name_rules_and_settings_that_exist(path):
    for name, entry in json.loads(path.read_text()).items():
        assert entry["enforcementLevel"] in ("mandatory", "advisory", "disabled")
        known = {*SCOPE, *RULES[name].settings} if name != "pack-exemptions" else set()
        assert set(entry) - {"enforcementLevel"} <= known


def test_levels_never_fall_from_dev_to_prod():
    order = ["disabled", "advisory", "mandatory"]
    dev, prod, staging = (json.loads(path.read_text()) for path in LEVELS)
    for name, rule in RULES.items():
        default = {"enforcementLevel": rule.level.value}
        ranks = [order.index(levels.get(name, default)["enforcementLevel"]) for levels in (dev, staging, prod)]
        assert ranks == sorted(ranks), name


def test_prod_is_never_below_the_default():
    prod = json.loads(next(path for path in LEVELS if path.stem == "prod").read_text())
    assert {name for name, entry in prod.items() if entry["enforcementLevel"] != "mandatory"} == set()


def test_pack_file_names_its_runtime_in_full():
    pack = yaml.safe_load((ROOT / "policies/PulumiPolicy.yaml").read_text())
    assert pack["runtime"] == {"name": "python", "options": {"toolchain": "pip", "virtualenv": "../.venv"}}
    assert (pack["name"], pack["version"]) == ("gatepost", "0.1.0")
