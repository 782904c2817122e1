"""The pure parts of the evidence: rules over ports and addresses, policies, and boot texts."""

import json

import pytest
from sandbox.lab import ANYWHERE, encoded

from gatepost.boot.aws import AwsBoot
from gatepost_sandbox import boot_text, iam
from gatepost_sandbox.addresses import Flow, Need, Rule, Verdict, decide, lets_out, minus, one
from gatepost_sandbox.twingate.store import Pair

PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")


AROUND_TEN = ("0.0.0.0/5", "8.0.0.0/7", "12.0.0.0/6", "16.0.0.0/4", "32.0.0.0/3", "64.0.0.0/2", "128.0.0.0/1")


@pytest.mark.parametrize(
    ("cidrs", "covered"),
    [
        ((ANYWHERE,), True),
        (("0.0.0.0/1", "128.0.0.0/1"), True),
        ((*AROUND_TEN, "11.0.0.0/8"), True),
        (AROUND_TEN, False),
        (("0.0.0.0/1",), False),
        (PRIVATE, False),
        ((), False),
    ],
)
def test_public_space(cidrs: tuple[str, ...], covered: bool) -> None:
    assert lets_out([Rule("tcp", 443, 443, cidrs)], Need("tcp", 443, 443)) is covered


def test_ports_may_be_split_over_rules_but_not_have_a_gap() -> None:
    need = Need("udp", 1, 65535)
    low, high = Rule("udp", 1, 3000, (ANYWHERE,)), Rule("udp", 3001, 65535, (ANYWHERE,))
    assert lets_out([low, high], need) is True
    assert lets_out([low, Rule("udp", 3002, 65535, (ANYWHERE,))], need) is False
    assert lets_out([Rule("tcp", 1, 65535, (ANYWHERE,))], need) is False
    assert lets_out([Rule("-1", 0, 0, (ANYWHERE,))], need) is True


@pytest.mark.parametrize(
    ("taken", "left"),
    [
        ((), ((0, 9), (20, 29))),
        (((10, 19),), ((0, 9), (20, 29))),
        (((3, 4),), ((0, 2), (5, 9), (20, 29))),
        (((5, 24),), ((0, 4), (25, 29))),
        (((0, 9), (29, 40)), ((20, 28),)),
        (((0, 29),), ()),
    ],
)
def test_what_is_left_of_ranges(taken: tuple[tuple[int, int], ...], left: tuple[tuple[int, int], ...]) -> None:
    assert minus(((0, 9), (20, 29)), taken) == left


def test_the_first_rule_that_fits_decides() -> None:
    deny = Rule("tcp", 400, 500, ("10.0.0.0/24",), allow=False, id="50")
    allow = Rule("-1", 0, 65535, (ANYWHERE,), id="100")
    rules = (deny, allow)

    def asked(address: str, protocol: str = "tcp", first: int = 443, last: int = 443) -> Verdict:
        return decide(rules, Flow(protocol, first, last, one(address)))

    assert asked("10.0.0.5") == Verdict(False, deny)
    assert asked("10.0.0.5", first=1, last=400) == Verdict(False, deny)
    assert asked("10.0.0.5", first=1, last=399) == Verdict(True, allow)
    assert asked("10.0.0.5", "udp") == Verdict(True, allow)
    assert asked("10.0.1.5") == Verdict(True, allow)
    assert decide((allow, deny), Flow("tcp", 443, 443, one("10.0.0.5"))) == Verdict(True, allow)
    assert decide((), Flow("tcp", 443, 443, one("10.0.0.5"))) == Verdict(False, None)


def policy(**statement: object) -> str:
    return json.dumps({"Statement": {"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": "*", **statement}})


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        ({}, True),
        ({"Action": ["SSM:getparam*"]}, True),
        ({"Action": "ssm:GetParameter?"}, False),
        ({"Resource": ["arn:x/*", "arn:y/a.c"]}, False),
        ({"Resource": "arn:y/?b*"}, True),
        ({"Condition": {"Bool": {"aws:SecureTransport": "true"}}}, True),
        ({"Condition": {"Bool": {"aws:SecureTransport": "false"}}}, False),
        ({"Condition": {"StringEquals": {"aws:RequestedRegion": ["us-east-1", "eu-central-1"]}}}, True),
        ({"Condition": {"StringNotEquals": {"aws:RequestedRegion": "eu-central-1"}}}, False),
        ({"Condition": {"StringLike": {"aws:requestedregion": "eu-*"}}}, True),
        ({"Condition": {"ArnLike": {"aws:RequestedRegion": "us-*"}}}, False),
        ({"Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}}, False),
        ({"Condition": {"ForAnyValue:StringEquals": {"aws:RequestedRegion": "eu-central-1"}}}, False),
        ({"Effect": "Deny"}, False),
    ],
)
def test_policy_statements(statement: dict[str, object], allowed: bool) -> None:
    context = {"aws:securetransport": "true", "aws:requestedregion": "eu-central-1"}
    assert iam.allows([policy(**statement)], "ssm:GetParameter", "arn:y/abc", context) is allowed


def test_a_condition_that_is_not_understood_denies_all_the_same() -> None:
    deny = policy(Effect="Deny", Condition={"StringEquals": {"aws:SourceVpc": "vpc-1"}})
    assert iam.allows([policy(), deny], "ssm:GetParameter", "arn:y") is False
    assert iam.unknown_conditions([policy(), deny], "ssm:GetParameter", "arn:y", {}) == ["aws:SourceVpc"]


