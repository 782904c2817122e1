"""One container group that runs exactly one Connector, with its token pair as secure values of its environment."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
from pulumi_azure_native import containerinstance as aci

from ..azure_names import checked, child_name, id_problems, zone_problems, zones_of
from ..connector import conf_text
from ..egress import dns_problems
from ..labels import Labels
from ..site import plain_problems, problems_of
from ..sizes import AZURE_CPU, AZURE_IMAGE, AZURE_MEMORY_GB, azure_host_problems
from ..triggers import pair_mark, trigger
from ..words import refuse
from .dns import group_dns

_OF_THE_IDENTITY = [
    *("containers", "diagnostics", "dnsConfig", "imageRegistryCredentials", "location", "osType", "resourceGroupName"),
    *("restartPolicy", "subnetIds", "tags", "zones"),
]
"""Inputs that only a new incarnation changes. Azure changes some of them never and the others by a restart, and the
provider replaces the group for none: it sends the whole group again, which restarts the Connector, for other tags too.
All slots at once, without a gate. So new tags, too, come with the next incarnation."""


@dataclass(frozen=True, kw_only=True)
class Registry:
    """Credentials for the registry of the image: against the pull limits of Docker Hub, or for a registry of one's own.

    Another password counts from the next incarnation on: raise the generations.
    """

    server: str
    """``index.docker.io`` for Docker Hub, or one such as ``acme.azurecr.io``; the image's own. Plain."""
    username: pulumi.Input[str]
    """Name of the user."""
    password: pulumi.Input[str] = field(repr=False)
    """Password or token. Secret: it goes into the container group and is shown by nobody."""

    def __post_init__(self) -> None:
        refuse(plain_problems(self, "server"))


@dataclass(frozen=True, kw_only=True)
class LogAnalytics:
    """Workspace that gets the container's log.

    Another key counts from the next incarnation on: raise the generations.
    """

    workspace_id: pulumi.Input[str]
    """The workspace's own id (a GUID), not its resource id."""
    workspace_key: pulumi.Input[str] = field(repr=False)
    """One of its keys. Secret: it goes into the container group and is shown by nobody."""


@dataclass(frozen=True, kw_only=True)
class HostSpec:
    """What a host is, apart from the pair it runs with. Whatever is here belongs to its identity."""

    region: str
    """Azure region. Plain."""
    resource_group: pulumi.Input[str]
    """Azure only: name of the resource group of the host."""
    zone: str
    """Zone of the host, ``1`` to ``3``, or ``regional`` for none. Plain."""
    slot: str
    """The slot's key, for tags. Plain."""
    generation: int = 1
    """The slot's generation: raise it to rotate. Plain."""
    subnet_id: pulumi.Input[str]
    """Subnet of the host, by id: delegated to container groups."""
    settings: Mapping[str, str]
    """Azure only: what the Connector is told: variables of its environment, tokens excepted. Plain."""
    dns: Sequence[str] = ()
    """Azure only: custom DNS servers (IPv4) of the container group, which does not see those of its network. None:
    Azure's resolver. Plain."""
    image: str | None = None
    """Image by tag or digest. None: ``twingate/connector:1`` of Docker Hub, as it is
    when Azure pulls it. Plain."""
    cpu: float = AZURE_CPU
    """Azure only: CPUs, 1 to 4. More load is answered by more Connectors, not by a bigger host. Plain."""
    memory_gb: float = AZURE_MEMORY_GB
    """Azure only: memory in GB, 1 to 16. Plain."""
    registry: Registry | None = None
    """Azure only: credentials for the image's registry. None: it is pulled without."""
    log_analytics: LogAnalytics | None = None
    """Azure only: workspace for the log. None: the log is kept in the group alone (4 MB)."""

    def __post_init__(self) -> None:
        flows = ("resource_group", "subnet_id")
        names = [name for name in self.__dataclass_fields__ if name not in flows]
        refuse(plain_problems(self, *names) or self._problems())

    def _problems(self) -> list[str]:
        server = self.registry.server if self.registry else None
        problems = zone_problems(self.region, [self.zone]) + dns_problems(self.dns)
        problems += azure_host_problems(self.image, self.cpu, self.memory_gb, server)
        problems += id_problems("HostSpec.subnet_id", self.subnet_id, "subnet")
        problems += problems_of(lambda: conf_text(self.settings))  # a token would be readable there
        if self.generation < 1:
            problems.append(f"generation must be a whole number from 1 upwards, got {self.generation}.")
        return problems

    def identity(self) -> tuple[pulumi.Input[str], ...]:
        """Everything that rebuilds the host, but passwords and keys, which are not to be known by a hash either."""
        registry, logs = self.registry, self.log_analytics
        plain = {
            "cpu": float(self.cpu),
            "dns": list(self.dns),
            "generation": self.generation,
            "image": self.image,
            "memory_gb": float(self.memory_gb),
            "region": self.region,
            "registry": registry.server if registry else None,
            "settings": dict(self.settings),
            "zone": self.zone,
        }
        more = (registry.username if registry else "", logs.workspace_id if logs else "")
        return (json.dumps(plain, sort_keys=True), self.subnet_id, self.resource_group, *more)


