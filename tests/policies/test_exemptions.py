from datetime import date

import pytest
from policies.analyzer import NOT_JUDGED, UNKNOWN, analyze, report
from policies.stacks import fleet, host

from gatepost_policies.exemptions import Exemptions, load

TODAY = date(2026, 11, 23)
RULES = {"aws-ec2-no-key-pair", "aws-ec2-size"}
ENTRY = {
    "rule": "aws-ec2-no-key-pair",
    "resource": "host-a",
    "reason": "Break-glass access until sessions work",
    "owner": "net-team@example.com",
    "expires": "2026-12-31",
}
NAME = "aws-ec2-no-key-pair"
WHO = "Exemption 1 (aws-ec2-no-key-pair for {}, owner net-team@example.com)"


def entry(**changed):
    return {key: value for key, value in {**ENTRY, **changed}.items() if value is not None}


def loaded(tmp_path, *entries, text=None):
    file = tmp_path / "exemptions.yaml"
    lines = ["exemptions:"]
    for row in entries:
        lines += [f"{'- ' if i == 0 else '  '}{key}: {value}" for i, (key, value) in enumerate(row.items())]
    file.write_text("\n".join(lines) if text is None else text)
    return load(file, RULES, TODAY)


STACK = fleet(host("a", keyName="ops"))
URN = next(res.urn for res in STACK if res.name == "host-a")


@pytest.mark.parametrize(
    "resource",
    ["host-a", "host-*", f'"{URN}"', '"urn:pulumi:dev::*::host-a"'],
    ids=["name", "pattern", "URN", "URN pattern"],
)
def test_an_exemption_covers_what_it_names(tmp_path, resource):
    exemptions = loaded(tmp_path, entry(resource=resource))
    assert exemptions.problems == ()
    assert analyze(NAME, *STACK, exemptions=exemptions) == []
    assert report(exemptions, *STACK) == []


def test_it_covers_what_cannot_be_judged_too(tmp_path):
    unclear = fleet(host("a", keyName=UNKNOWN))
    assert analyze(NAME, *unclear)[0][2].startswith(NOT_JUDGED)
    assert analyze(NAME, *unclear, exemptions=loaded(tmp_path, ENTRY)) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"resource": "host-b"},
        {"resource": "HOST-A"},
        {"rule": "aws-ec2-size"},
        {"stack": "prod"},
        {"expires": "2026-11-22"},
        {"resource": '"host-[a]"'},
    ],
    ids=str,
)
def test_it_covers_nothing_else(tmp_path, changed):
    found = analyze(NAME, *STACK, exemptions=loaded(tmp_path, entry(**changed)))
    assert [(level, name) for level, name, _ in found] == [("MANDATORY", "host-a")]


def test_it_holds_through_its_last_day(tmp_path):
    assert analyze(NAME, *STACK, exemptions=loaded(tmp_path, entry(expires="2026-11-23"))) == []


def test_an_expired_one_is_reported(tmp_path):
    exemptions = loaded(tmp_path, entry(expires="2026-11-22"))
    said = WHO.format("host-a") + " expired on 2026-11-22. Fix the resource and remove the entry, or renew it."
    assert report(exemptions, *STACK) == [said]


def test_an_unused_one_is_reported_where_its_rule_ran(tmp_path):
    exemptions = loaded(tmp_path, entry(resource="host-z"))
    assert report(exemptions, *STACK) == []
    analyze(NAME, *STACK, exemptions=exemptions)
    assert report(exemptions, *STACK) == [
        WHO.format("host-z") + " is not used: the rule finds nothing there. Remove the entry."
    ]


def test_one_of_another_stack_is_not_spoken_of(tmp_path):
    exemptions = loaded(tmp_path, entry(stack="prod", resource="host-z"), entry(stack="prod", expires="2026-01-01"))
    analyze(NAME, *STACK, exemptions=exemptions)
    assert report(exemptions, *STACK) == []


