"""The resource group of what gatepost makes on Azure."""

from typing import Any

import pulumi
from pulumi_azure_native import resources

from ..azure_names import child_name, group_in


def group_of(name: str, args: Any, opts: pulumi.ResourceOptions) -> pulumi.Input[str]:
    """The name of the group that ``args`` of the component ``name`` give, or of one that is made with ``opts``."""
    if args.resource_group is not None:
        return args.resource_group
    made = resources.ResourceGroup(
        child_name(name, "resources"), location=args.region, tags=args.labels.tags(), opts=opts
    )
    # From the id: unlike the name it is known in every preview, where other tags would otherwise make the name unknown,
    # and so everything in the group look replaced.
    return made.id.apply(group_in)
