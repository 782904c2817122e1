"""Virtual machines: what a new one needs, and what it gets."""

from ipaddress import IPv4Address, IPv4Network
from typing import Any

from gatepost_sandbox.addresses import inside

from . import addresses, catalogue
from .call import Call, required
from .errors import Refusal, invalid, not_modelled
from .networks import is_address
from .resources import Collection, fingerprint
from .state import Props, State, link, relative

_SCRIPT_LIMIT = (
    256 * 1024
)  # bytes of one metadata value: https://cloud.google.com/compute/docs/metadata/setting-custom-metadata
_RESERVED = (0, 1, -2, -1)  # addresses of a subnetwork that Google keeps


def _instance(call: Call, instance: Props, old: Props) -> None:
    required(instance, "machineType", "disks", "networkInterfaces")
    machine = machine_type(call, instance["machineType"])
    instance["machineType"] = link(f"projects/{call.project}/zones/{call.args['zone']}/machineTypes/{machine}")
    boot = [disk for disk in instance["disks"] if disk.get("boot")]
    if len(boot) != 1 or len(instance["disks"]) != 1:
        raise not_modelled("instances with other disks than one boot disk")
    image = _image(call, boot[0], catalogue.MACHINE_TYPES[machine].architecture)
    check_accounts(call, instance.get("serviceAccounts") or [])
    if len(instance["networkInterfaces"]) != 1:
        raise not_modelled("instances with other than one network interface")
    for index, interface in enumerate(instance["networkInterfaces"]):
        _interface(call, instance, interface, index)
    for name in ("metadata", "tags"):
        instance[name] = settled(name, instance.get(name) or {})
    instance["labelFingerprint"] = fingerprint(instance.setdefault("labels", {}))
    instance["shieldedInstanceConfig"] = {
        "enableSecureBoot": False, "enableVtpm": True, "enableIntegrityMonitoring": True,
    } | instance.get("shieldedInstanceConfig", {})  # fmt: skip
    scheduling = {"automaticRestart": True, "onHostMaintenance": "MIGRATE", "preemptible": False}
    instance["scheduling"] = {**scheduling, "provisioningModel": "STANDARD"} | instance.get("scheduling", {})
    for name in ("deletionProtection", "canIpForward"):
        instance.setdefault(name, False)
    _disk(call, instance, boot[0], image)
    started(call.state, instance)
    instance["cpuPlatform"] = "Intel Broadwell"
    instance["fingerprint"] = fingerprint(instance["id"])


def started(state: State, instance: Props) -> None:
    """Note that an instance boots now."""
    instance |= {"status": "RUNNING", "lastStartTimestamp": state.timestamp(), "_booted": state.clock()}


def machine_type(call: Call, value: Any) -> str:
    """The name of a machine type that the zone has, or a Refusal."""
    zone = call.args["zone"]
    parts = (relative(value, call.project) or "").split("/")
    if len(parts) != 6 or parts[2:5] != ["zones", zone, "machineTypes"]:
        raise invalid("machineType", value, f"The URL is malformed: write zones/{zone}/machineTypes/NAME.")
    if parts[5] not in dict(catalogue.machine_types(zone)):
        why = f"Machine type with name '{parts[5]}' does not exist in zone '{zone}'."
        raise invalid("machineType", value, why)
    return parts[5]


def check_accounts(call: Call, accounts: list[Props]) -> None:
    """Raise a Refusal unless there is at most one service account, one that exists."""
    if len(accounts) > 1:
        raise invalid("serviceAccounts", len(accounts), "At most one service account is allowed.")
    for account in accounts:
        email = account.get("email", "")
        if not call.state.resources.count(("email", email)):
            name = f"projects/{call.project}/serviceAccounts/{email}"
            raise Refusal(400, f"The resource '{name}' of type 'serviceAccount' was not found.")
        if not account.get("scopes"):
            raise invalid("serviceAccounts[0].scopes", "", "At least one access scope must be given.")


def settled(name: str, value: Props) -> Props:
    """Metadata or tags with their fingerprint; Refusals for what cannot be."""
    items = value.get("items") or []
    if name == "metadata":
        keys = [item.get("key") for item in items]
        if len(keys) != len(set(keys)):
            raise invalid("metadata.items", keys, "Each key may be given once.")
        for item in items:
            if len(str(item.get("value", "")).encode()) > _SCRIPT_LIMIT:
                raise invalid(f"metadata.items.{item['key']}", "...", f"A value has at most {_SCRIPT_LIMIT} bytes.")
    some = {"items": items} if items else {}
    return {**({"kind": "compute#metadata"} if name == "metadata" else {}), **some, "fingerprint": fingerprint(items)}


def _image(call: Call, disk: Props, architecture: str) -> catalogue.Image:
    source = (disk.get("initializeParams") or {}).get("sourceImage")
    field = "disks[0].initializeParams.sourceImage"
    if not source:
        raise not_modelled("boot disks that are not made from an image")
    image = catalogue.image(relative(source, call.project))
    if image is None:
        raise invalid(field, source, "The referenced image resource cannot be found.")
    if image.architecture != architecture:
        raise invalid(field, source, f"The image is for {image.architecture}, the machine type for {architecture}.")
    return image


