"""The install bundle of a Connector on a host outside the clouds: what it is about, and its files. Pure.

A bundle holds no token. It carries the id of its Connector, and its scripts refuse the pair of another one.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from ..egress import Reach, Rule, egress_rules
from ..words import refuse
from .common import check_settings, env_text
from .onprem_texts import (
    cloud_init,
    compose_yaml,
    firewall_page,
    helm_values,
    readme,
    script,
    service_conf,
    sysctl_conf,
)

MARK = "gatepost_bundle"
"""Key of a bundle in the outputs of a stack; its value is the version of what is there."""
VERSION = 1
_NAME = r"[a-z0-9]+(-[a-z0-9]+)*"
_ID = r"[A-Za-z0-9_=+/-]{1,128}"


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """All that an install bundle says. Raises ValueError with every problem."""

    name: str
    """Name of the bundle: network, site, slot and generation, ``payments-hq-a-1``."""
    connector_id: str
    """Id of the Connector in Twingate; only its own pair is taken."""
    connector: str
    """Its name in Twingate's console."""
    settings: Mapping[str, str] = field(hash=False)
    """TWINGATE_* settings, without tokens."""
    reaches: Sequence[Mapping[str, Any]] = ()
    """Destinations of the users: fields of ``gatepost.egress.Reach``."""
    dns: Sequence[str] = ()
    """Custom DNS servers."""
    network_type: str = "REGULAR"
    """REGULAR or EXIT."""

    def __post_init__(self) -> None:
        problems = check_settings(self.settings)
        if not re.fullmatch(_NAME, self.name) or len(self.name) > 53:
            problems.append(
                f"The name {self.name!r} of a bundle must be 1 to 53 lower-case letters, digits and inner hyphens, "
                "because Helm takes no longer name of a release."
            )
        if not re.fullmatch(_ID, self.connector_id):
            problems.append(
                f"{self.connector_id!r} is not the id of a Connector. Run pulumi up first; it makes the id."
            )
        if "TWINGATE_NETWORK" not in self.settings:
            problems.append("The settings have no TWINGATE_NETWORK, which the Helm chart needs.")
        refuse(problems)
        self.rules()

    def rules(self) -> Sequence[Rule]:
        """What the host's firewall must let out. Raises ValueError for reaches that do not fit the network's type."""
        reaches = [Reach(**reach) for reach in self.reaches]
        return egress_rules(cloud="onprem", reaches=reaches, dns=self.dns, network_type=self.network_type)

    def as_output(self) -> dict[str, Any]:
        """Plain data for a stack's outputs; ``found_in`` reads it back."""
        plain = {one.name: getattr(self, one.name) for one in fields(self)}
        return {MARK: VERSION, **plain, "reaches": [dict(r) for r in self.reaches], "dns": list(self.dns)}

    def files(self) -> dict[str, tuple[str, int]]:
        """Text and mode of each file, by its path in the bundle."""
        identity = {"GATEPOST_NAME": self.name, "GATEPOST_CONNECTOR_ID": self.connector_id}
        host = {
            "bundle.env": env_text({**identity, "GATEPOST_CONNECTOR": self.connector}),
            "connector.env": env_text(self.settings),
            "host/service.conf": service_conf(self.dns),
            "host/sysctl.conf": sysctl_conf(),
            "pair.sh": script("pair"),
            "install.sh": script("install"),
        }
        texts = {
            **host,
            "README.md": readme(self.name, self.connector, self.connector_id),
            "firewall.md": firewall_page(self.name, self.rules()),
            "cloud-init.yaml": cloud_init(host),
            "docker/compose.yaml": compose_yaml(self.name, self.settings),
            "docker/install.sh": script("docker"),
            "helm/install.sh": script("helm"),
            "helm/values.yaml": helm_values(self.name, self.settings),
        }
        return {path: (text, 0o755 if path.endswith("install.sh") else 0o644) for path, text in sorted(texts.items())}


def found_in(outputs: Any) -> Iterator[Bundle]:
    """Every bundle in the outputs of a stack, wherever it stands. Raises ValueError for one that cannot be used."""
    if isinstance(outputs, Mapping):
        if MARK not in outputs:
            yield from (bundle for value in outputs.values() for bundle in found_in(value))
            return
        if outputs[MARK] != VERSION:
            raise ValueError(
                f"A bundle in the outputs has version {outputs[MARK]!r}, and this gatepost knows {VERSION}. Use the "
                "gatepost that the stack was deployed with."
            )
        known = {one.name for one in fields(Bundle)}
        try:
            yield Bundle(**{key: value for key, value in outputs.items() if key in known})
        except TypeError:
            raise ValueError("A bundle in the outputs is not whole. Run pulumi up again, then this.") from None
    elif isinstance(outputs, Iterable) and not isinstance(outputs, str):
        yield from (bundle for value in outputs for bundle in found_in(value))
