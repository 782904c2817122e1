"""What a Remote Network's users leave by is let in: the exit IPs come from the fleet's stack."""

import pulumi
import pulumi_aws as aws

config = pulumi.Config()
fleet = pulumi.StackReference(config.require("fleet"))  # acme/gatepost/prod
group = aws.ec2.SecurityGroup("partners", vpc_id=config.require("vpc_id"), description="Exit IPs of our fleet")


def allow(networks: dict) -> list[str]:
    """A rule for each address, named after it: another address adds its rule before the old one goes."""
    exit_ips = networks[config.require("network")]["exit_ips"]
    for address in exit_ips:
        aws.vpc.SecurityGroupIngressRule(
            f"from-{address}",
            security_group_id=group.id,
            cidr_ipv4=f"{address}/32",
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
        )
    return exit_ips


# Outputs of a referenced stack are known in every preview, so the rules are, too.
pulumi.export("allowed", fleet.require_output("remote_networks").apply(allow))
