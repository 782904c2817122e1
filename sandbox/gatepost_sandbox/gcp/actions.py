"""Methods of instances that change one thing."""

from collections.abc import Callable

from .addresses import set_labels
from .call import Call, Handler
from .errors import Refusal, invalid
from .instances import check_accounts, machine_type, outer_address, settled, started
from .resources import check_fingerprint, found, operation
from .state import Props, link


def _action(change: Callable[[Call, Props], None], *, stopped: bool = False) -> Handler:
    """A handler for ``.../instances/NAME/ACTION``; some need the instance to be stopped."""

    def handle(call: Call) -> Props:
        name = call.name.rpartition("/")[0]
        instance = found(call, name)
        if stopped and instance["status"] != "TERMINATED":
            message = f"Instance must be in the following states: TERMINATED, and is {instance['status']}."
            raise Refusal(400, message, "resourceNotReady")
        change(call, instance)
        return operation(call, name)

    return handle


def _start(call: Call, instance: Props) -> None:
    if instance["status"] != "RUNNING":
        started(call.state, instance)


def _stop(call: Call, instance: Props) -> None:
    instance |= {"status": "TERMINATED", "lastStopTimestamp": call.state.timestamp()}


def _reset(call: Call, instance: Props) -> None:
    if instance["status"] != "RUNNING":
        raise Refusal(400, f"The instance is {instance['status']}, and only a RUNNING one can be reset.")
    started(call.state, instance)


def _items(name: str) -> Callable[[Call, Props], None]:
    def change(call: Call, instance: Props) -> None:
        check_fingerprint(call.body.get("fingerprint"), instance[name]["fingerprint"])
        instance[name] = settled(name, call.body)

    return change


def _machine_type(call: Call, instance: Props) -> None:
    name = machine_type(call, call.body.get("machineType"))
    instance["machineType"] = link(f"projects/{call.project}/zones/{call.args['zone']}/machineTypes/{name}")


def _service_account(call: Call, instance: Props) -> None:
    accounts = [{k: call.body[k] for k in ("email", "scopes") if k in call.body}] if call.body.get("email") else []
    check_accounts(call, accounts)
    instance["serviceAccounts"] = accounts


def _protection(call: Call, instance: Props) -> None:
    instance["deletionProtection"] = call.query.get("deletionProtection", "true") == "true"


def _shielding(call: Call, instance: Props) -> None:
    instance["shieldedInstanceConfig"] |= call.body


def _add_address(call: Call, instance: Props) -> None:
    interface = _interface(call, instance)
    if interface["accessConfigs"]:
        raise Refusal(400, "At most one access config currently supported.")
    config = dict(call.body)
    outer_address(call, config, "accessConfig")
    interface["accessConfigs"] = [config]


def _delete_address(call: Call, instance: Props) -> None:
    interface, name = _interface(call, instance), call.query.get("accessConfig")
    if name not in [config["name"] for config in interface["accessConfigs"]]:
        raise invalid("accessConfig", name, "The interface has no access config of that name.")
    interface["accessConfigs"] = []


def _interface(call: Call, instance: Props) -> Props:
    name = call.query.get("networkInterface")
    for interface in instance["networkInterfaces"]:
        if interface["name"] == name:
            return interface
    raise invalid("networkInterface", name, "The instance has no interface of that name.")


HANDLERS: dict[str, Handler] = {
    "start": _action(_start),
    "stop": _action(_stop),
    "reset": _action(_reset),
    "setMetadata": _action(_items("metadata")),
    "setTags": _action(_items("tags")),
    "setLabels": set_labels,
    "setDeletionProtection": _action(_protection),
    "addAccessConfig": _action(_add_address),
    "deleteAccessConfig": _action(_delete_address),
    "setMachineType": _action(_machine_type, stopped=True),
    "setServiceAccount": _action(_service_account, stopped=True),
    "updateShieldedInstanceConfig": _action(_shielding, stopped=True),
}
