"""Secret Manager: secrets, their versions, and who may read them."""

import base64
import re
from datetime import datetime

from . import policy
from .accounts import project_number
from .call import Call, Handler
from .catalogue import REGIONS
from .errors import Refusal
from .state import Props, State

LIMIT = 65536  # bytes of one version: https://cloud.google.com/secret-manager/quotas
_ID = re.compile(r"[A-Za-z0-9_-]{1,255}")
_MUTABLE = ("labels", "annotations")


def name_of(state: State, project: str, secret: str) -> str | None:
    """The relative name of a secret, whose project may be given by its number."""
    name = f"projects/{project}/secrets/{secret}"
    if name in state.resources or not project.isdecimal():
        return name if name in state.resources else None
    return next((n for n, _ in state.all("secrets") if n.endswith(f"/{secret}") and _number(n) == project), None)


def _number(name: str) -> str:
    return project_number(name.split("/")[1])


def _create(call: Call) -> Props:
    project, secret = call.args["projectsId"], call.query.get("secretId", "")
    if not _ID.fullmatch(secret):
        raise Refusal(400, f"The secret id '{secret}' must have 1 to 255 letters, digits, dashes and underscores.")
    name = f"projects/{project}/secrets/{secret}"
    if name in call.state.resources:
        raise Refusal(409, f"Secret [{name}] already exists.")
    replication = call.body.get("replication") or {}
    if len(replication) != 1 or not {"automatic", "userManaged"} & replication.keys():
        raise Refusal(400, "The replication of a secret must be either automatic or userManaged.")
    replicas = (replication.get("userManaged") or {}).get("replicas") or []
    wrong = [r.get("location") for r in replicas if r.get("location") not in REGIONS]
    if wrong or ("userManaged" in replication and not replicas):
        raise Refusal(400, f"The replicas of a secret must be in regions of Google Cloud, got {wrong or 'none'}.")
    others = sorted(call.body.keys() - {"replication", *_MUTABLE})
    if others:
        raise Refusal(501, f"The sandbox does not model {', '.join(others)} of secrets.")
    call.state.resources[name] = {**call.body, "name": name, "createTime": _time(call.state), "etag": '"1"'}
    return call.state.resources[name]


def _found(call: Call) -> Props:
    project, secret = call.args["projectsId"], call.args["secretsId"]
    name = name_of(call.state, project, secret)
    if name is None:
        raise Refusal(404, f"Secret [projects/{project}/secrets/{secret}] not found.")
    return call.state.resources[name]


def _list(call: Call) -> Props:
    found = [s for _, s in call.state.below(f"projects/{call.args['projectsId']}/secrets")]
    return {"secrets": found, "totalSize": len(found)} if found else {}


def _patch(call: Call) -> Props:
    secret = _found(call)
    fields = [f for f in call.query.get("updateMask", "").split(",") if f]
    for field in fields:
        if field not in _MUTABLE:
            raise Refusal(501, f"The sandbox does not model changes of {field} of secrets.")
        secret[field] = call.body.get(field) or {}
    return secret


def _delete(call: Call) -> Props:
    name = _found(call)["name"]
    for other in [n for n in call.state.resources if n == name or n.startswith(f"{name}/")]:
        del call.state.resources[other]
    call.state.policies.pop(name, None)
    return {}


def _add(call: Call) -> Props:
    secret, encoded = _found(call), (call.body.get("payload") or {}).get("data")
    if not encoded:
        raise Refusal(400, "The payload of a secret version must not be empty.")
    data = base64.b64decode(encoded)
    if len(data) > LIMIT:
        raise Refusal(400, f"The payload of a secret version has at most {LIMIT} bytes, got {len(data)}.")
    number = len(_versions(call.state, secret)) + 1
    name = f"{secret['name']}/versions/{number}"
    call.state.resources[name] = {
        "name": name, "createTime": _time(call.state), "state": "ENABLED", "etag": '"1"', "_data": data,
        "_changes": [(call.state.clock(), "ENABLED")],
    }  # fmt: skip
    return call.state.resources[name]


def _versions(state: State, secret: Props) -> list[Props]:
    return [version for _, version in state.below(f"{secret['name']}/versions")]


def version(state: State, name: str, number: str) -> Props | None:
    """One version of a secret; ``latest`` is the newest, whatever its state."""
    found = [v for _, v in state.below(f"{name}/versions")]
    if number == "latest":
        return found[-1] if found else None
    return next((v for v in found if v["name"].endswith(f"/{number}")), None)


def state_at(found: Props, moment: datetime) -> str | None:
    """The state a version had at a moment; None before there was one."""
    before = [state for changed, state in found["_changes"] if changed <= moment]
    return before[-1] if before else None


def _one(call: Call) -> Props:
    secret = _found(call)
    found = version(call.state, secret["name"], call.args["versionsId"])
    if found is None:
        raise Refusal(404, f"Secret Version [{secret['name']}/versions/{call.args['versionsId']}] not found.")
    return found


def _access(call: Call) -> Props:
    found = _one(call)
    if found["state"] != "ENABLED":
        message = f"Secret Version [{found['name']}] is in {found['state']} state."
        raise Refusal(400, message, "failedPrecondition", "FAILED_PRECONDITION")
    return {"name": found["name"], "payload": {"data": base64.b64encode(found["_data"]).decode()}}


def _become(wanted: str) -> Handler:
    def handle(call: Call) -> Props:
        found = _one(call)
        if found["state"] == "DESTROYED" and wanted != "DESTROYED":
            message = f"Secret Version [{found['name']}] is in DESTROYED state."
            raise Refusal(400, message, "failedPrecondition", "FAILED_PRECONDITION")
        found["state"] = wanted
        found["_changes"].append((call.state.clock(), wanted))
        if wanted == "DESTROYED":
            found["destroyTime"] = _time(call.state)
        return found

    return handle


def _time(state: State) -> str:
    return state.clock().strftime("%Y-%m-%dT%H:%M:%S.%fZ")


_PREFIX = "secretmanager.projects.secrets"
HANDLERS: dict[str, Handler] = {
    f"{_PREFIX}.create": _create,
    f"{_PREFIX}.get": _found,
    f"{_PREFIX}.list": _list,
    f"{_PREFIX}.patch": _patch,
    f"{_PREFIX}.delete": _delete,
    f"{_PREFIX}.addVersion": _add,
    f"{_PREFIX}.getIamPolicy": lambda call: policy.get(call.state, _found(call)["name"]),
    f"{_PREFIX}.setIamPolicy": lambda call: policy.put(call.state, _found(call)["name"], call.body.get("policy") or {}),
    f"{_PREFIX}.versions.get": _one,
    f"{_PREFIX}.versions.list": lambda call: {"versions": _versions(call.state, _found(call))[::-1]},
    f"{_PREFIX}.versions.access": _access,
    f"{_PREFIX}.versions.enable": _become("ENABLED"),
    f"{_PREFIX}.versions.disable": _become("DISABLED"),
    f"{_PREFIX}.versions.destroy": _become("DESTROYED"),
}
