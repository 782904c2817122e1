"""Connector sites on hosts outside the clouds."""

from .site import ConnectorSite, ConnectorSiteArgs
from .slots import SlotArgs

__all__ = ["ConnectorSite", "ConnectorSiteArgs", "SlotArgs"]
