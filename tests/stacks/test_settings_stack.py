"""From a stack's configuration to its fleet, or to one error with every problem and nothing created."""

import json

import pulumi
import pytest
from recorder import Deployment, _Mocks, _Monitor

from gatepost.aws import from_settings
from gatepost.aws_settings import AwsSite
from gatepost.rollout import GateArgs
from gatepost.stack import SettingsError, fleet_from_config

FLEET = {
    "remote_networks": {
        "payments": {
            "sites": {
                "frankfurt": {
                    "cloud": "aws",
                    "region": "eu-central-1",
                    "network": {"create": {"cidr": "10.40.0.0/22", "zones": ["eu-central-1a"]}},
                    "connectors": {"a": {}, "b": {}},
                }
            }
        }
    }
}
HEAD = "The settings of this stack cannot be used. Nothing was changed."
NEEDED = "This setting is needed and missing."
TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
ENVIRONMENT = (
    "the stack's name: The environment key 'Prod_1' is not written as a key. Allowed: 1 to 20 lower-case letters, "
    "digits and inner hyphens, the first one a lower-case letter. Keys become part of names in every cloud."
)

AUTONAMING = (
    "the engine would then delete each Connector and its host before it makes the next. Use mode: default, or a "
    "pattern with a random part such as ${name}-${hex(7)}."
)


@pytest.fixture
def run(event_loop_per_test, monkeypatch):
    """Run the stack program with a configuration, as Pulumi hands it over: one text for each key."""

    def run(stack="prod", **config):
        seen = Deployment(answers={"aws:ec2/getAmi:getAmi": lambda _: {"id": "ami-1"}})
        mocks = _Mocks(seen)
        monitor = _Monitor(mocks, seen)
        pulumi.runtime.set_mocks(mocks, project="gatepost", stack=stack, preview=True, monitor=monitor)
        texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
        pulumi.runtime.set_all_config({key if ":" in key else f"gatepost:{key}": text for key, text in texts.items()})
        try:
            pulumi.runtime.test(fleet_from_config)()
        except SettingsError as refused:
            return seen, str(refused).splitlines()
        return seen, []

    yield run
    pulumi.runtime.set_all_config({})


def test_good_settings_make_a_fleet_with_the_stacks_name_as_environment(run):
    seen, lines = run(stack="dev", tenant="acme", fleet=FLEET, gate={"enabled": False})
    assert lines == []
    assert seen.only("twingate:index/twingateRemoteNetwork:TwingateRemoteNetwork")["name"] == "payments-dev"
    assert len(seen.of("aws:ec2/instance:Instance")) == 2
    assert [name for kind, name, parent in seen.tree() if kind == "gatepost:index:Fleet"] == ["fleet"]


def test_every_problem_of_every_setting_is_in_one_error_and_nothing_is_created(run):
    fleet = json.loads(json.dumps(FLEET))
    site = fleet["remote_networks"]["payments"]["sites"]["frankfurt"]
    site["regoin"] = site.pop("region")
    site["connectors"] = {"a": {}}
    others = {"flet": {}, "pulumi:autonaming": {"mode": "verbatim"}}
    gate = {"timeout": 5, "enabled": "no"}
    seen, lines = run(stack="Prod_1", tenant="acme.twingate.com", fleet=fleet, gate=gate, **others)
    at = "  gatepost:fleet.remote_networks.payments"
    assert lines == [
        HEAD,
        f"{at}.sites.frankfurt.region: {NEEDED} Write for example region: eu-central-1",
        f"{at}.sites.frankfurt.regoin: There is no such setting. Allowed here: {', '.join(AwsSite.model_fields)}. "
        "Did you mean 'region'?",
        f"{at}: There is one Connector; a Remote Network needs at least two, so that users keep access when a host "
        "fails. Add one under connectors, or set allow_single_connector: true and a reason.",
        "  gatepost:gate.enabled: Found 'no'. Allowed: true or false.",
        "  gatepost:gate.timeout: There is no such setting. Allowed here: enabled, timeout_seconds, poll_seconds, "
        "match_host, soak_seconds. Did you mean 'timeout_seconds'?",
        "  gatepost:tenant: The Twingate network must be a name such as 'acme' (of acme.twingate.com), got "
        "'acme.twingate.com'.",
        "  gatepost: The setting 'gatepost:flet' is not known. Allowed: gatepost:azure, gatepost:fleet, gatepost:gate, "
        "gatepost:tenant. Did you mean 'gatepost:fleet'?",
        f"  pulumi: pulumi:autonaming.mode is 'verbatim': {AUTONAMING}",
        f"  {ENVIRONMENT}",
    ]
    assert seen.requests == []


