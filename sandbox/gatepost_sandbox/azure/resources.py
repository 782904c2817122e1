"""What all types share: put, get, list, change of tags and delete, by a table of rows."""

import copy
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from . import catalogue, models
from .call import Answer, Call, Path, check_references
from .errors import Refusal
from .state import Props, State, not_found, shown

_READ_ONLY = ("id", "name", "type", "etag", "provisioningState", "resourceGuid")


def _nothing(*_: object) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Row:
    """One type. ``settle`` checks a new or changed resource and fills in what the service does."""

    kind: str
    model: str
    settle: Callable[[Call, Props, Props], None]
    """Called with the resource as it shall be and as it was, which is empty for a new one."""
    children: str | None = None
    """The property that holds children, each of them a resource of its own too."""
    keeps_children: bool = False
    """A request without that property leaves the children alone; otherwise it removes them."""
    fixed: tuple[str, ...] = ()
    """Members whose change is refused, such as ``sku``."""
    before_delete: Callable[[State, Props], None] = _nothing
    view: Callable[[State, Props], Props] = lambda state, resource: {}
    """Properties that follow from other resources."""
    hide: Callable[[Props], None] = _nothing
    """Removes from a copy of the properties what is never shown."""
    actions: Mapping[str, Callable[[Call, Props], Answer]] = field(default_factory=dict)
    """By HTTP method and the last part of the path: ``POST stop``."""

    @property
    def namespace(self) -> str:
        """The provider namespace."""
        return self.kind.partition("/")[0]

    @property
    def is_child(self) -> bool:
        """Whether it is a part of another resource, without a location of its own."""
        return self.kind.count("/") > 1


