"""The dev stack's network on AWS, as engine tests change it."""

from typing import Any

from real_stack import Cloud, Stack
from tokens import leaks, stored

OLD, NEW = "ami-0617935088040a001", "ami-0617935088040a002"
REGION = "eu-central-1"
ZONES = [f"{REGION}a", f"{REGION}b"]


def aws(stack: Stack, **over: Any) -> dict[str, Any]:
    """The stack's one site; the site, to edit."""
    stack.site.update(over)
    return stack.site


def delete_host(stack: Stack, host: str) -> None:
    """What somebody does by hand; ``host`` is the id of an instance."""
    stack.cloud.client("ec2").terminate_instances(InstanceIds=[host])


def leaked(stack: Stack, *texts: str) -> list[str]:
    """Where a token of the account is that must be in its secret store and in envelopes only."""
    return leaks(stack.cloud, stored(stack.cloud), [*texts, stack.state()])


def given_network(cloud: Cloud, name: str, block: str) -> dict[str, Any]:
    """A network of somebody else: its ids, and its exit addresses, the one of the first zone first."""
    return cloud.vpc(block, ZONES)


def adopt(site: dict[str, Any], network: dict[str, Any]) -> None:
    """Put the site into a network that exists."""
    site["network"] = {"adopt": {"vpc_id": network["vpc_id"], "subnets": network["subnets"]}}
    site["exit"] = {"kind": "adopt", "addresses": network["addresses"]}


def guards(stack: Stack, network: dict[str, Any]) -> int:
    """How many security groups the stack has in a network of somebody else."""
    wanted = {"vpc-id": network["vpc_id"], "tag:gatepost-environment": stack.name}
    filters = [{"Name": name, "Values": [value]} for name, value in wanted.items()]
    return len(stack.cloud.client("ec2").describe_security_groups(Filters=filters)["SecurityGroups"])


def given_exit(cloud: Cloud, name: str) -> tuple[dict[str, Any], str]:
    """An exit with an address that was made by hand, and that address."""
    made = cloud.client("ec2").allocate_address(Domain="vpc")
    return {"kind": "nat", "adopt": {ZONES[0]: made["AllocationId"]}}, made["PublicIp"]
