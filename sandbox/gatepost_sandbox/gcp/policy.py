"""IAM policies on a secret, a service account or a project: who has which role."""

import json
import re
from typing import Any

from .errors import Refusal
from .resources import fingerprint
from .state import Props, State

READ_SECRET = frozenset({"roles/secretmanager.secretAccessor", "roles/secretmanager.admin", "roles/owner"})
"""Roles with secretmanager.versions.access: https://cloud.google.com/secret-manager/docs/access-control."""
ROLES = READ_SECRET | {
    "roles/editor", "roles/viewer", "roles/secretmanager.viewer", "roles/secretmanager.secretVersionAdder",
    "roles/secretmanager.secretVersionManager", "roles/logging.logWriter", "roles/monitoring.metricWriter",
    "roles/iam.serviceAccountUser", "roles/iam.serviceAccountTokenCreator", "roles/compute.viewer",
}  # fmt: skip
"""Predefined roles that the sandbox knows; a custom role is taken as it is."""
_CUSTOM = re.compile(r"(projects|organizations)/[^/]+/roles/[A-Za-z0-9_.]+")
_MEMBER = re.compile(
    r"(user|group|serviceAccount|domain|principal|principalSet|deleted):\S+|allUsers|allAuthenticatedUsers"
)


def get(state: State, name: str) -> Props:
    """The policy on a resource; an empty one has an etag too."""
    return state.policies.get(name) or _with_etag({})


def put(state: State, name: str, policy: Props) -> Props:
    """Replace the policy on a resource. Raises a Refusal when it is out of date, or names what does not exist."""
    etag = policy.get("etag")
    if etag and etag != get(state, name)["etag"]:
        message = (
            "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff."
        )
        raise Refusal(409, message, "aborted", "ABORTED")
    for binding in policy.get("bindings") or ():
        role = binding.get("role", "")
        if role not in ROLES and not _CUSTOM.fullmatch(role):
            known = ", ".join(sorted(ROLES))
            raise Refusal(
                400, f"Role {role} is not supported for this resource. The sandbox knows {known}, and custom roles."
            )
        for member in binding.get("members") or ():
            _check_member(state, member)
    bindings = [b for b in policy.get("bindings") or () if b.get("members")]
    state.policies[name] = _with_etag({"version": policy.get("version", 1), "bindings": bindings})
    return state.policies[name]


def members(state: State, name: str, roles: frozenset[str]) -> set[str]:
    """Who has one of the roles on a resource. Bindings with a condition do not count: nothing evaluates it here."""
    bindings = get(state, name).get("bindings", ())
    return {m for b in bindings if b["role"] in roles and not b.get("condition") for m in b["members"]}


def forget(state: State, email: str, number: str) -> None:
    """A deleted service account stays in policies under another name; a new one of its name gets nothing from them."""
    old, new = f"serviceAccount:{email}", f"deleted:serviceAccount:{email}?uid={number}"
    for name, policy in state.policies.items():
        bindings = json.loads(json.dumps(policy.get("bindings", [])).replace(f'"{old}"', f'"{new}"'))
        state.policies[name] = _with_etag({**policy, "bindings": bindings})


def _check_member(state: State, member: str) -> None:
    if not _MEMBER.fullmatch(member):
        raise Refusal(400, f"Invalid member {member}: write it as user:..., group:... or serviceAccount:....")
    kind, _, email = member.partition(":")
    if kind == "serviceAccount" and not state.resources.count(("email", email)):
        raise Refusal(400, f"Service account {email} does not exist.")


def _with_etag(policy: Props) -> dict[str, Any]:
    return {**policy, "etag": fingerprint(policy.get("bindings", []))}
