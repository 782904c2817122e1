"""Boot text of a Connector host on Google Cloud: a startup script for Debian."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from .common import (
    CONNECTOR_UNIT,
    HostFile,
    check_dns,
    check_limits,
    check_settings,
    env_text,
    host_files,
)
from .one_file import one_file

LIMIT = 256 * 1024
"""Bytes of one metadata value (cloud.google.com/compute/docs/metadata/setting-custom-metadata, "Limitations")."""
_SECRET = r"projects/[a-z0-9][a-z0-9.:-]*/secrets/[A-Za-z0-9_-]+"
_NAME_LIMIT = 400
"""Longest name of a secret that is taken: 255 characters of its own, and those of its project."""
_ANY_SECRET = "p" * _NAME_LIMIT
_VERSION = r"[0-9][A-Za-z0-9.+~-]*"
_END = "GATEPOST_END"
_CONF = "/etc/twingate/connector.conf"

_GUARD = """\
Slice=system.slice
ExecStartPre=+/usr/sbin/nft -f /etc/gatepost/metadata.nft
"""
# A Connector dials for the users from the host itself, so without this they reach the metadata server, which hands out
# the token of the service account. DNS has the same address, and systemd filters by address only. The path of a cgroup
# means the cgroup of that moment, so the rules are loaded at each start of the service; it does not start without them.
# Addresses: https://cloud.google.com/compute/docs/metadata/querying-metadata
_METADATA = f"""\
table inet gatepost
delete table inet gatepost
table inet gatepost {{
  chain output {{
    type filter hook output priority filter; policy accept;
    socket cgroupv2 level 2 "system.slice/{CONNECTOR_UNIT}" jump connector
  }}
  chain connector {{
    ip daddr 169.254.169.254 tcp dport != 53 reject with tcp reset
    ip6 daddr fd20:ce::254 tcp dport != 53 reject with tcp reset
  }}
}}
"""

# Twingate's packages are not signed (help.twingate.com, article 5202917932); they come over HTTPS.
_SOURCE = "deb [trusted=true] https://packages.twingate.com/apt/ /\n"

# The package may leave the old program running: what runs from a file that is gone is started again.
_APT = f"""\
APT::Periodic::Update-Package-Lists "1";
APT::Periodic::Unattended-Upgrade "1";
DPkg::Post-Invoke {{ "case $(readlink /proc/$(systemctl show --property MainPID --value {CONNECTOR_UNIT})/exe) in \
*' (deleted)') systemctl restart --no-block {CONNECTOR_UNIT};; esac"; }};
"""
_UPGRADES = 'Unattended-Upgrade::Origins-Pattern { "site=packages.twingate.com"; };\n'
_TIMER = """\
[Timer]
OnCalendar=
OnCalendar=*-*-* {:02}:00 UTC
RandomizedDelaySec=30m
Persistent=false
"""

_START = """\
#!/bin/sh
# Written by gatepost. Nothing here is secret. Google runs this text at every start of the host; it does its work once,
# and again at the next start when it could not.
set -eu
umask 022
mark=/var/lib/gatepost/installed
if [ -e "$mark" ]; then exit 0; fi

file() {
  mkdir -p "${1%/*}"
  cat >"$1"
  chmod "$2" "$1"
}

"""
_INSTALL = """\
sysctl --system || echo "gatepost: Some kernel settings could not be made." >&2

export DEBIAN_FRONTEND=noninteractive
install() {
  apt-get -q -o DPkg::Lock::Timeout=300 update &&
    apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold install PACKAGES
}
left=40
until install; do
  left=$((left - 1))
  if [ "$left" -eq 0 ]; then
    echo "gatepost: Packages cannot be installed; what apt says is above. Check DNS, the route and TCP 443 from this" \\
      "host to packages.twingate.com and deb.debian.org. The next start tries again." >&2
    exit 1
  fi
  sleep 15
done

