"""What the providers refuse, and that each message names what it is about."""

from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from sandbox.providers.engine import UNKNOWN, Engine, Props, secret
from sandbox.providers.place import IMAGE, Place

from gatepost_sandbox.providers import aws as aws_provider
from gatepost_sandbox.providers import twingate as twingate_provider

ALL = "0.0.0.0/0"
INSTANCE = "aws:ec2/instance:Instance"
GATEWAY = "aws:ec2/internetGateway:InternetGateway"
ROUTE = "aws:ec2/route:Route"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
VPC = "aws:ec2/vpc:Vpc"
NETWORK = "twingate:index/twingateRemoteNetwork:TwingateRemoteNetwork"
CONNECTOR = "twingate:index/twingateConnector:TwingateConnector"
MACHINE = {"ami": IMAGE, "instanceType": "t3a.micro"}
MODELLED_METADATA = (
    "metadataOptions.httpEndpoint, metadataOptions.httpPutResponseHopLimit, metadataOptions.httpTokens, "
    "metadataOptions.instanceMetadataTags"
)


def refusal(call: Any, *args: Any, **more: Any) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.RpcError) as refused:
        call(*args, **more)
    error: Any = refused.value
    return error.code(), error.details()


# --- inputs


@pytest.mark.parametrize(
    ("token", "inputs", "failures"),
    [
        (
            VPC,
            {"cidrBlok": "10.0.0.0/16"},
            {
                "cidrBlok": f"{VPC} has no input 'cidrBlok'. Did you mean 'cidrBlock'?",
                "cidrBlock": f"{VPC} needs the input 'cidrBlock' in the sandbox: its alternatives are not modelled.",
            },
        ),
        (
            VPC,
            {"cidrBlock": "10.0.0.0/16", "xyz": 1},
            {"xyz": f"{VPC} has no input 'xyz'."},
        ),
        (
            INSTANCE,
            {**MACHINE, "metadataOptions": {"httpToken": "required"}},
            {
                "metadataOptions.httpToken": f"{INSTANCE} has no input 'metadataOptions.httpToken'. "
                "Did you mean 'metadataOptions.httpTokens'?"
            },
        ),
        (
            INSTANCE,
            {**MACHINE, "metadataOptions": {"httpProtocolIpv6": "enabled"}},
            {
                "metadataOptions.httpProtocolIpv6": "The sandbox does not model the input "
                f"'metadataOptions.httpProtocolIpv6' of {INSTANCE}. It models {MODELLED_METADATA}."
            },
        ),
        (
            GATEWAY,
            {"vpcId": True, "tags": ["a"]},
            {
                "vpcId": f"The input 'vpcId' of {GATEWAY} must be a string, got a boolean.",
                "tags": f"The input 'tags' of {GATEWAY} must be a map, got a list.",
            },
        ),
        (
            "aws:ec2/routeTable:RouteTable",
            {"propagatingVgws": ["vgw-1"]},
            {
                "vpcId": "aws:ec2/routeTable:RouteTable needs the input 'vpcId'.",
                "propagatingVgws": "The sandbox does not model the input 'propagatingVgws' of "
                "aws:ec2/routeTable:RouteTable. It models region, tags, vpcId.",
            },
        ),
        (
            "aws:ec2/vpcDhcpOptions:VpcDhcpOptions",
            {"domainNameServers": "10.0.0.2", "ntpServers": ["10.0.0.2", 4]},
            {
                "domainNameServers": "The input 'domainNameServers' of aws:ec2/vpcDhcpOptions:VpcDhcpOptions "
                "must be a list, got a string.",
                "ntpServers[1]": "The input 'ntpServers[1]' of aws:ec2/vpcDhcpOptions:VpcDhcpOptions "
                "must be a string, got a number.",
            },
        ),
        (
            EGRESS,
            {"securityGroupId": "sg-1", "ipProtocol": "tcp", "fromPort": 1.5, "toPort": "443", "cidrIpv4": ALL},
            {
                "fromPort": f"The input 'fromPort' of {EGRESS} must be a whole number, got a number.",
                "toPort": f"The input 'toPort' of {EGRESS} must be a whole number, got a string.",
            },
        ),
        (
            INSTANCE,
            {**MACHINE, "monitoring": "true", "rootBlockDevice": "big"},
            {
                "monitoring": f"The input 'monitoring' of {INSTANCE} must be a boolean, got a string.",
                "rootBlockDevice": f"The input 'rootBlockDevice' of {INSTANCE} must be an object, got a string.",
            },
        ),
        (
            ROUTE,
            {"routeTableId": "rtb-1", "destinationCidrBlock": ALL},
            {
                "gatewayId": "A route needs exactly one of gatewayId, natGatewayId, transitGatewayId, "
                "vpcPeeringConnectionId, networkInterfaceId, got none."
            },
        ),
        (
            ROUTE,
            {"routeTableId": "rtb-1", "gatewayId": UNKNOWN, "natGatewayId": "nat-1"},
            {
                "gatewayId": "A route needs exactly one of gatewayId, natGatewayId, transitGatewayId, "
                "vpcPeeringConnectionId, networkInterfaceId, got gatewayId, natGatewayId.",
                "destinationCidrBlock": f"{ROUTE} needs the input 'destinationCidrBlock' in the sandbox: "
                "its alternatives are not modelled.",
            },
        ),
        (
            EGRESS,
            {"securityGroupId": "sg-1", "ipProtocol": "-1"},
            {
                "cidrIpv4": "A security group rule needs exactly one of cidrIpv4, cidrIpv6, prefixListId, "
                "referencedSecurityGroupId, got none."
            },
        ),
        (
            "aws:ec2/eipAssociation:EipAssociation",
            {"allocationId": "eipalloc-1", "instanceId": "i-1", "networkInterfaceId": "eni-1"},
            {
                "instanceId": "An address goes on either instanceId or networkInterfaceId, "
                "got instanceId and networkInterfaceId."
            },
        ),
        (
            INSTANCE,
            {**MACHINE, "userData": "é" * 8193},
            {"userData": "User data may have 16384 bytes, got 16386. Let the host fetch the rest."},
        ),
        (
            NETWORK,
            {"location": "AMAZON", "type": "exit"},
            {
                "location": f"The input 'location' of {NETWORK} is 'AMAZON'; "
                "allowed: AWS, AZURE, GOOGLE_CLOUD, ON_PREMISE, OTHER.",
                "type": f"The input 'type' of {NETWORK} is 'exit'; allowed: REGULAR, EXIT.",
            },
        ),
        (
            CONNECTOR,
            {"remoteNetworkId": "UmVtb3Rl", "name": "ab"},
            {"name": "The name of a Connector must have at least 3 characters, got 2."},
        ),
        (
            CONNECTOR,
            {"remoteNetworkId": "UmVtb3Rl", "name": ""},
            {"name": "The name of a Connector must have at least 3 characters, got 0."},
        ),
    ],
)
def test_inputs_are_refused_by_name(request: pytest.FixtureRequest, token: str, inputs: Props, failures: Props) -> None:
    engine: Engine = request.getfixturevalue(token.partition(":")[0])
    assert engine.check(token, inputs)[1] == failures


