"""What is looked up about subnetworks that exist, so that a preview refuses those in which no host could live."""

from collections.abc import Mapping

import pulumi
from pulumi_gcp import compute

from ..adopted import fit, per_subnet
from ..gcp_names import path, project_of
from ..placement import room_problems
from .network import NetworkRef

TAKEN = 4
"""Addresses that Google keeps in each primary range: https://cloud.google.com/vpc/docs/subnets"""


def looked_up(
    ref: NetworkRef, subnets: Mapping[str, pulumi.Input[str]], slots: Mapping[str, int], parent: pulumi.Resource
) -> pulumi.Output[None]:
    """Resolves when ``subnets`` (by zone) are known to be fit for ``slots``, how many there are by zone.

    Raises pulumi.RunError with every problem, also in a preview.
    """
    looks = []
    for subnet, zones in per_subnet(subnets, slots).items():
        found = compute.get_subnetwork_output(
            name=subnet.rpartition("/")[2],
            project=project_of(subnet) or ref.project,
            region=ref.region,
            opts=pulumi.InvokeOptions(parent=parent),
        )
        both = pulumi.Output.all(found, ref.vpc_id)
        looks.append(both.apply(lambda both, s=subnet, z=zones: _problems(s, sum(z.values()), *both)))
    return fit(looks)


def _problems(subnet: str, slots: int, found: compute.GetSubnetworkResult, vpc: str) -> list[str]:
    problems = []
    # A link may name the project by its number, which tells nothing about its id; names are compared in any case.
    if found.network.rpartition("/")[2] != vpc.rpartition("/")[2]:
        problems.append(
            f"The subnetwork {path(subnet)} is in the network {path(found.network)}, but the site is in {path(vpc)}. "
            "Change one."
        )
    what = f"The subnetwork {path(subnet)} ({found.ip_cidr_range})"
    blocks = [found.ip_cidr_range] if found.ip_cidr_range else []
    return problems + room_problems(what, blocks, slots, TAKEN, hosts=2)
