"""One case for each refusal of the sandbox's Google Cloud, with its source; a refusal without a case fails here."""

from typing import Any

import pytest
from sandbox.gcp import refused_hosts, refused_networks, refused_requests
from sandbox.gcp.cloud import Direct
from sandbox.refusing import Case, sources_missing, without_a_case

from gatepost_sandbox import gcp

CASES = [case for table in (refused_requests, refused_networks, refused_hosts) for case in table.CASES]


def ask(case: Case) -> tuple[int, str, str]:
    """Status, reason and message from a Google Cloud where only the case's own things are."""
    place = Direct()
    status, body = place.ask(*case.ask(place))
    error: Any = body["error"]
    return status, error["errors"][0]["reason"], error["message"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.when)
def test_google_refuses(case: Case) -> None:
    status, reason, message = ask(case)
    assert (status, reason) == (case.status, case.code), message
    assert case.words in message


def test_each_refusal_has_a_case() -> None:
    assert without_a_case(gcp, CASES, ask) == []


def test_each_case_names_its_source() -> None:
    assert sources_missing(CASES) == []
