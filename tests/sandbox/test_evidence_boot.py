"""What the boot text decides about a Connector: its tenant, its DNS servers, and what systemd denies to its service."""

import json

import pytest
from sandbox.lab import Lab

DEAD = "DEAD_HEARTBEAT_TOO_OLD"  # it was alive before
ALIVE = ("ALIVE", "")
SERVER = "10.9.0.53"
RESOLVED = "/etc/systemd/resolved.conf.d/10-gatepost.conf"
DROP_IN = "/etc/systemd/system/twingate-connector.service.d/10-gatepost.conf"
BARE = "TWINGATE_NETWORK=sandbox\n"


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ("TWINGATE_NETWORK=acme\n", "dials the tenant 'acme', not 'sandbox': so says its boot text"),
        ("TWINGATE_URL=https://acme.twingate.com/\n", "dials the tenant 'acme', not 'sandbox': so says its boot text"),
        (
            f"{BARE}TWINGATE_URL=https://a.example\n",
            "dials the tenant 'a.example', not 'sandbox': so says its boot text",
        ),
        ("TWINGATE_LOG_LEVEL=3\n", "dials no tenant: its boot text has neither TWINGATE_NETWORK nor TWINGATE_URL"),
    ],
)
def test_a_host_of_another_tenant_is_dead(lab: Lab, settings: str, reason: str) -> None:
    lab.settings = settings
    lab.relaunch()
    assert lab.verdict() == (DEAD, f"{lab.host} {reason}")


def test_the_tenant_may_be_named_by_its_address(lab: Lab) -> None:
    lab.settings = "TWINGATE_URL=https://sandbox.twingate.com\n"
    lab.relaunch()
    assert lab.verdict() == ALIVE


def test_a_host_of_another_tenant_does_no_harm_to_the_host_of_this_one(lab: Lab) -> None:
    lab.settings = "TWINGATE_NETWORK=acme\n"
    lab.launch()
    assert (lab.verdict(), lab.line()["host_id"]) == (ALIVE, lab.host)


def test_the_vendors_shell_text_names_the_tenant_too(lab: Lab) -> None:
    pair = f"TWINGATE_ACCESS_TOKEN={lab.access}\nTWINGATE_REFRESH_TOKEN={lab.refresh}\n"
    lab.relaunch(UserData=f'#!/bin/sh\nTWINGATE_NETWORK="acme"\n{pair}')
    assert lab.verdict() == (DEAD, f"{lab.host} dials the tenant 'acme', not 'sandbox': so says its boot text")


def custom_dns(lab: Lab, where: str) -> None:
    if where == "TWINGATE_DNS":
        lab.settings = f"{BARE}TWINGATE_DNS={SERVER}\n"
    elif where == "resolved":
        lab.files[RESOLVED] = f"[Resolve]\nDNS={SERVER}\n"
    else:
        values = [{"Key": "domain-name-servers", "Values": [SERVER]}]
        made = lab.ec2.create_dhcp_options(DhcpConfigurations=values)["DhcpOptions"]["DhcpOptionsId"]
        lab.ec2.associate_dhcp_options(DhcpOptionsId=made, VpcId=lab.vpc)
    lab.relaunch()


@pytest.mark.parametrize("where", ["TWINGATE_DNS", "resolved", "DHCP"])
def test_a_custom_dns_server_must_be_open_by_tcp_and_udp_and_have_a_route(lab: Lab, where: str) -> None:
    custom_dns(lab, where)
    cannot = f"{lab.host} resolves no name: it cannot dial its DNS server at {SERVER}:53"
    group = f"security group {lab.group}: no rule lets TCP 53 out to it"
    assert lab.verdict() == (DEAD, f"{cannot}/tcp: {group}")
    lab.allow("tcp", 53, 53, f"{SERVER}/32")
    private = f"it goes to {lab.igw}, but {SERVER} is a private address"
    assert lab.verdict() == (DEAD, f"{cannot}/tcp: route {private}")
    lab.peer("10.9.0.0/16")
    assert lab.verdict() == ALIVE
    acl = lab.own_acl(lab.private_subnet)
    lab.acl_entry(acl, 60, True, "17", "deny", f"{SERVER}/32", PortRange={"From": 53, "To": 53})
    denied = f"network ACL {acl} of {lab.private_subnet} does not let it out: entry 60 (UDP 53, {SERVER}/32)"
    assert lab.verdict() == (DEAD, f"{cannot}/udp: {denied}")


