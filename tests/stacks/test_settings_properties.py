"""Whatever someone writes into `gatepost:fleet`, the answer is a fleet or sentences with paths; never a traceback."""

import copy
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from stacks.settings_data import KEY

from gatepost.settings import parse

TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
AZURE = "/subscriptions/0000-1111/resourceGroups/acme/providers/Microsoft.Network"
GOOD: dict[str, Any] = {
    "tags": {"owner": "platform"},
    "defaults": {
        "log_level": "warn",
        "exit": {"protect": True, "retain": True},
        "aws": {"volume_gib": 10},
        "gcp": {"size": "e2-small"},
        "azure": {"cpu": 1.5},
    },
    "more_regions": ["eu-central-3"],
    "quotas": {"aws": {"addresses": 20}, "gcp": {"addresses": 9}, "azure": {"container_groups": 90, "cores": 80}},
    "remote_networks": {
        "payments": {
            "title": "Payments",
            "location": "AWS",
            "type": "REGULAR",
            "sites": {
                "frankfurt": {
                    "cloud": "aws",
                    "region": "eu-central-1",
                    "network": {
                        "create": {
                            "cidr": "10.40.0.0/22",
                            "zones": ["eu-central-1a", "eu-central-1b"],
                            "routes": [{"cidr": "10.0.0.0/8", "via": "tgw-0123abcd"}],
                            "acl": True,
                            "protect": True,
                            "replace": False,
                        }
                    },
                    "exit": {"kind": "nat", "per": "zone", "adopt": {"eu-central-1a": "eipalloc-0123abcd"}},
                    "dns": ["10.40.0.2"],
                    "reach": [{"cidr": "10.0.0.0/8", "protocol": "tcp", "ports": [443, "80-90"]}, {"cidr": "8.8.8.8"}],
                    "strict": False,
                    "image": "ami-0123abcd",
                    "size": "t3a.micro",
                    "volume_gib": 16,
                    "kms_key": KEY,
                    "sessions": True,
                    "termination_protection": True,
                    "log_level": "info",
                    "metrics_port": 9999,
                    "connectors": {"a": {"zone": "eu-central-1a"}, "b": {"generation": 2}},
                },
            },
        },
        "lab": {
            "adopt": "UmVtb3RlTmV0d29yazoxMjM=",
            "allow_single_connector": True,
            "reason": "a lab",
            "sites": {
                "dublin": {
                    "cloud": "aws",
                    "region": "eu-west-1",
                    "network": {"adopt": {"vpc_id": "vpc-0123abcd", "subnets": {"eu-west-1a": "subnet-0123abcd"}}},
                    "exit": {"kind": "adopt", "addresses": ["203.0.113.7"]},
                    "connectors": {"a": {}},
                },
                "ohio": {
                    "cloud": "aws",
                    "region": "us-east-2",
                    "network": {"adopt": {"vpc_id": "vpc-4567abcd",
                                          "public_subnets": {"us-east-2a": "subnet-4567abcd"}}},
                    "exit": {"kind": "direct", "adopt": {"a": "eipalloc-4567abcd"}, "protect": True, "retain": True},
                    "connectors": {"a": {}},
                },
            },
        },
        "world": {
            "replicated": True,
            "defaults": {"dns": ["9.9.9.9"], "gcp": {"upgrade_hour": 4}},
            "sites": {
                "iowa": {
                    "cloud": "gcp",
                    "region": "us-central1",
                    "project": "acme-prod",
                    "network": {"create": {"cidr": "10.50.0.0/24", "zones": ["us-central1-a", "us-central1-b"],
                                           "flow_logs": True}},
                    "exit": {"kind": "nat", "addresses": ["a", "b"], "min_ports_per_vm": 2048},
                    "connectors": {"a": {"zone": "us-central1-b"}, "b": {"log_level": "debug"}},
                },
                "west": {
                    "cloud": "azure",
                    "region": "westeurope",
                    "account": "shop",
                    "network": {"create": {"cidr": "10.60.0.0/24", "zones": ["1", "2"], "resource_group": "acme",
                                           "routes": [{"cidr": "192.168.0.0/16", "via": "gateway"}]}},
                    "exit": {"kind": "nat", "per": "site", "zone": "2",
                             "adopt": {"2": f"{AZURE}/publicIPAddresses/exit"}},
                    "image": "acme.azurecr.io/twingate/connector:1.80.0",
                    "registry": "acme.azurecr.io",
                    "memory_gb": 2.5,
                    "portal": True,
                    "connectors": {"a": {"zone": "1"}, "b": {"zone": "2"}},
                },
                "north": {
                    "cloud": "azure",
                    "region": "northeurope",
                    "network": {"adopt": {"vpc_id": f"{AZURE}/virtualNetworks/main", "resource_group": "acme",
                                          "subnets": {"1": f"{AZURE}/virtualNetworks/main/subnets/one"},
                                          "security_group_id": f"{AZURE}/networkSecurityGroups/guard",
                                          "dns_servers": ["10.0.0.4"]}},
                    "exit": {"kind": "adopt", "addresses": ["203.0.113.9"]},
                    "connectors": {"a": {}},
                },
                "plant": {
                    "cloud": "onprem",
                    "exit": {"addresses": ["203.0.113.11"]},
                    "retire": 1,
                    "connectors": {"a": {"generation": 2}, "b": {"generation": 3, "retire": 2, "log_level": "info"}},
                },
            },
        },
    },
}  # fmt: skip
KEYED = {"tags", "remote_networks", "sites", "connectors", "subnets", "public_subnets"}
"""Maps whose keys people choose; so does `exit.adopt`."""


