"""The providers try again as the vendors' do: what passes fails nothing, what lasts is told with the tries."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import grpc
import pytest
from sandbox.helpers import Sandbox
from sandbox.providers.engine import Engine
from sandbox.providers.place import TRUST

from gatepost_sandbox.providers import twingate as twingate_provider
from gatepost_sandbox.providers.aws import patience
from gatepost_sandbox.providers.aws.client import Aws
from gatepost_sandbox.providers.kind import ApiError
from gatepost_sandbox.providers.retries import BASE
from gatepost_sandbox.providers.twingate import client

pytestmark = pytest.mark.timeout(60)  # vendors wait for minutes
VPC = "aws:ec2/vpc:Vpc"
NETWORK = "twingate:index/twingateRemoteNetwork:TwingateRemoteNetwork"
CONNECTOR = "twingate:index/twingateConnector:TwingateConnector"
TOKENS = "twingate:index/twingateConnectorTokens:TwingateConnectorTokens"
CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "CreateVpc": (VPC, {"cidrBlock": "10.0.0.0/16"}),
    "CreateRole": ("aws:iam/role:Role", {"assumeRolePolicy": TRUST}),
    "PutParameter": ("aws:ssm/parameter:Parameter", {"type": "String", "value": "x"}),
}
FAULTS = [
    pytest.param({"kind": "throttle", "seconds": 0}, id="throttle"),
    *(pytest.param({"kind": "error", "status": status}, id=str(status)) for status in (500, 502, 503)),
    pytest.param({"kind": "timeout", "seconds": 0}, id="lost"),
]


@pytest.fixture
def aws(in_sandbox: None, engines: dict[str, Engine], monkeypatch: pytest.MonkeyPatch) -> Engine:
    monkeypatch.setenv(BASE, "0.0001")
    if engines["aws"].servicer.api is None:
        engines["aws"].configure()
    return engines["aws"]


@pytest.fixture
def twingate(in_sandbox: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """Not configured yet: each test has variables and settings of its own."""
    monkeypatch.setenv(BASE, "0.0001")
    with Engine(twingate_provider.provider()) as engine:
        yield engine


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long Twingate's client would wait; it does not."""
    waited: list[float] = []
    monkeypatch.setattr(client, "sleep", waited.append)
    monkeypatch.delenv(BASE, raising=False)
    return waited


def fault(sandbox: Sandbox, cloud: str, operation: str, **row: Any) -> None:
    reply = sandbox.page("POST", "faults", [{"cloud": cloud, "operation": operation, **row}])
    assert reply.status == 200, reply.body


def used(sandbox: Sandbox) -> int:
    (row,) = sandbox.page("GET", "faults").body["faults"]
    return row["used"]


def refusal(call: Callable[..., Any], *args: Any) -> str:
    with pytest.raises(grpc.RpcError) as refused:
        call(*args)
    return refused.value.details()  # ty: ignore[missing-attribute]  # every RpcError of a call has it


@pytest.mark.parametrize("row", FAULTS)
@pytest.mark.parametrize("operation", CALLS)
def test_what_passes_fails_no_call_of_aws(held: Sandbox, aws: Engine, operation: str, row: dict[str, Any]) -> None:
    fault(held, "aws", operation, count=2, **row)
    token, inputs = CALLS[operation]
    before = len(held.page("GET", "history").body["calls"])
    assert aws.create(token, inputs, f"thing-{uuid.uuid4().hex[:8]}").id != ""
    made = [c for c in held.page("GET", f"history?since={before}").body["calls"] if c["operation"] == operation]
    assert [c["fault"] for c in made] == [row["kind"], row["kind"], None]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"kind": "throttle"}, "creating net: CreateVpc: RequestLimitExceeded: Request limit exceeded."),
        ({"kind": "error"}, "creating net: CreateVpc: InternalError: An internal error has occurred."),
        ({"kind": "timeout", "seconds": 0}, "creating net: CreateVpc: Connection was closed before we received a "
         "valid response from endpoint URL: \"{url}/\"."),
    ],
)  # fmt: skip
def test_what_lasts_at_aws_is_told(held: Sandbox, aws: Engine, row: dict[str, Any], said: str) -> None:
    fault(held, "aws", "CreateVpc", count=None, **row)
    said = said.replace("{url}", held.running.aws)
    assert refusal(aws.create, *CALLS["CreateVpc"], "net") == f"{said} Tried 25 times."
    assert used(held) == 25


def test_a_refusal_is_no_reason_to_try_again(held: Sandbox, aws: Engine) -> None:
    subnet = {"vpcId": "vpc-1", "cidrBlock": "10.0.0.0/24"}
    before = len(held.page("GET", "history").body["calls"])
    assert refusal(aws.create, "aws:ec2/subnet:Subnet", subnet, "net") == (
        "creating net: CreateSubnet: InvalidVpcID.NotFound: VpcID vpc-1 does not exist."
    )
    calls = held.page("GET", f"history?since={before}").body["calls"]
    assert [c["operation"] for c in calls] == ["CreateSubnet"]


def after(failed: int, error: Exception | None = None, code: str = "InternalError") -> dict[str, Any]:
    """What botocore tells after an attempt that failed."""
    answer = None if error else (None, {"Error": {"Code": code}})
    asked = {"request_dict": {"context": {}}, "operation": None}
    return {"attempts": failed, "caught_exception": error, "response": answer, **asked}