"""
_FINISH = """\
mkdir -p "${mark%/*}"
: >"$mark"
"""


@dataclass(frozen=True, kw_only=True)
class GcpBoot:
    """How a Compute Engine host becomes a Connector, first and at each later start.

    The image is Debian 12 or a relative of it, with sources of packages over HTTPS. The Connector comes from Twingate's
    repository (twingate.com/docs/gcp). The token pair is never part of the text: the host reads it from a secret with
    its own service account, each time the Connector starts. Raises ValueError with all problems, one sentence each.
    """

    settings: Mapping[str, str] = field(hash=False)
    """TWINGATE_* settings of the Connector, without tokens. Exactly one of TWINGATE_NETWORK and TWINGATE_URL."""
    dns: tuple[str, ...] = ()
    """IPv4 addresses of the host's DNS servers. Empty: the resolver of the VPC network."""
    nofile: int = 131072
    """File descriptors of the Connector; a client's tunnel takes 8 (help.twingate.com, article 1422554451)."""
    local_ports: tuple[int, int] = (10240, 65535)
    """First and last local port of outgoing connections."""
    version: str | None = None
    """Version of the package twingate-connector, never upgraded: Twingate shuts out Connectors that become too old.
    None: the newest, upgraded daily."""
    upgrade_hour: int = 3
    """Hour of the day, 0 to 23 in UTC, in whose first half packages are upgraded. Give each slot of a Remote Network
    another one: an upgrade may restart the Connector."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "settings", MappingProxyType(dict(self.settings)))  # later edits change nothing
        problems = [
            *check_settings(self.settings),
            *check_dns(self.dns),
            *check_limits(self.nofile, self.local_ports),
        ]
        if self.version is not None and not re.fullmatch(_VERSION, self.version):
            problems.append(f"The version {self.version!r} is not one of a Debian package, such as '1.80.0'.")
        if not 0 <= self.upgrade_hour <= 23:
            problems.append(f"upgrade_hour is {self.upgrade_hour}: it must be 0 to 23, an hour of the day in UTC.")
        if problems:
            raise ValueError("\n".join(problems))
        size = len(self._text(_ANY_SECRET).encode())  # the name is known when the secret is made: too late
        if size > LIMIT:
            raise ValueError(
                f"The boot text can have {size} bytes ({_NAME_LIMIT} of them for the name of the secret), Google takes "
                f"{LIMIT}. Shorten the settings by {size - LIMIT} bytes: they have {len(env_text(self.settings))}."
            )

    def render(self, secret: str) -> str:
        """The startup script of a host that reads `secret`, given as `projects/P/secrets/S`.

        The newest version of the secret holds JSON: `{"access_token": "...", "refresh_token": "..."}`.
        Raises ValueError for what is no name of a secret.
        """
        if not re.fullmatch(_SECRET, secret) or len(secret) > _NAME_LIMIT:
            raise ValueError(
                f"The secret {secret!r} is not one of Secret Manager, such as 'projects/acme/secrets/pair-a' "
                f"(up to {_NAME_LIMIT} characters, without a version)."
            )
        return self._text(secret)

    def identity(self) -> str:
        """A hash of all that the text says, except the secret's name: the host is rebuilt when it changes."""
        return hashlib.sha256(self._text(_ANY_SECRET).encode()).hexdigest()

    def _text(self, secret: str) -> str:
        package = "twingate-connector" if self.version is None else f"twingate-connector={self.version}"
        resolver = ["systemd-resolved"] if self.dns else []
        packages = ["nftables", *resolver, "unattended-upgrades", package]
        commands = [
            "systemctl daemon-reload",
            *(["systemctl restart systemd-resolved.service"] if self.dns else []),
            f"systemctl enable {CONNECTOR_UNIT}",
            f"systemctl restart --no-block {CONNECTOR_UNIT}",
        ]
        return "".join(
            [
                _START,
                *map(_write, self._files(secret)),
                _INSTALL.replace("PACKAGES", " ".join(packages)),
                *(f"{command}\n" for command in commands),
                _FINISH,
            ]
        )

    def _files(self, secret: str) -> list[HostFile]:
        host = {"GATEPOST_PLATFORM": "gcp", "GATEPOST_SECRET": f"{secret}/versions/latest"}
        files = {
            "/etc/gatepost/host.env": env_text(host),
            "/etc/gatepost/connector.env": env_text(self.settings),
            "/etc/gatepost/metadata.nft": _METADATA,
            "/etc/apt/sources.list.d/twingate.list": _SOURCE,
            "/etc/apt/apt.conf.d/60gatepost": _APT + (_UPGRADES if self.version is None else ""),
            "/etc/systemd/system/apt-daily-upgrade.timer.d/10-gatepost.conf": _TIMER.format(self.upgrade_hour),
        }
        shared = host_files(
            nofile=self.nofile,
            local_ports=self.local_ports,
            dns=self.dns,
            guard=_GUARD,
            fetch_pair=one_file("fetch_pair_gcp"),
        )
        return [*(HostFile(path=path, text=text) for path, text in files.items()), *shared]


def _write(file: HostFile) -> str:
    kept = f"[ -e {file.path} ] || " if file.path == _CONF else ""  # it may hold a pair when the work is done again
    return f"{kept}file {file.path} {file.mode} <<'{_END}'\n{file.text}{_END}\n\n"
