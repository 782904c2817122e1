import base64
import json
from typing import Any

import pulumi
import pytest
import yaml
from recorder import GET_SUBNET, unknown

from gatepost.aws import ConnectorSite, ConnectorSiteArgs, NetworkRef
from gatepost.egress import Reach
from gatepost.labels import Labels
from gatepost.rollout import GateArgs
from gatepost.site import SlotArgs

LABELS = Labels(environment="dev", network="payments", site="frankfurt")
INSTANCE = "aws:ec2/instance:Instance"
PARAMETER = "aws:ssm/parameter:Parameter"
POLICY = "aws:iam/rolePolicy:RolePolicy"
CONNECTOR = "twingate:index/twingateConnector:TwingateConnector"
TOKENS = "twingate:index/twingateConnectorTokens:TwingateConnectorTokens"
AMI = "aws:ec2/getAmi:getAmi"
LIST = "twingate:index/getTwingateConnectors:getTwingateConnectors"
NETWORK = NetworkRef(
    region="eu-central-1",
    vpc_id="vpc-1",
    subnets={"eu-central-1a": "subnet-a", "eu-central-1b": "subnet-b"},
    exit_addresses={"eu-central-1a": "203.0.113.1", "eu-central-1b": "203.0.113.2"},
)
SLOTS = {"a": SlotArgs(), "b": SlotArgs()}


def args(**over):
    given: dict[str, Any] = {
        "tenant": "acme",
        "remote_network_id": "network-1",
        "network": NETWORK,
        "labels": LABELS,
        "slots": SLOTS,
        "image": "ami-0123456789abcdef0",
        "gate": GateArgs(poll_seconds=0.001, timeout_seconds=1),
    }
    return ConnectorSiteArgs(**(given | over))


def alive(names=("payments-frankfurt-a", "payments-frankfurt-b", "payments-frankfurt-c"), **over):
    """What Twingate answers about the Connectors that the mocks made."""
    return {
        LIST: lambda _: {
            "connectors": [{"id": f"{name}-id", "state": "ALIVE", "publicIp": "203.0.113.1"} | over for name in names]
        }
    }


def site(**over):
    return ConnectorSite("payments-frankfurt", args(**over))


def test_each_slot_gets_a_connector_a_pair_a_secret_a_role_and_a_host_of_its_own(deploy):
    seen = deploy(site, answers=alive())
    kinds = {
        "gatepost:index:Incarnation": "payments-frankfurt-{}",
        "gatepost:aws:Host": "payments-frankfurt-{}-host",
        CONNECTOR: "payments-frankfurt-{}",
        TOKENS: "payments-frankfurt-{}-tokens",
        PARAMETER: "payments-frankfurt-{}-host-pair",
        POLICY: "payments-frankfurt-{}-host-opens-pair",
        "aws:iam/role:Role": "payments-frankfurt-{}-host-role",
        "aws:iam/instanceProfile:InstanceProfile": "payments-frankfurt-{}-host-profile",
        INSTANCE: "payments-frankfurt-{}-host-instance",
    }
    for kind, pattern in kinds.items():
        assert sorted(seen.of(kind)) == [pattern.format("a"), pattern.format("b")], kind
    parents = {(kind, parent) for kind, _, parent in seen.tree()}
    assert {p for kind, p in parents if kind in (PARAMETER, POLICY, INSTANCE)} == {
        "payments-frankfurt-a-host",
        "payments-frankfurt-b-host",
    }
    assert {p for kind, p in parents if kind in (CONNECTOR, TOKENS)} == {"payments-frankfurt-a", "payments-frankfurt-b"}
    assert {p for kind, p in parents if kind.startswith("gatepost:") and kind != "gatepost:aws:ConnectorSite"} == {
        "payments-frankfurt"
    }


def test_hosts_are_hardened(deploy):
    seen = deploy(site, answers=alive())
    for slot in "ab":
        host = seen.of(INSTANCE)[f"payments-frankfurt-{slot}-host-instance"]
        assert host["instanceType"] == "t3a.micro"
        assert host["metadataOptions"] == {
            "httpEndpoint": "enabled",
            "httpTokens": "required",
            "httpPutResponseHopLimit": 1,
        }
        root = {"encrypted": True, "volumeType": "gp3", "volumeSize": 8, "deleteOnTermination": True}
        assert host["rootBlockDevice"] == root
        assert host["creditSpecification"] == {"cpuCredits": "unlimited"}
        assert host["userDataReplaceOnChange"] is True
        assert (host["subnetId"], host["vpcSecurityGroupIds"]) == (
            f"subnet-{slot}",
            ["payments-frankfurt-firewall-group-id"],
        )
        assert not {"keyName", "privateIp"} & host.keys()
        assert host["associatePublicIpAddress"] is False  # also where the subnet would give one
        assert host["tags"]["gatepost-slot"] == slot
        assert host["tags"]["gatepost-generation"] == "1"


