"""What is looked up about subnets that exist, so that a preview refuses those in which no host could live."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from ..adopted import fit, per_subnet
from ..placement import room_problems
from ..site import sentence
from .network import NetworkRef

TAKEN = 5
"""Addresses that AWS keeps in each subnet: https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html"""


def looked_up(
    ref: NetworkRef, subnets: Mapping[str, pulumi.Input[str]], slots: Mapping[str, int], parent: pulumi.Resource
) -> pulumi.Output[None]:
    """Resolves when ``subnets`` (by zone) are known to be fit for ``slots``, how many there are by zone.

    A subnet whose free addresses would not last for a rollout is a warning, since its own hosts may have them. Raises
    pulumi.RunError with every problem, also in a preview.
    """
    looks = []
    for subnet, zones in per_subnet(subnets, slots).items():
        found = aws.ec2.get_subnet_output(id=subnet, region=ref.region, opts=pulumi.InvokeOptions(parent=parent))
        both = pulumi.Output.all(found, ref.vpc_id)
        looks.append(both.apply(lambda both, s=subnet, z=zones: _problems(s, z, *both, parent)))
    return fit(looks)


def _problems(
    subnet: str, zones: Mapping[str, int], found: aws.ec2.GetSubnetResult, vpc: str, parent: pulumi.Resource
) -> list[str]:
    problems = []
    if found.vpc_id != vpc:
        problems.append(f"The subnet {subnet} is in the VPC {found.vpc_id}, but the site is in {vpc}. Change one.")
    if wrong := [zone for zone in zones if zone != found.availability_zone]:
        problems.append(
            f"The subnet {subnet} is in the zone {found.availability_zone}, but it is given for {sentence(wrong)}: "
            "hosts would stand in one zone that look as if they stood in two. Give it under its own zone."
        )
    count = sum(zones.values())
    blocks = [found.cidr_block] if found.cidr_block else []
    problems += room_problems(f"The subnet {subnet} ({found.cidr_block})", blocks, count, TAKEN, hosts=2)
    if not problems and found.available_ip_address_count < count:
        pulumi.log.warn(
            f"The subnet {subnet} has {found.available_ip_address_count} free addresses, and a rollout takes one for "
            f"each of {count} slots before it gives any back. Free some, or use another subnet.",
            parent,
        )
    return problems
