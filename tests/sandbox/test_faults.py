"""Faults of calls on request, as clients see them, and the limits of Twingate's API."""

import http.client
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError
from sandbox.helpers import Reply, Sandbox, send

from gatepost_sandbox.calls import Call
from gatepost_sandbox.clock import Clock
from gatepost_sandbox.daemon import serve, url
from gatepost_sandbox.faults import EXAMPLE, Faults
from gatepost_sandbox.history import History
from gatepost_sandbox.twingate.api import Api
from gatepost_sandbox.twingate.store import Store
from gatepost_sandbox.world import World

ONE_TRY: dict[str, Any] = {"retries": {"total_max_attempts": 1}}
CALLS: dict[str, Callable[[Any], Any]] = {
    "ec2": lambda ec2: ec2.create_vpc(CidrBlock="10.9.0.0/16"),
    "iam": lambda iam: iam.create_user(UserName="nobody"),
    "ssm": lambda ssm: ssm.put_parameter(Name="/no", Value="x", Type="String"),
}


def add(sandbox: Sandbox, **fault: Any) -> None:
    reply = sandbox.page("POST", "faults", [{"cloud": "aws", "operation": "*", **fault}])
    assert reply.status == 200, reply.body


@pytest.mark.parametrize(
    ("service", "fault", "status", "code"),
    [
        ("ec2", {"kind": "throttle"}, 503, "RequestLimitExceeded"),
        ("iam", {"kind": "throttle"}, 400, "Throttling"),
        ("ssm", {"kind": "throttle"}, 400, "ThrottlingException"),
        ("ec2", {"kind": "error"}, 500, "InternalError"),
        ("ec2", {"kind": "error", "status": 503}, 503, "Unavailable"),
        ("iam", {"kind": "error", "status": 500}, 500, "ServiceFailure"),
        ("ssm", {"kind": "error", "status": 503}, 503, "ServiceUnavailable"),
        ("ssm", {"kind": "error", "status": 502}, 502, "502"),
    ],
)
def test_aws_refuses_in_its_own_words(
    held: Sandbox, service: str, fault: dict[str, Any], status: int, code: str
) -> None:
    add(held, **fault)
    with pytest.raises(ClientError) as refused:
        CALLS[service](held.client(service, **ONE_TRY))
    answer = refused.value.response
    assert (answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]) == (status, code)


def test_a_struck_write_does_not_happen(held: Sandbox) -> None:
    ec2 = held.client("ec2", **ONE_TRY)
    add(held, operation="CreateVpc", kind="error")
    before = len(ec2.describe_vpcs()["Vpcs"])
    with pytest.raises(ClientError):
        CALLS["ec2"](ec2)
    assert len(ec2.describe_vpcs()["Vpcs"]) == before
    CALLS["ec2"](ec2)  # the fault is used up
    assert len(ec2.describe_vpcs()["Vpcs"]) == before + 1


def test_a_client_that_tries_again_gets_through(held: Sandbox) -> None:
    add(held, operation="CreateVpc", kind="throttle")
    made = CALLS["ec2"](held.client("ec2", retries={"mode": "standard"}))
    assert made["Vpc"]["CidrBlock"] == "10.9.0.0/16"
    assert held.page("GET", "faults").body["faults"][0]["used"] == 1


class TwingateClient:
    """Twingate in this process, with its clock held."""

    def __init__(self) -> None:
        self.clock = Clock(lambda: datetime(2026, 11, 23, 12, tzinfo=UTC))
        self.world = World(Store(self.clock), {})
        self.history = History(self.world)
        self.server = serve(self.history.watch("twingate", Api(self.world, self.history, "key")))

    def page(self, method: str, page: str, body: Any = None) -> Reply:
        return send(method, f"{url(self.server)}/sandbox/{page}", body)

    def ask(self, query: str) -> Reply:
        return send("POST", f"{url(self.server)}/api/graphql/", {"query": query}, X_API_KEY="key")

    def read(self) -> Reply:
        return self.ask("{ connectors { totalCount } }")

    def write(self) -> Reply:
        return self.ask('mutation { connectorDelete(id: "x") { ok } }')


