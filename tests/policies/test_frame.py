"""What the frame promises for every rule, with rules made for the purpose."""

from policies.analyzer import NOT_JUDGED, UNKNOWN, UNREADABLE, Res, _analyze
from pulumi_policy import Severity

from gatepost_policies.exemptions import Exemptions
from gatepost_policies.frame import LONGEST, Finding, Rule
from gatepost_policies.known import UNKNOWN as NOT_KNOWN

STACK = [Res("acme:index:Thing", name, {"size": name}) for name in "abc"]


def run(judge, stack=STACK):
    rule = Rule(
        name="test-rule",
        description="Things are fine.",
        practice="BP4",
        remediation="Fix it.",
        severity=Severity.LOW,
        clouds=("aws",),
        types=("acme:index:Thing",),
        each=judge,
    )
    return _analyze(rule.policy(Exemptions()), stack, {"scope": "all"})


def test_an_exception_is_listed_and_the_rest_is_judged():
    def judge(resource, _stack):
        if resource.name == "b":
            raise RuntimeError("secret text")
        yield Finding(resource, f"{resource.name} is bad.")

    note = f"{UNREADABLE}: 'b' (RuntimeError). Check the types of its properties."
    assert run(judge) == [("MANDATORY", "a", "a is bad."), ("MANDATORY", "c", "c is bad."), ("ADVISORY", "", note)]


def test_what_was_found_before_an_exception_counts():
    def judge(resource, _stack):
        yield Finding(resource, f"{resource.name} is bad.")
        raise KeyError(resource.name)

    assert [level for level, _, _ in run(judge)] == ["MANDATORY"] * 3 + ["ADVISORY"]


def test_what_is_not_sure_is_listed_in_one_note():
    def judge(resource, _stack):
        yield Finding(resource, f"{resource.name} is bad.", True if resource.name == "b" else NOT_KNOWN)

    note = f"{NOT_JUDGED}a is bad. {NOT_JUDGED}c is bad."
    assert run(judge) == [("MANDATORY", "b", "b is bad."), ("ADVISORY", "", note)]


def test_a_judge_that_reads_an_unknown_value_the_naive_way():
    def judge(resource, _stack):
        yield Finding(resource, f"{resource.props['later']} is bad.")

    unknown = [Res("acme:index:Thing", "d", {"later": UNKNOWN})]
    assert run(judge, stack=unknown) == [("ADVISORY", "", f"{NOT_JUDGED}'d' as a whole.")]


def test_the_same_note_is_listed_once():
    assert run(lambda resource, _stack: [Finding(resource, "Unclear.", NOT_KNOWN)]) == [
        ("ADVISORY", "", f"{NOT_JUDGED}Unclear.")
    ]


def test_long_texts_are_cut():
    found = run(lambda resource, _stack: [Finding(resource, "x" * 10_000)])
    assert [len(text) for _, _, text in found] == [LONGEST + 3] * 3


def test_settings_must_have_the_type_of_their_schema():
    setting = {"most": {"type": "integer", "minimum": 1, "default": 1, "description": "Most."}}
    rule = Rule(
        name="test-rule",
        description="Things are fine.",
        practice="BP4",
        remediation="Fix it.",
        severity=Severity.LOW,
        clouds=("aws",),
        types=("acme:index:Thing",),
        each=lambda resource, _stack: [Finding(resource, "Bad.")],
        settings=setting,
    )
    told = {
        "scope": (
            "everything",
            "The setting `scope` must be one of hosts, gatepost, all, found 'everything'. Correct it.",
        ),
        "images": ("ami-1", "The setting `images` must be a list, found 'ami-1'. Correct it."),
        "images ": (["ami-1", 7], "Entry 2 of the setting `images` must be a text, found 7.0. Write it in quotes."),
        "most ": (1.5, "The setting `most` must be a whole number of at least 1, found 1.5. Correct it."),
        " most": (0, "The setting `most` must be a whole number of at least 1, found 0. Correct it."),
        "most": (True, "The setting `most` must be a whole number, found True. Correct it."),
    }
    for key, (value, said) in told.items():
        assert _analyze(rule.policy(Exemptions()), STACK, {key.strip(): value}) == [("MANDATORY", "", said)]
    extra = "The setting `sizes` is not known. Allowed are scope, images, most."
    assert _analyze(rule.policy(Exemptions()), STACK, {"sizes": []}) == [("MANDATORY", "", extra)]
