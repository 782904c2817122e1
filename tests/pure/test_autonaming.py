import json

import pytest

from gatepost.autonaming import REPLACED, autonaming_problems

RANDOM = ["hex(7)", "alphanum(4)", "string(12)", "num(3)", "uuid"]
NOT_RANDOM = [
    "${name}",
    "${project}-${stack}-${name}",
    "hex(7)",
    "$hex(7)",
    "${hex}",
    "${hex()}",
    "${hex(x)}",
    "${UUID}",
    "",
]
CONNECTOR = "twingate:index/twingateConnector:TwingateConnector"


def told(where, found):
    return (
        f"pulumi:autonaming{where} is {found}: the engine would then delete each Connector and its host before it "
        "makes the next. Use mode: default, or a pattern with a random part such as ${name}-${hex(7)}."
    )


def problems(value):
    return autonaming_problems(json.dumps(value))


def in_provider(name, value):
    return {"providers": {name: value}}


def in_resource(name, token, value):
    return in_provider(name, {"resources": {token: value}})


@pytest.mark.parametrize("mode", ["verbatim", "disabled"])
def test_a_mode_without_random_names_is_refused_at_every_level(mode):
    found = {"mode": mode}
    assert problems(found) == [told(".mode", f"'{mode}'")]
    for name in ("twingate", "aws", "gcp", "azure-native"):
        assert problems(in_provider(name, found)) == [told(f".providers.{name}.mode", f"'{mode}'")]
    where = f'.providers.twingate.resources["{CONNECTOR}"].mode'
    assert problems(in_resource("twingate", CONNECTOR, found)) == [told(where, f"'{mode}'")]


@pytest.mark.parametrize("pattern", NOT_RANDOM)
def test_a_pattern_without_a_random_part_is_refused_at_every_level(pattern):
    found = {"pattern": pattern}
    assert problems(found) == [told(".pattern", repr(pattern))]
    assert problems(in_provider("aws", found)) == [told(".providers.aws.pattern", repr(pattern))]
    instance = "aws:ec2/instance:Instance"
    where = f'.providers.aws.resources["{instance}"].pattern'
    assert problems(in_resource("aws", instance, found)) == [told(where, repr(pattern))]


@pytest.mark.parametrize("random", RANDOM)
def test_a_pattern_with_a_random_part_is_fine(random):
    found = {"pattern": f"${{project}}${{{random}}}", "enforce": True}
    assert problems(in_provider("aws", found)) == []
    assert problems(found | in_provider("twingate", {"mode": "default"})) == []
    instance = "aws:ec2/instance:Instance"
    assert problems(in_resource("aws", instance, {"pattern": f"${{{random}}}"})) == []


@pytest.mark.parametrize("random", RANDOM[:-1])
def test_names_of_connectors_begin_with_the_slots_and_end_with_the_random_part(random):
    found = {"pattern": f"${{name}}-${{{random}}}", "enforce": True}
    assert problems(found) == []
    assert problems(in_provider("twingate", found)) == []
    assert problems(in_resource("twingate", CONNECTOR, found)) == []


@pytest.mark.parametrize(
    "pattern",
    [
        "${name}-${uuid}",
        "${name}${hex(7)}",
        "${name}_${hex(7)}",
        "${hex(7)}-${name}",
        "${name}-${hex(7)}-x",
        "${name}-${hex(7)}\n",
        "${stack}-${name}-${hex(7)}",
    ],
)
def test_gates_could_not_tell_the_slot_of_a_connector_with_another_name(pattern):
    found = {"pattern": pattern}
    assert problems(found) == [told(".pattern", repr(pattern))]
    assert problems(in_provider("twingate", found)) == [told(".providers.twingate.pattern", repr(pattern))]
    assert problems(found | in_provider("twingate", {"mode": "default"})) == []  # it holds for hosts only


def test_every_place_is_told_at_once_from_the_outside_in():
    config = {
        "pattern": "${name}",
        "providers": {
            "aws": {"mode": "disabled", "resources": {"aws:ssm/parameter:Parameter": {"mode": "verbatim"}}},
            "random": {"mode": "verbatim"},
            "twingate": {"mode": "default", "resources": {CONNECTOR: {"pattern": "${name}-x"}}},
        },
    }
    assert problems(config) == [
        told(".pattern", "'${name}'"),
        told(".providers.aws.mode", "'disabled'"),
        told('.providers.aws.resources["aws:ssm/parameter:Parameter"].mode', "'verbatim'"),
        told(f'.providers.twingate.resources["{CONNECTOR}"].pattern', "'${name}-x'"),
    ]


@pytest.mark.parametrize("name", ["random", "kubernetes", "aws-native", "azure", "Twingate"])
def test_other_providers_are_left_alone(name):
    assert name not in REPLACED
    assert problems(in_provider(name, {"mode": "verbatim", "resources": {f"{name}:x:Y": {"pattern": "${name}"}}})) == []


@pytest.mark.parametrize("setting", [None, "", "{", "verbatim", '{"mode": "verbatim"', "null", "[]", '"verbatim"', "5"])
def test_what_is_not_set_or_broken_is_left_to_the_engine(setting):
    assert autonaming_problems(setting) == []


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"mode": "default"},
        {"mode": "magic"},
        {"mode": ["verbatim"], "pattern": 5},
        {"providers": None},
        {"providers": ["aws"]},
        in_provider("aws", "verbatim"),
        in_provider("aws", {"resources": ["verbatim"]}),
        in_resource("aws", "aws:s3/bucket:Bucket", "verbatim"),
    ],
)
def test_what_the_engine_refuses_or_takes_for_the_default_is_no_problem(config):
    assert problems(config) == []


def test_only_what_is_in_force_for_the_clouds_of_the_program_counts():
    default = {"mode": "default"}
    config = json.dumps({"mode": "verbatim", "providers": {"twingate": default, "aws": default}})
    assert autonaming_problems(config, ["aws"]) == []
    assert autonaming_problems(config, ["aws", "gcp"]) == [told(".mode", "'verbatim'")]
    assert problems(in_resource("aws", "aws:s3/bucket:Bucket", {"mode": "verbatim"})) == []
