"""Boot text of a Connector host on AWS: cloud-init user data for the vendor's image."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from .common import CONNECTOR_UNIT, HostFile, check_dns, check_limits, check_settings, env_text, host_files

LIMIT = 16 * 1024
"""Bytes of user data that EC2 takes (docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-add-user-data.html)."""
METADATA = ("169.254.169.254", "fd00:ec2::254")
TIME = "169.254.169.123"
_REGION = r"(?!us-iso|eu-iso)[a-z]{2,4}(-[a-z]+)+-[1-9]"
_PARAMETER = r"(arn:[a-z-]+:ssm:[a-z0-9-]+:[0-9]{12}:parameter)?[A-Za-z0-9_./-]+"
_NAME_LIMIT = 1011
"""Longest name of a parameter, its ARN included (docs.aws.amazon.com/systems-manager/latest/APIReference/
API_PutParameter.html; the 2048 of that page count what Systems Manager keeps for itself)."""
_ANY_PARAMETER = "p" * _NAME_LIMIT


@dataclass(frozen=True, kw_only=True)
class AwsBoot:
    """How an EC2 host becomes a Connector, first and at each later start.

    The image has the Connector and its systemd unit (twingate.com/docs/aws). The token pair is never part of the text:
    the host reads it from an SSM parameter with its own role, each time the Connector starts.
    Raises ValueError with all problems, one sentence each.
    """

    settings: Mapping[str, str] = field(hash=False)
    """TWINGATE_* settings of the Connector, without tokens. Exactly one of TWINGATE_NETWORK and TWINGATE_URL."""
    region: str
    """Region of the host and of its parameter, such as `eu-central-1`."""
    dns: tuple[str, ...] = ()
    """IPv4 addresses of the host's DNS servers. Empty: the resolver of the VPC."""
    nofile: int = 131072
    """File descriptors of the Connector; a client's tunnel takes 8 (help.twingate.com, article 1422554451)."""
    local_ports: tuple[int, int] = (10240, 65535)
    """First and last local port of outgoing connections."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "settings", MappingProxyType(dict(self.settings)))  # later edits change nothing
        problems = [*check_settings(self.settings), *check_dns(self.dns)]
        if not re.fullmatch(_REGION, self.region):
            problems.append(f"The region {self.region!r} is not one of AWS, such as 'eu-central-1' (without a zone).")
        problems += check_limits(self.nofile, self.local_ports)
        if problems:
            raise ValueError("\n".join(problems))
        size = len(self._text(_ANY_PARAMETER).encode())  # the name is known when the parameter is made: too late
        if size > LIMIT:
            raise ValueError(
                f"The boot text can have {size} bytes ({_NAME_LIMIT} of them for the name of the secret), EC2 takes "
                f"{LIMIT}. Shorten the settings by {size - LIMIT} bytes: they have {len(env_text(self.settings))}."
            )

    def render(self, secret_parameter: str) -> str:
        """The user data of a host that reads `secret_parameter`, the name or ARN of its SSM parameter.

        The parameter is a SecureString that holds JSON: `{"access_token": "...", "refresh_token": "..."}`.
        Raises ValueError for a name that SSM does not know.
        """
        if not re.fullmatch(_PARAMETER, secret_parameter) or len(secret_parameter) > _NAME_LIMIT:
            raise ValueError(
                f"The parameter name {secret_parameter!r} is not one of SSM: "
                f"up to {_NAME_LIMIT} letters, digits, '_', '.', '-' and '/', or the ARN of a parameter."
            )
        return self._text(secret_parameter)

    def identity(self) -> str:
        """A hash of all that the text says, except the parameter's name: the host is rebuilt when it changes."""
        return hashlib.sha256(self._text(_ANY_PARAMETER).encode()).hexdigest()

    def _text(self, secret_parameter: str) -> str:
        host = {
            "GATEPOST_PLATFORM": "aws",
            "GATEPOST_REGION": self.region,
            "GATEPOST_SECRET_PARAMETER": secret_parameter,
        }
        files = [
            HostFile(path="/etc/gatepost/host.env", text=env_text(host)),
            HostFile(path="/etc/gatepost/connector.env", text=env_text(self.settings)),
            *host_files(nofile=self.nofile, local_ports=self.local_ports, dns=self.dns, deny=METADATA),
        ]
        commands = [
            ["systemctl", "daemon-reload"],
            ["sysctl", "--system"],
            *([["systemctl", "restart", "systemd-resolved.service"]] if self.dns else []),
            ["systemctl", "enable", CONNECTOR_UNIT],
            ["systemctl", "restart", "--no-block", CONNECTOR_UNIT],
        ]
        return "".join(
            [
                "#cloud-config\n# Written by gatepost. Nothing here is secret.\n",
                f"ntp:\n  enabled: true\n  servers: [{TIME}]\n",
                "write_files:\n",
                *map(_write, files),
                "runcmd:\n",
                *(f"  - [{', '.join(command)}]\n" for command in commands),
            ]
        )


def _write(file: HostFile) -> str:
    lines = "".join(f"      {line}\n" if line else "\n" for line in file.text.splitlines())
    return f"  - path: {file.path}\n    owner: root:root\n    permissions: '{file.mode}'\n    content: |\n{lines}"
