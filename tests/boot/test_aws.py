"""The user data of AWS hosts: its text, what decides the host's identity, and what is refused."""

import dataclasses
import re
from typing import Any

import pytest
import yaml
from boot.variants import GOLDEN, PARAMETER, SCRIPT, VARIANTS, golden_text

from gatepost.boot.aws import LIMIT, AwsBoot
from gatepost.connector import ConnectorSettings

SMALL = VARIANTS["aws-small"]


def files(boot: AwsBoot) -> dict[str, dict[str, str]]:
    return {file["path"]: file for file in yaml.safe_load(boot.render(PARAMETER))["write_files"]}


@pytest.mark.parametrize("name", VARIANTS)
def test_the_text_is_the_golden_one(name: str) -> None:
    assert golden_text(VARIANTS[name]) == (GOLDEN / f"{name}.yaml").read_text()


def test_every_golden_file_has_its_variant() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == set(VARIANTS)


def test_the_contract_with_readers_of_user_data() -> None:
    assert SMALL.render(PARAMETER).startswith("#cloud-config\n")
    assert files(SMALL)["/etc/gatepost/host.env"] == {
        "path": "/etc/gatepost/host.env",
        "owner": "root:root",
        "permissions": "0644",
        "content": f"GATEPOST_PLATFORM=aws\nGATEPOST_REGION=eu-central-1\nGATEPOST_SECRET_PARAMETER={PARAMETER}\n",
    }


@pytest.mark.parametrize("name", VARIANTS)
def test_files_arrive_as_they_are(name: str) -> None:
    boot = VARIANTS[name]
    found = files(boot)
    assert found["/usr/local/lib/gatepost/fetch_pair"]["content"] == SCRIPT.read_text()
    assert found["/usr/local/lib/gatepost/fetch_pair"]["permissions"] == "0755"
    lines = found["/etc/gatepost/connector.env"]["content"].splitlines()
    assert dict(line.split("=", 1) for line in lines) == boot.settings
    assert boot.render(PARAMETER).isascii()


@pytest.mark.parametrize("name", VARIANTS)
def test_nothing_in_the_text_looks_like_a_token(name: str) -> None:
    text = VARIANTS[name].render(PARAMETER)
    assert re.findall(r"(?i)(?:token|secret|password|key)=\S+|eyJ\S+", text) == []


def test_rendering_twice_gives_the_same_text() -> None:
    turned = AwsBoot(
        settings=dict(reversed(list(VARIANTS["aws-usual"].settings.items()))),
        region="eu-central-1",
        dns=("10.40.0.2", "10.40.0.3"),
    )
    assert turned.render(PARAMETER) == VARIANTS["aws-usual"].render(PARAMETER)
    assert turned.identity() == VARIANTS["aws-usual"].identity()


@pytest.mark.parametrize(
    "change",
    [
        {"settings": {"TWINGATE_NETWORK": "other"}},
        {"settings": {"TWINGATE_NETWORK": "acme", "TWINGATE_LOG_LEVEL": "5"}},
        {"region": "eu-west-1"},
        {"dns": ("10.40.0.2",)},
        {"nofile": 65536},
        {"local_ports": (10240, 65000)},
    ],
)
def test_every_input_is_part_of_the_identity(change: dict[str, Any]) -> None:
    assert dataclasses.replace(SMALL, **change).identity() != SMALL.identity()


def test_the_units_are_part_of_the_identity(monkeypatch: pytest.MonkeyPatch) -> None:
    before = SMALL.identity()
    monkeypatch.setattr("gatepost.boot.common._PAIR", "[Service]\n")
    assert SMALL.identity() != before


def test_the_name_of_the_parameter_is_on_one_line_only_and_not_in_the_identity() -> None:
    one, two = (SMALL.render(name).splitlines() for name in ("/gatepost/one", "/gatepost/two"))
    assert [pair for pair in zip(one, two, strict=True) if len(set(pair)) == 2] == [
        ("      GATEPOST_SECRET_PARAMETER=/gatepost/one", "      GATEPOST_SECRET_PARAMETER=/gatepost/two")
    ]
    assert re.fullmatch("[0-9a-f]{64}", SMALL.identity())
    assert SMALL.identity() == AwsBoot(settings={"TWINGATE_NETWORK": "acme"}, region="eu-central-1").identity()


def test_settings_edited_later_change_nothing() -> None:
    settings = {"TWINGATE_NETWORK": "acme"}
    boot = AwsBoot(settings=settings, region="eu-central-1")
    settings["TWINGATE_NETWORK"] = "other"
    assert boot.render(PARAMETER) == SMALL.render(PARAMETER)


def test_a_text_larger_than_ec2_takes_is_refused_before_anything_is_made() -> None:
    longest = "/" * 1011
    label = "TWINGATE_LABEL_NOTE"
    room = LIMIT - len(SMALL.render(longest)) - len(f"      {label}=\n")
    full = AwsBoot(settings={"TWINGATE_NETWORK": "acme", label: "x" * room}, region="eu-central-1")
    assert len(full.render(longest)) == 16384
    with pytest.raises(ValueError, match=r".") as caught:
        AwsBoot(settings={"TWINGATE_NETWORK": "acme", label: "x" * (room + 1)}, region="eu-central-1")
    settings = len("TWINGATE_NETWORK=acme\n") + len(label) + room + 3
    assert str(caught.value) == (
        "The boot text can have 16385 bytes (1011 of them for the name of the secret), EC2 takes 16384. "
        f"Shorten the settings by 1 bytes: they have {settings}."
    )


