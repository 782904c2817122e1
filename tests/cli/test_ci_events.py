"""What `gatepost ci` reads of a preview, and the summary that it writes."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from gatepost.cli import ci_events
from gatepost.cli.ci import ci
from gatepost.cli.ci_events import KINDS, LATER, Told, read
from gatepost.cli.ci_summary import summary
from gatepost_policies import frame
from gatepost_policies.topology import HOSTS

STACK = "urn:pulumi:prod::shop::pulumi:pulumi:Stack::shop-prod"
EIP = "aws:ec2/eip:Eip"
END = [{"policyAnalyzeStackSummaryEvent": {}}, {"summaryEvent": {"resourceChanges": {"create": 1, "same": 4}}}]
APP = typer.Typer(pretty_exceptions_enable=False)
APP.command()(ci)


def urn(token: str, name: str) -> str:
    return f"urn:pulumi:prod::shop::{token}::{name}"


def policy(message: str, level: str = "mandatory", rule: str = "some-rule", on: str = STACK) -> dict:
    said = {"policyName": rule, "message": message, "enforcementLevel": level, "resourceUrn": on}
    return {"policyEvent": said}


def not_run(reason: str) -> dict:
    return policy(
        f"can't run policy 'some-rule' from policy pack 'gatepost@v0.1.0' during preview: {reason}", "advisory"
    )


def step(op: str, token: str, name: str, **old: str) -> dict:
    return {
        "resourcePreEvent": {"metadata": {"op": op, "urn": urn(token, name), "type": token, "old": {"outputs": old}}}
    }


def outputs(old: object, new: object) -> dict:
    sides = {"old": {"outputs": {"exit_ips": old}}, "new": {"outputs": {"exit_ips": new}}}
    return {"resOutputsEvent": {"metadata": {"type": "pulumi:pulumi:Stack", "urn": STACK, **sides}}}


def preview(*events: dict, end: list[dict] = END):
    return read(json.dumps(event) for event in [*events, *end])


def test_words_of_the_pack_are_the_same():
    assert (LATER, ci_events.UNREADABLE) == (frame.LATER, frame.UNREADABLE)


def test_every_host_of_the_policies_is_looked_at():
    assert {t for t, kind in KINDS.items() if kind == "host"} == {t for t, host in HOSTS.items() if host.machine}


def test_nothing_said_passes():
    found = preview()
    assert (found.passes, found.counts) == (True, {"create": 1})


@pytest.mark.parametrize(
    ("event", "passes"),
    [
        (policy("Bad."), False),
        (policy("Bad.", "advisory"), True),
        (not_run(f"{LATER}One. {LATER}Two."), True),
        (not_run(f"{LATER}One. Cannot be judged, because the values are not what they should be: 'x'."), False),
        (not_run("TypeError"), False),
        ({"diagnosticEvent": {"severity": "warning", "message": "can't run policy 'a': boom"}}, False),
        ({"diagnosticEvent": {"severity": "error", "message": "no credentials"}}, False),
        ({"diagnosticEvent": {"severity": "warning", "message": "old plugin"}}, True),
    ],
)
def test_what_fails(event, passes):
    assert preview(event).passes is passes


@pytest.mark.parametrize("end", [END[:1], END[1:], []])
def test_a_preview_that_did_not_end_or_was_not_judged_fails(end):
    assert preview(end=end).passes is False


def test_a_violation_and_later_notes_are_told_apart():
    found = preview(policy("Description.\nSet `x`.", on=urn(EIP, "ip")), not_run(f"{LATER}One. {LATER}Two."))
    assert found.violations == [Told("some-rule", "ip", "Set `x`.")]
    assert found.later == [Told("some-rule", "", "One."), Told("some-rule", "", "Two.")]


def test_exit_addresses_are_added_removed_and_kept():
    found = preview(
        step("create", EIP, "new"),
        step("delete", EIP, "old", publicIp="198.51.100.1"),
        step("same", EIP, "stays", publicIp="198.51.100.2"),
        outputs(["198.51.100.1", "198.51.100.2", "203.0.113.1"], ["198.51.100.2", "203.0.113.9"]),
    )
    lines = summary([("prod", found, "")]).splitlines()
    assert lines[2] == "| prod | passes | 1 create | **2 added, 2 removed**, 1 kept |"
    start = lines.index("### Exit IPs") + 2
    assert lines[start:] == [
        "- **added** `new` (its address is known after the update)",
        "- **added** 203.0.113.9 (of a network that exists)",
        "- **removed** 198.51.100.1 `old`",
        "- **removed** 203.0.113.1 (no output names it any more)",
        "- kept 198.51.100.2 `stays`",
    ]


def test_outputs_that_are_not_known_yet_remove_nothing():
    found = preview(outputs(["198.51.100.1"], "04da6b54-80e4-46f7-96ec-b56ff0331ba9"))
    assert found.exits == ({"198.51.100.1"}, None)
    assert "removed" not in summary([("prod", found, "")])


def test_replaced_and_deleted_hosts_are_named_once():
    host, connector = "gcp:compute/instance:Instance", "twingate:index/twingateConnector:TwingateConnector"
    steps = [step(op, host, "a") for op in ("create-replacement", "replace", "delete-replaced")]
    found = preview(*steps, step("delete", connector, "b"), step("same", host, "c"))
    lines = summary([("prod", found, "")]).splitlines()
    assert lines[lines.index("### Hosts and Connectors") + 2 :] == [
        "- **deleted** Connector `b`",
        "- **replaced** host `a`",
    ]


def test_the_summary_holds_no_table_html_or_mention_of_a_message():
    text = summary([("prod", preview(policy("a|b <img> @team `c`")), "")])
    assert "- `some-rule`: a\\|b &lt;img> @\u200bteam 'c'" in text.splitlines()


def test_wrong_folders_are_usage_errors(tmp_path: Path):
    no_pack = CliRunner().invoke(APP, ["--cwd", str(tmp_path)])
    assert (no_pack.exit_code, "holds no PulumiPolicy.yaml" in " ".join(no_pack.stderr.split())) == (2, True)
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies/PulumiPolicy.yaml").touch()
    no_project = CliRunner().invoke(APP, ["--cwd", str(tmp_path)])
    assert (no_project.exit_code, "--cwd" in no_project.stderr) == (2, True)


def test_without_pulumi_it_fails_with_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies/PulumiPolicy.yaml").touch()
    (tmp_path / "Pulumi.yaml").write_text("name: x\nstackConfigDir: stacks\n")
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks/Pulumi.dev.yaml").touch()
    monkeypatch.setenv("PATH", str(tmp_path))
    done = CliRunner().invoke(APP, ["--cwd", str(tmp_path)])
    assert done.exit_code == 1
    assert "| dev | **fails** (1 error) | none | none |" in done.stdout.splitlines()
    assert "- Pulumi: There is no pulumi on the PATH. Install it: https://www.pulumi.com/docs/install/" in done.stdout
