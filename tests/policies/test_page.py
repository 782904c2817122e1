"""What docs/policies.md shows is what the pack takes."""

import json
import re
from datetime import date
from pathlib import Path

import yaml
from policies.analyzer import RULES

import gatepost_policies
from gatepost_policies.exemptions import Exemptions, load

PAGE = (Path(__file__).parents[2] / "docs" / "policies.md").read_text(encoding="utf-8")


def shown(language: str) -> str:
    (text,) = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    return text


def test_every_rule_has_its_row():
    rows = re.findall(r"^\| `([\w-]+)` \| (\w+) \| (.*) \|$", PAGE, re.MULTILINE)
    assert rows == [(name, rule.level.value, rule.description.removesuffix(".")) for name, rule in RULES.items()]


def test_the_two_lines_of_a_pack_serve_every_rule(monkeypatch):
    served = []
    monkeypatch.setattr(gatepost_policies, "PolicyPack", lambda name, rules, level: served.append((name, len(rules))))
    exec(compile(shown("python"), "__main__.py", "exec"), {})  # noqa: S102  # the page's own program
    assert served == [("gatepost", len(RULES) + 1)]


def test_the_levels_name_rules_and_their_settings():
    for rule, config in json.loads(shown("json")).items():
        schema = RULES[rule].policy(Exemptions()).config_schema
        assert schema is not None
        assert set(config) - {"enforcementLevel"} <= set(schema.properties)


def test_the_exemption_is_one(tmp_path):
    file = tmp_path / "exemptions.yaml"
    file.write_text(shown("yaml"))
    found = load(file, set(RULES), date(2026, 11, 23))
    assert found.problems == ()
    assert [one.rule for one in found.entries] == [one["rule"] for one in yaml.safe_load(shown("yaml"))["exemptions"]]
