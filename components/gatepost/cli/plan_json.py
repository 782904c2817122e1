"""The plan as JSON: its fields as they are, and the sums that people read."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ..plan.capacity import REMEDY
from ..plan.prices import DATE

if TYPE_CHECKING:
    from ..plan.model import FleetPlan


def as_text(plan: "FleetPlan") -> str:
    """The whole plan."""
    return json.dumps(as_data(plan), indent=2)


def as_data(plan: "FleetPlan") -> dict[str, Any]:
    """The whole plan as plain data."""
    data: dict[str, Any] = asdict(plan)
    data["warnings"] = [told._asdict() for told in plan.warnings]
    data["remedy"] = REMEDY
    data["prices"] = {"date": DATE, "currency": "USD", "verified": False}
    data["fine"] = not plan.counter_examples
    for network, shown in zip(plan.networks, data["networks"], strict=True):
        shown["rollout"]["at_most"] = network.rollout.at_most
        for site, row in zip(network.sites, shown["sites"], strict=True):
            row["costs"] |= {"known": site.costs.known, "unknown": list(site.costs.unknown)}
    return data