def test_user_data_at_the_limit_is_taken(aws: Engine) -> None:
    assert aws.check(INSTANCE, {**MACHINE, "userData": "x" * 16384})[1] == {}


@pytest.mark.parametrize("path", ["rootBlockDevice.tags", "rootBlockDevice.volumeId", "creditSpecification.cpus"])
def test_members_that_nothing_is_done_with_are_refused(aws: Engine, path: str) -> None:
    key, _, member = path.partition(".")
    assert list(aws.check(INSTANCE, {**MACHINE, key: {member: {}}})[1]) == [path]


# --- types, functions, settings


def test_an_unknown_type_is_refused_by_name(aws: Engine) -> None:
    code, text = refusal(aws.check, "aws:s3/bucket:Bucket", {})
    known = ", ".join(sorted(kind.token for kind in aws_provider.KINDS))
    assert code == grpc.StatusCode.UNIMPLEMENTED
    assert text == f"The sandbox does not model the resource type aws:s3/bucket:Bucket. It models {known}."
    assert text.startswith(
        "The sandbox does not model the resource type aws:s3/bucket:Bucket. It models aws:ec2/dhcp"
    ) or (
        text.startswith(
            "The sandbox does not model the resource type aws:s3/bucket:Bucket. It models aws:ec2/eip:Eip, "
        )
    )