@pytest.fixture
def twingate() -> Iterator[TwingateClient]:
    made = TwingateClient()
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_twingate_throttles_with_retry_after(twingate: TwingateClient) -> None:
    rows = [{"cloud": "twingate", "operation": "query", "kind": "throttle", "seconds": 2.5}]
    assert twingate.page("POST", "faults", rows).status == 200
    reply = twingate.read()
    assert (reply.status, reply.headers["Retry-After"]) == (429, "3")
    assert reply.body == {"errors": [{"message": "Too many requests."}]}
    assert twingate.read().status == 200


def test_twingate_fails_with_its_own_envelope(twingate: TwingateClient) -> None:
    rows = [{"cloud": "*", "operation": "connectorDelete", "kind": "error", "status": 503}]
    assert twingate.page("POST", "faults", rows).status == 200
    assert twingate.read().status == 200
    reply = twingate.write()
    assert (reply.status, reply.body) == (503, {"errors": [{"message": "An internal error has occurred."}]})


def test_a_call_may_never_be_answered(twingate: TwingateClient) -> None:
    rows = [{"cloud": "twingate", "operation": "query", "kind": "timeout", "seconds": 0}]
    assert twingate.page("POST", "faults", rows).status == 200
    with pytest.raises(http.client.RemoteDisconnected):
        twingate.read()
    assert [(line["status"], line["fault"]) for line in twingate.history.lines()] == [(None, "timeout")]


def test_a_call_of_aws_may_never_be_answered(held: Sandbox) -> None:
    ec2 = held.client("ec2", read_timeout=20, **ONE_TRY)
    ec2.describe_vpcs()  # the connection stays open
    add(held, operation="DescribeVpcs", kind="timeout", seconds=0)
    with pytest.raises(ConnectionClosedError):
        ec2.describe_vpcs()


def test_a_slow_call_is_answered_all_the_same(twingate: TwingateClient) -> None:
    rows = [{"cloud": "twingate", "operation": "query", "kind": "latency", "seconds": 0.2}]
    assert twingate.page("POST", "faults", rows).status == 200
    assert twingate.read().body == {"data": {"connectors": {"totalCount": 0}}}
    (line,) = twingate.history.lines()
    assert (line["status"], line["fault"], line["seconds"] >= 0.2) == (200, "latency", True)


RUN = Call("aws", "ec2", "RunInstances")
QUERY = Call("twingate", "", "query")


def hits(rows: list[dict[str, Any]], *calls: Call) -> list[str | None]:
    """The kinds of the faults that hit the calls."""
    faults = Faults()
    assert faults.add([{"cloud": "aws", "operation": "RunInstances", **row} for row in rows]) is None
    return [fault.kind if fault else None for fault in map(faults.take, calls)]


def test_a_fault_counts_and_lets_calls_pass_first() -> None:
    assert hits([{"kind": "error"}], RUN, RUN) == ["error", None]
    assert hits([{"kind": "error", "count": 2, "skip": 1}], RUN, RUN, RUN, RUN) == [None, "error", "error", None]
    assert hits([{"kind": "error", "count": None}], *[RUN] * 5) == ["error"] * 5


def test_the_first_row_that_fits_strikes() -> None:
    rows = [{"kind": "error", "skip": 1}, {"kind": "throttle"}]
    assert hits(rows, RUN, RUN, RUN) == ["throttle", "error", None]


@pytest.mark.parametrize(
    ("cloud", "operation", "expected"),
    [
        ("aws", "RunInstances", ["error", None]),
        ("aws", "Run*", ["error", None]),
        ("aws", "run*", [None, None]),
        ("twingate", "*", [None, "error"]),
        ("*", "*", ["error", "error"]),
    ],
)
def test_a_fault_is_for_a_cloud_and_an_operation(cloud: str, operation: str, expected: list[str | None]) -> None:
    assert hits([{"kind": "error", "cloud": cloud, "operation": operation, "count": None}], RUN, QUERY) == expected


def test_the_rows_are_shown_with_their_use_and_removed(twingate: TwingateClient) -> None:
    row = {"cloud": "twingate", "operation": "query", "kind": "throttle", "seconds": 1, "count": None, "skip": 1}
    assert twingate.page("POST", "faults", [row]).body == {"faults": [{**row, "used": 0}]}
    twingate.read(), twingate.read(), twingate.read()
    assert twingate.page("GET", "faults").body == {"faults": [{**row, "used": 2}]}
    assert twingate.page("DELETE", "faults").body == {"faults": []}
    assert twingate.read().status == 200


