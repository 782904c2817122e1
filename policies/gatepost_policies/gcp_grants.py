"""Who may do what on Google Cloud: the grants of a stack, in every spelling, as rows of account, role and place."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pulumi_policy import PolicyResource

from .known import UNKNOWN, items, kind, read, walk
from .stack import Stack
from .topology import GCP_ACCOUNT

_PLACES = {
    "gcp:projects/iAM": "project",
    "gcp:folder/iAM": "folder",
    "gcp:organizations/iAM": "organization",
    "gcp:secretmanager/secretIam": "secret",
    "gcp:secretmanager/regionalSecretIam": "secret",
}
PLACES: Mapping[str, str] = {
    f"{start}{shape}:{start.rpartition('/')[2][:1].upper()}{start.rpartition('/')[2][1:]}{shape}": place
    for start, place in _PLACES.items()
    for shape in ("Member", "Binding", "Policy")
}
"""What each type of grant is about."""
EVERYBODY = ("allUsers", "allAuthenticatedUsers")


@dataclass(frozen=True)
class Grant:
    """One role of one member."""

    resource: PolicyResource
    place: str
    """project, folder, organization or secret."""
    role: Any
    """Name of the role, or UNKNOWN."""
    member: Any
    """URN of an account of this stack, an email address, a word of `EVERYBODY`, or UNKNOWN."""


def account_of(stack: Stack, email: Any) -> Any:
    """Return the URN of the account of this stack that has an email address, else the address."""
    if not isinstance(email, str) or not email:
        return email
    found = stack.once(_by_email).get(email)
    named = stack.index.called((GCP_ACCOUNT,), email) if found is None else []
    return found or (named[0].urn if named else email)


def _by_email(stack: Stack) -> dict[Any, str]:
    return {email: r.urn for r in stack.of(GCP_ACCOUNT) if isinstance(email := read(r.props, "email"), str)}


def grants(stack: Stack) -> Iterator[Grant]:
    """Yield the grants of this stack. Members that are no service accounts are left out, but for everybody."""
    for resource in stack.of(*PLACES):
        for role, members, keys in _rows(resource):
            near = [
                r.urn for key in keys for r in resource.property_dependencies.get(key, ()) if kind(r) == GCP_ACCOUNT
            ]
            found = {_member(stack, member) for member in members}
            if near:
                found = (found - {UNKNOWN}) | set(near)
            for member in sorted(found - {""}, key=str):
                yield Grant(resource, PLACES[kind(resource)], role, member)


def _member(stack: Stack, member: Any) -> Any:
    if member is UNKNOWN or member in EVERYBODY:
        return member
    word, _, email = str(member).partition(":")
    return account_of(stack, email) if word == "serviceAccount" else ""


def _rows(resource: PolicyResource) -> Iterator[tuple[Any, list[Any], tuple[str, ...]]]:
    """Yield (role, members, properties that name the members)."""
    if not kind(resource).endswith("Policy"):
        members = [*walk(resource.props, "member"), *walk(resource.props, "members.*")]
        yield read(resource.props, "role"), members, ("member", "members")
        return
    text = read(resource.props, "policyData")
    if text is UNKNOWN:
        yield UNKNOWN, [UNKNOWN], ("policyData",)
        return
    try:
        document = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return  # the provider refuses it
    for binding in items(read(document, "bindings")):
        yield read(binding, "role"), items(read(binding, "members")), ()