def places(data, path=()):
    """The path of everything below `data`."""
    for key, value in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        yield (*path, key)
        yield from places(value, (*path, key))


def named(path):
    """Whether the last step is the name of a setting."""
    return isinstance(path[-1], str) and not (len(path) > 1 and (path[-2] in KEYED or path[-3:-1] == ("exit", "adopt")))


def holder(data, path):
    for step in path[:-1]:
        data = data[step]
    return data


def drop(at, key, value, junk):
    del at[key]


def misspell(at, key, value, junk):
    if isinstance(at, dict):
        at[f"{key}x"] = at.pop(key)


def replace(at, key, value, junk):
    at[key] = junk


def duplicate(at, key, value, junk):
    if isinstance(at, list):
        at.append(copy.deepcopy(value))
    else:
        at[f"{key}2"] = copy.deepcopy(value)


def nest(at, key, value, junk):
    at[key] = {key: value}


def wrap(at, key, value, junk):
    at[key] = [value]


def empty(at, key, value, junk):
    at[key] = type(value)()


DEEP = "deep"
for _ in range(200):
    DEEP = {"a": [DEEP]}
JUNK = st.sampled_from(
    [
        *(None, True, 0, -1, 65536, 10**30, 10**400, 0.5, float("nan"), float("inf"), [], {}, [[]], [None], DEEP),
        *("", " ", "\n", "\ud800", "x" * 10_000, TOKEN, "%s {0} {text}", "10.0.0.0/8", "aws"),
        *({1: 2}, {"null": []}, {"a": {}}, {"": {}}),
    ]
)
CHANGE = st.tuples(
    st.sampled_from(list(places(GOOD))),
    st.sampled_from([drop, misspell, replace, replace, replace, duplicate, nest, wrap, empty]),
    JUNK | st.text(max_size=20),
)


def changed(changes):
    data = copy.deepcopy(GOOD)
    for path, change, junk in changes:
        if path in set(places(data)):
            at = holder(data, path)
            change(at, path[-1], at[path[-1]], copy.deepcopy(junk))
    return data


def spelled(path):
    return "gatepost:fleet" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)


def test_the_settings_to_start_from_are_good():
    assert parse(GOOD, environment="prod")[1] == []


@settings(
    derandomize=True, max_examples=1_000, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
@given(st.lists(CHANGE, min_size=1, max_size=3))
def test_any_change_gives_a_fleet_or_sentences(changes):
    fleet, lines = parse(changed(changes), environment="prod")
    assert (fleet.remote_networks == {}) == bool(lines)
    for line in lines:
        assert line.startswith("gatepost:fleet")
        assert line[len("gatepost:fleet")] in ".:["
        assert len(line) <= 600
        assert line.splitlines() == [line]
        assert line.isprintable()
        for foreign in (
            "Traceback",
            "pydantic",
            "Input should",
            "Value error",
            "another value",
            "eyJ",
            "None",
            "object at",
        ):
            assert foreign not in line


@settings(derandomize=True, max_examples=300, deadline=None, database=None)
@given(
    st.sampled_from([p for p in places(GOOD) if named(p)]), st.sampled_from("xe_"), st.integers(0, 30), st.booleans()
)
def test_a_misspelled_name_is_always_refused_with_its_path(path, letter, where, longer):
    data, name = copy.deepcopy(GOOD), path[-1]
    cut = where % len(name)
    wrong = name[:cut] + (letter + name[cut:] if longer else name[cut + 1 :])
    assume(wrong)
    at = holder(data, path)
    at[wrong] = at.pop(name)
    step = f".{wrong}" if wrong[0] != "[" else wrong
    told = f"{spelled(path[:-1])}{step}: There is no such setting. Allowed here: "
    assert [line for line in parse(data, environment="prod")[1] if line.startswith(told)] != []
