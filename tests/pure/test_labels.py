import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gatepost.labels import (
    AUTONAME_LENGTH,
    KEY_LIMITS,
    NAME_LIMITS,
    ROLE_LENGTH,
    Labels,
    check_key,
    check_name,
    connector_prefix,
    prefix_collisions,
    tag_problems,
)

LABELS = Labels(environment="prod", network="payments")
KEY = st.from_regex(r"[a-z][a-z0-9]{0,3}(-[a-z0-9]{1,3})?", fullmatch=True)


def test_tags_of_a_network_and_of_a_site():
    assert LABELS.tags() == {
        "managed-by": "gatepost",
        "gatepost-environment": "prod",
        "gatepost-network": "payments",
    }
    assert LABELS.with_site("frankfurt").tags(Name="n1", gatepost_slot="a") == {
        "Name": "n1",
        "gatepost-slot": "a",
        "managed-by": "gatepost",
        "gatepost-environment": "prod",
        "gatepost-network": "payments",
        "gatepost-site": "frankfurt",
    }


def test_more_wins_over_extra_and_gateposts_own_tags_win_over_both():
    labels = Labels(environment="prod", network="pay", extra={"owner": "ops", "team": "a", "managed-by": "hand"})
    assert labels.tags(team="b", gatepost_network="other") == {
        "owner": "ops",
        "team": "b",
        "managed-by": "gatepost",
        "gatepost-environment": "prod",
        "gatepost-network": "pay",
    }


def test_a_change_of_the_callers_mapping_does_not_reach_the_labels():
    extra = {"owner": "ops"}
    labels = Labels(environment="prod", network="pay", extra=extra)
    extra["owner"] = "else"
    assert labels.tags()["owner"] == "ops"


def test_gcp_labels_keep_legal_texts_mark_changed_ones_and_leave_out_the_name():
    labels = Labels(environment="prod", network="pay", extra={"Owner": "Ops Team", "cost": "4711"})
    found = labels.gcp_labels(Name="n1")
    assert found == {
        "owner-4b1b8aa3": "ops-team-c57887fb",
        "cost": "4711",
        "managed-by": "gatepost",
        "gatepost-environment": "prod",
        "gatepost-network": "pay",
    }


TEXT = st.text(st.sampled_from("abcXYZ019 -_.:/@=+äß"), max_size=100)


@given(TEXT, TEXT)
def test_two_different_values_never_become_one_gcp_label(one, two):
    assume(one != two)
    a, b = (LABELS.gcp_labels(note=value)["note"] for value in (one, two))
    assert a != b
    assert re.fullmatch(r"[a-z0-9_-]{0,63}", a)


@given(st.text(st.sampled_from("abcXYZ019-_.:@äß"), min_size=1, max_size=100))
def test_every_tag_name_becomes_a_legal_gcp_label_name(key):
    assume(not key.lower().startswith(("aws:", "azure", "microsoft", "windows")))
    (found,) = set(Labels(environment="p", network="n", extra={key: "x"}).gcp_labels()) - set(
        Labels(environment="p", network="n").gcp_labels()
    )
    assert re.fullmatch(r"[a-z][a-z0-9_-]{0,62}", found)


@pytest.mark.parametrize(
    ("tags", "problem"),
    [
        ({"k" * 129: "v"}, "name has 129 characters, at most 128 are allowed."),
        ({"k": "v" * 257}, "AWS refuses the tag 'k': its value has 257 characters, at most 256 are allowed."),
        ({"aws:k": "v"}, "AWS refuses the tag 'aws:k': its name starts with one of the reserved words aws:."),
        ({"Azure-k": "v"}, "Azure refuses the tag 'Azure-k': its name starts with one of the reserved words"),
        ({"a/b": "v"}, "Azure refuses the tag 'a/b': its name contains '/'. Leave that out."),
        ({"a": "x<y>"}, "AWS refuses the tag 'a': its value contains '<' '>'. Leave that out."),
        ({"a": "x\ny"}, "Azure refuses the tag 'a': its value contains '\\n'. Leave that out."),
        ({"": "v"}, "A tag has an empty name. Give it one."),
        ({"Team": "a", "team": "b"}, "The tags 'Team' and 'team' are one and the same in Azure. Remove one of them."),
        ({"cost": 4711}, "The tag 'cost' must be text with a text value. In YAML, write both in quotes."),
        ({f"k{i}": "" for i in range(51)}, "There are 51 tags; at most 50 fit here. Remove 1."),
    ],
)
def test_a_tag_that_a_cloud_refuses_is_named(tags, problem):
    assert [p for p in tag_problems(tags) if problem in p]


def test_the_longest_tags_and_the_fullest_set_are_fine():
    assert tag_problems({"k" * 128: "v" * 256, "Größe": "a b+c-d=e.f_g:h/i@j"}) == []
    assert tag_problems({f"k{i}": "" for i in range(50)}) == []


def test_labels_report_all_problems_at_once():
    extra = {f"k{i}": "v" for i in range(40)} | {"Name": "x"}
    with pytest.raises(ValueError, match="environment") as caught:
        Labels(environment="Prod", network="", site="a_b", extra=extra)
    assert [line.split(".")[0] for line in str(caught.value).splitlines()] == [
        "The environment key 'Prod' is not written as a key",
        "The network key '' is not written as a key",
        "The site key 'a_b' is not written as a key",
        "The tag 'Name' is set for each resource by its component",
        "There are 41 tags; at most 40 fit here",
    ]


def test_tags_added_by_a_component_are_checked_too():
    with pytest.raises(ValueError, match="its value contains '<'"):
        LABELS.tags(note="<")