def test_everything_wrong_with_rows_is_said_and_none_is_added() -> None:
    faults = Faults()
    good = {"cloud": "aws", "operation": "*", "kind": "error"}
    bad = {"cloud": "oracle", "kind": "error", "seconds": 3, "count": 0}
    assert faults.add([good, bad, {**good, "status": 404, "retry": 1}]) == (
        "Fault 2: cloud is 'oracle'; it must be one of aws, azure, gcp, twingate, *. "
        "count is 0; it must be a whole number of at least 1, or null (until it is removed). It lacks operation. "
        "seconds is for latency and throttle and timeout, not for error: leave it out. "
        "Fault 3: Unknown fields: retry. Known: cloud, count, kind, operation, seconds, skip, status. "
        "status is 404; it must be one of 500, 502, 503."
    )
    assert faults.shown() == []


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"kind": "error"}, "The body is one object; it must be a list of faults, such as {}. Put [ and ] around the "
         "object."),
        ("throttle", 'The body is "throttle"; it must be a list of faults, such as {}.'),
        (None, "The body is null or no JSON; it must be a list of faults, such as {}."),
        ([7, {"cloud": "aws", "operation": "*", "kind": "error"}, [{}]], "Fault 1: It is 7; it must be an object, such "
         "as the one in {}. Fault 3: It is a list; it must be an object, such as the one in {}."),
    ],
)  # fmt: skip
def test_a_body_that_is_no_list_of_objects_is_told_how_one_looks(body: Any, told: str) -> None:
    assert Faults().add(body) == told.replace("{}", EXAMPLE)


def test_the_example_is_taken() -> None:
    faults = Faults()
    assert faults.add(json.loads(EXAMPLE)) is None
    assert [row["operation"] for row in faults.shown()] == ["RunInstances"]


def test_the_page_of_the_faults_says_what_it_takes(twingate: TwingateClient) -> None:
    reply = twingate.page("POST", "faults", {"kind": "error"})
    assert (reply.status, reply.body["error"].startswith("The body is one object; it must be a list")) == (400, True)


def test_twingates_limits(twingate: TwingateClient) -> None:
    assert twingate.page("POST", "settings", {"api_limits": True}).status == 200
    twingate.write()
    twingate.clock.advance(20)
    assert [twingate.write().status for _ in range(19)] == [200] * 19
    refused = twingate.write()
    assert (refused.status, refused.headers["Retry-After"]) == (429, "40")
    assert [twingate.read().status for _ in range(61)] == [200] * 60 + [429]
    twingate.clock.advance(40)
    assert [twingate.write().status for _ in range(2)] == [200, 429]
    assert twingate.history.lines()[-1]["fault"] == "api_limits"


def test_wrong_revocations(twingate: TwingateClient) -> None:
    unknown = twingate.page("POST", "connectors", {"connector": "a", "revoke": True})
    assert (unknown.status, unknown.body["error"]) == (400, "There is no Connector 'a': the sandbox has none yet.")
    half = twingate.page("POST", "connectors", {"connector": "a"})
    assert (half.status, half.body["error"]) == (400, 'Give a Connector and "revoke": true.')
    wrong = twingate.page("POST", "connectors", {"connector": "a", "revoke": False})
    assert (wrong.status, wrong.body["error"]) == (400, "revoke is False; it must be true.")


def test_what_is_no_json_is_refused(twingate: TwingateClient) -> None:
    reply = twingate.page("POST", "settings", [1])
    assert (reply.status, reply.body) == (400, {"error": "The body of the request is not a JSON object."})


def test_quotas_are_settings_and_all_or_nothing(held: Sandbox) -> None:
    wrong = held.page(
        "POST", "settings", {"quotas": {"elastic_ips": 1, "wishes": 3}, "boot_seconds": 7, "api_limits": 0}
    )
    assert wrong.body["error"].startswith("api_limits is 0; it must be true or false. 'wishes' is no quota")
    after = held.page("GET", "settings").body
    assert (wrong.status, after["quotas"]["elastic_ips"], after["boot_seconds"]) == (400, None, 0.0)
    assert held.page("POST", "settings", {"quotas": {"elastic_ips": 1}}).body["quotas"]["elastic_ips"] == 1
    with pytest.raises(ClientError, match="AddressLimitExceeded"):
        [held.client("ec2", "eu-west-3").allocate_address(Domain="vpc") for _ in range(2)]
