"""Service accounts, and what is asked of projects: the IAM and the Resource Manager API."""

import re
import zlib

from . import policy
from .call import Call, Handler
from .errors import Refusal, not_found
from .state import Props

_ACCOUNT = re.compile(r"[a-z]([-a-z0-9]{4,28}[a-z0-9])")


def project_number(project: str) -> str:
    """The number of a project, made from its id."""
    return str(100_000_000_000 + zlib.crc32(project.encode()))


def _create(call: Call) -> Props:
    project, wanted = call.args["projectsId"], call.body.get("accountId", "")
    if not _ACCOUNT.fullmatch(wanted):
        raise Refusal(400, f"Invalid account id '{wanted}': it must have 6 to 30 lowercase letters, digits and dashes.")
    email = f"{wanted}@{project}.iam.gserviceaccount.com"
    name = f"projects/{project}/serviceAccounts/{email}"
    if name in call.state.resources:
        raise Refusal(409, f"Service account {wanted} already exists within project projects/{project}.")
    number = call.state.new_id()
    about = {k: v for k, v in (call.body.get("serviceAccount") or {}).items() if k in ("displayName", "description")}
    call.state.resources[name] = {
        "name": name, "projectId": project, "uniqueId": number, "email": email, "oauth2ClientId": number, **about
    }  # fmt: skip
    return call.state.resources[name]


def _found(call: Call) -> Props:
    email = call.args["serviceAccountsId"]
    for name, account in call.state.resources.having(("email", email)):
        if call.args["projectsId"] in ("-", name.split("/")[1]):
            return account
    raise Refusal(404, f"Unknown service account: {email}")


def _list(call: Call) -> Props:
    accounts = [a for _, a in call.state.below(f"projects/{call.args['projectsId']}/serviceAccounts")]
    return {"accounts": accounts} if accounts else {}


def _patch(call: Call) -> Props:
    account, given = _found(call), call.body.get("serviceAccount") or {}
    for field in filter(None, (call.body.get("updateMask") or "").split(",")):
        key = {"display_name": "displayName"}.get(field, field)
        if key not in ("displayName", "description"):
            raise Refusal(400, f"The field {field} of a service account cannot be changed.")
        account[key] = given.get(key, "")
    return account


def _switch(disabled: bool) -> Handler:
    def handle(call: Call) -> Props:
        _found(call)["disabled"] = disabled
        return {}

    return handle


def _delete(call: Call) -> Props:
    account = _found(call)
    del call.state.resources[account["name"]]
    call.state.policies.pop(account["name"], None)
    policy.forget(call.state, account["email"], account["uniqueId"])
    return {}


def _project(call: Call) -> Props:
    project = call.args["projectId"]
    if not _ACCOUNT.fullmatch(project):
        raise not_found(f"projects/{project}")
    return {"projectId": project, "projectNumber": project_number(project), "name": project, "lifecycleState": "ACTIVE",
            "parent": {"type": "organization", "id": "100000000001"}}  # fmt: skip


def _on_project(call: Call) -> str:
    return f"projects/{call.args['resource']}"


HANDLERS: dict[str, Handler] = {
    "iam.projects.serviceAccounts.create": _create,
    "iam.projects.serviceAccounts.get": _found,
    "iam.projects.serviceAccounts.list": _list,
    "iam.projects.serviceAccounts.patch": _patch,
    "iam.projects.serviceAccounts.enable": _switch(False),
    "iam.projects.serviceAccounts.disable": _switch(True),
    "iam.projects.serviceAccounts.delete": _delete,
    "iam.projects.serviceAccounts.getIamPolicy": lambda call: policy.get(call.state, _found(call)["name"]),
    "iam.projects.serviceAccounts.setIamPolicy": lambda call: policy.put(
        call.state, _found(call)["name"], call.body.get("policy") or {}
    ),
    "cloudresourcemanager.projects.get": _project,
    "cloudresourcemanager.projects.getIamPolicy": lambda call: policy.get(call.state, _on_project(call)),
    "cloudresourcemanager.projects.setIamPolicy": lambda call: policy.put(
        call.state, _on_project(call), call.body.get("policy") or {}
    ),
}
