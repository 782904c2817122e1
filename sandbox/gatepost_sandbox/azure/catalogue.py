"""What Azure offers: locations, zones, API versions, and what container groups may ask for."""

from .errors import Refusal, bad

_ZONAL = """
australiaeast brazilsouth canadacentral centralindia centralus eastasia eastus eastus2 francecentral germanywestcentral
israelcentral italynorth japaneast koreacentral mexicocentral newzealandnorth northeurope norwayeast polandcentral
qatarcentral southafricanorth southcentralus southeastasia spaincentral swedencentral switzerlandnorth uaenorth uksouth
westeurope westus2 westus3
"""
_OTHERS = """
australiasoutheast canadaeast koreasouth northcentralus southindia ukwest westcentralus westindia westus
"""
ZONAL = frozenset(_ZONAL.split())
"""Locations with zones 1, 2 and 3: https://learn.microsoft.com/en-us/azure/reliability/regions-list."""
LOCATIONS = ZONAL | frozenset(_OTHERS.split())
"""Every location that the sandbox knows."""
ZONES = ("1", "2", "3")

# Namespace -> versions that pulumi-azure-native 3.29 and Microsoft's Python clients speak.
_VERSIONS = {
    "Microsoft.Resources": """
        2020-10-01 2021-01-01 2021-04-01 2022-09-01 2023-07-01 2024-03-01 2024-07-01 2024-11-01 2025-03-01 2025-04-01
    """,
    "Microsoft.Network": """
        2022-07-01 2022-09-01 2022-11-01 2023-02-01 2023-04-01 2023-05-01 2023-06-01 2023-09-01 2023-11-01 2024-01-01
        2024-03-01 2024-05-01 2024-07-01 2024-10-01 2025-01-01 2025-03-01 2025-05-01 2026-03-01
    """,
    "Microsoft.ContainerInstance": """
        2021-10-01 2022-09-01 2023-05-01 2024-05-01-preview 2024-09-01-preview 2024-10-01-preview 2024-11-01-preview
        2025-09-01
    """,
}
VERSIONS = {namespace: frozenset(text.split()) for namespace, text in _VERSIONS.items()}
MOST_CPU, MOST_MEMORY = 4.0, 16.0
"""Cores and GB that a Linux container group may ask for in every location:
https://learn.microsoft.com/en-us/azure/container-instances/container-instances-resource-and-quota-limits."""
DELEGATIONS = (
    "Microsoft.ContainerInstance/containerGroups",
    "Microsoft.App/environments",
    "Microsoft.Web/serverFarms",
    "Microsoft.DBforPostgreSQL/flexibleServers",
)
"""Services that the sandbox knows a subnet may be delegated to."""


def location(value: object, kind: str) -> str:
    """The name of a location, which a request may also write as ``West Europe``. Raises a Refusal."""
    name = str(value or "").lower().replace(" ", "")
    if not name:
        raise bad("LocationRequired", "The location property is required for this definition.")
    if name not in LOCATIONS:
        known, text = ",".join(sorted(LOCATIONS)), f"The provided location '{value}' is not available for resource "
        if kind == "Microsoft.Resources/resourceGroups":
            text += f"group. List of available regions is '{known}'."
            raise bad("LocationNotAvailableForResourceGroup", text)
        text += f"type '{kind}'. List of available regions for the resource type is '{known}'."
        raise bad("LocationNotAvailableForResourceType", text)
    return name


def check_zones(zones: object, where: str, name: str) -> None:
    """Raise a Refusal for zones that the location does not have."""
    if not isinstance(zones, list) or not zones:
        return
    if where not in ZONAL:
        text = f"The resource '{name}' does not support availability zones at location '{where}'."
        raise bad("LocationNotSupportAvailabilityZones", text)
    strange = [zone for zone in zones if zone not in ZONES]
    if strange:
        text = f"The zone(s) '{','.join(strange)}' for resource '{name}' is not supported."
        supported = f"The supported zones for location '{where}' are '{','.join(ZONES)}'"
        raise bad("InvalidAvailabilityZone", f"{text} {supported}")


def check_version(namespace: str, version: str | None) -> None:
    """Raise a Refusal for an API version that the namespace does not have."""
    if version is None:
        text = "The api-version query parameter (?api-version=) is required for all requests."
        raise bad("MissingApiVersionParameter", text)
    if version not in VERSIONS[namespace]:
        known = ", ".join(sorted(VERSIONS[namespace]))
        text = f"The api-version '{version}' is invalid. The supported versions are '{known}'."
        raise Refusal(400, "InvalidApiVersionParameter", text)
