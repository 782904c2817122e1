"""Instances as evidence: what a Connector on one could really do."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sandbox.gcp.cloud import PROJECT, REGION, ZONE
from sandbox.gcp.lab import Lab

from gatepost_sandbox.addresses import Destination
from gatepost_sandbox.evidence import CHECKS, Exit, Host
from gatepost_sandbox.twingate.store import Pair


def test_a_host_with_all_it_needs_passes_every_check(lab: Lab) -> None:
    host: Host = lab.launch()
    assert host.pair == Pair(f"a-{lab.name}", f"r-{lab.name}")
    assert (host.pair_problem, host.secret_problem()) == (None, None)
    assert host.exit() == Exit(public_ip=lab.address["address"])
    for check in CHECKS:
        check(host)


def test_a_host_says_what_it_is(lab: Lab) -> None:
    host = lab.launch()
    path = f"projects/{PROJECT}/zones/{ZONE}/instances/{lab.name}"
    image = "projects/debian-cloud/global/images/debian-12-bookworm-v20261006"
    assert (host.id, host.region, host.zone, host.image) == (path, REGION, ZONE, image)
    assert (host.state, host.private_ips, host.tags) == ("running", ("10.40.0.2",), {"gatepost-site": "frankfurt"})
    assert (host.hostname, host.tenants, host.dns) == (f"{lab.name}.{ZONE}.c.{PROJECT}.internal", ("sandbox",), ())
    assert lab.cloud.state.clock() - host.launched_at < timedelta(minutes=1)


def test_a_stopped_host_is_terminated_and_boots_anew(lab: Lab) -> None:
    first = lab.launch()
    instances, here = lab.cloud.compute.instances(), {"project": PROJECT, "zone": ZONE, "instance": lab.name}
    instances.stop(**here).execute()
    assert lab.host().state == "terminated"
    instances.start(**here).execute()
    again = lab.host()
    assert (again.state, again.launched_at > first.launched_at) == ("running", True)


# --- the boot text


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("GATEPOST_REGION=x", "its startup script lacks GATEPOST_SECRET"),
        ("GATEPOST_SECRET=my-secret", "its startup script names the secret 'my-secret', not projects/P/secrets/S"),
        ("TWINGATE_ACCESS_TOKEN=x", "its startup script names one of the two tokens only"),
        (
            "GATEPOST_SECRET=projects/acme-dev/secrets/none",
            "the secret version projects/acme-dev/secrets/none/versions/latest does not exist",
        ),
        ("echo hello", None),
        ("", None),
    ],
)
def test_a_script_that_leads_to_no_pair(lab: Lab, script: str, problem: str | None) -> None:
    host = lab.launch(script=script)
    assert (host.pair, host.pair_problem) == (None, problem)


def test_a_secret_must_hold_a_pair(lab: Lab, name: str) -> None:
    other = lab.cloud.secret(f"{name}-text", "not json")
    host = lab.launch(script=lab.script(GATEPOST_SECRET=other))
    text = f"the secret version {other}/versions/latest does not hold JSON with access_token and refresh_token"
    assert (host.pair, host.pair_problem) == (None, text)


def test_tokens_in_the_script_are_a_pair(lab: Lab) -> None:
    host = lab.launch(script='export TWINGATE_ACCESS_TOKEN="one"\nTWINGATE_REFRESH_TOKEN=two\n')
    assert (host.pair, host.secret_problem()) == (Pair("one", "two"), None)


def test_a_host_keeps_the_version_that_it_read_at_boot(lab: Lab) -> None:
    lab.launch()
    lab.cloud.add_version(lab.secret, '{"access_token": "new", "refresh_token": "newer"}')
    lab.cloud.secrets.versions().destroy(name=f"{lab.secret}/versions/1", body={}).execute()
    assert lab.host().pair == Pair(f"a-{lab.name}", f"r-{lab.name}")
    here = {"project": PROJECT, "zone": ZONE, "instance": lab.name}
    lab.cloud.compute.instances().reset(**here).execute()
    assert lab.host().pair == Pair("new", "newer")


def test_a_version_that_is_off_gives_a_booting_host_nothing(lab: Lab) -> None:
    lab.cloud.secrets.versions().disable(name=f"{lab.secret}/versions/1", body={}).execute()
    host = lab.launch()
    text = f"the secret version {lab.secret}/versions/latest was DISABLED when the host booted"
    assert (host.pair, host.pair_problem) == (None, text)


def test_a_version_may_be_pinned(lab: Lab) -> None:
    lab.cloud.add_version(lab.secret, "{}")
    host = lab.launch(script=lab.script(GATEPOST_SECRET=f"{lab.secret}/versions/1"))
    assert host.pair == Pair(f"a-{lab.name}", f"r-{lab.name}")


def test_dns_servers_and_denied_blocks_are_read(lab: Lab) -> None:
    script = lab.script(TWINGATE_DNS="10.0.0.2,10.0.0.3") + "[Service]\nIPAddressDeny=10.9.0.0/16\nDNS=10.0.0.4\n"
    host = lab.launch(script=script)
    assert host.dns == ("10.0.0.2", "10.0.0.3", "10.0.0.4")
    (step,) = host.reach(Destination("10.9.1.1", "tcp", 443))
    assert (step.ok, step.text) == (False, "keeps the Connector from 10.9.0.0/16 (IPAddressDeny)")


# --- who may read


def no_role(lab: Lab) -> dict[str, Any]:
    lab.cloud.grant(lab.secret, "user:someone@example.com")
    return {}


def a_condition(lab: Lab) -> dict[str, Any]:
    condition = {"title": "later", "expression": "request.time > timestamp('2999-01-01T00:00:00Z')"}
    lab.cloud.grant(lab.secret, f"serviceAccount:{lab.email}", condition=condition)
    return {}


def disabled(lab: Lab) -> dict[str, Any]:
    path = f"projects/{PROJECT}/serviceAccounts/{lab.email}"
    lab.cloud.iam.disable(name=path, body={}).execute()
    return {}


def only_viewer(lab: Lab) -> dict[str, Any]:
    lab.cloud.grant(lab.secret, f"serviceAccount:{lab.email}", "roles/secretmanager.viewer")
    return {}


NO_ROLE = "service account {email} has no role with secretmanager.versions.access on it"


@pytest.mark.parametrize(
    ("breaks", "problem"),
    [
        (no_role, NO_ROLE),
        (a_condition, NO_ROLE),
        (only_viewer, NO_ROLE),
        (disabled, "service account {email} is disabled"),
        (lambda lab: {"serviceAccounts": []}, "it has no service account"),
        (
            lambda lab: {
                "serviceAccounts": [{"email": lab.email, "scopes": ["https://www.googleapis.com/auth/compute"]}]
            },
            "its access scopes lack https://www.googleapis.com/auth/cloud-platform",
        ),
    ],
)
def test_a_host_may_read_its_secret_only_with_a_role(
    lab: Lab, breaks: Callable[[Lab], dict[str, Any]], problem: str
) -> None:
    host = lab.launch(**breaks(lab))
    wanted = f"may not read {lab.secret}/versions/latest: {problem.format(email=lab.email)}"
    assert host.secret_problem() == wanted


def test_a_role_in_the_project_counts(lab: Lab) -> None:
    no_role(lab)
    binding = {"role": "roles/secretmanager.secretAccessor", "members": [f"serviceAccount:{lab.email}"]}
    projects = lab.cloud.projects
    projects.setIamPolicy(resource=PROJECT, body={"policy": {"bindings": [binding]}}).execute()
    try:
        assert lab.launch().secret_problem() is None
    finally:
        projects.setIamPolicy(resource=PROJECT, body={"policy": {"bindings": []}}).execute()