def test_there_is_room_for_every_setting_at_its_longest() -> None:
    """As a site sets them, with more labels and servers than any has."""
    labels = {key: "x" * 63 for key in ("network", "site", "slot", "generation", "environment", "deployed_by")}
    dns = tuple(f"10.100.100.{last}" for last in range(100, 108))
    settings = ConnectorSettings(
        url=f"https://{'x' * 63}.twingate.com",
        dns=dns,
        log_level="debug",
        analytics="v2",
        metrics_port=65535,
        timestamp="absolute",
        labels=labels,
    )
    environment = settings.environment()
    boot = AwsBoot(settings=environment, region="us-gov-west-1", dns=dns, nofile=1048576, local_ports=(10240, 65535))
    assert len(boot.render("/" * 1011)) < LIMIT - 256


@pytest.mark.parametrize(
    "name", ["/gatepost/a", "gatepost.a_b-c", "arn:aws-cn:ssm:cn-north-1:123456789012:parameter/gatepost/a"]
)
def test_names_and_arns_of_parameters_are_taken(name: str) -> None:
    assert f"      GATEPOST_SECRET_PARAMETER={name}\n" in SMALL.render(name)


@pytest.mark.parametrize("name", ["", "a b", "a\nb", "a\n", "a:3", "arn:aws:s3:::bucket", "x" * 1012])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        SMALL.render(name)
    assert str(caught.value) == (
        f"The parameter name {name!r} is not one of SSM: up to 1011 letters, digits, '_', '.', '-' and '/', "
        "or the ARN of a parameter."
    )


def refusal(**change: Any) -> list[str]:
    with pytest.raises(ValueError, match=r".") as caught:
        dataclasses.replace(SMALL, **change)
    return str(caught.value).split("\n")


def test_all_problems_are_told_at_once() -> None:
    assert refusal(settings={}, region="Frankfurt", dns=("ns1",), nofile=0, local_ports=(9, 8)) == [
        "The settings have neither TWINGATE_NETWORK nor TWINGATE_URL: the Connector needs exactly one of them.",
        "The DNS server 'ns1' is not the IPv4 address of a server, such as '10.40.0.2'.",
        "The region 'Frankfurt' is not one of AWS, such as 'eu-central-1' (without a zone).",
        "nofile is 0: it must be 1024 to 1048576 file descriptors.",
        "local_ports is 9 to 8: both must be 1024 to 65535, the first below the last.",
    ]


@pytest.mark.parametrize("region", ["eu-central-1a", "us-iso-east-1", "eu-isoe-west-1", "eu-central-1\n", "", "eu"])
def test_what_is_no_region_is_refused(region: str) -> None:
    assert "".join(refusal(region=region)).startswith(f"The region {region!r} is not one of AWS")


@pytest.mark.parametrize("region", ["us-gov-west-1", "cn-north-1", "eusc-de-east-1", "ap-southeast-7"])
def test_regions_of_all_public_partitions_are_taken(region: str) -> None:
    assert f"GATEPOST_REGION={region}\n" in dataclasses.replace(SMALL, region=region).render(PARAMETER)


@pytest.mark.parametrize("server", ["fd00::2", "127.0.0.53", "0.0.0.0", "224.0.0.1", "10.0.0.2/32"])
def test_dns_servers_are_ipv4_addresses_of_a_server(server: str) -> None:
    assert refusal(dns=("10.40.0.2", server)) == [
        f"The DNS server {server!r} is not the IPv4 address of a server, such as '10.40.0.2'."
    ]


@pytest.mark.parametrize("ports", [(1023, 65535), (1024, 65536), (5000, 5000)])
def test_local_ports_are_a_range_of_free_ports(ports: tuple[int, int]) -> None:
    assert refusal(local_ports=ports) == [
        f"local_ports is {ports[0]} to {ports[1]}: both must be 1024 to 65535, the first below the last."
    ]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("TWINGATE_ACCESS_TOKEN", "s3cret"),
        ("TWINGATE_REFRESH_TOKEN", "s3cret"),
        ("TWINGATE_API_KEY", "s3cret"),
        ("TWINGATE_LABEL_NOTE", "eyJs3cret"),
        ("TWINGATE_LABEL_NOTE", "'eyJs3cret'"),
    ],
)
def test_secrets_are_refused_and_not_repeated(key: str, value: str) -> None:
    assert refusal(settings={"TWINGATE_NETWORK": "acme", key: value}) == [
        f"The setting {key} carries a secret. Tokens go to the secret store, never into boot text."
    ]


@pytest.mark.parametrize("key", ["ACCESS_TOKEN", "TWINGATE_", "twingate_dns", "TWINGATE_A B", "TWINGATE_A=B", "PATH"])
def test_settings_of_other_programs_are_refused(key: str) -> None:
    assert refusal(settings={"TWINGATE_NETWORK": "acme", key: "s3cret"}) == [
        f"The setting {key!r} is not one of a Connector: names are TWINGATE_ and A-Z, 0-9, _."
    ]


@pytest.mark.parametrize("value", ["", " a", "a ", "a\nB=c", 'a"b', "a'b", "a\\b", "Köln", "a\tb", 3, None])
def test_values_that_a_reader_may_change_are_refused(value: Any) -> None:
    assert refusal(settings={"TWINGATE_NETWORK": "acme", "TWINGATE_LABEL_NOTE": value}) == [
        f"The setting TWINGATE_LABEL_NOTE has the value {value!r}: it must be a text of printable ASCII without "
        "quotes, backslashes or blanks at its ends, and not empty. Leave the setting out for its default."
    ]


def test_network_and_url_together_are_refused() -> None:
    assert refusal(settings={"TWINGATE_NETWORK": "acme", "TWINGATE_URL": "https://acme.twingate.com"}) == [
        "The settings have both TWINGATE_NETWORK and TWINGATE_URL: the Connector needs exactly one of them."
    ]
