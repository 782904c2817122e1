"""What Twingate's word adds to the audit: states, Connectors without a host, hosts without a Connector."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli.audit_lab import HOME, Account, Answer, account, sandbox
from sandbox.lab import Lab

from gatepost.audit import calls, twingate

__all__ = ["account", "sandbox"]
NUMBERS = itertools.count(1)
OURS = ("connector-alive", "connector-exit-address", "connector-without-host", "host-without-connector")
OURS += ("network-two-alive",)


@pytest.fixture(scope="module")
def number() -> str:
    """The sandbox's own account, in which labs are built."""
    return "123456789012"


@pytest.fixture
def lab(account: Account) -> Iterator[Lab]:
    """A Connector that is ALIVE, and an audit that asks Twingate."""
    running = account.sandbox.running
    variables = {"TWINGATE_API_TOKEN": running.api_token, "TWINGATE_NETWORK": "sandbox"}
    for name, value in {**variables, "GATEPOST_SANDBOX_TWINGATE": running.twingate}.items():
        account.patch.setenv(name, value)
    made = Lab(account.sandbox, f"audit-{next(NUMBERS)}")
    made.build()
    account.regions.add(HOME)
    yield made
    account.clean()
    account.sandbox.graphql("mutation($id: ID!) { connectorDelete(id: $id) { ok } }", id=made.connector_id)


def ours(said: Answer) -> list[tuple[str, str, str]]:
    assert said.report["twingate"] is True
    return [row for row in said.found if row[0] in OURS]


def test_the_state_of_a_connector(account: Account, lab: Lab) -> None:
    said = account.audit()
    (host,) = said.report["hosts"]
    assert (host["id"], host["connector"], host["connector_state"], host["exit_ip"], host["network"]) == (
        lab.host,
        f"{lab.name}-a",
        "ALIVE",
        lab.exit_ip,
        lab.name,
    )
    told = account.sandbox.graphql("{ connectors { edges { node { id version } } } }")["connectors"]["edges"]
    assert [host["connector_version"]] == [e["node"]["version"] for e in told if e["node"]["id"] == lab.connector_id]
    assert ours(said) == [("network-two-alive", "high", lab.name)]
    assert f"{lab.name}-a ALIVE" in account.text("--region", HOME).out


def test_a_connector_that_died_on_a_running_host(account: Account, lab: Lab) -> None:
    lab.forbid("tcp", 443, 443)
    said = account.audit()
    assert ours(said) == [("network-two-alive", "high", lab.name), ("connector-alive", "high", f"{lab.name}-a")]
    texts = [f["text"] for f in said.report["findings"] if f["rule"] == "connector-alive"]
    assert texts[0].startswith(f"Connector '{lab.name}-a' is DEAD_HEARTBEAT_TOO_OLD, although its host {lab.host} runs")


def test_a_host_whose_connector_is_gone(account: Account, lab: Lab) -> None:
    account.sandbox.graphql("mutation($id: ID!) { connectorDelete(id: $id) { ok } }", id=lab.connector_id)
    assert ours(account.audit()) == [("host-without-connector", "medium", lab.host)]


def test_a_connector_without_a_host_needs_all_regions(account: Account, lab: Lab) -> None:
    lab.ec2.terminate_instances(InstanceIds=[lab.host])
    assert ours(account.audit()) == []
    account.patch.setattr("gatepost.audit.session.regions", lambda session, asked: ([HOME], True))
    assert ours(account.audit()) == [("connector-without-host", "medium", f"{lab.name}-a")]
    account.patch.setitem(calls.CONFIG, "retries", {"mode": "standard", "total_max_attempts": 1})
    fault = {"cloud": "aws", "operation": "DescribeInstances", "kind": "error", "count": None}
    assert account.sandbox.page("POST", "faults", [fault]).status == 200
    blind = account.audit()
    assert account.sandbox.page("DELETE", "faults").status == 200
    assert (ours(blind), blind.status) == ([], 3)


def test_the_token_may_stand_in_a_file(account: Account, lab: Lab, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{account.sandbox.running.api_token}\n")
    account.patch.delenv("TWINGATE_API_TOKEN")
    account.patch.delenv("TWINGATE_NETWORK")
    said = account.audit("--twingate-token-file", str(file), "--twingate-network", "sandbox")
    assert ours(said) == [("network-two-alive", "high", lab.name)]
    assert account.sandbox.running.api_token not in said.out
    file.write_text(" \n")
    assert account.audit("--twingate-token-file", str(file)).err == (
        f"gatepost: The file {file} is empty. Write an API token of Twingate into it.\n"
    )
    missing = account.audit("--twingate-token-file", str(tmp_path / "none"))
    assert (missing.status, missing.err) == (
        2,
        f"gatepost: The token cannot be read from {tmp_path / 'none'}: No such file or directory.\n",
    )


def test_a_token_needs_a_network(account: Account) -> None:
    account.patch.setenv("TWINGATE_API_TOKEN", "secret-of-the-test")
    said = account.audit()
    told = "There is an API token of Twingate, but no network. Add --twingate-network or set TWINGATE_NETWORK."
    assert (said.status, said.err) == (2, f"gatepost: {told}\n")
    wrong = account.audit("--twingate-network", "evil.example/x")
    assert (wrong.status, wrong.err) == (
        2,
        "gatepost: The Twingate network 'evil.example/x' is not a name like the first part of acme.twingate.com.\n",
    )


def test_a_token_that_is_refused_is_not_checked(account: Account, lab: Lab) -> None:
    account.patch.setenv("TWINGATE_API_TOKEN", "secret-of-the-test")
    said = account.audit()
    (note,) = said.report["not_checked"]
    assert note["what"] == "the state of Connectors in Twingate"
    assert note["reason"] == "Twingate refuses the API token (401). Use one of this tenant that may read."
    assert (said.report["twingate"], said.report["hosts"][0]["connector"]) == (False, "")
    assert "secret-of-the-test" not in said.out


def test_twingate_is_asked_again_and_for_every_page(account: Account, lab: Lab) -> None:
    account.patch.setattr(twingate, "PAGE", 1)
    other = Lab(account.sandbox, f"{lab.name}-other")
    other.make_connector()
    fault = {"cloud": "twingate", "operation": "query", "kind": "throttle", "seconds": 0, "count": 1}
    assert account.sandbox.page("POST", "faults", [fault]).status == 200
    since = account.here()
    running = account.sandbox.running
    found = {one.name for one in twingate.connectors(running.twingate, running.api_token)}
    assert {f"{lab.name}-a", f"{other.name}-a"} <= found
    asked = [line["status"] for line in account.lines(since) if line["cloud"] == "twingate"]
    assert (asked[0], asked[1:]) == (429, [200] * len(found))
    account.sandbox.graphql("mutation($id: ID!) { connectorDelete(id: $id) { ok } }", id=other.connector_id)


def test_twingate_that_cannot_be_reached() -> None:
    with pytest.raises(twingate.TwingateError) as refused:
        twingate.connectors("http://127.0.0.1:9", "secret-of-the-test")
    assert str(refused.value).startswith("Twingate at http://127.0.0.1:9 cannot be asked: ")
    assert "secret-of-the-test" not in str(refused.value)
