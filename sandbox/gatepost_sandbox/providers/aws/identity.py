"""IAM roles, what they may do, and what hands them to an instance."""

import json
from typing import Any, ClassVar

from ..kind import Kind, Stored
from ..values import Props
from .base import Tagged
from .client import Aws, Gone, tag_list


def _iam(api: Aws, operation: str, **params: Any) -> Any:
    return api.call("iam", "us-east-1", operation, **params)


class _IamTagged(Tagged):
    """A type that IAM finds by name."""

    noun: ClassVar[str]
    """In the API's operations, such as ``create_role``."""
    key: ClassVar[str]
    """The parameter that carries the name."""

    def retag(self, api: Aws, rid: str, region: str | None, wanted: dict[str, str], gone: list[str]) -> None:
        if gone:
            _iam(api, f"untag_{self.noun}", **{self.key: rid}, TagKeys=gone)
        if wanted:
            _iam(api, f"tag_{self.noun}", **{self.key: rid}, Tags=tag_list(wanted))

    def item(self, api: Aws, rid: str) -> Any:
        """The API's answer for one name; None when it is gone."""
        try:
            (found,) = (
                v for k, v in _iam(api, f"get_{self.noun}", **{self.key: rid}).items() if k != "ResponseMetadata"
            )
        except Gone:
            return None
        return found


class JsonText(Kind):
    """Policies that say the same in other words are no change."""

    document: ClassVar[str]

    def changed(self, api: Aws, stored: Stored, news: Props) -> set[str]:
        same = _same_json(stored.inputs.get(self.document), news.get(self.document))
        return super().changed(api, stored, news) - ({self.document} if same else set())

    def written(self, found: Any, known: Props) -> str:
        """A policy as the API gives it, in the words the program used when they mean the same."""
        text, own = found if isinstance(found, str) else json.dumps(found), known.get(self.document)
        return own if own is not None and _same_json(own, text) else text


def _same_json(a: Any, b: Any) -> bool:
    try:
        return json.loads(a) == json.loads(b)
    except (TypeError, ValueError):
        return False


class Role(JsonText, _IamTagged):
    """An IAM role."""

    token = "aws:iam/role:Role"
    source = "internal/service/iam/role.go"
    noun, key = "role", "RoleName"
    inputs = frozenset({"name", "assumeRolePolicy", "description", "path", "maxSessionDuration", "tags"})
    outputs = frozenset({"arn", "uniqueId", "createDate", "name", "tagsAll"})
    replaces = frozenset({"name", "path"})
    defaults: ClassVar = {"path": "/", "maxSessionDuration": 3600}
    autoname, autoname_limit = "name", 64
    document = "assumeRolePolicy"

    def create(self, api: Aws, news: Props) -> str:
        members = {"name": "RoleName", "assumeRolePolicy": "AssumeRolePolicyDocument", "path": "Path",
                   "description": "Description", "maxSessionDuration": "MaxSessionDuration"}  # fmt: skip
        params = {m: news[k] for k, m in members.items() if news.get(k) is not None}
        _iam(api, "create_role", Tags=tag_list(api.all_tags(news.get("tags"))), **params)
        return news["name"]

    def read(self, api: Aws, rid: str, known: Props) -> Props | None:
        role = self.item(api, rid)
        return role and {
            "name": role["RoleName"],
            "assumeRolePolicy": self.written(role["AssumeRolePolicyDocument"], known),
            "description": role.get("Description") or None,
            "path": role["Path"],
            "maxSessionDuration": role.get("MaxSessionDuration"),
            "arn": role["Arn"],
            "uniqueId": role["RoleId"],
            "createDate": role["CreateDate"].isoformat(),
            **api.read_tags(role.get("Tags"), known),
        }

    def change(self, api: Aws, rid: str, state: Props, news: Props, changed: list[str]) -> None:
        if "assumeRolePolicy" in changed:
            _iam(api, "update_assume_role_policy", RoleName=rid, PolicyDocument=news["assumeRolePolicy"])
        if {"description", "maxSessionDuration"} & set(changed):
            session = news["maxSessionDuration"]
            _iam(api, "update_role", RoleName=rid, Description=news.get("description", ""), MaxSessionDuration=session)

    def delete(self, api: Aws, rid: str, state: Props) -> None:
        try:  # the provider takes the role out of every instance profile first
            for profile in _iam(api, "list_instance_profiles_for_role", RoleName=rid)["InstanceProfiles"]:
                name = profile["InstanceProfileName"]
                _iam(api, "remove_role_from_instance_profile", InstanceProfileName=name, RoleName=rid)
            _iam(api, "delete_role", RoleName=rid)
        except Gone:
            return


