"""One Connector on Google Cloud with all it needs, made one call at a time, so that a test can break one."""

import json
from typing import Any

from sandbox.gcp.cloud import PROJECT, REGION, RULES, Cloud, nat

from gatepost_sandbox.gcp import gcp_hosts
from gatepost_sandbox.gcp.host import SCOPE, GcpHost

DENY_ALL = [{"IPProtocol": "all"}]


class Lab:
    """A network with a NAT on a reserved address, the vendor's rules, a secret, and an instance."""

    def __init__(self, cloud: Cloud, name: str) -> None:
        self.cloud, self.name = cloud, name
        self.network = cloud.network(name)["selfLink"]
        self.subnetwork = cloud.subnetwork(name, self.network)["selfLink"]
        self.address = cloud.address(name)
        self.router = cloud.router(name, self.network, [nat("exit", self.address["selfLink"])])
        for number, (protocol, ports) in enumerate(RULES):
            allowed = [{"IPProtocol": protocol, "ports": [ports]}]
            cloud.firewall(f"{name}-{number}", self.network, allowed=allowed, priority=900, targetTags=["connector"])
        cloud.firewall(f"{name}-deny", self.network, denied=DENY_ALL, priority=65000)
        self.email = cloud.account(f"host-{name}")
        self.secret = cloud.secret(name, json.dumps({"access_token": f"a-{name}", "refresh_token": f"r-{name}"}))
        cloud.grant(self.secret, f"serviceAccount:{self.email}")

    def script(self, **values: str) -> str:
        """A startup script that writes the two files."""
        lines = {"GATEPOST_SECRET": f"{self.secret}/versions/latest", "TWINGATE_NETWORK": "sandbox", **values}
        text = "\n".join(f"{key}={value}" for key, value in lines.items())
        return f"#!/bin/sh\nset -eu\ncat > /etc/gatepost/host.env <<'EOF'\n{text}\nEOF\n"

    def launch(self, name: str = "", script: str | None = None, **more: Any) -> GcpHost:
        """A new instance, as a host."""
        body = {
            "metadata": {"items": [{"key": "startup-script", "value": self.script() if script is None else script}]},
            "serviceAccounts": [{"email": self.email, "scopes": [SCOPE]}],
            "tags": {"items": ["connector"]},
            "labels": {"gatepost-site": "frankfurt"},
            **more,
        }
        made = self.cloud.instance(name or self.name, self.subnetwork, **body)
        return self.host(made["name"])

    def host(self, name: str = "") -> GcpHost:
        """An instance as it is now."""
        return next(h for h in gcp_hosts(self.cloud.state) if h.id.endswith(f"/instances/{name or self.name}"))

    def set_nats(self, *nats: dict[str, Any]) -> None:
        routers = self.cloud.compute.routers()
        routers.patch(project=PROJECT, region=REGION, router=self.name, body={"nats": list(nats)}).execute()
