"""Every example of docs/settings.md and docs/fleet.md is what it says: built, or refused with the text beside it."""

import copy
import re
from pathlib import Path

import pulumi_aws as aws
import pytest
import yaml
from components.azure_sites import GET_SUBNET, GET_VNET, GROUP, subnet
from recorder import record
from stacks.settings_azure_data import GUARD
from stacks.settings_data import networks_of

from gatepost.fleet import Fleet, FleetArgs
from gatepost.settings import parse, parse_gate

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [(DOCS / name).read_text(encoding="utf-8") for name in ("settings.md", "fleet.md")]
EXAMPLE = re.compile(r"```yaml\n(.+?)```\n(?:\n```text\n(.+?)```)?", re.DOTALL)
EXAMPLES = [(found[1], found[2]) for page in PAGES for found in EXAMPLE.finditer(page)]
WHOLE, GOOGLE, AZURE = [
    yaml.safe_load(text)["config"]
    for text, _ in EXAMPLES
    if text.startswith("config:") and "cloud:" in text and ("# of" in text or "cloud: aws" not in text)
]
"""The whole examples that others are put into, by cloud."""
HOSTS = ("aws:ec2/instance:Instance", "gcp:compute/instance:Instance", GROUP)
ANSWERS = {
    "aws:ec2/getAmi:getAmi": lambda _: {"id": "ami-1"},
    "gcp:compute/getImage:getImage": lambda _: {"selfLink": "projects/debian-cloud/global/images/debian-12"},
    GET_VNET: lambda _: {"dhcpOptions": {"dnsServers": ["10.60.0.4"]}},
    GET_SUBNET: lambda _: subnet(networkSecurityGroup={"id": GUARD}),
}


def config_of(example: str) -> dict:
    """A whole configuration: the example itself, or the one of its cloud with the example's settings in their place."""
    data = yaml.safe_load(example)
    if "config" in data:
        return WHOLE | data["config"]
    place = example.partition("\n")[0]
    cloud = {"Google Cloud": GOOGLE, "Azure": AZURE}.get(place.partition("site on ")[2], {})
    config = copy.deepcopy(WHOLE | cloud)
    network = config["gatepost:fleet"]["remote_networks"]["payments"]
    (site,) = network["sites"].values()
    places = {"# in a Remote Network": network, "# in a site": site}
    places[place.partition(" on ")[0]].update(data)
    return config


def test_every_block_is_an_example():
    assert len(EXAMPLES) == sum(page.count("```yaml") for page in PAGES) == 29
    assert sum(text is not None for _, text in EXAMPLES) == sum(page.count("```text") for page in PAGES) == 10


@pytest.mark.parametrize(("example", "text"), EXAMPLES)
def test_example(example, text, event_loop_per_test):
    config = config_of(example)
    settings, problems = parse(config["gatepost:fleet"], environment="prod")
    _, gate_problems = parse_gate(config.get("gatepost:gate"))
    assert (text is not None) == ("# refused" in example)
    assert problems + gate_problems == (text or "").splitlines()
    if text is None:
        slots = [s for n in settings.remote_networks.values() for site in n.sites.values() for s in site.connectors]

        def program():
            providers = {"shop": aws.Provider("shop", region="eu-west-1")}
            tenant = config["gatepost:tenant"]
            args = FleetArgs(settings=settings, environment="prod", tenant=tenant, providers=providers)
            Fleet("fleet", args)

        seen = record(program, preview=True, answers=networks_of(settings) | ANSWERS)
        assert sum(len(seen.of(host)) for host in HOSTS) == len(slots)