def test_not_action_and_not_resource() -> None:
    deny_others = json.dumps({"Statement": {"Effect": "Deny", "NotAction": "ssm:*", "Resource": "*"}})
    deny_elsewhere = json.dumps({"Statement": {"Effect": "Deny", "Action": "*", "NotResource": "arn:z"}})
    assert iam.allows([policy(), deny_others], "ssm:GetParameter", "arn:y") is True
    assert iam.allows([policy(), deny_elsewhere], "ssm:GetParameter", "arn:y") is False


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("#!/bin/sh\necho hello", boot_text.BootText()),
        ("#cloud-config\n{", boot_text.BootText(problem="its user data is not valid YAML, so cloud-init ignores it")),
        ("#cloud-config\nwrite_files: []", boot_text.BootText()),
        (
            "#cloud-config\nwrite_files: [{path: /etc/gatepost/host.env, content: 'GATEPOST_REGION=x'}]",
            boot_text.BootText(problem="/etc/gatepost/host.env in its user data lacks GATEPOST_SECRET_PARAMETER"),
        ),
        (
            "#cloud-config\nwrite_files: [{path: /etc/gatepost/host.env, encoding: b64, content: "
            + encoded("# c\nGATEPOST_SECRET_PARAMETER='/p'\nGATEPOST_REGION=eu-north-1\n")
            + "}]",
            boot_text.BootText(parameter="/p", region="eu-north-1"),
        ),
        ("TWINGATE_ACCESS_TOKEN=a", boot_text.BootText(problem="its user data names one of the two tokens only")),
        (
            "docker run -e TWINGATE_ACCESS_TOKEN='a' -e TWINGATE_REFRESH_TOKEN=r -e TWINGATE_DNS=9.9.9.9,x x",
            boot_text.BootText(pair=Pair("a", "r"), connector_dns=("9.9.9.9",)),
        ),
    ],
)
def test_boot_texts(text: str, read: boot_text.BootText) -> None:
    assert boot_text.read(encoded(text)) == read


def test_the_librarys_own_boot_text() -> None:
    settings = {"TWINGATE_NETWORK": "sandbox", "TWINGATE_DNS": "10.0.0.53,10.0.0.54"}
    text = AwsBoot(settings=settings, region="eu-central-1", dns=("10.0.0.53",)).render("/gatepost/prod/a")
    assert boot_text.read(encoded(text)) == boot_text.BootText(
        parameter="/gatepost/prod/a",
        region="eu-central-1",
        tenants=("sandbox",),
        connector_dns=("10.0.0.53", "10.0.0.54"),
        host_dns=("10.0.0.53",),
        denied=("169.254.169.254",),
        local_ports=(10240, 65535),
    )


KEY = "arn:aws:kms:eu-central-1:1:key/k"
ROLE = "arn:aws:iam::1:role/r"
ROOT = "arn:aws:iam::1:root"
OWN = json.dumps({"Statement": {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": KEY}})


@pytest.mark.parametrize(
    ("effect", "principal", "own", "opened"),
    [
        ("Allow", ROOT, [OWN], True),
        ("Allow", "1", [OWN], True),
        ("Allow", ROOT, [], False),
        ("Allow", ROLE, [], True),
        ("Allow", "arn:aws:iam::1:role/other", [OWN], False),
        ("Deny", ROLE, [OWN], False),
    ],
)
def test_a_keys_policy_decides_beside_the_roles(effect: str, principal: str, own: list[str], opened: bool) -> None:
    statement = {"Effect": effect, "Principal": {"AWS": principal}, "Action": "kms:*", "Resource": "*"}
    admits = {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "kms:*", "Resource": "*"}
    key_policy = json.dumps({"Statement": [statement, *([admits] if effect == "Deny" else [])]})
    assert iam.opens_key(key_policy, own, ROLE, "kms:Decrypt", KEY, {}) is opened


def test_drop_ins_are_read_as_systemd_reads_them() -> None:
    unit = "/etc/systemd/system/twingate-connector.service.d"
    files = {
        "/etc/gatepost/host.env": "GATEPOST_SECRET_PARAMETER=/p\nGATEPOST_REGION=eu-north-1\n",
        "/etc/gatepost/connector.env": "TWINGATE_URL=https://Acme.twingate.com/\n",
        f"{unit}/10.conf": "[Service]\nIPAddressDeny=any\n",
        f"{unit}/20.conf": "[Service]\nIPAddressDeny=\nIPAddressDeny=link-local fd00::1 10.0.0.0/8\n"
        "IPAddressAllow=10.1.2.3\n",
        "/etc/systemd/resolved.conf.d/a.conf": "[Resolve]\nDNS=9.9.9.9#dns.example 10.0.0.53\n",
        "/etc/sysctl.d/90.conf": "net.ipv4.ip_local_port_range = 20000 30000\n",
    }
    text = "#cloud-config\n" + json.dumps({"write_files": [{"path": p, "content": c} for p, c in files.items()]})
    assert boot_text.read(encoded(text)) == boot_text.BootText(
        parameter="/p",
        region="eu-north-1",
        tenants=("acme",),
        host_dns=("9.9.9.9", "10.0.0.53"),
        denied=("169.254.0.0/16", "10.0.0.0/8"),
        allowed=("10.1.2.3",),
        local_ports=(20000, 30000),
    )
