"""What the boot texts of all platforms share: checks of the settings, and the files that prepare a Linux host."""

import ipaddress
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

from .fetch_pair import DEADLINE

CONNECTOR_UNIT = "twingate-connector.service"
PAIR_UNIT = "gatepost-pair.service"

_PAIR = f"""\
[Unit]
Description=Token pair of the Twingate Connector
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0

[Service]
Type=oneshot
ExecStart=/usr/local/lib/gatepost/fetch_pair
TimeoutStartSec={DEADLINE + 60:.0f}
StandardError=journal+console
"""

# The pair is fetched in a unit of its own: the filter in `guard` holds for everything that runs in this one. That
# unit is started from here and not required, because a start that fails on a requirement is never tried again.
_CONNECTOR = f"""\
[Unit]
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0

[Service]
ExecStartPre=+/bin/systemctl start {PAIR_UNIT}
TimeoutStartSec={DEADLINE + 120:.0f}
Restart=always
RestartSec=10
LimitNOFILE={{nofile}}
{{guard}}"""

_SYSCTL = """\
net.ipv4.ip_local_port_range = {} {}
net.ipv4.ping_group_range = 0 2147483647
"""

_RESOLVED = """\
[Resolve]
DNS={}
Domains=~.
"""


@dataclass(frozen=True, kw_only=True)
class HostFile:
    """A file on the host, owned by root."""

    path: str
    text: str
    mode: str = "0644"


def host_files(
    *,
    nofile: int,
    local_ports: tuple[int, int],
    dns: Sequence[str],
    deny: Sequence[str] = (),
    guard: str = "",
    fetch_pair: str | None = None,
) -> list[HostFile]:
    """Units and kernel settings.

    `deny` are addresses that a user must not reach through the Connector; where that takes more than addresses,
    `guard` are lines of the Connector's service. `fetch_pair` is the text of the script; None: the one for AWS.
    """
    fetch_pair = fetch_pair or source("fetch_pair")
    guard = guard or f"IPAddressDeny={' '.join(deny)}\n"
    drop_in = f"/etc/systemd/system/{CONNECTOR_UNIT}.d/10-gatepost.conf"
    files = [
        HostFile(path="/usr/local/lib/gatepost/fetch_pair", text=fetch_pair, mode="0755"),
        HostFile(path=f"/etc/systemd/system/{PAIR_UNIT}", text=_PAIR),
        HostFile(path=drop_in, text=_CONNECTOR.format(nofile=nofile, guard=guard)),
        # The vendor's unit reads this file even for the step that fills it in, so it has to be there before.
        HostFile(path="/etc/twingate/connector.conf", text=f"# {PAIR_UNIT} replaces this file.\n", mode="0600"),
        HostFile(path="/etc/sysctl.d/90-gatepost.conf", text=_SYSCTL.format(*local_ports)),
    ]
    if dns:
        resolved = _RESOLVED.format(" ".join(dns))
        files.append(HostFile(path="/etc/systemd/resolved.conf.d/10-gatepost.conf", text=resolved))
    return files


def source(name: str) -> str:
    """The text of a module of this folder."""
    return resources.files("gatepost.boot").joinpath(f"{name}.py").read_text(encoding="utf-8")


def env_text(values: Mapping[str, str]) -> str:
    """Lines KEY=VALUE in the order of the keys. Values pass `check_settings`, so no reader needs quotes."""
    return "".join(f"{key}={values[key]}\n" for key in sorted(values))


def check_settings(settings: Mapping[str, str]) -> list[str]:
    """What is wrong with the settings of a Connector, one sentence each. No value that can be secret is shown."""
    problems = []
    for key, value in settings.items():
        if not re.fullmatch(r"TWINGATE_[A-Z0-9_]+", key):
            problems.append(f"The setting {key!r} is not one of a Connector: names are TWINGATE_ and A-Z, 0-9, _.")
        elif re.search(r"TOKEN|SECRET|PASSWORD|API_KEY", key) or "eyJ" in str(value):
            problems.append(f"The setting {key} carries a secret. Tokens go to the secret store, never into boot text.")
        elif not isinstance(value, str) or not re.fullmatch(r"[ !#-&(-\[\]-~]+", value) or value != value.strip():
            problems.append(
                f"The setting {key} has the value {value!r}: it must be a text of printable ASCII without quotes, "
                "backslashes or blanks at its ends, and not empty. Leave the setting out for its default."
            )
    named = [key in settings for key in ("TWINGATE_NETWORK", "TWINGATE_URL")]
    if sum(named) != 1:
        found = "both TWINGATE_NETWORK and TWINGATE_URL" if all(named) else "neither TWINGATE_NETWORK nor TWINGATE_URL"
        problems.append(f"The settings have {found}: the Connector needs exactly one of them.")
    return problems


def check_dns(servers: Iterable[str]) -> list[str]:
    """What is wrong with a list of DNS servers, one sentence each."""
    problems = []
    for server in servers:
        try:
            address = ipaddress.IPv4Address(server)
        except ValueError:
            address = None
        if address is None or address.is_unspecified or address.is_loopback or address.is_multicast:
            problems.append(f"The DNS server {server!r} is not the IPv4 address of a server, such as '10.40.0.2'.")
    return problems


def check_limits(nofile: int, local_ports: tuple[int, int]) -> list[str]:
    """What is wrong with the limits of a Connector, one sentence each."""
    problems = []
    if not 1024 <= nofile <= 1048576:
        problems.append(f"nofile is {nofile}: it must be 1024 to 1048576 file descriptors.")
    first, last = local_ports
    if not 1024 <= first < last <= 65535:
        problems.append(f"local_ports is {first} to {last}: both must be 1024 to 65535, the first below the last.")
    return problems
