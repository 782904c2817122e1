"""The refusals. "EC2 errors" is AWS's list of codes; a GitHub thread shows code and words as the real API gave them."""

from dataclasses import replace

from gatepost_sandbox.refusals import addresses, deletes, keys, launches, limits, routes
from gatepost_sandbox.refusals.row import Refusal

_EC2_ERRORS = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html"
_AUTH_FAILURE = "You do not have permission to access the specified resource."
_TERRAFORM = "https://github.com/hashicorp/terraform-provider-aws/issues"
_RULES = Refusal(
    operation="AuthorizeSecurityGroupEgress",
    when="quota `rules_per_group`",
    check=limits.group_egress_rules,
    code="RulesPerSecurityGroupLimitExceeded",
    message="The maximum number of rules per security group has been reached.",
    source="https://github.com/aws-samples/aws-cloudfront-samples/issues/53",
)
_NAT_ROUTE = Refusal(
    operation="CreateRoute",
    when="the NAT gateway does not exist",
    check=routes.nat_missing,
    code="InvalidNatGatewayID.NotFound",
    message="The natGateway ID '{nat_gateway_id}' does not exist",
    source=_EC2_ERRORS,
)
_TRANSIT_ROUTE = Refusal(
    operation="CreateRoute",
    when="the transit gateway is not attached to the VPC",
    check=routes.transit_gateway_missing,
    code="InvalidTransitGatewayID.NotFound",
    message="The transitGateway ID '{transit_gateway_id}' does not exist.",
    source=_EC2_ERRORS,
)

