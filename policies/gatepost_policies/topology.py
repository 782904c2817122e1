"""Which types of each cloud are hosts, what reaches a host, and how hosts and firewalls are connected: tables only."""

from collections.abc import Mapping
from dataclasses import dataclass, field

TOKENS = "twingate:index/twingateConnectorTokens:TwingateConnectorTokens"
CONNECTOR = "twingate:index/twingateConnector:TwingateConnector"
REMOTE_NETWORK = "twingate:index/twingateRemoteNetwork:TwingateRemoteNetwork"
RESOURCE = "twingate:index/twingateResource:TwingateResource"

INSTANCE = "aws:ec2/instance:Instance"
SPOT = "aws:ec2/spotInstanceRequest:SpotInstanceRequest"
LAUNCH_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
LAUNCH_CONFIGURATION = "aws:ec2/launchConfiguration:LaunchConfiguration"
AUTOSCALING_GROUP = "aws:autoscaling/group:Group"
ECS_SERVICE = "aws:ecs/service:Service"
ECS_TASK = "aws:ecs/taskDefinition:TaskDefinition"
NETWORK_INTERFACE = "aws:ec2/networkInterface:NetworkInterface"
INTERFACE_ATTACHMENT = "aws:ec2/networkInterfaceAttachment:NetworkInterfaceAttachment"
GROUP_ATTACHMENT = "aws:ec2/networkInterfaceSecurityGroupAttachment:NetworkInterfaceSecurityGroupAttachment"
PROFILE = "aws:iam/instanceProfile:InstanceProfile"
ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
ROLE_ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
POLICY = "aws:iam/policy:Policy"
ATTACHMENTS = {ROLE_ATTACHMENT: "role", "aws:iam/policyAttachment:PolicyAttachment": "roles.*"}
"""What attaches a policy, and the property that names the roles."""
AWS_NAT = "aws:ec2/natGateway:NatGateway"
EIP = "aws:ec2/eip:Eip"
EIP_ASSOCIATION = "aws:ec2/eipAssociation:EipAssociation"
SUBNET = "aws:ec2/subnet:Subnet"
VPC = "aws:ec2/vpc:Vpc"
SECURITY_GROUPS = ("aws:ec2/securityGroup:SecurityGroup", "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
GCP_INSTANCE = "gcp:compute/instance:Instance"
GCP_TEMPLATES = (
    "gcp:compute/instanceTemplate:InstanceTemplate",
    "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate",
)
GCP_MANAGERS = (
    "gcp:compute/instanceGroupManager:InstanceGroupManager",
    "gcp:compute/regionInstanceGroupManager:RegionInstanceGroupManager",
)
GCP_FROM_TEMPLATE = "gcp:compute/instanceFromTemplate:InstanceFromTemplate"
GCP_NETWORK = "gcp:compute/network:Network"
GCP_SUBNETWORK = "gcp:compute/subnetwork:Subnetwork"
GCP_ACCOUNT = "gcp:serviceaccount/account:Account"
GCP_ADDRESS = "gcp:compute/address:Address"
GCP_NAT = "gcp:compute/routerNat:RouterNat"
GCP_ROUTER = "gcp:compute/router:Router"
CONTAINER_GROUP = "azure-native:containerinstance:ContainerGroup"
AZURE_SUBNET = "azure-native:network:Subnet"
AZURE_INTERFACE = "azure-native:network:NetworkInterface"
AZURE_MACHINE = "azure-native:compute:VirtualMachine"
AZURE_SCALE_SET = "azure-native:compute:VirtualMachineScaleSet"
AZURE_VNET = "azure-native:network:VirtualNetwork"
AZURE_NAT = "azure-native:network:NatGateway"
AZURE_ADDRESS = "azure-native:network:PublicIPAddress"
AZURE_GROUP = "azure-native:network:NetworkSecurityGroup"


@dataclass(frozen=True, kw_only=True)
class HostType:
    """One type that runs a Connector, or says how hosts are made."""

    boot: tuple[str, ...] = ()
    """Properties whose texts reach the host: user data, scripts, containers with their environment."""
    via: tuple[str, ...] = ()
    """Properties that name the template whose texts reach the host."""
    images: tuple[str, ...] = ()
    """Dotted paths of the machine's or container's image."""
    count: tuple[str, ...] = ()
    """Dotted paths of the number of hosts, of which the greatest counts. Empty: one host."""
    machine: bool = True
    """False: a template, which runs nothing by itself."""


HOSTS: Mapping[str, HostType] = {
    INSTANCE: HostType(boot=("userData", "userDataBase64"), via=("launchTemplate",), images=("ami",)),
    SPOT: HostType(boot=("userData", "userDataBase64"), via=("launchTemplate",), images=("ami",)),
    LAUNCH_TEMPLATE: HostType(boot=("userData",), images=("imageId",), machine=False),
    LAUNCH_CONFIGURATION: HostType(boot=("userData", "userDataBase64"), images=("imageId",), machine=False),
    AUTOSCALING_GROUP: HostType(
        via=("launchTemplate", "launchConfiguration", "mixedInstancesPolicy"),
        count=("desiredCapacity", "minSize", "maxSize"),
    ),
    ECS_TASK: HostType(boot=("containerDefinitions",), machine=False),
    ECS_SERVICE: HostType(via=("taskDefinition",), count=("desiredCount",)),
    GCP_INSTANCE: HostType(boot=("metadataStartupScript", "metadata"), images=("bootDisk.initializeParams.image",)),
    GCP_TEMPLATES[0]: HostType(
        boot=("metadataStartupScript", "metadata"), images=("disks.*.sourceImage",), machine=False
    ),
    GCP_TEMPLATES[1]: HostType(
        boot=("metadataStartupScript", "metadata"), images=("disks.*.sourceImage",), machine=False
    ),
    GCP_FROM_TEMPLATE: HostType(boot=("metadataStartupScript", "metadata"), via=("sourceInstanceTemplate",)),
    GCP_MANAGERS[0]: HostType(via=("versions",), count=("targetSize",)),
    GCP_MANAGERS[1]: HostType(via=("versions",), count=("targetSize",)),
    CONTAINER_GROUP: HostType(boot=("containers", "initContainers"), images=("containers.*.image",)),
    AZURE_MACHINE: HostType(boot=("userData", "osProfile"), images=("storageProfile.imageReference.id",)),
    AZURE_SCALE_SET: HostType(
        boot=("virtualMachineProfile",),
        images=("virtualMachineProfile.storageProfile.imageReference.id",),
        count=("sku.capacity",),
    ),
}

GCP_SECRETS = ("gcp:secretmanager/secret:Secret", "gcp:secretmanager/regionalSecret:RegionalSecret")
AWS_SECRET = "aws:secretsmanager/secret:Secret"
SECRET_VERSIONS: Mapping[str, tuple[str, str]] = {
    "gcp:secretmanager/secretVersion:SecretVersion": ("secret", GCP_SECRETS[0]),
    "gcp:secretmanager/regionalSecretVersion:RegionalSecretVersion": ("secret", GCP_SECRETS[1]),
    "aws:secretsmanager/secretVersion:SecretVersion": ("secretId", AWS_SECRET),
}
"""What fills a secret: the property that names the secret, and its type. Hosts name the secret, not what fills it."""

_INSTANCE = (
    "vpcSecurityGroupIds.*",
    "securityGroups.*",
    "networkInterfaces.*.networkInterfaceId",
    "primaryNetworkInterface.networkInterfaceId",
    "launchTemplate.id",
    "launchTemplate.name",
)
_SCALE_SET = "virtualMachineProfile.networkProfile.networkInterfaceConfigurations.*"
_GCP_INTERFACES = ("networkInterfaces.*.network", "networkInterfaces.*.subnetwork")


@dataclass(frozen=True, kw_only=True)
class Topology:
    """How hosts of one cloud are connected to their firewalls."""

    leads: Mapping[str, tuple[str, ...]]
    """Per type, the properties (dotted paths) by which a host names its groups and the parts that name them."""
    joins: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Per type, the properties by which a part names the host that it is joined to."""
    groups: tuple[str, ...]
    """Types that hold the rules, or that the rules name."""


CLOUDS: Mapping[str, Topology] = {
    "aws": Topology(
        leads={
            INSTANCE: _INSTANCE,
            SPOT: _INSTANCE,
            LAUNCH_TEMPLATE: (
                "vpcSecurityGroupIds.*",
                "securityGroupNames.*",
                "networkInterfaces.*.securityGroups.*",
                "networkInterfaces.*.networkInterfaceId",
            ),
            LAUNCH_CONFIGURATION: ("securityGroups.*",),
            AUTOSCALING_GROUP: (
                "launchTemplate.id",
                "launchTemplate.name",
                "launchConfiguration",
                "mixedInstancesPolicy.launchTemplate.launchTemplateSpecification.launchTemplateId",
                "mixedInstancesPolicy.launchTemplate.launchTemplateSpecification.launchTemplateName",
            ),
            ECS_SERVICE: ("networkConfiguration.securityGroups.*",),
            NETWORK_INTERFACE: ("securityGroups.*",),
            INTERFACE_ATTACHMENT: ("networkInterfaceId",),
            GROUP_ATTACHMENT: ("securityGroupId",),
            EIP: (),
            EIP_ASSOCIATION: ("allocationId",),
        },
        joins={
            NETWORK_INTERFACE: ("attachments.*.instance",),
            INTERFACE_ATTACHMENT: ("instanceId",),
            GROUP_ATTACHMENT: ("networkInterfaceId",),
            EIP: ("instance", "networkInterface"),
            EIP_ASSOCIATION: ("instanceId", "networkInterfaceId"),
        },
        groups=SECURITY_GROUPS,
    ),
    "gcp": Topology(
        leads={
            GCP_INSTANCE: _GCP_INTERFACES,
            GCP_TEMPLATES[0]: _GCP_INTERFACES,
            GCP_TEMPLATES[1]: _GCP_INTERFACES,
            GCP_SUBNETWORK: ("network",),
        },
        groups=(GCP_NETWORK, GCP_ACCOUNT),
    ),
    "azure": Topology(
        leads={
            CONTAINER_GROUP: ("subnetIds.*.id",),
            AZURE_SUBNET: ("networkSecurityGroup.id",),
            AZURE_INTERFACE: ("networkSecurityGroup.id", "ipConfigurations.*.subnet.id"),
            AZURE_MACHINE: ("networkProfile.networkInterfaces.*.id",),
            AZURE_SCALE_SET: (
                f"{_SCALE_SET}.networkSecurityGroup.id",
                f"{_SCALE_SET}.ipConfigurations.*.subnet.id",
            ),
        },
        groups=(AZURE_GROUP,),
    ),
}
