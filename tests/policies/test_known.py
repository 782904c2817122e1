import pytest
from pulumi_policy.proxy import UNKNOWN_ARRAY_VALUE, UNKNOWN_STRING_VALUE, unknown_checking_proxy

from gatepost_policies.known import UNKNOWN, items, read, say, walk

PROPS = unknown_checking_proxy(
    {
        "a": {"b": [1.0, UNKNOWN_STRING_VALUE, {"c": "x"}]},
        "gone": None,
        "later": UNKNOWN_ARRAY_VALUE,
        "word": "abc",
        "empty": [],
    }
)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("a", "b", 0), 1.0),
        (("a", "b", 1), UNKNOWN),
        (("a", "b", 1, "c"), UNKNOWN),
        (("a", "b", 2, "c"), "x"),
        (("a", "b", 3), "default"),
        (("a", "b", "c"), "default"),
        (("later",), UNKNOWN),
        (("later", 0, "c"), UNKNOWN),
        (("gone",), "default"),
        (("gone", "c"), "default"),
        (("none",), "default"),
        (("word", 0), "default"),
        (("word",), "abc"),
    ],
)
def test_read(path, value):
    assert read(PROPS, *path, default="default") == value


def test_items():
    assert [items(read(PROPS, key)) for key in ("later", "empty", "word", "gone", "a")] == [[UNKNOWN], [], [], [], []]
    assert items(read(PROPS, "a", "b"))[:2] == [1.0, UNKNOWN]


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("a.b.*.c", [UNKNOWN, "x"]),
        ("a.c", []),
        ("later.*.c", [UNKNOWN]),
        ("later", [UNKNOWN]),
        ("word", ["abc"]),
        ("word.*", []),
        ("gone.b", []),
    ],
)
def test_walk(path, values):
    assert list(walk(PROPS, path)) == values


def test_say():
    assert [say(v) for v in (443.0, 1.5, "tcp", UNKNOWN)] == [
        "443",
        "1.5",
        "tcp",
        "a value known only after the update",
    ]
