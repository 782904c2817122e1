"""Public addresses, prefixes of them, and NAT gateways."""

from ipaddress import IPv4Network

from gatepost_sandbox.refusals import quotas

from .call import Call, referred
from .errors import bad, not_modelled
from .networks import subnets_view
from .resources import Row
from .state import Props, State

ADDRESS = "Microsoft.Network/publicIPAddresses"
PREFIX = "Microsoft.Network/publicIPPrefixes"
GATEWAY = "Microsoft.Network/natGateways"
SKUS = ("Standard", "StandardV2")
MOST_ADDRESSES = 16
"""Addresses that a NAT gateway may have: https://learn.microsoft.com/en-us/azure/nat-gateway/nat-overview."""


def _sku(resource: Props, old: Props, kind: str) -> None:
    sku = resource.setdefault("sku", {})
    sku.setdefault("name", "Basic" if kind == ADDRESS else "Standard")
    if sku["name"] not in SKUS:
        text = "Cannot create more than 0 IPv4 Basic SKU public IP addresses for this subscription in this region."
        raise bad("IPv4BasicSkuPublicIpCountLimitReached", f"{text} Give the sku a name: Standard.")
    if sku.setdefault("tier", "Regional") != "Regional":
        raise not_modelled("the tier Global of public addresses")


def _address(call: Call, address: Props, old: Props) -> None:
    given = address["properties"]
    _sku(address, old, ADDRESS)
    _check_version(given)
    for member in ("dnsSettings", "ddosSettings", "ipTags", "linkedPublicIPAddress", "servicePublicIPAddress"):
        if given.get(member):
            raise not_modelled(f"{member} of public addresses")
    if given.setdefault("publicIPAllocationMethod", "Dynamic") != "Static":
        text = f"Public IP address {address['id']} of SKU {address['sku']['name']} must have the allocation method "
        raise bad("StandardSkuPublicIPAddressMustBeStatic", f"{text}Static, and has Dynamic.")
    _idle_minutes(address, 30)
    prefix = referred(call, given.get("publicIPPrefix"), PREFIX, "publicIPPrefix")
    before = old.get("properties", {}).get("ipAddress")
    wanted = given.get("ipAddress")
    if wanted and wanted != before:
        raise bad("PublicIPAddressCannotBeChosen", f"The address {wanted} cannot be chosen: Azure gives one out.")
    if not old:
        _check_count(call.state, address)
    given["ipAddress"] = before or (_from(call.state, prefix) if prefix else _one(call.state))


def _check_count(state: State, address: Props) -> None:
    if not quotas.limited("public_ips"):
        return
    subscription = address["id"].split("/")[2].lower()
    there = [
        other for other in state.all(ADDRESS)
        if other["location"] == address["location"] and other["id"].split("/")[2].lower() == subscription
    ]  # fmt: skip
    if quotas.exceeded("public_ips", len(there) + 1):
        text = f"Cannot create more than {quotas.values()['public_ips']} public IP addresses for this subscription in "
        raise bad("PublicIPCountLimitReached", f"{text}this region.")


def _prefix(call: Call, prefix: Props, old: Props) -> None:
    given = prefix["properties"]
    _sku(prefix, old, PREFIX)
    _check_version(given)
    if given.get("customIPPrefix") or given.get("ipTags"):
        raise not_modelled("customIPPrefix and ipTags of public address prefixes")
    length = given.get("prefixLength")
    if not isinstance(length, int) or not 28 <= length <= 31:
        text = f"The prefixLength {length} of {prefix['id']} is not allowed. It must be 28 to 31 for IPv4."
        raise bad("InvalidPublicIPPrefixLength", text)
    given["ipPrefix"] = old.get("properties", {}).get("ipPrefix") or str(call.state.new_addresses(2 ** (32 - length)))


def _gateway(call: Call, gateway: Props, old: Props) -> None:
    given = gateway["properties"]
    _sku(gateway, old, GATEWAY)
    if len(gateway.get("zones") or ()) > 1 and gateway["sku"]["name"] == "Standard":
        text = f"NAT gateway {gateway['id']} of SKU Standard can be in one zone, not in {len(gateway['zones'])}."
        raise bad("NatGatewayZonesNotSupported", text)
    for member in ("publicIpAddressesV6", "publicIpPrefixesV6", "serviceGateway", "sourceVirtualNetwork"):
        if given.get(member):
            raise not_modelled(f"{member} of NAT gateways")
    _idle_minutes(gateway, 120)
    for member, kind in (("publicIpAddresses", ADDRESS), ("publicIpPrefixes", PREFIX)):
        for value in given.get(member) or ():
            _check_used(call, gateway, referred(call, value, kind, member))
    if len(pool(call.state, gateway)) > MOST_ADDRESSES:
        text = f"NAT gateway {gateway['id']} would have {len(pool(call.state, gateway))} addresses. At most"
        raise bad("NatGatewayPublicIpCountLimitReached", f"{text} {MOST_ADDRESSES} are allowed.")


