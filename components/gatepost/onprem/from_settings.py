"""A site of the fleet settings as components for hosts outside the clouds."""

from ..from_settings import SiteBuilder
from .site import ConnectorSite, ConnectorSiteArgs
from .slots import SlotArgs


class Builder(SiteBuilder):
    """A site outside the clouds. ``site`` is an ``OnpremSite``.

    ``after``, ``gate`` and ``allow_outage`` are for sites that roll out. This one does not: what it makes is new.
    """

    def build(self) -> ConnectorSite:
        """The Connectors; nothing else is gatepost's here."""
        site = self.site
        args = ConnectorSiteArgs(
            tenant=self.tenant,
            remote_network_id=self.remote_network_id,
            labels=self.labels,
            slots={
                key: SlotArgs(generation=slot.generation, retire=site.retired(key), log_level=slot.log_level)
                for key, slot in site.connectors.items()
            },
            reaches=[reach.reach() for reach in site.reach],
            dns=site.dns,
            network_type=self.network_type,
            exit_addresses=site.exit.addresses,
            log_level=site.log_level,
            metrics_port=site.metrics_port,
        )
        return ConnectorSite(self.name, args, self.opts)
