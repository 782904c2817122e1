"""The values of Twingate's chart `connector` that a bundle uses.

Names and types: Twingate/helm-charts, stable/connector/values.schema.json and README.md. A key that is not here is
refused.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Connector(Part):
    network: str
    existingSecret: str
    logLevel: Literal["error", "warning", "info", "debug"]
    dnsServer: str | None = None


class Switch(Part):
    enabled: bool


class Metrics(Switch):
    port: int


class Values(Part):
    connector: Connector
    env: dict[str, str]
    icmpSupport: Switch
    metrics: Metrics | None = None
