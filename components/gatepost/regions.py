"""The regions that clouds have, and those that Twingate does not serve. Pure.

Read on 2026-11-23. AWS: botocore 1.44, ``data/partitions.json`` (a test compares). Google:
https://cloud.google.com/compute/docs/regions-zones. Azure: https://learn.microsoft.com/azure/reliability/regions-list.
"""

from collections.abc import Collection, Mapping

from .words import nearest

_REGIONS: Mapping[str, str] = {
    "aws": """
        af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2
        ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7
        ca-central-1 ca-west-1 eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3
        eusc-de-east-1 il-central-1 me-central-1 me-south-1 me-west-1 mx-central-1 sa-east-1 sa-west-1 us-east-1
        us-east-2 us-gov-east-1 us-gov-west-1 us-west-1 us-west-2
    """,
    "gcp": """
        africa-south1 asia-east1 asia-east2 asia-northeast1 asia-northeast2 asia-northeast3 asia-south1 asia-south2
        asia-southeast1 asia-southeast2 asia-southeast3 australia-southeast1 australia-southeast2 europe-central2
        europe-north1 europe-north2 europe-southwest1 europe-west1 europe-west10 europe-west12 europe-west2 europe-west3
        europe-west4 europe-west6 europe-west8 europe-west9 me-central1 me-central2 me-west1 northamerica-northeast1
        northamerica-northeast2 northamerica-south1 southamerica-east1 southamerica-west1 us-central1 us-east1 us-east4
        us-east5 us-south1 us-west1 us-west2 us-west3 us-west4
    """,
    "azure": """
        australiacentral australiacentral2 australiaeast australiasoutheast austriaeast belgiumcentral brazilsouth
        brazilsoutheast canadacentral canadaeast centralindia centralus chilecentral denmarkeast eastasia eastus eastus2
        francecentral francesouth germanynorth germanywestcentral indonesiacentral israelcentral italynorth japaneast
        japanwest koreacentral koreasouth malaysiawest mexicocentral newzealandnorth northcentralus northeurope
        norwayeast norwaywest polandcentral qatarcentral southafricanorth southafricawest southcentralus southindia
        southeastasia spaincentral swedencentral switzerlandnorth switzerlandwest uaecentral uaenorth uksouth ukwest
        westcentralus westeurope westindia westus westus2 westus3
    """,
}
REGIONS: Mapping[str, frozenset[str]] = {cloud: frozenset(text.split()) for cloud, text in _REGIONS.items()}
"""Regions by cloud."""

CHINA: Mapping[str, tuple[str, ...]] = {
    "aws": ("cn-north-1", "cn-northwest-1"),
    "gcp": (),
    "azure": ("chinaeast", "chinaeast2", "chinaeast3", "chinanorth", "chinanorth2", "chinanorth3"),
}
"""Regions in China, where Twingate calls its service unstable: https://help.twingate.com/hc/en-us/articles/9841905042.

The countries that Twingate does not serve at all (Cuba, Iran, North Korea, Syria, and the Crimea, Donetsk and Luhansk
regions) have no region of these clouds.
"""

_MORE = "If it is new, list it under more_regions of the fleet."


def region_known_problems(cloud: str, region: str, more: Collection[str] = ()) -> list[str]:
    """A sentence for a region that the cloud does not have, or that Twingate does not serve well; `more` are new ones.

    `region` is spelt as the cloud spells regions.
    """
    if region in CHINA.get(cloud, ()):
        return [
            f"The region {region!r} is in China, where Twingate calls its service unstable, so no Connector is put "
            "there. Take a region outside of China."
        ]
    known = REGIONS[cloud] | set(more)
    if region in known:
        return []
    guess = nearest(region, sorted(known))
    hint = f" Did you mean {guess!r}?" if guess else ""
    return [f"The region {region!r} is none of {_NAMES[cloud]}'s that gatepost knows.{hint} {_MORE}"]


_NAMES = {"aws": "AWS", "gcp": "Google Cloud", "azure": "Azure"}
