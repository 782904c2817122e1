import hashlib
import json
import re
from typing import Any

import pulumi
import pytest
from recorder import SECRET_KEY, unknown

from gatepost.aws.host import Host, HostArgs, HostSpec
from gatepost.boot.aws import AwsBoot
from gatepost.connector import ConnectorSettings
from gatepost.labels import Labels

LABELS = Labels(environment="dev", network="payments", site="frankfurt")
KEY = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ARN = "arn:aws:ssm:eu-central-1:123456789012:parameter/a-pair-1234567"
HOST = "gatepost:aws:Host"
ROLE = "aws:iam/role:Role"
PROFILE = "aws:iam/instanceProfile:InstanceProfile"
PARAMETER = "aws:ssm/parameter:Parameter"
POLICY = "aws:iam/rolePolicy:RolePolicy"
INSTANCE = "aws:ec2/instance:Instance"
CHILDREN = {
    (HOST, "a", ""),
    (ROLE, "a-role", "a"),
    (PROFILE, "a-profile", "a"),
    (PARAMETER, "a-pair", "a"),
    (POLICY, "a-opens-pair", "a"),
    (INSTANCE, "a-instance", "a"),
}
IN_PLACE = {"sessions", "termination_protection", "connector_id", "access_token", "refresh_token"}


def boot(**over):
    given: dict[str, Any] = {"settings": ConnectorSettings(network="acme").environment(), "region": "eu-central-1"}
    return AwsBoot(**(given | over))


def spec(**over):
    given: dict[str, Any] = {
        "region": "eu-central-1",
        "slot": "a",
        "subnet_id": "subnet-a",
        "boot": boot(),
        "image": "ami-0123456789abcdef0",
    }
    return HostSpec(**(given | over))


def args(**over):
    given: dict[str, Any] = {
        "spec": spec(**{k: v for k, v in over.items() if k not in IN_PLACE}),
        "labels": LABELS,
        "security_group_id": "sg-1",
        "connector_id": "connector-1",
        "access_token": "access-1",
        "refresh_token": "refresh-1",
    }
    return HostArgs(**(given | {k: v for k, v in over.items() if k in IN_PLACE}))


def host(**over):
    return Host("a", args(**over))


def trigger(seen, name):
    """The plain values that replace a resource when they change."""
    value = seen.request(name).replacement_trigger
    assert value.WhichOneof("kind") == "list_value", "a secret trigger is forgotten by the engine"
    return [item.string_value for item in value.list_value.values]


def document(seen, name):
    return json.loads(seen.of(POLICY)[name]["policy"])


def test_a_host_has_exactly_these_children(deploy):
    seen = deploy(host)
    own = {(kind, name, parent if name != "a" else "") for kind, name, parent in seen.tree()}
    assert own == CHILDREN
    instance = seen.of(INSTANCE)["a-instance"]
    stated = ("associatePublicIpAddress", "disableApiTermination", "forceDestroy")
    assert {key: instance[key] for key in stated} == dict.fromkeys(stated, False)
    assert "keyId" not in seen.of(PARAMETER)["a-pair"]
    assert document(seen, "a-opens-pair") == {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": ARN}],
    }


@pytest.mark.parametrize("key", [lambda: KEY, lambda: pulumi.Output.from_input(KEY)], ids=["plain", "output"])
def test_a_key_of_ones_own_encrypts_disk_and_pair_and_opens_that_pair_only(deploy, key):
    seen = deploy(lambda: host(kms_key=key()))
    assert seen.of(PARAMETER)["a-pair"]["keyId"] == KEY
    assert seen.of(INSTANCE)["a-instance"]["rootBlockDevice"] == {
        "encrypted": True,
        "kmsKeyId": KEY,
        "volumeType": "gp3",
        "volumeSize": 8,
        "deleteOnTermination": True,
    }
    assert document(seen, "a-opens-pair")["Statement"] == [
        {"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": ARN},
        {
            "Effect": "Allow",
            "Action": "kms:Decrypt",
            "Resource": KEY,
            "Condition": {"StringEquals": {"kms:EncryptionContext:PARAMETER_ARN": ARN}},
        },
    ]


def test_sessions_add_one_policy_that_opens_no_parameter(deploy):
    without, seen = deploy(host), deploy(lambda: host(sessions=True))
    assert {(kind, name) for kind, name, _ in seen.tree() - without.tree()} == {(POLICY, "a-sessions")}
    assert {key: seen.inputs[key] for key in without.inputs} == without.inputs
    assert seen.of(POLICY)["a-sessions"]["role"] == "a-role-1234567"
    (statement,) = document(seen, "a-sessions")["Statement"]
    assert set(statement.pop("Action")) == {
        "ssm:UpdateInstanceInformation",
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
    }
    assert statement == {"Effect": "Allow", "Resource": "*"}
    assert not seen.request("a-sessions").HasField("replacement_trigger")


def test_a_protected_host_can_still_be_retired_by_pulumi(deploy):
    without, seen = deploy(host), deploy(lambda: host(termination_protection=True))
    assert seen.tree() == without.tree()
    changed = {key: value for key, value in seen.inputs.items() if value != without.inputs[key]}
    protected = without.of(INSTANCE)["a-instance"] | {"disableApiTermination": True, "forceDestroy": True}
    assert changed == {(INSTANCE, "a-instance"): protected}