class RolePolicy(JsonText):
    """A policy written into a role."""

    token = "aws:iam/rolePolicy:RolePolicy"
    source = "internal/service/iam/role_policy.go"
    inputs = frozenset({"name", "role", "policy"})
    outputs = frozenset({"name"})
    replaces = frozenset({"name", "role"})
    autoname = "name"
    document = "policy"

    def create(self, api: Aws, news: Props) -> str:
        params = {"RoleName": news["role"], "PolicyName": news["name"], "PolicyDocument": news["policy"]}
        _iam(api, "put_role_policy", **params)
        return f"{news['role']}:{news['name']}"

    def read(self, api: Aws, rid: str, known: Props) -> Props | None:
        role, name = rid.split(":", 1)
        try:
            found = _iam(api, "get_role_policy", RoleName=role, PolicyName=name)
        except Gone:
            return None
        return {"name": name, "role": role, "policy": self.written(found["PolicyDocument"], known)}

    def update(self, api: Aws, rid: str, state: Props, news: Props, changed: list[str]) -> None:
        self.create(api, news)

    def delete(self, api: Aws, rid: str, state: Props) -> None:
        role, name = rid.split(":", 1)
        try:
            _iam(api, "delete_role_policy", RoleName=role, PolicyName=name)
        except Gone:
            return


class RolePolicyAttachment(Kind):
    """A managed policy attached to a role."""

    token = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
    source = "internal/service/iam/role_policy_attachment.go"
    inputs = frozenset({"role", "policyArn"})
    replaces = frozenset({"role", "policyArn"})
    delete_first = True

    def create(self, api: Aws, news: Props) -> str:
        _iam(api, "attach_role_policy", RoleName=news["role"], PolicyArn=news["policyArn"])
        return f"{news['role']}/{news['policyArn']}"

    def read(self, api: Aws, rid: str, known: Props) -> Props | None:
        role, arn = rid.split("/", 1)
        try:
            attached = _iam(api, "list_attached_role_policies", RoleName=role)["AttachedPolicies"]
        except Gone:
            return None
        return {"role": role, "policyArn": arn} if arn in {p["PolicyArn"] for p in attached} else None

    def delete(self, api: Aws, rid: str, state: Props) -> None:
        role, arn = rid.split("/", 1)
        try:
            _iam(api, "detach_role_policy", RoleName=role, PolicyArn=arn)
        except Gone:
            return


class InstanceProfile(_IamTagged):
    """What hands a role to an instance."""

    token = "aws:iam/instanceProfile:InstanceProfile"
    source = "internal/service/iam/instance_profile.go"
    noun, key = "instance_profile", "InstanceProfileName"
    inputs = frozenset({"name", "role", "path", "tags"})
    outputs = frozenset({"arn", "uniqueId", "createDate", "name", "tagsAll"})
    replaces = frozenset({"name", "path"})
    defaults: ClassVar = {"path": "/"}
    autoname = "name"

    def create(self, api: Aws, news: Props) -> str:
        name, tags = news["name"], tag_list(api.all_tags(news.get("tags")))
        _iam(api, "create_instance_profile", InstanceProfileName=name, Path=news["path"], Tags=tags)
        self._role("add_role_to", api, name, news.get("role"))
        return name

    def read(self, api: Aws, rid: str, known: Props) -> Props | None:
        profile = self.item(api, rid)
        return profile and {
            "name": rid,
            "role": profile["Roles"][0]["RoleName"] if profile["Roles"] else None,
            "path": profile["Path"],
            "arn": profile["Arn"],
            "uniqueId": profile["InstanceProfileId"],
            "createDate": profile["CreateDate"].isoformat(),
            **api.read_tags(profile.get("Tags"), known),
        }

    def change(self, api: Aws, rid: str, state: Props, news: Props, changed: list[str]) -> None:
        self._role("remove_role_from", api, rid, state.get("role"))
        self._role("add_role_to", api, rid, news.get("role"))

    def delete(self, api: Aws, rid: str, state: Props) -> None:
        try:
            for role in (self.item(api, rid) or {}).get("Roles", ()):
                self._role("remove_role_from", api, rid, role["RoleName"])
            _iam(api, "delete_instance_profile", InstanceProfileName=rid)
        except Gone:
            return

    @staticmethod
    def _role(verb: str, api: Aws, profile: str, role: str | None) -> None:
        if role:
            _iam(api, f"{verb}_instance_profile", InstanceProfileName=profile, RoleName=role)
