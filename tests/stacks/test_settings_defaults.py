"""Settings of many sites: where they may stand, which one counts, and what is said when they are wrong."""

import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stacks.settings_data import AT, KEY, RN, SITE, lines_of

from gatepost.defaults import with_defaults
from gatepost.settings import SITES, Defaults, parse

GOOGLE = {
    "cloud": "gcp",
    "region": "us-central1",
    "network": {"create": {"cidr": "10.50.0.0/24", "zones": ["us-central1-a"]}},
    "connectors": {"a": {}, "b": {}},
}


def site_of(*, fleet=None, network=None, **site):
    """The site `frankfurt` of a fleet with such defaults."""
    networks = {"payments": {"defaults": network or {}, "sites": {"frankfurt": SITE | site}}}
    found, lines = parse({"defaults": fleet or {}, "remote_networks": networks}, environment="prod")
    assert lines == []
    return found.remote_networks["payments"].sites["frankfurt"]


LEVELS = [
    # The fleet's for all, the fleet's for the cloud, the network's for all, the network's for the cloud, the site's.
    ("error", {}),
    ("warn", {"fleet": {"log_level": "warn"}}),
    ("info", {"fleet": {"log_level": "warn"}, "network": {"log_level": "info"}}),
    ("debug", {"fleet": {"log_level": "warn"}, "network": {"log_level": "info"}, "log_level": "debug"}),
]


@pytest.mark.parametrize(("expected", "given_levels"), LEVELS)
def test_the_nearest_level_counts(expected, given_levels):
    assert site_of(**given_levels).log_level == expected


@pytest.mark.parametrize(
    ("expected", "given_levels"),
    [
        (16, {"fleet": {"aws": {"volume_gib": 16}, "gcp": {"volume_gib": 99}}}),
        (20, {"fleet": {"aws": {"volume_gib": 16}}, "network": {"aws": {"volume_gib": 20}}}),
        (24, {"fleet": {"aws": {"volume_gib": 16}}, "network": {"aws": {"volume_gib": 20}}, "volume_gib": 24}),
    ],
)
def test_settings_of_a_cloud_go_to_its_sites_alone(expected, given_levels):
    assert site_of(**given_levels).volume_gib == expected


def test_an_exit_is_kept_as_the_nearest_level_says():
    exits = site_of(fleet={"exit": {"protect": True, "retain": True}}, network={"exit": {"retain": False}}).exit
    assert (exits.kind, exits.protect, exits.retain) == ("nat", True, False)
    direct = site_of(fleet={"exit": {"protect": True}}, exit={"kind": "direct"}).exit
    assert (direct.kind, direct.protect, direct.retain) == ("direct", True, False)


def test_an_exit_that_others_own_is_not_kept():
    network = {"adopt": {"vpc_id": "vpc-0123abcd", "subnets": {"eu-central-1a": "subnet-0123abcd"}}}
    exits = {"kind": "adopt", "addresses": ["203.0.113.7"]}
    more = {"network": network, "exit": exits, "connectors": {"a": {}, "b": {}}}
    assert lines_of({"payments": {"sites": {"frankfurt": SITE | more}}}, defaults={"exit": {"protect": True}}) == []


def test_wrong_defaults_are_told_once_and_where_they_stand():
    networks = {"payments": {"sites": {"frankfurt": SITE, "iowa": GOOGLE}}}
    assert lines_of(networks, defaults={"log_level": "loud", "aws": {"volume_gib": 1, "strikt": True}}) == [
        "gatepost:fleet.defaults.log_level: Found 'loud'. Allowed: error, warn, info, debug.",
        "gatepost:fleet.defaults.aws.volume_gib: Found 1. Allowed: a number from 8 upwards.",
        "gatepost:fleet.defaults.aws.strikt: There is no such setting. Allowed here: strict, image, size, volume_gib, "
        "kms_key, sessions, termination_protection. Did you mean 'strict'?",
    ]


def test_what_only_a_site_minds_says_where_it_comes_from():
    key = KEY.replace("central", "west")
    assert lines_of({"payments": {"sites": {"frankfurt": SITE}}}, defaults={"aws": {"kms_key": key}}) == [
        f"{AT}.kms_key: The KMS key is one of eu-west-1, but the host is in eu-central-1. Use a key of eu-central-1. "
        "It comes from defaults.aws.kms_key."
    ]


def test_a_place_is_no_default():
    assert lines_of({"payments": {"defaults": {"region": "eu-central-1"}, "sites": {"frankfurt": SITE}}}) == [
        f"{RN}.defaults.region: There is no such setting. Allowed here: dns, reach, log_level, metrics_port, exit, "
        "aws, gcp, azure, onprem."
    ]


def test_every_setting_of_a_site_is_a_default_or_a_place():
    kept = {"cloud", "region", "account", "network", "exit", "connectors"}
    common = {"dns", "reach", "log_level", "metrics_port"}
    fields = Defaults.model_fields
    assert set(fields) == {*common, "exit", *SITES}
    for cloud, site in SITES.items():
        own: Any = fields[cloud].annotation
        assert set(own.model_fields) == set(site.model_fields) - kept - common


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
STEPS = st.sampled_from(
    [
        ("defaults",),
        ("defaults", "aws"),
        ("defaults", "exit"),
        ("remote_networks",),
        ("remote_networks", "payments"),
        ("remote_networks", "payments", "defaults"),
        ("remote_networks", "payments", "sites"),
        ("remote_networks", "payments", "sites", "frankfurt"),
        ("remote_networks", "payments", "sites", "frankfurt", "cloud"),
        ("remote_networks", "payments", "sites", "frankfurt", "exit"),
    ]
)


@settings(derandomize=True, max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=STEPS, value=ANYTHING)
def test_defaults_take_data_of_any_shape_and_change_none_of_it(steps, value):
    fleet: dict[str, Any] = {
        "defaults": {"log_level": "info", "aws": {"strict": True}, "exit": {"protect": True}},
        "remote_networks": {"payments": {"defaults": {}, "sites": {"frankfurt": copy.deepcopy(SITE)}}},
    }
    part = fleet
    for step in steps[:-1]:
        part = part[step]
    part[steps[-1]] = value
    before = copy.deepcopy(fleet)
    with_defaults(fleet)
    assert fleet == before
    parse(fleet, environment="prod")