ROWS: tuple[Refusal, ...] = (
    # --- delete what is used
    Refusal(
        operation="DeleteSecurityGroup",
        when="an interface has it, or a rule of another group names it",
        check=deletes.group_in_use,
        code="DependencyViolation",
        message="resource {group_id} has a dependent object",
        source="https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSecurityGroup.html",
    ),
    Refusal(
        operation="DeleteSubnet",
        when="an interface is in it: of an instance, a NAT gateway, an endpoint, a transit gateway's attachment",
        check=deletes.subnet_in_use,
        code="DependencyViolation",
        message="The subnet '{subnet_id}' has dependencies and cannot be deleted.",
        source="https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSubnet.html",
    ),
    Refusal(
        operation="DeleteVpc",
        when="anything is in it that AWS did not make with it",
        check=deletes.vpc_in_use,
        code="DependencyViolation",
        message="The vpc '{vpc_id}' has dependencies and cannot be deleted.",
        source="https://github.com/gruntwork-io/cloud-nuke/issues/345",
    ),
    Refusal(
        operation="DetachInternetGateway",
        when="an interface of the VPC has a public address",
        check=deletes.gateway_in_use,
        code="DependencyViolation",
        message="Network {vpc_id} has some mapped public address(es). "
        "Please unmap those public address(es) before detaching the gateway.",
        source="https://github.com/jenkins-x/terraform-aws-eks-jx/issues/373",
    ),
    Refusal(
        operation="DeleteNatGateway",
        when="it never existed (moto fails)",
        check=deletes.nat_unknown,
        code="NatGatewayNotFound",
        message="NAT gateway {nat_gateway_id} was not found",
        source=_EC2_ERRORS,
    ),
    Refusal(
        operation="DeleteTransitGatewayVpcAttachment",
        when="it does not exist (moto fails)",
        check=deletes.attachment_unknown,
        code="InvalidTransitGatewayAttachmentID.NotFound",
        message="Transit Gateway Attachment {transit_gateway_attachment_id} was deleted or does not exist.",
        source=_EC2_ERRORS,
    ),
    # --- addresses
    Refusal(
        operation="ReleaseAddress",
        when="a NAT gateway holds it",
        check=addresses.of_nat,
        code="AuthFailure",
        message=_AUTH_FAILURE,
        source="https://github.com/genevieve/leftovers/issues/33",
    ),
    Refusal(
        operation="ReleaseAddress",
        when="it is associated",
        check=addresses.in_use,
        code="InvalidIPAddress.InUse",
        message="Address {public_ip} is in use.",
        source="https://github.com/genevieve/leftovers/issues/16",
    ),
    Refusal(
        operation="AssociateAddress",
        when="a NAT gateway holds it, or the interface is one's",
        check=addresses.of_nat,
        code="AuthFailure",
        message=_AUTH_FAILURE,
        source=f"{_TERRAFORM}/3572",
    ),
    Refusal(
        operation="AssociateAddress",
        when="it is associated, and `AllowReassociation` is not true",
        check=addresses.elsewhere,
        code="Resource.AlreadyAssociated",
        message="resource {resource} is already associated with associate-id {association}",
        source="https://github.com/ansible/ansible/issues/27385",
    ),
    Refusal(
        operation="AssociateAddress",
        when="the interface has another one, and `AllowReassociation` is not true",
        check=addresses.taken,
        code="Resource.AlreadyAssociated",
        message="resource {interface} and {private_ip} is already associated with public address {public_ip}",
        source="https://github.com/aws-quickstart/quickstart-linux-bastion/issues/21",
    ),
    Refusal(
        operation="DisassociateAddress",
        when="a NAT gateway holds it",
        check=addresses.of_nat,
        code="AuthFailure",
        message=_AUTH_FAILURE,
        source=f"{_TERRAFORM}/3572",
    ),
    Refusal(
        operation="CreateNatGateway",
        when="the address is associated (AWS makes a gateway that fails with this reason; the sandbox says it at once)",
        check=addresses.of_something,
        code="Resource.AlreadyAssociated",
        message="Elastic IP address [{allocation_id}] is already associated",
        source="https://github.com/kubernetes-sigs/cluster-api-provider-aws/issues/1418",
    ),
    # --- launches
    Refusal(
        operation="CreateSubnet",
        when="the region does not have the zone",
        check=launches.zone_unknown,
        code="InvalidParameterValue",
        message="Value ({availability_zone}) for parameter availabilityZone is invalid. "
        "Subnets can currently only be created in the following availability zones: {zones}.",
        source="https://github.com/TheSudoYT/terraform-aws-palworld/issues/9",
    ),
    Refusal(
        operation="RunInstances",
        when="the zone does not offer the instance type",
        check=launches.type_not_offered,
        code="Unsupported",
        message="Your requested instance type ({instance_type}) is not supported in your requested Availability Zone "
        "({zone}). Please retry your request by not specifying an Availability Zone or choosing {zones}.",
        source="https://github.com/ned1313/Getting-Started-Terraform/issues/44",
    ),
    Refusal(
        operation="RunInstances",
        when="a security group is of another VPC",
        check=launches.group_elsewhere,
        code="InvalidParameter",
        message="Security group {group} and subnet {subnet} belong to different networks.",
        source="https://github.com/ansible/ansible-modules-core/issues/347",
    ),
    Refusal(
        operation="RunInstances",
        when="the private address is outside of the subnet (moto fails)",
        check=launches.private_ip_outside,
        code="InvalidParameterValue",
        message="Address {address} does not fall within the subnet's address range",
        source="https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html",
    ),
    Refusal(
        operation="RunInstances",
        when="AWS keeps the private address",
        check=launches.private_ip_reserved,
        code="InvalidParameterValue",
        message="Address {address} is in subnet's reserved address range",
        source="https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html",
    ),
    Refusal(
        operation="RunInstances",
        when="another interface has the private address (moto fails)",
        check=launches.private_ip_in_use,
        code="InvalidIPAddress.InUse",
        message="Address {address} is in use.",
        source="https://github.com/pulumi/pulumi-aws/issues/1754",
    ),
    Refusal(
        operation="RunInstances",
        when="user data has more than 16 KiB",
        check=launches.user_data_too_long,
        code="InvalidParameterValue",
        message=f"User data is limited to {launches.USER_DATA_LIMIT} bytes",
        source="https://github.com/supergiant/capacity/issues/148",
    ),
    Refusal(
        operation="RunInstances",
        when="KMS does not have the key of a disk, or it cannot be used "
        "(AWS terminates the instance with this reason; the sandbox refuses the launch)",
        check=launches.disk_key_unusable,
        code="Client.InternalError",
        message="Client error on launch: {problem}",
        source="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/troubleshooting-launch.html",
    ),
    Refusal(
        operation="CreateVolume",
        when="KMS does not have the key, or it cannot be used "
        "(AWS lets the volume fail later; the sandbox refuses the call)",
        check=launches.volume_key_unusable,
        code="InvalidParameterValue",
        message="The KMS key of the volume cannot be used: {problem}",
        source="https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVolume.html",
    ),
    # --- routes
    Refusal(
        operation="AssociateRouteTable",
        when="the subnet is associated with another route table",
        check=routes.subnet_has_another,
        code="Resource.AlreadyAssociated",
        message="the specified association for route table {route_table_id} conflicts with an existing association",
        source=f"{_TERRAFORM}/38960",
    ),
    _NAT_ROUTE,
    replace(_NAT_ROUTE, operation="ReplaceRoute"),
    _TRANSIT_ROUTE,
    replace(_TRANSIT_ROUTE, operation="ReplaceRoute"),
    # --- parameters
    Refusal(
        service="ssm",
        operation="PutParameter",
        when="KMS does not have the key, or it cannot be used",
        check=keys.parameter_key_unusable,
        code="InvalidKeyId",
        message="{problem}",
        source="https://github.com/binxio/aws-ssm-copy/issues/10",
    ),
    Refusal(
        service="ssm",
        operation="PutParameter",
        when="the value has more than 4096 characters in the standard tier",
        check=keys.value_too_long,
        code="ValidationException",
        message="Standard tier parameters support a maximum parameter value of "
        f"{keys.STANDARD_VALUE_LIMIT} characters. To create a larger parameter value, upgrade the parameter to use "
        "the advanced-parameter tier.",
        source="https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html",
    ),
    # --- quotas
    Refusal(
        operation="AllocateAddress",
        when="quota `elastic_ips`",
        check=limits.addresses,
        code="AddressLimitExceeded",
        message="The maximum number of addresses has been reached.",
        source="https://github.com/opstrace/opstrace/issues/273",
    ),
    _RULES,
    replace(_RULES, operation="AuthorizeSecurityGroupIngress", check=limits.group_ingress_rules),
    Refusal(
        operation="CreateRoute",
        when="quota `routes_per_table`",
        check=limits.routes,
        code="RouteLimitExceeded",
        message="The maximum number of routes has been reached.",
        source=_EC2_ERRORS,
    ),
    Refusal(
        operation="CreateNetworkAclEntry",
        when="quota `rules_per_acl`",
        check=limits.acl_rules,
        code="NetworkAclEntryLimitExceeded",
        message="The maximum number of network acl entries has been reached.",
        source=_EC2_ERRORS,
    ),
    Refusal(
        operation="RunInstances",
        when="quota `vcpus`",
        check=limits.vcpus,
        code="VcpuLimitExceeded",
        message="You have requested more vCPU capacity than your current vCPU limit of {limit} allows for the instance "
        "bucket that the specified instance type belongs to. Please visit "
        "http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit.",
        source="https://github.com/scrapoxy/scrapoxy/issues/202",
    ),
)