def test_waits_for_aws_double_up_to_the_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.random", lambda: 1.0)
    monkeypatch.setenv(BASE, "0.5")
    wait = patience.Patience().wait
    assert [wait(**after(n, code="RequestLimitExceeded")) for n in (1, 2, 8, 9, 24, 25)] == [1, 2, 128, 150, 150, None]


def test_what_moto_does_not_implement_is_met_once(held: Sandbox, aws: Engine) -> None:
    before = len(held.page("GET", "history").body["calls"])
    with pytest.raises(ApiError) as refused:
        aws.servicer.api.call("ssm", None, "list_ops_metadata")
    assert str(refused.value) == "ListOpsMetadata: the sandbox's AWS does not implement this operation."
    assert len(held.page("GET", f"history?since={before}").body["calls"]) == 1


def test_attempts_at_aws_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "3")
    monkeypatch.setattr("random.random", lambda: 0.5)
    wait = patience.Patience().wait
    assert [wait(**after(n, code="ThrottlingException")) for n in (1, 2, 3)] == [1, 2, None]


def test_a_sandbox_that_is_gone_is_asked_once(in_sandbox: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    gone = Aws.connect({})
    with pytest.raises(ApiError) as refused:
        gone.call("ec2", "eu-central-1", "describe_vpcs")
    assert str(refused.value) == 'DescribeVpcs: Could not connect to the endpoint URL: "http://127.0.0.1:9/"'


@pytest.mark.parametrize("row", FAULTS)
@pytest.mark.parametrize("operation", ["remoteNetworkCreate", "query"])
def test_what_passes_fails_no_call_of_twingate(
    held: Sandbox, twingate: Engine, operation: str, row: dict[str, Any]
) -> None:
    twingate.configure()
    fault(held, "twingate", operation, count=2, **row)
    assert twingate.create(NETWORK, {}, "office").state["location"] == "OTHER"
    assert used(held) == 2


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"kind": "throttle", "seconds": 0}, "Twingate's API answered 429 Too Many Requests. Tried 11 times."),
        ({"kind": "error"}, "Twingate's API answered 500 Internal Server Error. Tried 11 times."),
        ({"kind": "timeout", "seconds": 0}, "Twingate's API could not be reached: Remote end closed connection "
         "without response. Tried 11 times. Does the sandbox run?"),
    ],
)  # fmt: skip
def test_what_lasts_at_twingate_is_told(held: Sandbox, twingate: Engine, row: dict[str, Any], said: str) -> None:
    twingate.configure()
    fault(held, "twingate", "remoteNetworkCreate", count=None, **row)
    assert refusal(twingate.create, NETWORK, {}, "office") == f"creating office: {said}"
    assert used(held) == 11


def test_waits_for_twingate_double_up_to_the_longest(held: Sandbox, twingate: Engine, waits: list[float]) -> None:
    twingate.configure()
    fault(held, "twingate", "remoteNetworkCreate", kind="error", status=503, count=None)
    refusal(twingate.create, NETWORK, {}, "office")
    assert waits == [1, 2, 4, 8, 16, 30, 30, 30, 30, 30]


def test_twingate_says_when_to_come_back(held: Sandbox, twingate: Engine, waits: list[float]) -> None:
    twingate.configure()
    fault(held, "twingate", "remoteNetworkCreate", kind="throttle", seconds=40, count=2)
    twingate.create(NETWORK, {}, "office")
    assert waits == [40, 40]


@pytest.mark.parametrize(
    ("variables", "settings", "end"),
    [
        ({"TWINGATE_HTTP_MAX_RETRY": "1"}, {}, " Tried 2 times."),
        ({"TWINGATE_HTTP_MAX_RETRY": "1"}, {"httpMaxRetry": 2}, " Tried 3 times."),
        ({}, {"httpMaxRetry": 0}, ""),
    ],
)
def test_retries_can_be_set(
    held: Sandbox,
    twingate: Engine,
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    settings: dict[str, Any],
    end: str,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    twingate.configure(**settings)
    fault(held, "twingate", "remoteNetworkCreate", kind="error", count=None)
    said = f"creating office: Twingate's API answered 500 Internal Server Error.{end}"
    assert refusal(twingate.create, NETWORK, {}, "office") == said


def test_a_pair_is_kept_through_what_passes_and_dropped_by_what_lasts(held: Sandbox, twingate: Engine) -> None:
    twingate.configure()
    network = twingate.create(NETWORK, {}, "office")
    connector = twingate.create(CONNECTOR, {"remoteNetworkId": network.id}, "office-a")
    pair = twingate.create(TOKENS, {"connectorId": connector.id}, "office-a")
    check = "POST /api/v4/connector/validate_tokens"
    fault(held, "twingate", check, kind="error", count=2)
    kept = twingate.read(pair)
    assert kept is not None
    assert kept.state["accessToken"] == pair.state["accessToken"]
    fault(held, "twingate", check, kind="timeout", seconds=0, count=None)
    assert twingate.read(pair) is None  # as the vendor's provider, which takes any failure for an invalid pair


@pytest.mark.parametrize(
    ("variable", "value", "allowed"),
    [
        (BASE, "soon", "a number of seconds from 0 to 3600"),
        (BASE, "-1", "a number of seconds from 0 to 3600"),
        (BASE, "nan", "a number of seconds from 0 to 3600"),
        ("TWINGATE_HTTP_MAX_RETRY", "1.5", "a whole number from 0"),
    ],
)
def test_a_wrong_variable_is_a_sentence(
    twingate: Engine, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, allowed: str
) -> None:
    monkeypatch.setenv(variable, value)
    assert refusal(twingate.configure) == f"The variable {variable} is {value!r}; it must be {allowed}."
