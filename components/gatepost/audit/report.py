"""What an audit says: hosts, findings, and what could not be checked. Plain values, without any SDK."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

VERSION = 1
"""Of the JSON form. It grows by new keys only; a change of what is there raises the number."""
SEVERITIES = ("low", "medium", "high", "critical")
"""From the least to the worst."""
FINE, FOUND, INCOMPLETE = 0, 1, 3
"""Exit status: nothing found, something found, nothing found but not everything was checked."""


class AuditError(Exception):
    """The audit cannot begin: credentials, profile, region, settings. Its text is sentences for the user."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that is not right."""

    rule: str
    """Name of the pack's rule, or of the audit's own check."""
    severity: str
    """One of SEVERITIES."""
    region: str
    """Region of the resource; empty for what has none, such as a role."""
    type: str
    """Type token of Pulumi's resource."""
    resource: str
    """Id that the cloud gave, or the name of a Connector or Remote Network."""
    hosts: tuple[str, ...] = ()
    """Ids of the hosts that are concerned."""
    text: str
    """What was found and what to do, in sentences."""
    url: str = ""
    """The page that states the practice."""


@dataclass(frozen=True, kw_only=True)
class NotChecked:
    """Something that nobody knows, because a question was refused or failed, or has no answer here."""

    what: str
    """What was not checked."""
    reason: str
    """Why, in the words of the cloud where it spoke."""
    region: str = ""
    operation: str = ""
    """The API operation that failed, such as `DescribeVolumes`; empty where none did."""
    action: str = ""
    """The IAM action that is missing, such as `ec2:DescribeVolumes`; empty where permission is not what is missing."""


@dataclass(frozen=True, kw_only=True)
class HostLine:
    """One Connector host."""

    id: str
    name: str
    region: str
    zone: str
    state: str
    image: str
    private_ip: str
    exit_ip: str
    """Address that it leaves by, as far as routes and gateways say; empty: not known."""
    network: str
    """Remote Network: by Twingate, else by gatepost's tags; empty: not known."""
    why: tuple[str, ...]
    """What makes it a Connector host."""
    judged: bool
    """False: only a name speaks of Twingate, and it was not judged."""
    connector: str = ""
    """Name of the Connector that runs on it; empty: not known."""
    connector_state: str = ""
    connector_version: str = ""


@dataclass(frozen=True, kw_only=True)
class Report:
    """The whole answer."""

    account: str
    regions: tuple[str, ...]
    hosts: tuple[HostLine, ...] = ()
    findings: tuple[Finding, ...] = ()
    not_checked: tuple[NotChecked, ...] = ()
    twingate: bool = False
    """Whether Twingate told the state of its Connectors."""
    version: int = field(default=VERSION, init=False)

    def status(self, least: str) -> int:
        """Return the exit status when findings from the severity `least` up count."""
        if any(rank(finding.severity) >= rank(least) for finding in self.findings):
            return FOUND
        return INCOMPLETE if self.not_checked else FINE

    def plain(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {"version": self.version, **{k: v for k, v in asdict(self).items() if k != "version"}}


def rank(severity: str) -> int:
    """Return the place of a severity, the least first."""
    return SEVERITIES.index(severity)


def ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings with the worst first, each one once."""
    unique = dict.fromkeys(findings)
    return tuple(sorted(unique, key=lambda f: (-rank(f.severity), f.region, f.rule, f.resource, f.text)))
