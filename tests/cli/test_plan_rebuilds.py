"""Which settings rebuild hosts: what the plan says is what the components do."""

import pytest
from cli.plan_data import AWS, AZURE, GCP, settings

from gatepost.fleet import Fleet, FleetArgs
from gatepost.plan.model import fleet_plan
from gatepost.rollout import GateArgs

CONNECTOR = "twingate:index/twingateConnector:TwingateConnector"
ANSWERS = {
    "aws:ec2/getAmi:getAmi": lambda _: {"id": "ami-0123abcd"},
    "gcp:compute/getImage:getImage": lambda _: {"selfLink": "projects/debian-cloud/global/images/debian-12"},
}
DIRECT = {"exit": {"kind": "direct"}}
OTHER_IMAGE = "projects/debian-cloud/global/images/debian-12-bookworm-v20261110"


FIRST: dict[str, dict[str, bytes]] = {}
"""Those of the sites to start from, by their text."""


def triggers(deploy, found, cloud):
    """What rebuilds each Connector, as the engine gets it."""
    args = FleetArgs(settings=found.fleet, environment="prod", tenant="acme", gate=GateArgs(enabled=False))
    seen = deploy(lambda: Fleet("fleet", args) and None, preview=cloud == "gcp", answers=ANSWERS)
    return {
        request.name.rpartition("-")[2]: request.replacement_trigger.SerializeToString(deterministic=True)
        for request in seen.requests
        if request.type == CONNECTOR
    }


EDITS = [
    (AWS, {"log_level": "info"}),
    (AWS, {"metrics_port": 9999}),
    (AWS, {"dns": ["10.40.0.2"]}),
    (AWS, {"reach": [{"cidr": "10.40.0.0/24"}]}),
    (AWS, {"strict": True}),
    (AWS, {"image": "ami-89abcdef"}),
    (AWS, {"size": "t3a.small"}),
    (AWS, {"volume_gib": 16}),
    (AWS, {"kms_key": "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"}),
    (AWS, {"sessions": True}),
    (AWS, {"termination_protection": True}),
    (AWS, {"connectors": {"a": {"generation": 2}, "b": {"log_level": "info"}}}),
    (AWS, {"connectors": {"a": {"log_level": "error"}, "b": {"zone": "eu-central-1a"}}}),
    (AWS, {"network": {"create": {**AWS["network"]["create"], "acl": True, "protect": True}}}),
    (AWS, {"exit": {"kind": "nat", "per": "site"}}),
    (AWS | DIRECT, {"exit": {"kind": "direct", "adopt": {"b": "eipalloc-0123abcd"}}}),
    (GCP, {"log_level": "info"}),
    (GCP, {"image": OTHER_IMAGE}),
    (GCP, {"size": "e2-medium"}),
    (GCP, {"version": "1.80.0"}),
    (GCP, {"upgrade_hour": 4}),
    (GCP, {"regional_pair": True}),
    (GCP, {"project": "acme-prod"}),
    (GCP, {"reach": [{"cidr": "10.50.0.0/25"}]}),
    (GCP | DIRECT, {"exit": {"kind": "direct", "adopt": {"b": "exit"}}}),
    (AZURE, {"log_level": "info"}),
    (AZURE, {"cpu": 2.0}),
    (AZURE, {"memory_gb": 4.0}),
    (AZURE, {"portal": True}),
    (AZURE, {"dns": ["10.60.0.70"]}),
    (AZURE, {"reach": [{"cidr": "10.60.0.0/25"}]}),
]


@pytest.mark.parametrize(
    ("site", "edit"), EDITS, ids=[f"{site['cloud']}-{'-'.join(edit)}-{n}" for n, (site, edit) in enumerate(EDITS)]
)
def test_a_setting_rebuilds_what_the_plan_says(deploy, site, edit):
    before, after = settings({"main": site}), settings({"main": site | edit})
    if str(site) not in FIRST:
        FIRST[str(site)] = triggers(deploy, before, site["cloud"])
    first, second = FIRST[str(site)], triggers(deploy, after, site["cloud"])
    rebuilt = {slot for slot, trigger in second.items() if first[slot] != trigger}
    assert {one.slot for one in fleet_plan(after, before).changes or ()} == rebuilt
