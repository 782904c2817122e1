"""A site of the fleet settings as components for hosts outside the clouds."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pulumi

from ..labels import Labels
from ..rollout import GateArgs
from .site import ConnectorSite, ConnectorSiteArgs
from .slots import SlotArgs

if TYPE_CHECKING:
    from ..onprem_settings import OnpremSite


def build(
    name: str,
    site: "OnpremSite",
    *,
    tenant: str,
    remote_network_id: pulumi.Input[str],
    network_type: str,
    labels: Labels,
    after: Sequence[pulumi.Output[object]],
    gate: GateArgs,
    allow_outage: str | None,
    opts: pulumi.ResourceOptions,
) -> ConnectorSite:
    """The Connectors of one site.

    ``after``, ``gate`` and ``allow_outage`` are for sites that roll out. This one does not: what it makes is new.
    """
    return ConnectorSite(
        name,
        ConnectorSiteArgs(
            tenant=tenant,
            remote_network_id=remote_network_id,
            labels=labels,
            slots={
                key: SlotArgs(generation=slot.generation, retire=site.retired(key), log_level=slot.log_level)
                for key, slot in site.connectors.items()
            },
            reaches=[reach.reach() for reach in site.reach],
            dns=site.dns,
            network_type=network_type,
            exit_addresses=site.exit.addresses,
            log_level=site.log_level,
            metrics_port=site.metrics_port,
        ),
        opts,
    )