def test_every_unknown_setting_of_gatepost_is_refused_and_those_of_others_are_not(run):
    others = {"aws:region": "eu-central-1", "gatepost-lab:fleet": "x", "pulumi:autonaming": {"mode": "default"}}
    seen, lines = run(tenant="acme", fleet=FLEET, gates="x", Tenant="x", **others)
    known = "Allowed: gatepost:azure, gatepost:fleet, gatepost:gate, gatepost:tenant."
    assert lines == [
        HEAD,
        f"  gatepost: The setting 'gatepost:Tenant' is not known. {known} Did you mean 'gatepost:tenant'?",
        f"  gatepost: The setting 'gatepost:gates' is not known. {known} Did you mean 'gatepost:gate'?",
    ]
    assert seen.requests == []
    assert run(tenant="acme", fleet=FLEET, **others)[1] == []


def test_how_rollouts_wait_is_handed_to_the_sites(run, monkeypatch):
    gates = []

    class SeenFirst(from_settings.Builder):
        def build(self):
            gates.append(self.gate)
            return super().build()

    monkeypatch.setattr(from_settings, "Builder", SeenFirst)
    assert run(tenant="acme", fleet=FLEET, gate={"soak_seconds": 120, "timeout_seconds": {"aws": 90}})[1] == []
    assert gates == [GateArgs(soak_seconds=120, timeout_seconds={"aws": 90})]


def test_a_stack_without_settings_says_which_are_needed(run):
    seen, lines = run()
    assert lines == [
        HEAD,
        f"  gatepost:fleet: {NEEDED} See docs/settings.md for an example.",
        f"  gatepost:tenant: {NEEDED} It is the name of your Twingate network, acme of acme.twingate.com.",
    ]
    assert seen.requests == []


@pytest.mark.parametrize(
    ("text", "found"), [("payments", "'payments'"), ("{broken", "'{broken'"), ("true", "true"), ("null", None)]
)
def test_a_fleet_that_is_no_map(run, text, found):
    told = f"Found {found}. Allowed: a map of the settings tags, defaults, more_regions, quotas, remote_networks."
    expected = told if found else f"{NEEDED} See docs/settings.md for an example."
    seen, lines = run(tenant="acme", fleet=text)
    assert lines == [HEAD, f"  gatepost:fleet: {expected}"]
    assert seen.requests == []


def test_a_tenant_that_only_the_connector_would_refuse_is_refused_here(run):
    seen, lines = run(tenant="ab-" * 21 + "c", fleet=FLEET)
    assert [line[:71] for line in lines[1:]] == [
        "  gatepost:tenant: The network '(hidden, it looks like a token)' is not"
    ]
    assert seen.requests == []


def test_a_token_in_the_wrong_place_is_not_shown(run):
    lines = run(tenant=TOKEN, fleet=TOKEN, gate=TOKEN, stack="prod")[1]
    assert len(lines) == 4
    assert "eyJ" not in "\n".join(lines)


def test_pulumi_prints_the_error_without_a_traceback():
    assert issubclass(SettingsError, pulumi.RunError)
