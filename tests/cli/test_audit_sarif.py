"""The report as SARIF, held against a strict model of the parts of the standard that it uses.

Source of the model: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html, sections 3.13 to 3.58;
what GitHub needs beside it: https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/sarif-support
"""

import json
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import pytest
from cli.audit_lab import HOME, Account, Site, account, empty, number, sandbox
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from sandbox.lab import permission

from gatepost.audit.report import Finding, NotChecked, Report
from gatepost.audit.sarif import sarif

__all__ = ["account", "empty", "number", "sandbox"]
Level = Literal["none", "note", "warning", "error"]
Text = Annotated[str, Field(min_length=1)]


def _uri(text: str) -> str:
    """A URI reference (RFC 3986): no sign that must be escaped."""
    assert urlsplit(text).geturl() == text
    assert text.isascii()
    assert not set(text) & set(' "<>\\^`{|}')
    return text


Uri = Annotated[str, AfterValidator(_uri)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Message(Strict):
    text: Text


class Properties(BaseModel):
    """3.8: any properties; tags is a list of distinct texts."""

    tags: list[str] = []


class Configuration(Strict):
    level: Level


class RuleRow(Strict):
    id: Text
    shortDescription: Message
    fullDescription: Message
    help: Message
    helpUri: Uri = "x"
    defaultConfiguration: Configuration
    properties: Properties


class Driver(Strict):
    name: Text
    semanticVersion: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+")]
    rules: list[RuleRow]


class Tool(Strict):
    driver: Driver


class Artifact(Strict):
    uri: Uri


class Region(Strict):
    startLine: Annotated[int, Field(ge=1)]


class Physical(Strict):
    artifactLocation: Artifact
    region: Region


class Logical(Strict):
    name: Text
    fullyQualifiedName: Text
    kind: Literal["resource"]


class Location(Strict):
    physicalLocation: Physical
    logicalLocations: Annotated[list[Logical], Field(min_length=1)]


class Marks(Strict):
    """GitHub knows a finding again by this key only: without it every upload makes new alerts."""

    primaryLocationLineHash: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


class Result(Strict):
    ruleId: Text
    ruleIndex: Annotated[int, Field(ge=0)]
    level: Level
    message: Message
    locations: list[Location]
    partialFingerprints: Marks
    properties: Properties


class Descriptor(Strict):
    id: Text


class Notification(Strict):
    level: Level
    message: Message
    descriptor: Descriptor


class Invocation(Strict):
    executionSuccessful: bool
    toolExecutionNotifications: list[Notification]


class Automation(Strict):
    id: Annotated[str, Field(pattern=r"/$")]


class Run(Strict):
    tool: Tool
    automationDetails: Automation
    invocations: list[Invocation]
    results: list[Result]
    columnKind: Literal["utf16CodeUnits", "unicodeCodePoints"]


class Log(Strict):
    schema_: Uri = Field(alias="$schema")
    version: Literal["2.1.0"]
    runs: Annotated[list[Run], Field(min_length=1)]


def checked(log: Any) -> Run:
    (run,) = Log.model_validate(log).runs
    ids = [rule.id for rule in run.tool.driver.rules]
    assert len(ids) == len(set(ids))  # 3.49.3
    assert all(ids[result.ruleIndex] == result.ruleId for result in run.results)  # 3.27.6
    return run


def test_an_audit_as_sarif(empty: Account, tmp_path: Path) -> None:
    site = Site(empty)
    for port in (22, 80):
        site.ec2.authorize_security_group_ingress(GroupId=site.group, IpPermissions=[permission("tcp", port, port)])
    site.host("a", KeyName=site.ec2.create_key_pair(KeyName="sarif")["KeyName"]), site.host("b", "b")
    file = tmp_path / "audit.sarif"
    said = empty.audit("--sarif", str(file))
    run = checked(json.loads(file.read_text()))
    assert [(r.ruleId, r.level) for r in run.results] == [
        ("aws-ec2-no-ingress", "error"),
        ("aws-ec2-no-ingress", "error"),
        ("aws-ec2-no-key-pair", "warning"),
    ]
    assert [r.message.text for r in run.results] == [f["text"] for f in said.report["findings"]]
    resource = said.report["findings"][2]["resource"]
    assert run.results[2].locations[0].logicalLocations[0].fullyQualifiedName == (
        f"aws/{empty.number}/{HOME}/{resource}"
    )
    marks = [r.partialFingerprints.primaryLocationLineHash for r in run.results]
    assert len(set(marks)) == 3
    empty.audit("--sarif", str(file))
    again = checked(json.loads(file.read_text())).results
    assert [r.partialFingerprints.primaryLocationLineHash for r in again] == marks
    assert run.invocations[0].executionSuccessful is True


def finding(**changes: Any) -> Finding:
    base: dict[str, Any] = {
        "rule": "a",
        "severity": "low",
        "region": "",
        "type": "t",
        "resource": "Café 1",
        "text": "x",
        "url": "",
    }
    return Finding(**{**base, **changes})


def test_what_was_not_checked_is_a_notification() -> None:
    note = NotChecked(what="disks", reason="No: x.", region="r", operation="DescribeVolumes", action="ec2:D")
    run = checked(sarif(Report(account="1", regions=("r",), findings=(finding(),), not_checked=(note,)), "0.1.0"))
    (told,) = run.invocations[0].toolExecutionNotifications
    assert (run.invocations[0].executionSuccessful, told.descriptor.id) == (False, "DescribeVolumes")
    assert told.message.text == "Not checked in r: disks. DescribeVolumes: No: x. Allow ec2:D."
    assert run.results[0].locations[0].physicalLocation.artifactLocation.uri == "aws/1/global/Caf%C3%A9%201"
    assert run.results[0].level == "note"


@pytest.mark.parametrize("name", ["version", "runs", "$schema"])
def test_the_model_is_strict(name: str) -> None:
    log = sarif(Report(account="1", regions=()), "0.1.0")
    checked(log)
    with pytest.raises(ValueError, match="1 validation error"):
        checked({key: value for key, value in log.items() if key != name})


def test_a_file_that_cannot_be_written(account: Account, tmp_path: Path) -> None:
    said = account.audit("--sarif", str(tmp_path / "no" / "a.sarif"))
    assert (said.status, said.err) == (
        2,
        f"gatepost: The report cannot be written to {tmp_path / 'no' / 'a.sarif'}: No such file or directory.\n",
    )