@dataclass(frozen=True, kw_only=True)
class HostArgs:
    """A host and the pair it runs with."""

    spec: HostSpec
    """What the host is. Plain, but for what it says."""
    labels: Labels
    """Names and tags."""
    security_group_id: pulumi.Input[str]
    """The site's firewall: the host waits for its rules. The group is attached to the subnet, not to the host."""
    connector_id: pulumi.Input[str]
    """The Connector this host runs. A new one rebuilds the host beside the old."""
    access_token: pulumi.Input[str]
    """Half of the Connector's token pair. Secret: it goes into the container group and is shown by nobody."""
    refresh_token: pulumi.Input[str]
    """The other half. Secret."""

    def __post_init__(self) -> None:
        refuse(plain_problems(self, "spec", "labels"))


class Host(pulumi.ComponentResource):
    """Container group with one container: no port, no address of its own to open one on, restarted whenever it ends.

    It belongs to the pair: it is made anew when the pair is, beside the old one, under a name of Pulumi's. The pair is
    in the group as secure values, which no answer of Azure shows; the state holds them encrypted.
    """

    instance_id: pulumi.Output[str]
    """The container group."""
    private_ip: pulumi.Output[str]
    """Always empty: Azure tells the address of a group only where ports are opened on it."""
    instance: aci.ContainerGroup
    """The resource, for gates that wait for it."""

    def __init__(self, name: str, args: HostArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gatepost:azure:Host", checked(name), None, opts)
        spec = args.spec
        mark = pair_mark(args.access_token)
        place = pulumi.Output.all(spec.subnet_id, args.security_group_id).apply(lambda ids: str(ids[0]))
        self.instance = aci.ContainerGroup(
            child_name(name, "group"),
            containers=[self._container(args)],
            os_type="Linux",
            restart_policy="Always",
            subnet_ids=[aci.ContainerGroupSubnetIdArgs(id=place)],
            zones=zones_of(spec.zone),
            dns_config=group_dns(spec.dns),
            image_registry_credentials=_credentials(spec.registry),
            diagnostics=_diagnostics(spec.log_analytics),
            resource_group_name=spec.resource_group,
            location=spec.region,
            tags=args.labels.tags(
                Name=args.labels.name(spec.slot), gatepost_slot=spec.slot, gatepost_generation=str(spec.generation)
            ),
            opts=pulumi.ResourceOptions(
                parent=self,
                replacement_trigger=trigger(args.connector_id, mark),
                ignore_changes=_OF_THE_IDENTITY,
            ),
        )
        self.instance_id = self.instance.id
        self.private_ip = pulumi.Output.from_input("")
        self.register_outputs({"instance_id": self.instance_id, "private_ip": self.private_ip})

    def _container(self, args: HostArgs) -> aci.ContainerArgs:
        spec = args.spec
        pair = {"TWINGATE_ACCESS_TOKEN": args.access_token, "TWINGATE_REFRESH_TOKEN": args.refresh_token}
        return aci.ContainerArgs(
            name="connector",
            image=spec.image or AZURE_IMAGE,
            resources=aci.ResourceRequirementsArgs(
                requests=aci.ResourceRequestsArgs(cpu=spec.cpu, memory_in_gb=spec.memory_gb)
            ),
            environment_variables=[
                *(aci.EnvironmentVariableArgs(name=key, value=spec.settings[key]) for key in sorted(spec.settings)),
                *(
                    aci.EnvironmentVariableArgs(name=key, secure_value=pulumi.Output.secret(token))
                    for key, token in pair.items()
                ),
            ],
            # It says that the service runs, not that it is in touch with Twingate: the gate asks for that.
            # https://www.twingate.com/docs/connector-health-checks
            liveness_probe=aci.ContainerProbeArgs(
                exec_=aci.ContainerExecArgs(command=["/connectorctl", "health"]),
                initial_delay_seconds=60,
                period_seconds=30,
                timeout_seconds=10,
                failure_threshold=5,
            ),
        )


def _credentials(registry: Registry | None) -> list[aci.ImageRegistryCredentialArgs] | None:
    if registry is None:
        return None
    password = pulumi.Output.secret(registry.password)
    return [aci.ImageRegistryCredentialArgs(server=registry.server, username=registry.username, password=password)]


def _diagnostics(logs: LogAnalytics | None) -> aci.ContainerGroupDiagnosticsArgs | None:
    if logs is None:
        return None
    key = pulumi.Output.secret(logs.workspace_key)
    return aci.ContainerGroupDiagnosticsArgs(
        log_analytics=aci.LogAnalyticsArgs(
            workspace_id=logs.workspace_id, workspace_key=key, log_type="ContainerInstanceLogs"
        )
    )