def _disk(call: Call, instance: Props, disk: Props, image: catalogue.Image) -> None:
    """Make the boot disk: a resource of its own beside the instance."""
    wanted = disk.pop("initializeParams")
    zone = f"projects/{call.project}/zones/{call.args['zone']}"
    name = f"{zone}/disks/{wanted.get('diskName') or instance['name']}"
    if name in call.state.resources:
        raise Refusal(409, f"The resource '{name}' already exists")
    size = int(wanted.get("diskSizeGb") or 10)
    if size < 10:
        raise invalid("disks[0].initializeParams.diskSizeGb", size, "It must not be smaller than the image (10 GB).")
    kind = (wanted.get("diskType") or "pd-standard").rpartition("/")[2]
    state = call.state
    state.resources[name] = {
        "kind": "compute#disk", "id": state.new_id(), "creationTimestamp": state.timestamp(),
        "name": name.rpartition("/")[2], "sizeGb": str(size), "status": "READY", "selfLink": link(name),
        "sourceImage": link(image.path), "type": link(f"{zone}/diskTypes/{kind}"), "zone": link(zone),
        "labels": wanted.get("labels") or {},
    }  # fmt: skip
    disk |= {"kind": "compute#attachedDisk", "index": 0, "type": "PERSISTENT", "source": link(name),
             "diskSizeGb": str(size), "architecture": image.architecture}  # fmt: skip
    for key, value in (
        ("autoDelete", False),
        ("deviceName", "persistent-disk-0"),
        ("mode", "READ_WRITE"),
        ("interface", "SCSI"),
    ):
        disk.setdefault(key, value)


def _interface(call: Call, instance: Props, interface: Props, index: int) -> None:
    field, region = f"networkInterfaces[{index}]", catalogue.ZONES[call.args["zone"]]
    if not interface.get("subnetwork"):
        raise invalid(f"{field}.subnetwork", "", "A network in custom subnet mode needs the subnetwork.")
    interface["subnetwork"] = call.reference(
        interface["subnetwork"], f"{field}.subnetwork", "subnetworks", "subnetwork"
    )
    subnetwork = call.state.resources[relative(interface["subnetwork"]) or ""]
    if subnetwork["region"].rpartition("/")[2] != region:
        raise invalid(f"{field}.subnetwork", interface["subnetwork"], f"It must be in the region {region}.")
    if interface.get("network"):
        network = call.reference(interface["network"], f"{field}.network", "networks", "network")
        if network != subnetwork["network"]:
            raise invalid(f"{field}.subnetwork", interface["subnetwork"], "It must be in the network of the interface.")
    interface |= {"network": subnetwork["network"], "name": f"nic{index}", "kind": "compute#networkInterface"}
    interface.setdefault("stackType", "IPV4_ONLY")
    interface["networkIP"] = _inner_address(call.state, subnetwork, interface.get("networkIP"), field)
    interface["fingerprint"] = fingerprint(interface["networkIP"])
    if len(interface.setdefault("accessConfigs", [])) > 1:
        raise Refusal(400, "At most one access config currently supported.")
    for config in interface["accessConfigs"]:
        outer_address(call, config, f"{field}.accessConfigs[0]")


def _inner_address(state: State, subnetwork: Props, wanted: str | None, field: str) -> str:
    block = IPv4Network(subnetwork["ipCidrRange"])
    kept = {block[position] for position in _RESERVED}

    taken, own = state.resources.marks, subnetwork["selfLink"]
    if wanted:
        if not is_address(wanted) or IPv4Address(wanted) not in block or IPv4Address(wanted) in kept:
            raise invalid(f"{field}.networkIP", wanted, f"It must be a free address in {block}.")
        if ("inner", own, wanted) in taken:
            raise Refusal(
                400, f"IP_IN_USE_BY_ANOTHER_RESOURCE: IP '{wanted}' is already being used by another resource."
            )
        return wanted
    found = next((address for address in inside(block, 2, 2) if ("inner", own, address) not in taken), None)
    if found is None:
        raise Refusal(400, f"IP_SPACE_EXHAUSTED: IP space of '{relative(subnetwork['selfLink'])}' is exhausted.")
    return found


def outer_address(call: Call, config: Props, field: str) -> None:
    """Complete an external address of an interface: one that is reserved, or a new one."""
    config |= {"kind": "compute#accessConfig", "type": config.get("type", "ONE_TO_ONE_NAT")}
    config.setdefault("name", "external-nat")
    config.setdefault("networkTier", "PREMIUM")
    if not config.get("natIP"):
        config["natIP"] = call.state.new_address()
        return
    region = catalogue.ZONES[call.args["zone"]]
    address = addresses.reserved(call.state, call.project, region, config["natIP"])
    if address is None:
        why = f"The specified external IP address '{config['natIP']}' was not found in region '{region}'."
        raise invalid(f"{field}.natIP", config["natIP"], why)
    if list(addresses.users(call.state, address)):
        message = f"External IP address: {config['natIP']} is already in-use."
        raise Refusal(400, message, "resourceInUseByAnotherResource")


def _unprotected(call: Call, name: str, instance: Props) -> None:
    if instance.get("deletionProtection"):
        why = "Resource cannot be deleted if it's protected against deletion."
        raise Refusal(400, f"Invalid resource usage: '{why}'", "invalidResourceUsage")


def _drop_disks(call: Call, name: str, instance: Props) -> None:
    for disk in instance["disks"]:
        if disk["autoDelete"]:
            call.state.resources.pop(relative(disk["source"]) or "", None)


def _disk_alone(call: Call, disk: Props, old: Props) -> None:
    raise not_modelled("disks that are made without an instance")


ROWS = (
    Collection(
        name="instances", noun="instance", settle=_instance, before_delete=_unprotected, after_delete=_drop_disks
    ),
    Collection(name="disks", noun="disk", settle=_disk_alone),
)
