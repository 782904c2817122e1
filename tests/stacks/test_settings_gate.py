"""What each mistake in `gatepost:gate` reads like."""

import pytest

from gatepost.rollout import GateArgs
from gatepost.settings import parse_gate

NAMES = "enabled, timeout_seconds, poll_seconds, match_host, soak_seconds"
SECONDS = "Allowed: a positive number of seconds, or one for each of aws, gcp, azure."
GATES = [
    ([], [f": Found an empty list. Allowed: a map of the settings {NAMES}; {{}} takes the defaults."]),
    ("on", [f": Found 'on'. Allowed: a map of the settings {NAMES}; {{}} takes the defaults."]),
    (
        {
            "enabled": "no",
            "timeout_seconds": True,
            "poll_seconds": 0,
            "match_host": 1,
            "soak_seconds": -1,
            "timeout": 5,
        },
        [
            ".enabled: Found 'no'. Allowed: true or false.",
            f".timeout_seconds: Found true. {SECONDS}",
            ".poll_seconds: Found 0. Allowed: a number above 0.",
            ".match_host: Found 1. Allowed: true or false.",
            ".soak_seconds: Found -1. Allowed: a number from 0 upwards.",
            f".timeout: There is no such setting. Allowed here: {NAMES}. Did you mean 'timeout_seconds'?",
        ],
    ),
    (
        {"timeout_seconds": float("inf"), "poll_seconds": 10**5000, "soak_seconds": float("nan")},
        [
            f".timeout_seconds: Found inf. {SECONDS}",
            ".poll_seconds: Found a very large number. Allowed: a number.",
            ".soak_seconds: Found nan. Allowed: a finite number.",
        ],
    ),
    (
        {"timeout_seconds": {"amazon": 1, "gpc": 2, "aws": 0}},
        [
            ".timeout_seconds: timeout_seconds names 'amazon'. Allowed: aws, gcp, azure.",
            ".timeout_seconds: timeout_seconds names 'gpc'. Allowed: aws, gcp, azure. Did you mean 'gcp'?",
            ".timeout_seconds: timeout_seconds['aws'] must be a positive number of seconds, got 0.",
        ],
    ),
    (
        {"timeout_seconds": {}},
        [".timeout_seconds: timeout_seconds must be a positive number of seconds, got {}."],
    ),
    ({"timeout_seconds": "5m"}, [f".timeout_seconds: Found '5m'. {SECONDS}"]),
    ({"timeout_seconds": -(10**5000)}, [f".timeout_seconds: Found a very large number. {SECONDS}"]),
]
GOOD = [
    {"enabled": False, "timeout_seconds": 60, "poll_seconds": 0.5, "soak_seconds": 0},
    {"timeout_seconds": 0.5, "soak_seconds": 120},
    {"match_host": False},
    {"match_host": True},
    {"timeout_seconds": {"aws": 60}},
    {"timeout_seconds": {"aws": 60, "gcp": 90.5, "azure": 1}},
    {},
]


@pytest.mark.parametrize(("gate", "expected"), GATES)
def test_a_gate_that_cannot_be_used(gate, expected):
    settings, lines = parse_gate(gate)
    assert lines == [f"gatepost:gate{text}" for text in expected]
    assert settings.model_dump(exclude_none=True) == {}


@pytest.mark.parametrize("gate", [None, *GOOD])
def test_a_gate_as_the_rollout_takes_it(gate):
    settings, lines = parse_gate(gate)
    assert lines == []
    given = settings.model_dump(exclude_none=True)
    assert given == (gate or {})
    assert GateArgs(**given) == GateArgs(**(gate or {}))