@pytest.mark.parametrize(
    ("kind", "value", "fine"),
    [
        ("network", "a", True),
        ("network", "a" * 20, True),
        ("network", "a" * 21, False),
        ("site", "eu-west-1", True),
        ("site", "a" * 17, False),
        ("slot", "a" * 8, True),
        ("slot", "a" * 9, False),
        ("slot", "1", False),
        ("slot", "a-", False),
        ("slot", "a--b", False),
        ("slot", "A", False),
        ("slot", "a\n", False),
        ("slot", "ä", False),
        ("slot", True, False),
        ("zone", "1", True),
        ("zone", "northamerica-northeast1-a", True),
        ("zone", "-a", False),
    ],
)
def test_keys(kind, value, fine):
    assert (check_key(kind, value) == []) is fine


def test_a_bad_key_is_explained():
    assert check_key("slot", "main-host") == [
        "The slot key 'main-host' has 9 characters. Allowed: 1 to 8 lower-case letters, digits and inner hyphens, "
        "the first one a lower-case letter. Keys become part of names in every cloud."
    ]
    assert check_key("slot", 1) == [
        "The slot key 1 is not text. Allowed: 1 to 8 lower-case letters, digits and inner hyphens, "
        "the first one a lower-case letter. In YAML, write it in quotes."
    ]


def test_names_join_and_past_the_limit_end_in_a_hash():
    labels = LABELS.with_site("frankfurt")
    assert LABELS.name("host") == "prod-payments-host"
    assert labels.name("host", "a") == "prod-payments-frankfurt-host-a"
    assert labels.name("host", "a", limit=30) == "prod-payments-frankfurt-host-a"
    assert labels.name("host", "ab", limit=30) == "prod-payments-frankfu-5281e75f"


@given(st.lists(KEY, min_size=1, max_size=9), st.sampled_from(sorted(NAME_LIMITS)))
def test_every_name_is_allowed_where_it_is_used(parts, kind):
    limit = min(NAME_LIMITS[kind].longest, 255)
    assert check_name(kind, LABELS.with_site("frankfurt").name(*parts, limit=limit)) == []


@given(st.lists(KEY, min_size=1, max_size=9), st.lists(KEY, min_size=1, max_size=9))
def test_two_different_full_names_stay_different_when_cut(one, two):
    assume("-".join(one) != "-".join(two))
    assert LABELS.name(*one, limit=30) != LABELS.name(*two, limit=30)


def test_a_name_refuses_odd_parts_and_a_tiny_limit_together():
    with pytest.raises(ValueError, match="name part") as caught:
        LABELS.name("Host", "a b", limit=15)
    assert str(caught.value).splitlines() == [
        "The name part 'Host' must be lower-case letters, digits and inner hyphens.",
        "The name part 'a b' must be lower-case letters, digits and inner hyphens.",
        "A name limit of 15 is too small: at least 16 are needed.",
    ]


NAMES = [
    ("twingate connector", "pay", "pa"),
    ("twingate remote network", "Payments EU", " "),
    ("aws iam role", "a" * 64, "a" * 65),
    ("aws instance profile", "a" * 128, "a b"),
    ("aws security group", "edge (eu)", "sg-1"),
    ("aws ssm parameter", "/gatepost/prod/a", "/aws/a"),
    ("gcp resource", "a" * 63, "1a"),
    ("gcp service account id", "abcdef", "abcde"),
    ("gcp secret", "A_b-1", "a.b"),
    ("azure resource group", "rg.(1)_", "rg."),
    ("azure virtual network", "vn", "v"),
    ("azure resource", "a.b_", "a-"),
    ("azure container group", "a-b-1", "a--b"),
]


@pytest.mark.parametrize(("kind", "good", "bad"), NAMES)
def test_the_table_of_name_limits(kind, good, bad):
    assert check_name(kind, good) == []
    (problem,) = check_name(kind, bad)
    assert problem.startswith(f"The name {bad!r} ({len(bad)} characters) cannot be used for {kind}: ")
    assert problem.endswith(f"({NAME_LIMITS[kind].source}).")


def test_the_cases_above_cover_the_whole_table():
    assert [kind for kind, _, _ in NAMES] == list(NAME_LIMITS)


def test_an_unknown_kind_of_name_is_answered_with_the_nearest():
    assert "Did you mean 'gcp resource'?" in check_name("gcp resources", "a")[0]


def test_prefix_of_a_connector():
    assert connector_prefix("payments", "frankfurt", "a") == "payments-frankfurt-a"
    with pytest.raises(ValueError, match="network key") as caught:
        connector_prefix("Payments", "frankfurt", "one-of-many")
    assert len(str(caught.value).splitlines()) == 2


def test_the_longest_prefix_leaves_room_for_a_role_and_pulumis_suffix():
    longest = connector_prefix(*("a" * KEY_LIMITS[kind] for kind in ("network", "site", "slot")))
    assert len(longest) + 1 + ROLE_LENGTH + AUTONAME_LENGTH == 63


def test_keys_that_join_to_one_prefix_are_named():
    triples = [("a-b", "c", "x"), ("a", "b-c", "x"), ("a", "b", "c"), ("a", "b", "c")]
    assert prefix_collisions(triples) == [
        "a/b-c/x and a-b/c/x (network/site/slot) would all be named 'a-b-c-x'. "
        "Rename one of the keys so that the joined names differ."
    ]


@given(st.lists(st.tuples(KEY, KEY, KEY), max_size=8, unique=True))
def test_no_collision_means_that_all_prefixes_differ(triples):
    prefixes = {connector_prefix(*triple) for triple in triples}
    assert (prefix_collisions(triples) == []) is (len(prefixes) == len(triples))
