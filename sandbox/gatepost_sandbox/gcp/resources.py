"""What all collections of Compute Engine share: insert, get, list, patch and delete, by a table of rows."""

import copy
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .call import Call, Handler, required
from .errors import Refusal, invalid, not_found, not_modelled
from .state import Props, State, link, shown

FINGERPRINTS = ("fingerprint", "labelFingerprint")
_UNSAID = (None, [])
"""What a resource does not have: the API shows no empty lists."""


def _nothing(*_: object) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Collection:
    """One collection. ``settle`` checks a new or changed resource and fills in what the service does."""

    name: str
    noun: str
    """In messages and in ``kind``."""
    settle: Callable[[Call, Props, Props], None]
    """Called with the resource as it shall be and as it was, which is empty for a new one."""
    mutable: frozenset[str] = frozenset()
    """Fields that patch and update may change."""
    after_insert: Callable[[Call, str, Props], None] = _nothing
    before_delete: Callable[[Call, str, Props], None] = _nothing
    after_delete: Callable[[Call, str, Props], None] = _nothing
    view: Callable[[State, str, Props], Props] = lambda state, name, resource: {}
    """Fields that follow from other resources."""


def handlers(rows: tuple[Collection, ...]) -> Iterator[tuple[str, Handler]]:
    """The handlers of the usual methods, by method id."""
    for row in rows:
        verbs = {"insert": insert, "get": get, "list": list_, "aggregatedList": aggregated, "delete": delete,
                 "patch": patch, "update": update}  # fmt: skip
        for verb, do in verbs.items():
            yield f"compute.{row.name}.{verb}", _bound(do, row)


def _bound(do: Callable[[Collection, Call], Props], row: Collection) -> Handler:
    return lambda call: do(row, call)


def insert(row: Collection, call: Call) -> Props:
    """Make a resource."""
    required(call.body, "name")
    name, state = f"{call.name}/{call.body['name']}", call.state
    if name in state.resources:
        raise Refusal(409, f"The resource '{name}' already exists")
    resource = {k: v for k, v in call.body.items() if v not in _UNSAID and k not in FINGERPRINTS}
    resource |= {"kind": f"compute#{row.noun}", "id": state.new_id(), "creationTimestamp": state.timestamp()}
    resource |= {"selfLink": link(name), **_place(call)}
    row.settle(call, resource, {})
    state.resources[name] = resource
    row.after_insert(call, name, resource)
    return operation(call, name)


def get(row: Collection, call: Call) -> Props:
    """Show a resource."""
    return _shown(row, call.state, call.name, found(call))


def list_(row: Collection, call: Call) -> Props:
    """Show a collection; of filters, ``name=...`` and ``network=...`` alone are understood."""
    items = [_shown(row, call.state, name, resource) for name, resource in call.state.below(call.name)]
    items = [item for item in items if _passes(item, call.query.get("filter", ""))]
    some = {"items": items} if items else {}
    return {"kind": f"compute#{row.noun}List", "id": call.name, **some, "selfLink": link(call.name)}


def aggregated(row: Collection, call: Call) -> Props:
    """Show all of a project's resources of one kind, by their places."""
    places: Props = {}
    for name, resource in call.state.all(row.name):
        parts = name.split("/")
        if parts[1] == call.project:
            place = places.setdefault("/".join(parts[2:4]), {row.name: []})
            place[row.name].append(_shown(row, call.state, name, resource))
    return {"kind": f"compute#{row.noun}AggregatedList", "id": call.name, "items": places}


def delete(row: Collection, call: Call) -> Props:
    """Delete a resource that nothing uses."""
    resource, name = found(call), call.name
    row.before_delete(call, name, resource)
    users = [other for other in users_of(call.state, name) if other != name]
    if users:
        message = f"The {row.noun} resource '{name}' is already being used by '{users[0]}'"
        raise Refusal(400, message, "resourceInUseByAnotherResource")
    del call.state.resources[name]
    row.after_delete(call, name, resource)
    return operation(call, name)


def patch(row: Collection, call: Call) -> Props:
    """Change some fields; lists are replaced as a whole."""
    return _change(row, call, {**found(call), **call.body})


def update(row: Collection, call: Call) -> Props:
    """Change all fields that can change."""
    kept = {k: v for k, v in found(call).items() if k not in row.mutable}
    return _change(row, call, {**kept, **call.body})


def _change(row: Collection, call: Call, wanted: Props) -> Props:
    old = found(call)
    if "fingerprint" in old:
        check_fingerprint(call.body.get("fingerprint"), old["fingerprint"])
    resource = copy.deepcopy({k: v for k, v in wanted.items() if v not in _UNSAID})
    row.settle(call, resource, old)
    for field in sorted(resource.keys() | old.keys()):
        fixed = field not in row.mutable and field not in FINGERPRINTS and not field.startswith("_")
        if fixed and resource.get(field) != old.get(field):
            raise invalid(field, resource.get(field), f"The field cannot be changed in a {row.noun}.")
    call.state.resources[call.name] = resource
    return operation(call, call.name)


def found(call: Call, name: str | None = None) -> Props:
    """The resource of a path, or a Refusal."""
    name = call.name if name is None else name
    if name not in call.state.resources:
        raise not_found(name)
    return call.state.resources[name]


def users_of(state: State, name: str) -> Iterator[str]:
    """The resources that mention one by its link. A route that a network brought along does not keep it."""
    return (other for other, _ in state.users(link(name)))


def operation(call: Call, target: str) -> Props:
    """What a change answers: an operation that is done."""
    call.state.resources.renew(target)
    state, at = call.state, call.state.timestamp()
    place = f"zones/{call.args['zone']}" if "zone" in call.args else None
    place = place or (f"regions/{call.args['region']}" if "region" in call.args else "global")
    number = state.new_id()
    name = f"projects/{call.project}/{place}/operations/operation-{number}"
    done = {"kind": "compute#operation", "id": number, "name": f"operation-{number}", "status": "DONE", "progress": 100,
            "operationType": call.method.id.rpartition(".")[2], "targetLink": link(target), "selfLink": link(name),
            "insertTime": at, "startTime": at, "endTime": at, "user": "me@example.com", **_place(call)}  # fmt: skip
    state.operations[name] = done
    return done


def get_operation(call: Call) -> Props:
    """An operation, or the wait for one."""
    name = call.name.removesuffix("/wait")
    if name not in call.state.operations:
        raise not_found(name)
    return call.state.operations[name]


def fingerprint(value: object) -> str:
    """What changes with a value; clients send it back so that nobody's change gets lost."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:12]


def check_fingerprint(given: object, current: str) -> None:
    """Raise a Refusal when a client has not seen the current value."""
    if given != current:
        raise Refusal(412, "Supplied fingerprint does not match current metadata fingerprint.")


def _shown(row: Collection, state: State, name: str, resource: Props) -> Props:
    return shown({**resource, **row.view(state, name, resource)})


def _place(call: Call) -> Props:
    return {k: link(f"projects/{call.project}/{k}s/{call.args[k]}") for k in ("zone", "region") if k in call.args}


def _passes(item: Props, wanted: str) -> bool:
    if not wanted:
        return True
    field, equals, value = (part.strip().strip('"') for part in wanted.partition("="))
    if not equals or field not in ("name", "network") or " " in value:
        raise not_modelled(f"the filter {wanted!r} of lists; it understands name=... and network=...")
    return item.get(field) == value
