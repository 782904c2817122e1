"""EC2 instances and tags by id: moto goes through all there are for each call about one of them.

Importing this module changes moto: what a call answers stays the same, but beside 500 instances it is as fast as
beside 20.
"""

import copy
from collections.abc import Callable
from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.core import TaggedEC2Resource
from moto.ec2.models.tags import EC2_PREFIX_TO_RESOURCE
from moto.ec2.utils import filter_reservations, get_prefix

from gatepost_sandbox.refusals.replacing import replacing

Found = tuple[Any, Any]
"""A reservation and its instance."""


def find(ec2: Any, instance_id: str) -> Found | None:
    """The instance with this id, running or not. The newest reservations are asked first, and answers are kept."""
    index: dict[str, Found] = ec2.__dict__.setdefault("_gatepost_index", {})
    if instance_id not in index:
        for reservation in reversed(list(ec2.reservations.values())):
            for instance in list(reservation.instances):
                if instance.id == instance_id:
                    index[instance_id] = reservation, instance
                    return index[instance_id]
    return index.get(instance_id)


@replacing(EC2Backend, "get_instance")
def get_instance(original: Callable[..., Any], self: Any, instance_id: str) -> Any:
    """The instance; moto's error where there is none."""
    found = find(self, instance_id)
    return found[1] if found else original(self, instance_id)


@replacing(EC2Backend, "get_instance_by_id")
def get_instance_by_id(_original: Callable[..., Any], self: Any, instance_id: str) -> Any:
    """The instance or None."""
    found = find(self, instance_id)
    return found[1] if found else None


@replacing(EC2Backend, "get_multi_instances_by_id")
def get_multi_instances_by_id(
    original: Callable[..., Any], self: Any, instance_ids: list[str], filters: Any = None
) -> list[Any]:
    """The instances in the order of their ids; moto's error where one is missing."""
    found = [each for each in (find(self, one) for one in instance_ids) if each]
    if len(found) < len(instance_ids):
        return original(self, instance_ids, filters)
    return [instance for _, instance in found if instance.applies(filters)]


@replacing(EC2Backend, "get_reservations_by_instance_ids")
def get_reservations_by_instance_ids(
    original: Callable[..., Any], self: Any, instance_ids: list[str], filters: Any = None
) -> list[Any]:
    """The reservation of one instance, with that instance alone. Lists are left to moto."""
    found = find(self, instance_ids[0]) if len(instance_ids) == 1 else None
    if found is None:
        return original(self, instance_ids, filters)
    reservation, instance = copy.copy(found[0]), found[1]
    reservation.instances = [instance]
    return filter_reservations([reservation], filters or {})


@replacing(TaggedEC2Resource, "get_tags")
def get_tags(_original: Callable[..., Any], self: Any) -> list[dict[str, str]]:
    """The tags of a resource."""
    kind = EC2_PREFIX_TO_RESOURCE.get(get_prefix(self.id), "") if self.id else ""
    tags = dict(self.ec2_backend.tags.get(self.id, {})) if self.id else {}
    return [{"resource_id": self.id, "key": k, "value": v, "resource_type": kind} for k, v in tags.items()]
