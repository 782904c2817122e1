"""Google's own clients meet the sandbox's faults as they meet Google's: they know them, and try again where told to."""

import time
from typing import Any

import pytest
from google.api_core import exceptions
from google.api_core.retry import Retry
from google.auth.credentials import AnonymousCredentials
from google.cloud import compute_v1
from googleapiclient.errors import HttpError
from sandbox.gcp.cloud import PROJECT, REGION, Cloud

from gatepost_sandbox.faults import Faults

GET = "compute.addresses.get"
ROWS = [
    pytest.param({"kind": "throttle", "seconds": 0}, exceptions.TooManyRequests, id="quota"),
    pytest.param({"kind": "error", "status": 500}, exceptions.InternalServerError, id="500"),
    pytest.param({"kind": "error", "status": 503}, exceptions.ServiceUnavailable, id="503"),
]


def ask(faults: Faults, **row: Any) -> None:
    assert faults.add([{"cloud": "gcp", "operation": GET, **row}]) is None


def used(faults: Faults) -> list[int]:
    return [row["used"] for row in faults.shown()]


def over_rest(cloud: Cloud) -> compute_v1.AddressesClient:
    transport = compute_v1.AddressesClient.get_transport_class("rest")
    host = cloud.url.removeprefix("http://")
    return compute_v1.AddressesClient(
        transport=transport(host=host, url_scheme="http", credentials=AnonymousCredentials())
    )


@pytest.mark.parametrize(("row", "known"), ROWS)
def test_google_cloud_compute_knows_a_fault_and_tries_again(
    cloud: Cloud, faults: Faults, name: str, row: dict[str, Any], known: type[Exception]
) -> None:
    there, client = cloud.address(name)["address"], over_rest(cloud)
    where = {"project": PROJECT, "region": REGION, "address": name}  # a request
    ask(faults, count=3, **row)
    with pytest.raises(known):
        client.get(where, retry=None)
    again = Retry(initial=0.001, maximum=0.001)  # its predicate: what Google calls transient
    assert client.get(where, retry=again).address == there
    assert used(faults) == [3]


@pytest.mark.parametrize("row", [row.values[0] for row in ROWS])
def test_google_api_python_client_tries_again(cloud: Cloud, faults: Faults, name: str, row: dict[str, Any]) -> None:
    there = cloud.address(name)["address"]
    request = cloud.compute.addresses().get(project=PROJECT, region=REGION, address=name)
    waited: list[float] = []
    request._sleep = waited.append
    ask(faults, count=2, **row)
    assert request.execute(num_retries=2)["address"] == there
    assert (used(faults), len(waited)) == ([2], 2)
    ask(faults, count=1, **row)
    with pytest.raises(HttpError) as refused:
        request.execute()
    assert refused.value.resp.status == row.get("status", 429)


def test_a_slow_answer_is_an_answer(cloud: Cloud, faults: Faults, name: str) -> None:
    there = cloud.address(name)["address"]
    ask(faults, kind="latency", seconds=0.2)
    began = time.monotonic()
    assert over_rest(cloud).get(project=PROJECT, region=REGION, address=name).address == there
    assert time.monotonic() - began >= 0.2
    assert used(faults) == [1]