def test_the_host_reads_exactly_its_own_pair_and_the_pair_is_nowhere_in_clear(deploy):
    seen = deploy(site, answers=alive())
    for slot in "ab":
        name = f"payments-frankfurt-{slot}-host"
        arn = f"arn:aws:ssm:eu-central-1:123456789012:parameter/{name}-pair-1234567"
        policy = json.loads(seen.of(POLICY)[f"{name}-opens-pair"]["policy"])
        assert policy["Statement"] == [{"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": arn}]
        secret = seen.of(PARAMETER)[f"{name}-pair"]
        assert secret["type"] == "SecureString"
        assert "name" not in secret  # Pulumi names it, so that old and new stand side by side
        user_data = seen.of(INSTANCE)[f"{name}-instance"]["userData"]
        files = {f["path"]: f["content"] for f in yaml.safe_load(user_data)["write_files"]}
        assert f"GATEPOST_SECRET_PARAMETER={name}-pair-1234567" in files["/etc/gatepost/host.env"].splitlines()
        assert f"TWINGATE_LABEL_SLOT={slot}" in files["/etc/gatepost/connector.env"].splitlines()
        for request in seen.requests:
            text = str(request.object)
            if request.type != PARAMETER:
                assert "access-of-" not in text
                assert base64.b64encode(b"access-of-").decode()[:12] not in text
        raw = seen.request(f"{name}-pair").object["value"]
        assert raw["4dabf18193072939515e22adb298388d"] == "1b47061264138c4ac30d75fd1eb44270"


def test_roles_may_be_taken_by_instances_only_and_open_nothing_by_themselves(deploy):
    seen = deploy(site, answers=alive())
    for role in seen.of("aws:iam/role:Role").values():
        (statement,) = json.loads(role["assumeRolePolicy"])["Statement"]
        assert (statement["Principal"], statement["Action"]) == ({"Service": "ec2.amazonaws.com"}, "sts:AssumeRole")
        assert not {"inlinePolicies", "managedPolicyArns", "name"} & role.keys()


def test_tokens_are_never_kept_or_deleted_first(deploy):
    seen = deploy(site, answers=alive())
    for name, tokens in seen.of(TOKENS).items():
        assert set(tokens) == {"connectorId"}
        assert not seen.request(name).deleteBeforeReplace
    assert all("name" not in connector for connector in seen.of(CONNECTOR).values())


def test_the_first_slot_is_the_canary_and_the_others_wait_for_it(deploy):
    seen = deploy(lambda: site(slots={**SLOTS, "c": SlotArgs()}), answers=alive())
    waits = {
        slot: {urn.rpartition("::")[2] for urn in seen.request(f"payments-frankfurt-{slot}", CONNECTOR).dependencies}
        for slot in "abc"
    }
    host = {"payments-frankfurt-a-host-instance"}
    assert waits["a"] & host == set()
    assert waits["b"] & host == host
    assert waits["c"] == waits["b"]  # side by side, not one after the other


def test_adding_a_slot_touches_no_other(deploy):
    two = deploy(site, answers=alive())
    three = deploy(lambda: site(slots={**SLOTS, "c": SlotArgs()}), answers=alive())
    assert two.tree() < three.tree()
    assert {key: three.inputs[key] for key in two.inputs} == two.inputs


@pytest.mark.parametrize(
    ("over", "moves"),
    [
        ({"image": "ami-0fffffffffffffff0"}, "ab"),
        ({"size": "t3a.small"}, "ab"),
        ({"log_level": "debug"}, "ab"),
        ({"slots": {"a": SlotArgs(generation=2), "b": SlotArgs()}}, "a"),
        ({"slots": {"a": SlotArgs(), "b": SlotArgs(zone="eu-central-1a")}}, "b"),
        ({"labels": Labels(environment="dev", network="payments", site="frankfurt", extra={"owner": "x"})}, ""),
        ({"reaches": [Reach(cidr="10.0.0.0/8")]}, ""),
    ],
)
def test_whatever_rebuilds_a_host_makes_a_new_incarnation_and_nothing_else_does(deploy, over, moves):
    def trigger(seen, slot):
        return str(seen.request(f"payments-frankfurt-{slot}", CONNECTOR).replacement_trigger)

    before = deploy(site, answers=alive())
    after = deploy(lambda: site(**over), answers=alive())
    assert "".join(slot for slot in "ab" if trigger(before, slot) != trigger(after, slot)) == moves


def test_an_image_that_is_not_given_is_looked_up(deploy):
    answers = alive() | {AMI: lambda asked: {"id": "ami-0newest", "imageId": "ami-0newest"}}
    seen = deploy(lambda: site(image=None), answers=answers)
    assert {host["ami"] for host in seen.of(INSTANCE).values()} == {"ami-0newest"}
    asked = next(call.args for call in seen.calls if call.token == AMI)
    assert asked == {
        "mostRecent": True,
        "owners": ["617935088040"],
        "filters": [{"name": "name", "values": ["twingate/images/hvm-ssd/twingate-amd64-*"]}],
        "region": "eu-central-1",
    }


