"""The roles of hosts with what they permit, in the shape of Pulumi's resources. IAM is the same for every region."""

from collections.abc import Iterable, Iterator
from typing import Any

from gatepost_policies.judge import UNKNOWN, Described

from .calls import Reader
from .shapes import ATTACHMENT, POLICY, PROFILE, ROLE, ROLE_POLICY, shape


def roles(reader: Reader, profiles: Iterable[str]) -> Iterator[Described]:
    """Yield instance profiles, their roles and all policies of these."""
    done: set[str] = set()
    for name in sorted(set(profiles)):
        found = reader.ask("GetInstanceProfile", InstanceProfileName=name)
        for profile in found or ():
            yield shape(PROFILE, name, profile)
            for role in profile["Roles"]:
                if role["RoleName"] not in done:
                    done.add(role["RoleName"])
                    yield shape(ROLE, role["RoleName"], role)
                    yield from _inline(reader, role["RoleName"])
                    yield from _attached(reader, role["RoleName"])


def _inline(reader: Reader, role: str) -> Iterator[Described]:
    for name in reader.ask("ListRolePolicies", RoleName=role) or ():
        document = reader.ask("GetRolePolicy", RoleName=role, PolicyName=name)
        told = {"RoleName": role, "PolicyName": name, "PolicyDocument": _first(document)}
        yield shape(ROLE_POLICY, f"{role}/{name}", told)


def _attached(reader: Reader, role: str) -> Iterator[Described]:
    for policy in reader.ask("ListAttachedRolePolicies", RoleName=role) or ():
        arn = policy["PolicyArn"]
        yield shape(ATTACHMENT, f"{role}/{policy['PolicyName']}", {"RoleName": role, "PolicyArn": arn})
        if arn.split(":")[4] != "aws":  # those of AWS are judged by their names
            yield shape(POLICY, arn, {"Arn": arn, "Document": _document(reader, arn)}, name=policy["PolicyName"])


def _document(reader: Reader, arn: str) -> Any:
    found = _first(reader.ask("GetPolicy", PolicyArn=arn))
    if found is UNKNOWN:
        return UNKNOWN
    version = _first(reader.ask("GetPolicyVersion", PolicyArn=arn, VersionId=found["DefaultVersionId"]))
    return version if version is UNKNOWN else version["Document"]


def _first(found: list[Any] | None) -> Any:
    return UNKNOWN if not found else found[0]
