"""Microsoft's own clients, led to a sandbox."""

from dataclasses import dataclass
from typing import Any

from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.mgmt.containerinstance import ContainerInstanceManagementClient
from azure.mgmt.network import NetworkManagementClient
from azure.mgmt.resource.resources import ResourceManagementClient


class NoToken:
    """Nothing here asks for one."""

    def get_token(self, *_: Any, **__: Any) -> Any:
        raise AssertionError


@dataclass(frozen=True)
class Clients:
    """One client for each namespace, on the Azure at an address."""

    url: str
    subscription: str

    @property
    def resources(self) -> Any:
        return self._client(ResourceManagementClient)

    @property
    def network(self) -> Any:
        return self._client(NetworkManagementClient)

    @property
    def containers(self) -> Any:
        return self._client(ContainerInstanceManagementClient)

    def _client(self, kind: Any) -> Any:
        options = {"base_url": self.url, "authentication_policy": SansIOHTTPPolicy(), "polling_interval": 0}
        return kind(NoToken(), self.subscription, **options)
