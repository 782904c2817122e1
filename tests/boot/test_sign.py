"""The signer in fetch_pair against the one of botocore."""

import botocore.loaders
from boot.stand_ins import botocore_headers
from hypothesis import given
from hypothesis import strategies as st

from gatepost.boot import fetch_pair

PRINTABLE = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=60)


@given(
    body=st.binary(max_size=200),
    host=st.from_regex(r"[a-z][a-z0-9.-]{0,30}[a-z](:[1-9][0-9]{3})?", fullmatch=True),
    region=st.from_regex(r"[a-z]{2}-[a-z]{4,9}-[1-9]", fullmatch=True),
    keys=st.fixed_dictionaries({"AccessKeyId": PRINTABLE, "SecretAccessKey": PRINTABLE, "Token": PRINTABLE}),
    now=st.integers(0, 4_000_000_000),
)
def test_signs_every_request_as_botocore_does(
    body: bytes, host: str, region: str, keys: dict[str, str], now: int
) -> None:
    assert fetch_pair.sign(body, host, region, keys, now) == botocore_headers(body, host, region, keys, now)


def test_endpoints_are_those_of_botocore() -> None:
    partitions = botocore.loaders.Loader().load_data("endpoints")["partitions"]
    expected = {
        region: f"https://ssm.{region}.{partition['dnsSuffix']}"
        for partition in partitions
        if "-iso" not in partition["partition"]
        for region in partition["regions"]
    }
    assert {"eu-central-1", "us-gov-west-1", "cn-north-1"} <= expected.keys()
    assert {region: fetch_pair.ssm_endpoint(region) for region in expected} == expected