class Table:
    """All rows, and what they do with calls."""

    def __init__(self, *rows: Row) -> None:
        self.rows = {row.kind.lower(): row for row in rows}

    def put(self, row: Row, call: Call, before: Props | None = None) -> Answer:
        """Make or replace a resource, with its children. ``before`` is one that is out of the state for the moment."""
        state, path = call.state, call.path
        state.found(path.group_id)
        models.check(row.namespace.rpartition(".")[2].lower(), row.model, call.body)
        if row.is_child:
            self._check_parent(state, path)
        old = before or state.get(path.rid) or {}
        resource = _fresh(call, row, old)
        if not row.is_child:
            _place(row, path, resource, old)
        for member in row.fixed:
            _check_fixed(path, member, resource, old)
        listed = resource["properties"].pop(row.children, None) if row.children else None
        check_references(call, resource)
        row.settle(call, resource, old)
        state.resources[path.rid.lower()] = resource
        if row.children and not (listed is None and row.keeps_children):
            self._put_children(row, call, listed or [])
        status = "Creating" if not old else "Updating"
        body = self.shown(state, resource)
        body["properties"]["provisioningState"] = status
        operation = state.new_operation(path.subscription, row.namespace, "operations")
        return Answer(200 if old else 201, body, operation)

    def get(self, call: Call) -> Answer:
        """Show a resource."""
        return Answer(200, self.shown(call.state, call.state.found(call.path.rid)))

    def list_(self, row: Row, call: Call) -> Answer:
        """Show the resources of a type in a group, or in a resource."""
        where = call.path.rid if row.is_child else f"{call.path.group_id}/providers/{row.namespace}"
        call.state.found(call.path.rid if row.is_child else call.path.group_id)
        found = call.state.below(where, call.path.types[-1])
        return Answer(200, {"value": [self.shown(call.state, resource) for resource in found]})

    def patch(self, row: Row, call: Call) -> Answer:
        """Change tags, which is all that Azure patches of these types."""
        if row.is_child:
            raise Refusal(405, "MethodNotAllowed", f"Resources of type {row.kind} cannot be patched.")
        model = {"Microsoft.Network": "TagsObject"}.get(row.namespace, "Resource")
        models.check(row.namespace.rpartition(".")[2].lower(), model, call.body)
        resource = {**call.state.found(call.path.rid), "tags": call.body.get("tags") or {}}
        call.state.resources[call.path.rid.lower()] = resource
        return Answer(200, self.shown(call.state, resource))

    def delete(self, row: Row, call: Call) -> Answer:
        """Delete a resource with its children, none of which may be in use."""
        state, path = call.state, call.path
        state.found(path.group_id)
        resource = state.get(path.rid)
        if resource is None:
            return Answer(204)
        own = f"{path.rid.lower()}/"
        has_parts = any(kind.startswith(f"{row.kind.lower()}/") for kind in self.rows)
        below = [v for k, v in state.resources.items() if k.startswith(own)] if has_parts else []
        for one in (*below, resource):
            self.rows[one["type"].lower()].before_delete(state, one)
        for one in (*below, resource):
            del state.resources[one["id"].lower()]
        return Answer(202, None, state.new_operation(path.subscription, row.namespace, "operations"))

    def shown(self, state: State, resource: Props) -> Props:
        """A resource as Azure shows it: with its children, and without secrets."""
        row = self.rows[resource["type"].lower()]
        properties = copy.deepcopy(resource["properties"])
        row.hide(properties)
        properties |= row.view(state, resource)
        if row.children:
            properties[row.children] = [self.shown(state, c) for c in state.below(resource["id"], row.children)]
        return shown({**resource, "properties": properties})

    # --- children

    def _check_parent(self, state: State, path: Path) -> None:
        parent = path.rid.rpartition("/")[0].rpartition("/")[0]
        if state.get(parent) is None:
            kind = "/".join(path.types)
            text = f"Failed to perform 'write' on resource(s) of type '{kind}', because the parent resource '{parent}'"
            raise Refusal(404, "ParentResourceNotFound", f"{text} could not be found.")

    def _put_children(self, row: Row, call: Call, listed: list[Props]) -> None:
        """Make exactly the listed children: those before are out of the way, so that they may swap what they have."""
        state, collection = call.state, str(row.children)
        child = self.rows[f"{row.kind}/{collection}".lower()]
        olds = {old["name"].lower(): old for old in state.below(call.path.rid, collection)}
        listed_names = {str(item.get("name", "")).lower() for item in listed}
        for name, old in olds.items():
            if name not in listed_names:
                child.before_delete(state, old)
            del state.resources[old["id"].lower()]
        for item in listed:
            if not item.get("name"):
                text = f"Each of the {collection} of {call.path.rid} needs a name."
                raise Refusal(400, "InvalidRequestFormat", f"Cannot parse the request. {text}")
            path = replace(call.path, types=(*call.path.types, collection), names=(*call.path.names, item["name"]))
            self.put(child, replace(call, path=path, body=item), olds.get(item["name"].lower()))


def _fresh(call: Call, row: Row, old: Props) -> Props:
    """The resource as the body has it, under the id and name that it had when it was made."""
    body = {k: copy.deepcopy(v) for k, v in call.body.items() if k not in _READ_ONLY and v is not None}
    given = {k: v for k, v in (body.get("properties") or {}).items() if k not in _READ_ONLY and v is not None}
    about = {"id": call.path.rid, "name": call.path.names[-1], "type": row.kind}
    kept = {k: old[k] for k in about if k in old}
    etag = {"etag": f'W/"{uuid.uuid4()}"'} if row.namespace == "Microsoft.Network" else {}
    return {**about, **kept, **body, **etag, "properties": {**given, "provisioningState": "Succeeded"}}