BROKEN = [
    pytest.param(entry(reason=None), "`reason` is missing. Add it.", id="no reason"),
    pytest.param(entry(reason='" "'), "`reason` is missing. Add it.", id="blank"),
    pytest.param(entry(owner='" "'), "`owner` is missing. Add it.", id="blank owner"),
    pytest.param(entry(stack=""), "`stack` is empty. Name a stack, or leave it out for all.", id="null stack"),
    pytest.param(entry(stack='""'), "`stack` is empty. Name a stack, or leave it out for all.", id="empty stack"),
    pytest.param(
        entry(reason="because"), "the reason 'because' does not say why. Write at least 10 characters.", id="short"
    ),
    pytest.param(entry(owner=None), "`owner` is missing. Add it.", id="no owner"),
    pytest.param(entry(expires=None), "`expires` is missing. Add it.", id="no date"),
    pytest.param(
        entry(expires="soon"), "`expires` 'soon' is not a date like 2027-01-31 (without quotes).", id="no real date"
    ),
    pytest.param(
        entry(expires="9999-12-31"),
        "`expires` 9999-12-31 is more than 366 days away. Choose an earlier day and renew it then.",
        id="for ever",
    ),
    pytest.param(
        entry(rule="aws-ec2-no-keys"),
        "there is no rule 'aws-ec2-no-keys'. See docs/policies.md for their names.",
        id="no such rule",
    ),
    pytest.param(entry(rule="pack-exemptions"), "nothing is exempt from pack-exemptions.", id="itself"),
    pytest.param(
        entry(resource='"*"'),
        "`resource` '*' means everything. Name the resource, or set the rule's level.",
        id="everything",
    ),
    pytest.param(
        entry(resource='"urn:pulumi:*"'),
        "`resource` 'urn:pulumi:*' means everything. Name the resource, or set the rule's level.",
        id="every URN",
    ),
    pytest.param(entry(owner=7), "`owner` must be text, found int. Write it in quotes.", id="no text"),
    pytest.param(
        entry(until="2026-12-31"),
        "`until` is not known. Allowed are expires, owner, reason, resource, rule, stack.",
        id="unknown key",
    ),
]


@pytest.mark.parametrize(("broken", "said"), BROKEN)
def test_a_broken_entry_is_named_and_the_file_grants_nothing(tmp_path, broken, said):
    exemptions = loaded(tmp_path, ENTRY, broken)
    assert report(exemptions, *STACK) == [f"Exemption 2 in exemptions.yaml: {said}"]
    assert [level for level, _, _ in analyze(NAME, *STACK, exemptions=exemptions)] == ["MANDATORY"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "exemptions: [",
            "The file exemptions.yaml cannot be read as YAML in line 1: expected the node content, but found "
            "'<stream end>'. Correct it.",
        ),
        (
            "exemptions:\n- rule: a\n  rule: b\n",
            "The file exemptions.yaml cannot be read as YAML in line 3: the key `rule` is there twice. Correct it.",
        ),
        (
            "exemptions:\n- expires: 2027-13-01\n",
            "The file exemptions.yaml cannot be read as YAML: month must be in 1..12. Correct it.",
        ),
        ("[" * 3000, "The file exemptions.yaml cannot be read as YAML. Correct it."),
        ("- rule: x", "The file exemptions.yaml must hold one key, `exemptions`, with a list of entries."),
        ("exemptions: {a: b}", "The file exemptions.yaml must hold one key, `exemptions`, with a list of entries."),
        (
            "exemptions: [text]",
            "Exemption 1 in exemptions.yaml: an entry must have the keys rule, resource, reason, owner, expires.",
        ),
    ],
    ids=["no YAML", "a key twice", "no month", "too deep", "no key", "no list", "no entry"],
)
def test_a_broken_file_is_said(tmp_path, text, said):
    assert report(loaded(tmp_path, text=text), *STACK) == [said]


def test_no_file_and_an_empty_file_exempt_nothing(tmp_path):
    assert load(tmp_path / "exemptions.yaml", RULES, TODAY) == Exemptions(today=TODAY)
    assert loaded(tmp_path, text="# none\n") == Exemptions(today=TODAY)