def test_an_unknown_function_is_refused_by_name(twingate: Engine) -> None:
    code, text = refusal(twingate.invoke, "twingate:index/getTwingateUsers:getTwingateUsers")
    assert code == grpc.StatusCode.UNIMPLEMENTED
    assert text == (
        "The sandbox does not model the function twingate:index/getTwingateUsers:getTwingateUsers. It models "
        "twingate:index/getTwingateConnector:getTwingateConnector, "
        "twingate:index/getTwingateConnectors:getTwingateConnectors, "
        "twingate:index/getTwingateRemoteNetwork:getTwingateRemoteNetwork, "
        "twingate:index/getTwingateRemoteNetworks:getTwingateRemoteNetworks."
    )


def test_an_unknown_setting_is_refused_by_name(aws: Engine) -> None:
    assert aws.check_config(region="eu-west-1", profile="me") == {
        "profile": "The sandbox does not model the setting 'profile' of provider aws. "
        "It models defaultTags, region, skipCredentialsValidation, skipRegionValidation."
    }


@pytest.fixture
def fresh_aws(in_sandbox: None) -> Iterator[Engine]:
    with Engine(aws_provider.provider()) as engine:
        yield engine


@pytest.fixture
def fresh_twingate(in_sandbox: None) -> Iterator[Engine]:
    with Engine(twingate_provider.provider()) as engine:
        yield engine


