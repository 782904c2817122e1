"""The whole fleet: settings in, Remote Networks and their sites out. Clouds are imported only when a site uses them."""

import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pulumi

from .advice import advice
from .labels import Labels, check_key
from .rollout import GateArgs
from .site import sentence, tenant_problems
from .twingate import RemoteNetwork, RemoteNetworkArgs
from .words import refuse

if TYPE_CHECKING:
    from .azure_settings import AzureSecrets
    from .settings import FleetSettings, RemoteNetworkSettings

LOCATIONS = {"aws": "AWS", "gcp": "GOOGLE_CLOUD", "azure": "AZURE", "onprem": "ON_PREMISE"}
"""What Twingate calls the clouds; a Remote Network over several of them is OTHER."""
PROVIDERS = {"aws": "aws", "gcp": "gcp", "azure": "azure-native"}
"""Package of each cloud's provider."""


@dataclass(frozen=True, kw_only=True)
class FleetArgs:
    """A fleet. Everything is plain."""

    settings: "FleetSettings"
    """What to build: ``gatepost.settings.parse`` makes it."""
    environment: str
    """Key of the environment, usually the stack's name."""
    tenant: str
    """Twingate network name, ``acme`` of acme.twingate.com."""
    gate: GateArgs = field(default_factory=GateArgs)
    """How rollouts wait for new Connectors."""
    azure: "AzureSecrets | None" = None
    """Credentials of registries and keys of workspaces that sites on Azure name; they go into secret values."""
    providers: Mapping[str, pulumi.ProviderResource] = field(default_factory=dict)
    """Providers of other accounts, projects and subscriptions, by the key that sites name as their ``account``."""

    def __post_init__(self) -> None:
        problems = check_key("environment", self.environment) + tenant_problems(self.tenant)
        refuse([*problems, *self._missing()])

    def _missing(self) -> Iterator[str]:
        """What sites name and nobody handed in: providers, or ones of another cloud, and secrets."""
        for key, network in self.settings.remote_networks.items():
            for name, site in network.sites.items():
                if site.account is not None:
                    where = f"The account {site.account!r} of the site {key}/{name}"
                    yield from _provider_problems(where, site, self.providers)
                if site.cloud == "azure":
                    yield from _secret_problems(f"the site {key}/{name}", site, self.azure)


def _secret_problems(where: str, site: Any, secrets: "AzureSecrets | None") -> Iterator[str]:
    command = "pulumi config set --secret --path"
    if site.registry is not None and site.registry not in (secrets.registries if secrets else {}):
        path = f'gatepost:azure.registries["{site.registry}"]'
        yield (
            f"The registry {site.registry!r} of {where} has no credentials. Write them with {command} "
            f"'{path}.username' and '{path}.password'."
        )
    if site.log_analytics is not None and site.log_analytics not in (secrets.workspaces if secrets else {}):
        path = f'gatepost:azure.workspaces["{site.log_analytics}"]'
        yield f"The workspace {site.log_analytics!r} of {where} has no key. Write it with {command} '{path}'."


def _provider_problems(where: str, site: Any, providers: Mapping[str, pulumi.ProviderResource]) -> Iterator[str]:
    package, provider = PROVIDERS[site.cloud], providers.get(site.account)
    if provider is None:
        module = f"pulumi_{package.replace('-', '_')}"
        yield (
            f"{where} has no provider. Handed in: {sentence(providers)}. Write for example "
            f"fleet_from_config(providers={{{site.account!r}: {module}.Provider(...)}}), or remove the account."
        )
    elif provider.package != package:
        yield f"{where} has a provider of {provider.package}, but the site needs one of {package}."


class Fleet(pulumi.ComponentResource):
    """Remote Networks times sites. Remote Networks roll out side by side, each one canary first."""

    remote_networks: pulumi.Output[dict[str, Any]]
    """By key: ``id``, ``exit_ips`` and ``sites`` (each with ``exit_ips`` and ``connectors`` by slot)."""

    def __init__(self, name: str, args: FleetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gatepost:index:Fleet", name, None, opts)
        networks = args.settings.remote_networks
        for told in advice(args.settings):
            pulumi.log.warn(str(told), self)
        self.remote_networks = pulumi.Output.all(
            **{key: self._network(key, network, args) for key, network in networks.items()}
        )
        self.register_outputs({"remote_networks": self.remote_networks})

    def _network(self, key: str, settings: "RemoteNetworkSettings", args: FleetArgs) -> pulumi.Output[Any]:
        child = pulumi.ResourceOptions(parent=self)
        labels = Labels(environment=args.environment, network=key, extra=args.settings.tags)
        clouds = {site.cloud for site in settings.sites.values()}
        network = RemoteNetwork(
            key,
            RemoteNetworkArgs(
                title=None if settings.adopt else settings.title or f"{key}-{args.environment}",
                location=settings.location or (LOCATIONS[clouds.pop()] if len(clouds) == 1 else "OTHER"),
                type=settings.type,
                adopt=settings.adopt,
            ),
            child,
        )
        sites: dict[str, pulumi.Output[Any]] = {}
        canary: list[pulumi.Output[Any]] = []
        direct: list[pulumi.Output[Any]] = []
        for site_key, site in settings.sites.items():
            builder = importlib.import_module(f"gatepost.{site.cloud}.from_settings").Builder(
                name=f"{key}-{site_key}",
                site=site,
                tenant=args.tenant,
                remote_network_id=network.remote_network_id,
                network_type=settings.type,
                labels=labels.with_site(site_key),
                # Sites follow the canary side by side, but of those whose addresses move one after the other.
                after=[*canary, *(direct if site.exit.kind == "direct" else ())],
                gate=args.gate,
                allow_outage=settings.reason or ("other sites of its network" if len(settings.sites) > 1 else None),
                secrets=args.azure,
                opts=child if site.account is None else self._by(args.providers[site.account]),
            )
            made = builder.build()
            # People install what stands outside the clouds, in their own time: nothing waits for it.
            canary = canary or ([] if site.cloud == "onprem" else [made.canary])
            direct = [made.gate] if site.exit.kind == "direct" else direct
            sites[site_key] = pulumi.Output.all(exit_ips=made.exit_ips, connectors=made.connectors)
        return pulumi.Output.all(id=network.remote_network_id, sites=pulumi.Output.all(**sites)).apply(_summary)

    def _by(self, provider: pulumi.ProviderResource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, providers=[provider])


def _summary(network: Mapping[str, Any]) -> dict[str, Any]:
    exits = sorted({ip for site in network["sites"].values() for ip in site["exit_ips"]})
    return {"id": network["id"], "exit_ips": exits, "sites": dict(network["sites"])}
