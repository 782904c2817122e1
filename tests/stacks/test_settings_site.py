"""What each mistake in a site reads like; its network, exit and reaches have files of their own."""

import pytest
from stacks.settings_data import AT, KEY, NEEDED, QUOTES, SITE, at_site, of_site

from gatepost.aws_settings import AwsSite

KEY_ARN = (
    "kms_key: The KMS key must be the ARN of a key, such as "
    "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab, got {!r}. "
    "An alias or a key id alone cannot be named in the policy that lets the host use the key."
)
ALIAS = "arn:aws:kms:eu-central-1:123456789012:alias/gatepost"
BOOLEANS = ("strict", "sessions", "termination_protection")

SITES = [
    ({"cloud": "oracle"}, ["cloud: Found 'oracle'. Allowed: aws, gcp, azure, onprem."]),
    ({"region": 5}, [f"region: Found 5. Allowed: text, such as eu-central-1. {QUOTES}"]),
    (
        {"region": "eu-central-1a"},
        ["region: The region 'eu-central-1a' is not one of AWS, such as 'eu-central-1' (without a zone)."],
    ),
    (
        {"region": "eu-west-1"},
        [
            f"region: The zone 'eu-central-1{letter}' is in the region 'eu-central-1', but the site is in "
            "'eu-west-1'. Change one."
            for letter in "ab"
        ],
    ),
    *(({name: 1}, [f"{name}: Found 1. Allowed: true or false."]) for name in BOOLEANS),
    ({"image": "ubuntu"}, ["image: The image must be an AMI id such as ami-0123456789abcdef0, got 'ubuntu'."]),
    ({"size": "micro"}, ["size: The size must be an instance type such as t3a.micro, got 'micro'."]),
    (
        {"size": "t4g.micro"},
        [
            "size: The size 't4g.micro' is ARM, and Twingate publishes its AMI for amd64 only. Use an "
            "amd64 size such as t3a.micro, or give an image of your own."
        ],
    ),
    ({"volume_gib": 7}, ["volume_gib: Found 7. Allowed: a number from 8 upwards."]),
    ({"volume_gib": 1025}, ["volume_gib: Found 1025. Allowed: a number up to 1024."]),
    ({"volume_gib": "8"}, ["volume_gib: Found '8'. Allowed: a whole number."]),
    ({"metrics_port": 1023}, ["metrics_port: Found 1023. Allowed: a number from 1024 upwards."]),
    ({"metrics_port": 65536}, ["metrics_port: Found 65536. Allowed: a number up to 65535."]),
    ({"metrics_port": True}, ["metrics_port: Found true. Allowed: a whole number."]),
    ({"kms_key": ALIAS}, [KEY_ARN.format(ALIAS)]),
    ({"kms_key": "alias/gatepost"}, [KEY_ARN.format("alias/gatepost")]),
    ({"kms_key": True}, ["kms_key: Found true. Allowed: text. In YAML, write it in quotes."]),
    (
        {"kms_key": KEY.replace("central", "west")},
        ["kms_key: The KMS key is one of eu-west-1, but the host is in eu-central-1. Use a key of eu-central-1."],
    ),
    ({"log_level": "warning"}, ["log_level: Found 'warning'. Allowed: error, warn, info, debug. Did you mean 'warn'?"]),
    ({"connectors": {}}, ["connectors: Found an empty map. Allowed: at least one entry, such as {a: {}, b: {}}."]),
    ({"connectors": ["a", "b"]}, ["connectors: Found a list. Allowed: a map, such as {a: {}, b: {}}."]),
    (
        {
            "connectors": {
                1: {},
                "a": None,
                "b": {"generation": 0},
                "c": {"generation": 10**6},
                "d": {"generation": 1.5},
                "e": {"zone": 10**5000},
            }
        },
        [
            f"connectors[1]: Found 1. Allowed: text. {QUOTES}",
            "connectors.a: Found nothing. Allowed: a map of the settings zone, generation, image, log_level; {} takes "
            "the defaults.",
            "connectors.b.generation: Found 0. Allowed: a number from 1 upwards.",
            "connectors.c.generation: Found 1000000. Allowed: a number up to 999999.",
            "connectors.d.generation: Found 1.5. Allowed: a whole number.",
            f"connectors.e.zone: Found a very large number. Allowed: text. {QUOTES}",
        ],
    ),
    (
        {"connectors": {"a": {"zone": "eu-central-1"}, "b": {}}},
        [
            "connectors.a.zone: Slot 'a' names the zone 'eu-central-1'. Allowed: eu-central-1a, eu-central-1b. "
            "Did you mean 'eu-central-1b'?"
        ],
    ),
    (
        {"connectors": {"a": {"zones": "eu-central-1a"}, "B": {}}},
        [
            "connectors.a.zones: There is no such setting. Allowed here: zone, generation, image, log_level. Did you "
            "mean 'zone'?",
            "connectors.B: The slot key 'B' is not written as a key. Allowed: 1 to 8 lower-case letters, digits and "
            "inner hyphens, the first one a lower-case letter. Keys become part of names in every cloud.",
        ],
    ),
    ({5: 5}, [f"[5]: Found 5. Allowed: text as the name of a setting. {QUOTES}"]),
    (
        {"regoin": "x"},
        [f"regoin: There is no such setting. Allowed here: {', '.join(AwsSite.model_fields)}. Did you mean 'region'?"],
    ),
]


@pytest.mark.parametrize(("change", "expected"), SITES)
def test_a_site(change, expected):
    assert of_site(SITE | change) == at_site(expected)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"size": "t4g.micro", "image": "ami-0123abcd"},
        {"volume_gib": 8, "metrics_port": 1024},
        {"volume_gib": 1024, "metrics_port": 65535},
        {"kms_key": KEY, "sessions": True, "termination_protection": True},
        {"kms_key": None, "metrics_port": None, "image": None},
        {"kms_key": "arn:aws:kms:eu-central-1:123456789012:key/mrk-1234abcd12ab34cd56ef1234567890ab"},
    ],
)
def test_good_sites(change):
    assert of_site(SITE | change) == []


def test_what_a_site_may_say_is_in_the_order_of_the_page():
    assert list(AwsSite.model_fields) == [
        *("cloud", "region", "account", "network", "exit", "dns", "reach", "log_level", "metrics_port", "connectors"),
        *("strict", "image", "size", "volume_gib", "kms_key", "sessions", "termination_protection"),
    ]


def test_missing_settings_of_a_site_come_with_examples():
    assert of_site({}) == [
        f"{AT}.cloud: {NEEDED} Write for example cloud: aws",
        f"{AT}.region: {NEEDED} Write for example region: eu-central-1",
        f"{AT}.network: {NEEDED} Write for example network: "
        "{create: {cidr: 10.40.0.0/22, zones: [eu-central-1a, eu-central-1b]}}",
        f"{AT}.connectors: {NEEDED} Write for example connectors: {{a: {{}}, b: {{}}}}",
    ]