@pytest.mark.parametrize("image", [None, "ami-0123456789abcdef0"])
def test_what_belongs_to_the_identity_changes_with_the_next_incarnation_only(deploy, image):
    seen = deploy(lambda: site(image=image), answers=alive() | {AMI: lambda _: {"id": "ami-0newest"}})
    of_the_identity = ["ami", "associatePublicIpAddress", "instanceType", "rootBlockDevice", "subnetId", "userData"]
    assert [list(seen.request(name).ignoreChanges) for name in seen.of(INSTANCE)] == [of_the_identity] * 2


def test_a_preview_asks_twingate_nothing_and_shows_the_same_tree(deploy):
    seen = deploy(lambda: site(remote_network_id=unknown()), preview=True)
    assert {call.token for call in seen.calls} == {GET_SUBNET}
    assert seen.tree() == deploy(site, answers=alive()).tree()


def test_a_gate_that_is_switched_off_asks_nothing(deploy):
    seen = deploy(lambda: site(gate=GateArgs(enabled=False)))
    assert {call.token for call in seen.calls} == {GET_SUBNET}
    assert len(seen.of(INSTANCE)) == 2


def test_resources_follow_the_callers_provider(deploy):
    import pulumi_aws as aws

    def program():
        other = aws.Provider("other", region="eu-central-1")
        ConnectorSite("payments-frankfurt", args(), pulumi.ResourceOptions(providers=[other]))

    seen = deploy(program, answers=alive())
    own = [r for r in seen.requests if r.type.startswith("aws:")]
    assert len(own) > 10
    assert all("::other::" in r.provider for r in own)


@pytest.mark.parametrize(
    ("over", "says"),
    [
        ({"tenant": "https://acme.twingate.com"}, "The Twingate network must be a name such as 'acme'"),
        ({"slots": {}}, "A site needs at least one slot"),
        ({"slots": {"A": SlotArgs()}}, "The slot key 'A' is not written as a key"),
        (
            {"slots": {"a": SlotArgs(zone="eu-central-1c")}},
            "Slot 'a' names the zone 'eu-central-1c'. Allowed: eu-central",
        ),
        ({"size": "t4g.small", "image": None}, "'t4g.small' is ARM"),
        ({"image": "newest"}, "The image must be an AMI id"),
        ({"dns": ["dns.internal"]}, "'dns.internal'"),
        ({"labels": Labels(environment="dev", network="payments")}, "has no site"),
        ({"network_type": "EXIT", "reaches": [Reach(cidr="10.0.0.0/8")]}, "An EXIT network dials no private address"),
    ],
)
def test_refuses_a_site_that_could_not_work_before_anything_is_registered(deploy, over, says):
    with pytest.raises(ValueError, match=says):
        args(**over)


def test_reports_every_problem_of_a_site_together():
    with pytest.raises(ValueError) as refused:
        args(tenant="Acme!", slots={"A": SlotArgs(), "b": SlotArgs()})
    assert len(str(refused.value).splitlines()) == 2


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"generation": 0}, "generation must be a whole number from 1 upwards, got 0."),
        ({"generation": 1.5}, "SlotArgs.generation must be of type int, got 1.5."),
        ({"generation": True}, "SlotArgs.generation must be of type int, got True."),
        ({"zone": 3}, "SlotArgs.zone must be of type str | None, got 3."),
    ],
)
def test_a_slot_has_a_zone_and_counts_generations_from_one(values, says):
    with pytest.raises(ValueError) as refused:
        SlotArgs(**values)
    assert str(refused.value) == says


@pytest.mark.parametrize(
    ("over", "says"),
    [
        ({"gate": lambda: pulumi.Output.from_input(1)}, "ConnectorSiteArgs.gate must be a plain value"),
        ({"strict": "no"}, "ConnectorSiteArgs.strict must be of type bool, got 'no'."),
        ({"after": "x"}, "ConnectorSiteArgs.after must be a list of gates"),
        ({"image": 5}, "ConnectorSiteArgs.image must be of type str | None, got 5."),
        ({"slots": {"a": {}}}, "ConnectorSiteArgs.slots must be of type Mapping[str, SlotArgs], got a dict."),
        ({"network": lambda: pulumi.Output.from_input(NETWORK)}, "ConnectorSiteArgs.network must be a plain value"),
        ({"volume_gib": "9"}, "ConnectorSiteArgs.volume_gib must be of type int, got '9'."),
        ({"metrics_port": 80}, "The metrics port 80 is not allowed."),
    ],
)
def test_values_of_another_type_are_sentences_too(event_loop_per_test, over, says):
    with pytest.raises(ValueError) as refused:
        args(**{key: value() if callable(value) else value for key, value in over.items()})
    assert str(refused.value).startswith(says)