def _place(row: Row, path: Path, resource: Props, old: Props) -> None:
    resource["location"] = catalogue.location(resource.get("location"), row.kind)
    if old and old["location"] != resource["location"]:
        text = f"The resource '{resource['name']}' already exists in location '{old['location']}' in resource group "
        text += f"'{path.group}'. A resource with the same name cannot be created in location '{resource['location']}'."
        raise Refusal(409, "InvalidResourceLocation", f"{text} Please select a new resource name.")
    catalogue.check_zones(resource.get("zones"), resource["location"], f"{row.kind}/{resource['name']}")
    if old and sorted(old.get("zones") or ()) != sorted(resource.get("zones") or ()):
        text = f"Resource {resource['id']} has an existing availability zone constraint {_zones(old)} and the request "
        text += f"has availability zone constraint {_zones(resource)}, which do not match. Zones cannot be "
        text += "added/updated/removed once the resource is created. The resource cannot be updated from regional to "
        raise Refusal(400, "ResourceAvailabilityZonesCannotBeModified", f"{text}zonal or vice-versa.")


def _zones(resource: Props) -> str:
    return ", ".join(resource.get("zones") or ()) or "NoZone"


def _check_fixed(path: Path, member: str, resource: Props, old: Props) -> None:
    if not old:
        return
    was, wanted = (r["properties"].get(member, r.get(member)) for r in (old, resource))
    if wanted is not None and was is not None and _plain(was) != _plain(wanted):
        text = f"Property '{member}' of {path.rid} cannot be changed from {was} to {wanted}."
        raise Refusal(400, "PropertyChangeNotAllowed", text)


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items() if k != "tier"}
    return value.lower() if isinstance(value, str) else value


def put_group(call: Call) -> Answer:
    """Make or change a resource group."""
    state, path = call.state, call.path
    models.check("resources", "ResourceGroup", call.body)
    kind, old = "Microsoft.Resources/resourceGroups", state.get(path.rid)
    where = catalogue.location(call.body.get("location"), kind)
    if old and old["location"] != where:
        text = f"Invalid resource group location '{where}'. The Resource group already exists in location "
        raise Refusal(409, "InvalidResourceGroupLocation", f"{text}'{old['location']}'.")
    about = {"id": old["id"] if old else path.rid, "name": old["name"] if old else path.group, "type": kind}
    more = {k: call.body[k] for k in ("tags", "managedBy") if call.body.get(k) is not None}
    made = {**about, "location": where, **more, "properties": {"provisioningState": "Succeeded"}}
    state.resources[path.rid.lower()] = made
    return Answer(200 if old else 201, shown(made))


def get_group(call: Call) -> Answer:
    """Show a resource group."""
    return Answer(200, shown(call.state.found(call.path.rid)))


def patch_group(call: Call) -> Answer:
    """Change a resource group's tags."""
    models.check("resources", "ResourceGroupPatchable", call.body)
    changed = {**call.state.found(call.path.rid), "tags": call.body.get("tags") or {}}
    call.state.resources[call.path.rid.lower()] = changed
    return Answer(200, shown(changed))


def list_groups(call: Call) -> Answer:
    """Show the resource groups of a subscription."""
    found = call.state.below(f"/subscriptions/{call.path.subscription}", "resourceGroups")
    return Answer(200, {"value": [shown(group) for group in found]})


def _needs(user: Props) -> bool:
    """Whether a resource keeps what it refers to from being deleted: all but peerings do, which end Disconnected."""
    return not user["type"].endswith("/virtualNetworkPeerings")


def delete_group(call: Call) -> Answer:
    """Delete a resource group with all that is in it, unless something elsewhere needs it."""
    state, path = call.state, call.path
    if state.get(path.rid) is None:
        raise not_found(path.rid)
    inside = [k for k in state.resources if k.startswith(f"{path.rid.lower()}/")]
    users = (user for rid in inside for user in state.users(rid) if _needs(user) and user["id"].lower() not in inside)
    user = next(users, None)
    if user:
        text = f"Deletion of resource group '{path.group}' did not finish: {user['id']} uses what is in it."
        raise Refusal(409, "ResourceGroupDeletionBlocked", text)
    for key in (*inside, path.rid.lower()):
        del state.resources[key]
    return Answer(202, None, state.new_operation(path.subscription, path.namespace, "operationresults"))
