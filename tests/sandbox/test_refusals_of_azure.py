"""One case for each refusal of the sandbox's Azure, with its source; a refusal without a case fails here."""

import pytest
from sandbox.azure import refused_hosts, refused_networks, refused_requests
from sandbox.azure.cloud import Direct, Place
from sandbox.refusing import Case, sources_missing, without_a_case

from gatepost_sandbox import azure
from gatepost_sandbox.refusals import quotas

CASES = [case for table in (refused_requests, refused_networks, refused_hosts) for case in table.CASES]


def ask(case: Case) -> tuple[int, str, str]:
    """Status, code and message from an Azure where only the case's own things are; quotas are as before afterwards."""
    place, before = Place(Direct(), "g"), quotas.values()
    try:
        method, path, body = case.ask(place)
        reply = (place.cloud.raw if "?" in path else place.cloud.call)(method, path, body)
    finally:
        for name, value in before.items():
            quotas.set(name, value)
    error = reply.body["error"]
    return reply.status, error["code"], error["message"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.when)
def test_azure_refuses(case: Case) -> None:
    status, code, message = ask(case)
    assert (status, code) == (case.status, case.code), message
    assert case.words in message


def test_each_refusal_has_a_case() -> None:
    assert without_a_case(azure, CASES, ask) == []


def test_each_case_names_its_source() -> None:
    assert sources_missing(CASES) == []