def _check_used(call: Call, gateway: Props, used: Props | None) -> None:
    """An address must be of the gateway's location, SKU and zone, and of no other one."""
    if used is None:
        return
    if (used["location"], used["sku"]["name"]) != (gateway["location"], gateway["sku"]["name"]):
        text = f"NAT gateway {gateway['id']} is in {gateway['location']} with SKU {gateway['sku']['name']}, and "
        text += f"{used['id']} is in {used['location']} with SKU {used['sku']['name']}. Both must be the same."
        raise bad("InvalidResourceReference", text)
    mine, its = gateway.get("zones") or [], used.get("zones") or []
    if mine and len(its) == 1 and its != mine:
        text = f"NAT gateway {gateway['id']} is in zone {mine[0]}, and {used['id']} is in zone {its[0]}. An address in "
        raise bad("NatGatewayPublicIpZoneMismatch", f"{text}one zone can serve a gateway of that zone only.")
    for other in call.state.users(used["id"], GATEWAY):
        if other["id"].lower() != gateway["id"].lower():
            text = f"Resource {gateway['id']} is referencing public IP address {used['id']} that is already allocated "
            raise bad("PublicIPAddressInUse", f"{text}to resource {other['id']}.")


def _check_version(given: Props) -> None:
    if given.setdefault("publicIPAddressVersion", "IPv4") != "IPv4":
        raise not_modelled("IPv6 addresses")


def _idle_minutes(resource: Props, most: int) -> None:
    minutes = resource["properties"].setdefault("idleTimeoutInMinutes", 4)
    if not 4 <= minutes <= most:
        text = f"The idleTimeoutInMinutes {minutes} of {resource['id']} is not allowed. It must be 4 to {most}."
        raise bad("InvalidIdleTimeout", text)


def _one(state: State) -> str:
    return str(state.new_addresses()[0])


def _from(state: State, prefix: Props) -> str:
    """An address of a prefix that no other resource has."""
    taken = {address["properties"]["ipAddress"] for address in state.users(prefix["id"], ADDRESS)}
    for address in IPv4Network(prefix["properties"]["ipPrefix"]):
        if str(address) not in taken:
            return str(address)
    raise bad("PublicIPPrefixOutOfIpAddresses", f"Public IP prefix {prefix['id']} has no address left.")


def pool(state: State, gateway: Props) -> list[str]:
    """The addresses that a NAT gateway goes out from."""
    given = gateway["properties"]
    found = [state.found(value["id"])["properties"]["ipAddress"] for value in given.get("publicIpAddresses") or ()]
    for value in given.get("publicIpPrefixes") or ():
        found += map(str, IPv4Network(state.found(value["id"])["properties"]["ipPrefix"]))
    return found


# --- deletes and views


def _address_unused(state: State, address: Props) -> None:
    for user in state.users(address["id"]):
        text = f"Public IP address {address['id']} can not be deleted since it is still allocated to resource "
        text += f"{user['id']}. In order to delete the public IP, disassociate/detach the Public IP address from the "
        raise bad("PublicIPAddressCannotBeDeleted", f"{text}resource.")


def _prefix_unused(state: State, prefix: Props) -> None:
    for user in state.users(prefix["id"]):
        text = f"Public IP prefix {prefix['id']} is in use by {user['id']} and cannot be deleted."
        raise bad("InUsePublicIpPrefixCannotBeDeleted", text)


def _gateway_unused(state: State, gateway: Props) -> None:
    for user in state.users(gateway["id"]):
        text = f"NAT gateway {gateway['id']} is in use by {user['id']} and cannot be deleted."
        raise bad("InUseNatGatewayCannotBeDeleted", f"{text} Remove it from the subnet first.")


def _used_by(state: State, resource: Props) -> Props:
    found = next(state.users(resource["id"], GATEWAY), None)
    own = {} if resource["type"] != PREFIX else {"publicIPAddresses": _addresses(state, resource)}
    return {**own, **({"natGateway": {"id": found["id"]}} if found else {})}


def _addresses(state: State, prefix: Props) -> list[Props]:
    return [{"id": address["id"]} for address in state.users(prefix["id"], ADDRESS)]


ROWS = (
    Row(
        kind=ADDRESS, model="PublicIPAddress", settle=_address, view=_used_by, before_delete=_address_unused,
        fixed=("sku", "publicIPAddressVersion", "publicIPPrefix"),
    ),
    Row(
        kind=PREFIX, model="PublicIPPrefix", settle=_prefix, view=_used_by, before_delete=_prefix_unused,
        fixed=("sku", "publicIPAddressVersion", "prefixLength"),
    ),
    Row(
        kind=GATEWAY, model="NatGateway", settle=_gateway, view=subnets_view, before_delete=_gateway_unused,
        fixed=("sku",),
    ),
)  # fmt: skip
