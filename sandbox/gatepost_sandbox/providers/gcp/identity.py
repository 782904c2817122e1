"""Service accounts, and members of IAM policies."""

from typing import ClassVar

from ..kind import ApiError
from ..values import Props
from .base import PLACED, GcpKind, by_link
from .client import V1, Conflict, Gcp, Gone
from .links import last

_TRIES = 10


class Account(GcpKind):
    token = "gcp:serviceaccount/account:Account"
    source = "google/services/resourcemanager/resource_google_service_account.go"
    template = "projects/{project}/serviceAccounts/{email}"
    texts: ClassVar = ("displayName", "description")
    inputs = frozenset({"accountId", *texts, "disabled", *PLACED})
    outputs = frozenset({"email", "name", "uniqueId", "member", "project", "deletionPolicy"})
    replaces = frozenset({"accountId", "project"})
    defaults: ClassVar = {"disabled": False}
    autoname, autoname_limit, named = "accountId", 30, False

    def create(self, api: Gcp, news: Props) -> str:
        about = {key: news[key] for key in self.texts if news.get(key)}
        body = {"accountId": news["accountId"], "serviceAccount": about}
        project = api.place("project", news.get("project"))
        return api.call("POST", f"{V1}projects/{project}/serviceAccounts", body)["name"]

    def item(self, api: Gcp, rid: str) -> Props:
        return api.get(V1 + rid)

    def shown(self, api: Gcp, item: Props, known: Props) -> Props:
        texts = {key: item.get(key) or None for key in self.texts}
        found = {
            "email": item["email"],
            "name": item["name"],
            "uniqueId": item["uniqueId"],
            "project": item["projectId"],
        }
        account = {"accountId": item["email"].partition("@")[0], "member": f"serviceAccount:{item['email']}"}
        return {**texts, **found, **account, "disabled": bool(item.get("disabled"))}

    def change(self, api: Gcp, rid: str, state: Props, news: Props, changed: list[str]) -> None:
        if "disabled" in changed:
            api.call("POST", f"{V1}{rid}:{'disable' if news.get('disabled') else 'enable'}", {})
        texts = [key for key in self.texts if key in changed]
        if texts:
            account = {key: news.get(key) or "" for key in self.texts}
            api.call("PATCH", V1 + rid, {"serviceAccount": account, "updateMask": ",".join(texts)})

    def remove(self, api: Gcp, rid: str, state: Props) -> None:
        api.call("DELETE", V1 + rid)


class _Member(GcpKind):
    """One member of one role in the policy on something; others are left alone."""

    outputs = frozenset({"etag", "project"})
    source = "google/tpgiamresource/resource_iam_member.go"
    named = False

    def target(self, api: Gcp, props: Props) -> str:
        """The relative name of what the policy is on."""
        raise NotImplementedError(self.token)  # pragma: no cover

    def policy(self, api: Gcp, target: str) -> Props:
        """The policy now."""
        raise NotImplementedError(self.token)  # pragma: no cover

    def create(self, api: Gcp, news: Props) -> str:
        target = self.target(api, news)
        self._write(api, target, news["role"], news["member"], add=True)
        return f"{self.id_start(target)}/{news['role']}/{_case(news['member'])}"

    def id_start(self, target: str) -> str:
        """The beginning of the id."""
        return target

    def read(self, api: Gcp, rid: str, known: Props) -> Props | None:
        props = known if known.get("role") else self.imported(api, rid)
        target, role, member = self.target(api, props), props["role"], props["member"]
        try:
            policy = self.policy(api, target)
        except Gone:
            return None
        held = {
            m for b in policy.get("bindings", ()) if b["role"] == role and not b.get("condition") for m in b["members"]
        }
        if _case(member) not in {_case(m) for m in held}:
            return None
        found = {"id": f"{self.id_start(target)}/{role}/{_case(member)}", "role": role, "member": member}
        return {**found, "etag": policy.get("etag"), **self.about(api, props)}

    def imported(self, api: Gcp, rid: str) -> Props:
        """What an import's id says: the resource, the role and the member with spaces between."""
        parts = rid.split(" ")
        if len(parts) != 3:
            raise ApiError(
                f"The id {rid!r} of {self.token} must be a resource, a role and a member with spaces between."
            )
        return {self.place_key: parts[0], "role": parts[1], "member": parts[2]}

    place_key: ClassVar[str]

    def about(self, api: Gcp, props: Props) -> Props:
        """The inputs that name the policy's resource."""
        raise NotImplementedError(self.token)  # pragma: no cover

    def delete(self, api: Gcp, rid: str, state: Props) -> None:
        try:
            self._write(api, self.target(api, state), state["role"], state["member"], add=False)
        except Gone:
            return

    def _write(self, api: Gcp, target: str, role: str, member: str, *, add: bool) -> None:
        for _ in range(_TRIES):
            with api.locks[target]:
                policy = self.policy(api, target)
                bindings: list[Props] = [dict(b, members=list(b["members"])) for b in policy.get("bindings", ())]
                mine = next((b for b in bindings if b["role"] == role and not b.get("condition")), None)
                if mine is None:
                    mine = {"role": role, "members": []}
                    bindings.append(mine)
                rest = [m for m in mine["members"] if _case(m) != _case(member)]
                mine["members"] = [*rest, member] if add else rest
                try:
                    api.call("POST", f"{V1}{target}:setIamPolicy", {"policy": {**policy, "bindings": bindings}})
                except Conflict:
                    continue
                return
        raise ApiError(f"The policy on {target} changed {_TRIES} times while it was being changed here.")


class SecretIamMember(_Member):
    token = "gcp:secretmanager/secretIamMember:SecretIamMember"
    inputs = frozenset({"secretId", "role", "member", "project"})
    replaces = inputs
    same: ClassVar = by_link("secretId")
    place_key = "secretId"

    def target(self, api: Gcp, props: Props) -> str:
        secret = props["secretId"]
        return secret if "/" in secret else f"projects/{api.place('project', props.get('project'))}/secrets/{secret}"

    def policy(self, api: Gcp, target: str) -> Props:
        return api.get(f"{V1}{target}:getIamPolicy")

    def about(self, api: Gcp, props: Props) -> Props:
        target = self.target(api, props)
        return {"secretId": target, "project": target.split("/")[1]}


class ProjectIamMember(_Member):
    token = "gcp:projects/iAMMember:IAMMember"
    inputs = frozenset({"project", "role", "member"})
    outputs = frozenset({"etag"})
    replaces = inputs
    delete_first = True
    place_key = "project"

    def target(self, api: Gcp, props: Props) -> str:
        return f"projects/{last(props['project'])}"

    def id_start(self, target: str) -> str:
        return last(target)

    def policy(self, api: Gcp, target: str) -> Props:
        return api.call("POST", f"{V1}{target}:getIamPolicy", {})

    def about(self, api: Gcp, props: Props) -> Props:
        return {"project": last(props["project"])}


def _case(member: str) -> str:
    """E-mail addresses are the same in any case."""
    kind, colon, rest = member.partition(":")
    return f"{kind}{colon}{rest.lower()}"