def test_a_public_dns_server_is_reached_through_the_exit(lab: Lab) -> None:
    lab.settings = f"{BARE}TWINGATE_DNS=9.9.9.9\n"
    lab.relaunch()
    assert lab.line()["reason"].startswith(
        f"{lab.host} resolves no name: it cannot dial its DNS server at 9.9.9.9:53/tcp"
    )
    lab.allow("tcp", 53, 53, "9.9.9.9/32")
    assert lab.verdict() == ALIVE


def test_the_resolver_of_the_vpc_needs_neither_rule_nor_route(lab: Lab) -> None:
    lab.settings = f"{BARE}TWINGATE_DNS=10.40.0.2\n"
    lab.relaunch()
    assert lab.verdict() == ALIVE
    lab.ec2.modify_vpc_attribute(VpcId=lab.vpc, EnableDnsSupport={"Value": False})
    assert lab.line()["alive"] is False


def test_what_systemd_denies_to_the_service_it_cannot_dial(lab: Lab) -> None:
    lab.files[DROP_IN] = "[Service]\nIPAddressDeny=any\nIPAddressAllow=8.0.0.0/8\n"
    lab.relaunch()
    denied = "boot text keeps twingate-connector.service from 0.0.0.0/0 (IPAddressDeny)"
    assert lab.verdict() == (DEAD, f"{lab.host} may not dial TCP 443: {denied}")


def document(statement: dict[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


def own_key(lab: Lab, **condition: dict[str, str]) -> str:
    """A key of the account, a parameter under it, and a role that may decrypt with it on a condition."""
    key = lab.sandbox.client("kms").create_key()["KeyMetadata"]["Arn"]
    lab.store_pair(KeyId=key)
    lab.ec2.reboot_instances(InstanceIds=[lab.host])
    statement: dict[str, object] = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": key}
    if condition:
        statement["Condition"] = condition
    lab.iam.put_role_policy(RoleName=lab.role, PolicyName="key", PolicyDocument=document(statement))
    return key


@pytest.mark.parametrize("operator", ["StringEquals", "ArnLike"])
def test_a_condition_on_the_encryption_context_names_the_parameter(lab: Lab, operator: str) -> None:
    own_key(lab, **{operator: {"kms:EncryptionContext:PARAMETER_ARN": lab.arn}})
    assert lab.verdict() == ALIVE


def test_a_condition_on_another_parameter_keeps_the_key_shut(lab: Lab) -> None:
    key = own_key(lab, StringEquals={"kms:EncryptionContext:PARAMETER_ARN": f"{lab.arn}b"})
    refused = f"{lab.host} may not read {lab.parameter}: role {lab.role} may not kms:Decrypt on {key}"
    assert lab.verdict() == (DEAD, refused)


def test_a_condition_that_is_not_understood_is_named(lab: Lab) -> None:
    key = own_key(lab, StringEquals={"aws:SourceVpc": lab.vpc})
    refused = f"{lab.host} may not read {lab.parameter}: role {lab.role} may not kms:Decrypt on {key}"
    assert lab.verdict() == (DEAD, f"{refused} (conditions on aws:SourceVpc are not understood here)")


def test_a_key_that_is_switched_off(lab: Lab) -> None:
    key = own_key(lab)
    lab.sandbox.client("kms").disable_key(KeyId=key.rpartition("/")[2])
    assert lab.verdict() == (DEAD, f"{lab.host} may not read {lab.parameter}: its key {key} is Disabled")


def test_a_keys_policy_that_does_not_admit_the_account(lab: Lab) -> None:
    key = own_key(lab)
    admin = {"AWS": "arn:aws:iam::123456789012:user/admin"}
    policy = document({"Effect": "Allow", "Principal": admin, "Action": "kms:*", "Resource": "*"})
    lab.sandbox.client("kms").put_key_policy(KeyId=key, PolicyName="default", Policy=policy)
    refused = f"{lab.host} may not read {lab.parameter}: role {lab.role} may not kms:Decrypt on {key}"
    assert lab.verdict() == (DEAD, refused)
