"""Fleets of Twingate Connectors. Import one cloud at a time: ``from gatepost.aws import ConnectorSite``."""
