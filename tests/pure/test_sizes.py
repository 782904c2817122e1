import gzip
import json
from collections import defaultdict
from pathlib import Path

import moto.ec2
import pytest

from gatepost.sizes import aws_host_problems, aws_key_problems, aws_zone_warning

KEY = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
SIZES = [f"{family}.{size}" for family in ("t3", "t3a") for size in ("nano", "micro", "small", "medium", "large")]


def offers():
    """Sizes by zone, as EC2's DescribeInstanceTypeOfferings told moto."""
    found = defaultdict(set)
    folder = Path(moto.ec2.__file__).parent / "resources" / "instance_type_offerings" / "availability-zone"
    for file in folder.glob("*.json.gz"):
        for offer in json.loads(gzip.decompress(file.read_bytes())):
            found[offer["Location"]].add(offer["InstanceType"])
    return found


def test_warns_of_exactly_the_zones_that_do_not_offer_a_size():
    known = offers()
    assert len(known) > 80
    warned = {(zone, size) for zone in known for size in SIZES if aws_zone_warning(size, zone)}
    assert warned == {(zone, size) for zone in known for size in SIZES if size not in known[zone]}


def test_an_alternative_that_is_named_is_one_that_the_zone_offers():
    known = offers()
    for zone in known:
        said = aws_zone_warning("t3a.micro", zone) or ""
        assert ("Use t3.micro, or" in said) == (bool(said) and "t3.micro" in known[zone])


def test_a_warning_says_where_and_what_to_do():
    assert aws_zone_warning("t3a.micro", "eu-north-1b") == (
        "The size t3a.micro was not offered in any zone of eu-north-1 when this was last looked up, so the host may "
        "not start there. Use t3.micro, or ask AWS what the zone has: aws ec2 describe-instance-type-offerings "
        "--region eu-north-1 --location-type availability-zone --filters Name=location,Values=eu-north-1b"
    )
    said = aws_zone_warning("t3a.small", "us-east-1e")
    assert said is not None
    assert said.startswith("The size t3a.small was not offered in the zone us-east-1e when")
    assert "Use another zone or size, or ask AWS" in said


@pytest.mark.parametrize("size", ["m7i.large", "t4g.small"])
def test_says_nothing_of_sizes_that_it_does_not_know(size):
    assert aws_zone_warning(size, "us-east-1e") is None


def test_refuses_what_is_no_zone():
    with pytest.raises(ValueError, match="'eu-central-1' is not the name of a zone on aws"):
        aws_zone_warning("t3a.micro", "eu-central-1")


@pytest.mark.parametrize(
    "key",
    [
        KEY,
        "arn:aws:kms:eu-central-1:123456789012:key/mrk-1234abcd12ab34cd56ef1234567890ab",
        KEY.replace("arn:aws:", "arn:aws-eusc:"),
    ],
)
def test_takes_the_arn_of_a_key(key):
    assert aws_key_problems(key, "eu-central-1") == []


@pytest.mark.parametrize("key", ["", KEY[:-37], "alias/disks", KEY.replace("key/", "alias/"), f"{KEY} ", f"{KEY}\n"])
def test_refuses_what_is_no_arn_of_a_key(key):
    (problem,) = aws_key_problems(key, "eu-central-1")
    assert problem.startswith(
        "The KMS key must be the ARN of a key, such as arn:aws:kms:eu-central-1:123456789012:key/"
    )
    assert f"got {key!r}." in problem


def test_refuses_a_key_of_another_region():
    assert aws_key_problems(KEY, "us-east-1") == [
        "The KMS key is one of eu-central-1, but the host is in us-east-1. Use a key of us-east-1."
    ]


@pytest.mark.parametrize(
    ("image", "size", "says"),
    [
        (None, "t3a.micro", []),
        ("ami-0123456789abcdef0", "t4g.small", []),
        (None, "t4g.small", ["The size 't4g.small' is ARM"]),
        ("newest", "micro", ["The size must be an instance type", "The image must be an AMI id"]),
    ],
)
def test_refuses_images_and_sizes_that_cannot_be(image, size, says):
    problems = aws_host_problems(image, size)
    assert [problem.startswith(start) for problem, start in zip(problems, says, strict=True)] == [True] * len(says)
