"""The network view: every firewall rule of every cloud in one spelling, so that a rule is a few lines."""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from . import aws, azure, gcp
from .way import Way

if TYPE_CHECKING:
    from ..stack import Stack

READERS: Mapping[str, Callable[["Stack"], Iterator[Way]]] = {"aws": aws.ways, "azure": azure.ways, "gcp": gcp.ways}

__all__ = ["READERS", "Way"]
