"""A site outside the clouds in the fleet settings: what is accepted, what mistakes read like, what is built."""

from typing import Any

import pulumi
import pytest
from components.gate_program import CONNECTOR
from pydantic import ValidationError

from gatepost.explain import lines, problems_of_error
from gatepost.labels import Labels
from gatepost.onprem.from_settings import Builder
from gatepost.onprem_settings import OnpremSite
from gatepost.rollout import GateArgs

SITE: dict[str, Any] = {"cloud": "onprem", "connectors": {"a": {}, "b": {}}}
ADDRESS = "203.0.113.7"


def of_site(**change: Any) -> list[str]:
    try:
        OnpremSite.model_validate(SITE | change)
    except ValidationError as wrong:
        return lines("", problems_of_error(wrong))
    return []


def test_the_least_that_is_needed_and_what_follows_from_it():
    site = OnpremSite.model_validate(SITE)
    assert (site.exit.kind, site.exit.addresses, site.clients_path(), site.exit_keys()) == ("adopt", [], "unknown", [])
    assert (site.network.create, site.network.adopt) == (None, None)
    assert site.placed() == {"a": "a", "b": "b"}
    assert site.zones() == ["a", "b"]
    assert site.takes() == {"addresses": 0}
    assert site.misspelt("hq") is True  # so that nobody looks for the region of a cloud
    assert [(slot.generation, slot.zone) for slot in site.connectors.values()] == [(1, None)] * 2


def test_retire_of_the_site_counts_where_a_slot_says_nothing():
    connectors = {"a": {"generation": 2}, "b": {"generation": 2, "retire": 0}}
    site = OnpremSite.model_validate(SITE | {"retire": 1, "connectors": connectors})
    assert [site.retired(slot) for slot in "ab"] == [1, 0]


LEAVES_NONE = (
    "Retiring generation 1 leaves no Connector, because the newest is 1. Allowed: a retire below 1. Or raise "
    "generation to "
    "2, install that, and retire 1 later."
)
MISTAKES: list[tuple[dict[str, Any], list[str]]] = [
    ({"retire": 1, "connectors": {"a": {"generation": 2}, "b": {}}}, [f"connectors.b.generation: {LEAVES_NONE}"]),
    ({"connectors": {"a": {"retire": 1}}}, [f"connectors.a.retire: {LEAVES_NONE}"]),
    ({"connectors": {"a": {"retire": -1}}}, ["connectors.a.retire: Found -1. Allowed: a number from 0 upwards."]),
    (
        {"connectors": {"a": {"generation": 5, "retire": 1}}},
        [
            "connectors.a.retire: Generations 2 to 5 would be there at once, and 3 are the most. Set retire to "
            "4 for a slot "
            "that is new, or retire what no host runs any more."
        ],
    ),
    (
        {"connectors": {"a": {"zone": "x"}}},
        ["connectors.a.zone: There is no such setting. Allowed here: generation, retire, log_level."],
    ),
    (
        {"region": "hq"},
        [
            "region: There is no such setting. Allowed here: cloud, exit, dns, reach, log_level, metrics_port, "
            "connectors, "
            "retire."
        ],
    ),
    (
        {"exit": {"addresses": ["10.0.0.1"]}},
        ["exit.addresses[0]: Found '10.0.0.1'. Allowed: a public IPv4 address such as 203.0.113.7."],
    ),
    ({"exit": {"kind": "nat"}}, ["exit.kind: Found 'nat'. Allowed: adopt."]),
    ({"connectors": {}}, ["connectors: Found an empty map. Allowed: at least one entry, such as {a: {}, b: {}}."]),
]


@pytest.mark.parametrize(("change", "told"), MISTAKES)
def test_mistakes_are_told_with_their_path(change, told):
    assert of_site(**change) == told


def test_an_exit_network_needs_addresses_and_dials_nothing_private():
    site = OnpremSite.model_validate(SITE | {"reach": [{"cidr": "10.0.0.0/8"}]})
    assert list(site.problems_with("REGULAR")) == []
    assert list(site.problems_with("EXIT")) == [
        (
            ("reach",),
            "An EXIT network dials no private address. The reach 10.0.0.0/8 holds private ones. Put it into a REGULAR "
            "network.",
        ),
        (
            ("exit",),
            "An EXIT network needs static addresses for allow-lists, also outside the clouds. Write for example exit: "
            "{addresses: [203.0.113.7]}.",
        ),
    ]
    assert list(OnpremSite.model_validate(SITE | {"exit": {"addresses": [ADDRESS]}}).problems_with("EXIT")) == []


def test_a_site_is_built_as_it_is_written(deploy):
    connectors = {"a": {"generation": 2, "log_level": "debug"}, "b": {}}
    more = {"exit": {"addresses": [ADDRESS]}, "reach": [{"cidr": "10.0.0.0/8", "ports": [443], "protocol": "tcp"}]}
    settings = OnpremSite.model_validate(
        SITE | more | {"dns": ["10.0.0.2"], "metrics_port": 9999, "connectors": connectors}
    )
    found: dict[str, Any] = {}

    def program() -> None:
        site = Builder(
            name="pay-hq",
            site=settings,
            tenant="acme",
            remote_network_id="net",
            network_type="REGULAR",
            labels=Labels(environment="prod", network="pay", site="hq"),
            after=[],
            gate=GateArgs(),
            allow_outage=None,
            secrets=None,
            opts=pulumi.ResourceOptions(),
        ).build()
        pulumi.Output.all(site.exit_ips, site.connectors).apply(lambda both: found.update(exits=both[0], slots=both[1]))

    seen = deploy(program)
    assert sorted(seen.of(CONNECTOR)) == ["pay-hq-a-1", "pay-hq-a-2", "pay-hq-b-1"]
    assert found["exits"] == [ADDRESS]
    newest = found["slots"]["a"]["bundles"][1]
    assert newest["reaches"] == [{"cidr": "10.0.0.0/8", "protocol": "tcp", "ports": [443]}]
    wanted = ("TWINGATE_DNS", "TWINGATE_LABEL_GENERATION", "TWINGATE_LOG_LEVEL", "TWINGATE_METRICS_PORT")
    assert [newest["settings"][key] for key in wanted] == ["10.0.0.2", "2", "7", "9999"]
