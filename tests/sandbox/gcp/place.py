"""What the provider's resources stand on."""

from functools import cached_property

from sandbox.gcp.cloud import Cloud


class Place:
    """What resources stand on, made when a test first looks at it."""

    def __init__(self, cloud: Cloud, name: str) -> None:
        self.cloud, self.name = cloud, name

    @cached_property
    def network(self) -> str:
        return self.cloud.network(f"{self.name}-net")["selfLink"]

    @cached_property
    def other_network(self) -> str:
        return self.cloud.network(f"{self.name}-net-b")["selfLink"]

    @cached_property
    def subnetwork(self) -> str:
        return self.cloud.subnetwork(f"{self.name}-sub", self.network)["selfLink"]

    @cached_property
    def other_subnetwork(self) -> str:
        return self.cloud.subnetwork(f"{self.name}-sub-b", self.network, "10.41.0.0/24")["selfLink"]

    @cached_property
    def address(self) -> str:
        return self.cloud.address(f"{self.name}-ip")["selfLink"]

    @cached_property
    def other_address(self) -> str:
        return self.cloud.address(f"{self.name}-ip-b")["selfLink"]

    @cached_property
    def router(self) -> str:
        return self.cloud.router(f"{self.name}-router", self.network, [])["name"]

    @cached_property
    def other_router(self) -> str:
        return self.cloud.router(f"{self.name}-router-b", self.network, [])["name"]

    @cached_property
    def account(self) -> str:
        return self.cloud.account(f"{self.name}-account-a")

    @cached_property
    def other_account(self) -> str:
        return self.cloud.account(f"{self.name}-account-b")

    @cached_property
    def secret(self) -> str:
        return self.cloud.secret(f"{self.name}-secret")

    @cached_property
    def other_secret(self) -> str:
        return self.cloud.secret(f"{self.name}-secret-b")