def test_a_public_address_is_given_at_launch(deploy):
    seen = deploy(lambda: host(public_address=True))
    assert seen.of(INSTANCE)["a-instance"]["associatePublicIpAddress"] is True


@pytest.mark.parametrize(
    "over",
    [
        {"boot": boot(dns=("10.0.0.2",))},
        {"generation": 2},
        {"image": "ami-0fffffffffffffff0"},
        {"kms_key": KEY},
        {"public_address": True},
        {"size": "t3a.small"},
        {"subnet_id": "subnet-b"},
        {"volume_gib": 9},
    ],
    ids=lambda over: next(iter(over)),
)
def test_whatever_makes_a_host_another_belongs_to_its_identity(over):
    assert spec().identity() == spec().identity()
    assert spec(**over).identity() != spec().identity()


def test_a_new_pair_of_the_same_connector_replaces_secret_permission_and_host(deploy):
    first, second = deploy(host), deploy(lambda: host(access_token="access-2"))
    assert trigger(first, "a-pair") != trigger(second, "a-pair")
    assert trigger(first, "a-pair")[0] == trigger(second, "a-pair")[0] == "connector-1"
    other = deploy(lambda: host(connector_id="connector-2"))
    assert trigger(other, "a-pair") == ["connector-2", trigger(first, "a-pair")[1]]
    for name in ("a-opens-pair", "a-instance"):  # a new secret has a new name
        assert trigger(first, name) == [ARN]
    assert not any(seen.request("a-role").HasField("replacement_trigger") for seen in (first, second, other))


def test_a_host_starts_when_it_may_read_its_pair_and_ignores_what_its_identity_decides(deploy):
    request = deploy(host).request("a-instance")
    assert "a-opens-pair" in {urn.rpartition("::")[2] for urn in request.dependencies}
    assert "userData" in request.ignoreChanges
    assert not {"tags", "vpcSecurityGroupIds", "disableApiTermination"} & set(request.ignoreChanges)


def test_triggers_are_plain_also_when_what_they_follow_is_secret_and_show_no_token(deploy):
    def secret(text):
        return pulumi.Output.secret(text)

    seen = deploy(lambda: host(connector_id=secret("connector-1"), access_token=secret("access-1")))
    connector, mark = trigger(seen, "a-pair")
    assert connector == "connector-1"
    assert re.fullmatch("[0-9a-f]{16}", mark)
    assert not hashlib.sha256(b"access-1").hexdigest().startswith(mark)  # a hash that no other program makes
    value = seen.request("a-pair").object["value"]
    assert value[SECRET_KEY] == "1b47061264138c4ac30d75fd1eb44270"
    assert json.loads(value["value"]) == {"access_token": "access-1", "refresh_token": "refresh-1"}
    for request in seen.requests:
        if request.type != PARAMETER:
            assert not re.search("access-1|refresh-1", str(request))


def test_a_preview_that_knows_nothing_yet_shows_the_same_tree(deploy):
    names = ("subnet_id", "kms_key", "connector_id", "access_token", "refresh_token")
    seen = deploy(lambda: host(sessions=True, **{name: unknown() for name in names}), preview=True)
    assert seen.tree() == deploy(lambda: host(sessions=True)).tree()


@pytest.mark.parametrize(
    ("over", "says"),
    [
        ({"kms_key": "alias/disks"}, "must be the ARN of a key.*got 'alias/disks'. An alias or a key id alone"),
        ({"kms_key": KEY.replace("key/1234abcd-12ab-34cd-56ef-1234567890ab", "alias/disks")}, "must be the ARN of a"),
        ({"kms_key": "1234abcd-12ab-34cd-56ef-1234567890ab"}, "must be the ARN of a key"),
        ({"kms_key": KEY.replace("eu-central-1", "us-east-1")}, "is one of us-east-1, but the host is in eu-central-1"),
        ({"boot": boot(region="us-east-1")}, "in eu-central-1, but its boot text reads the pair in us-east-1"),
        ({"boot": 1}, "HostSpec.boot must be of type AwsBoot, got 1"),
        ({"generation": 0}, "generation must be a whole number from 1 upwards, got 0"),
        ({"image": 5}, r"HostSpec.image must be of type str \| None, got 5"),
        ({"public_address": "yes"}, "HostSpec.public_address must be of type bool, got 'yes'"),
        ({"sessions": 1}, "HostArgs.sessions must be of type bool, got 1"),
        ({"size": 3}, "HostSpec.size must be of type str, got 3"),
        ({"termination_protection": None}, "HostArgs.termination_protection must be of type bool, got None"),
        ({"volume_gib": 7}, "volume_gib must be 8 to 1024 GiB, got 7"),
        ({"volume_gib": 8.5}, "HostSpec.volume_gib must be of type int, got 8.5"),
        ({"volume_gib": "9"}, "HostSpec.volume_gib must be of type int, got '9'"),
    ],
)
def test_refuses_a_host_that_could_not_work_before_anything_is_registered(deploy, over, says):
    def program():
        with pytest.raises(ValueError, match=says):
            host(**over)

    assert deploy(program).requests == []


def test_reports_every_problem_of_a_host_together():
    with pytest.raises(ValueError) as refused:
        spec(size="t4g.small", image=None, kms_key="alias/disks", volume_gib=4096, generation=0)
    assert len(str(refused.value).splitlines()) == 4