def test_aws_needs_a_region(fresh_aws: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    assert refusal(fresh_aws.configure)[1] == "The AWS provider needs a region: set aws:region or AWS_REGION."


@pytest.mark.parametrize("endpoint", ["", "https://ec2.amazonaws.com", "http://127.0.0.1.example:1"])
def test_aws_is_only_spoken_to_in_the_sandbox(
    fresh_aws: Engine, monkeypatch: pytest.MonkeyPatch, endpoint: str
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    assert refusal(fresh_aws.configure)[1] == (
        f"AWS_ENDPOINT_URL is {endpoint!r}, but this provider only talks to a sandbox on http://127.0.0.1. "
        "Run the command through `gatepost sandbox run --`."
    )


@pytest.mark.parametrize("endpoint", ["", "https://acme.twingate.com"])
def test_twingate_is_only_spoken_to_in_the_sandbox(
    fresh_twingate: Engine, monkeypatch: pytest.MonkeyPatch, endpoint: str
) -> None:
    monkeypatch.setenv("GATEPOST_SANDBOX_TWINGATE", endpoint)
    assert refusal(fresh_twingate.configure)[1] == (
        "This provider only talks to a sandbox. Run the command through `gatepost sandbox run --`."
    )


def test_twingate_needs_network_and_token(fresh_twingate: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TWINGATE_API_TOKEN")
    assert refusal(fresh_twingate.configure)[1] == "The Twingate provider needs apiToken: set twingate:apiToken."
    monkeypatch.delenv("TWINGATE_NETWORK")
    assert refusal(fresh_twingate.configure)[1] == (
        "The Twingate provider needs network and apiToken: set twingate:network and twingate:apiToken."
    )


def test_a_wrong_token_is_named_but_not_shown(fresh_twingate: Engine) -> None:
    fresh_twingate.configure(apiToken=secret("wrong-token"))
    assert refusal(fresh_twingate.create, NETWORK, {}, "office")[1] == (
        "creating office: Twingate refused the API token (401): check twingate:apiToken or TWINGATE_API_TOKEN."
    )


# --- what the APIs refuse


def test_a_connector_cannot_move(twingate: Engine, place: Place) -> None:
    made = twingate.create(CONNECTOR, {"remoteNetworkId": place.network})
    assert refusal(twingate.diff, made, {"remoteNetworkId": place.other_network})[1] == (
        f"comparing {made.id}: connectors cannot be moved between Remote Networks: create a new Connector instead."
    )


def test_names_are_taken_once(twingate: Engine, place: Place) -> None:
    name = f"{place.name}-only"
    twingate.create(CONNECTOR, {"remoteNetworkId": place.network, "name": name})
    assert refusal(twingate.create, CONNECTOR, {"remoteNetworkId": place.other_network, "name": name}, "second")[1] == (
        f"creating second: A Connector with the name '{name}' exists already: names are unique in the whole account."
    )


def test_values_outside_the_apis_model_are_refused(aws: Engine, place: Place) -> None:
    options = {"httpTokens": "requird", "httpEndpoint": "on"}
    assert refusal(aws.create, INSTANCE, {**MACHINE, "metadataOptions": options}, "host")[1] == (
        "creating host: RunInstances: "
        "InvalidParameterValue: MetadataOptions.HttpEndpoint is 'on'; allowed: disabled, enabled. "
        "InvalidParameterValue: MetadataOptions.HttpTokens is 'requird'; allowed: optional, required."
    )


def test_a_call_that_moto_lacks_is_a_sentence(aws: Engine, place: Place) -> None:
    made = aws.create(INSTANCE, {**MACHINE, "subnetId": place.subnet})
    assert refusal(aws.update, made, {**made.inputs, "monitoring": True})[1] == (
        f"updating {made.id}: MonitorInstances: the sandbox's AWS does not implement this operation."
    )
    credits = {"creditSpecification": {"cpuCredits": "unlimited"}}
    assert refusal(aws.update, made, {**made.inputs, **credits})[1] == (
        f"updating {made.id}: ModifyInstanceCreditSpecification: the sandbox's AWS does not implement this operation."
    )


def test_what_aws_says_is_passed_on(aws: Engine) -> None:
    assert refusal(aws.create, "aws:ec2/subnet:Subnet", {"vpcId": "vpc-0", "cidrBlock": "10.0.0.0/24"}, "net")[1] == (
        "creating net: CreateSubnet: InvalidVpcID.NotFound: VpcID vpc-0 does not exist."
    )


def test_a_route_is_imported_by_table_and_destination(aws: Engine) -> None:
    assert refusal(aws.find, ROUTE, "r-rtb-1")[1] == (
        "reading r-rtb-1: A route is imported as ROUTE-TABLE-ID_DESTINATION, got 'r-rtb-1'."
    )


def test_a_bug_is_called_one(aws: Engine) -> None:
    api, aws.servicer.api = aws.servicer.api, None
    try:
        code, text = refusal(aws.create, VPC, {"cidrBlock": "10.0.0.0/16"}, "net")
    finally:
        aws.servicer.api = api
    assert code == grpc.StatusCode.INTERNAL
    assert text == (
        "creating net: this is a bug of the sandbox's provider "
        "(AttributeError: 'NoneType' object has no attribute 'call')."
    )


def test_a_sandbox_that_is_gone_is_a_sentence(fresh_twingate: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEPOST_SANDBOX_TWINGATE", "http://127.0.0.1:9")
    fresh_twingate.configure()
    assert refusal(fresh_twingate.create, NETWORK, {}, "office")[1] == (
        "creating office: Twingate's API could not be reached: Connection refused. Does the sandbox run?"
    )
