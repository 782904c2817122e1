"""Ids of Azure taken apart."""

SUBSCRIPTION = "00000000-0000-4000-8000-000000000001"
"""The subscription of the sandbox's provider: environment.py."""


def group(subscription: str, name: str) -> str:
    """The id of a resource group."""
    return f"/subscriptions/{subscription}/resourceGroups/{name}"


def subscription(rid: str) -> str:
    """The subscription that a resource is in."""
    return rid.split("/")[2]


def group_of(rid: str) -> str:
    """The id of the resource group that a resource is in."""
    return "/".join(rid.split("/")[:5])
