"""The files of an install bundle, each made of plain values and of the package's own files. Pure."""

import json
from collections.abc import Mapping, Sequence
from importlib import resources
from string import Template

from ..connector import LOG_LEVELS
from ..egress import Rule

NOFILE = 131072
"""File descriptors of the Connector; a client's tunnel takes 8 (help.twingate.com, article 1422554451)."""
LOCAL_PORTS = (10240, 65535)
"""First and last local port of outgoing connections."""
PING = "0 2147483647"
"""net.ipv4.ping_group_range, so that users can ping Resources (twingate.com/docs/aws)."""
IMAGE = "docker.io/twingate/connector:1"
"""The major version, so that an upgrade is a pull (twingate.com/docs/docker). It is built for amd64 and arm64."""
USER = 65532
"""User of the container: Twingate/helm-charts, stable/connector/values.yaml."""
HOME = "/usr/local/lib/gatepost/bundle"
"""Where cloud-init puts the bundle."""
METADATA = ("169.254.169.254", "fd00:ec2::254")
"""Where providers of virtual servers answer with the host's own secrets; no user may ask there through a Connector."""
HELM_LEVELS: Mapping[str, str] = {"error": "error", "warn": "warning", "info": "info", "debug": "debug"}
"""Levels of the log as the chart calls them; it hands info on as 6."""
_CHART_SETS = ("DNS", "LABEL_DEPLOYED_BY", "LOG_LEVEL", "METRICS_PORT", "NETWORK")
"""TWINGATE_* settings that the chart makes of its own values; it must not get a second one of the same name."""

DOMAINS: Mapping[str, str] = {
    "*.twingate.com": "Controller and Relays (help.twingate.com, article 1198271128)",
    "h2.pubnubapi.com": "PubNub, which tells Connectors of changes (the same article)",
    "pubsub.pubnub.com": "PubNub",
    "ps.pndsn.com": "PubNub",
    "packages.twingate.com": "packages, for install.sh and cloud-init (part of *.twingate.com)",
    "registry-1.docker.io, auth.docker.io, production.cloudflare.docker.com": "the image, for Docker and Helm",
    "twingate.github.io": "the chart, for Helm; asked by the host that runs helm",
}
"""Names for firewalls that filter by name, all on TCP 443."""


def script(name: str) -> str:
    """One of the scripts of a bundle; they are the same in all bundles."""
    return _file(f"{name}.sh")


def _file(name: str) -> str:
    return resources.files("gatepost").joinpath("onprem", "files", name).read_text(encoding="utf-8")


def sysctl_conf() -> str:
    """Kernel settings of the host."""
    return f"net.ipv4.ip_local_port_range = {LOCAL_PORTS[0]} {LOCAL_PORTS[1]}\nnet.ipv4.ping_group_range = {PING}\n"


def service_conf(dns: Sequence[str]) -> str:
    """What is added to Twingate's service: it always comes back, has descriptors, and reaches no metadata service."""
    deny = " ".join(address for address in METADATA if address not in dns)
    return (
        "[Unit]\nWants=network-online.target\nAfter=network-online.target\nStartLimitIntervalSec=0\n\n"
        f"[Service]\nRestart=always\nRestartSec=10\nLimitNOFILE={NOFILE}\nIPAddressDeny={deny}\n"
    )


def cloud_init(files: Mapping[str, str]) -> str:
    """User data that prepares a host: the files of the bundle, and its install script. The pair is brought later."""
    text = "#cloud-config\n# Written by gatepost. Nothing here is secret: the host waits for its pair.\nwrite_files:\n"
    for path, content in files.items():
        mode = "0755" if path == "install.sh" else "0644"
        text += f"  - path: {HOME}/{path}\n    owner: root:root\n    permissions: '{mode}'\n    content: |\n"
        text += "".join(f"      {line}\n" if line else "\n" for line in content.splitlines())
    return f"{text}runcmd:\n  - [sh, {HOME}/install.sh]\n"


def compose_yaml(name: str, settings: Mapping[str, str]) -> str:
    """The Connector as a service of Docker Compose: no root, nothing writable, no capability."""
    port = settings.get("TWINGATE_METRICS_PORT")
    metrics = f'    ports: ["127.0.0.1:{port}:{port}"]\n' if port else ""
    return f"""\
# Written by gatepost. Nothing here is secret: pair.env, beside this file on the host, has the pair.
name: {name}
services:
  connector:
    image: {IMAGE}
    restart: unless-stopped
    user: "{USER}:{USER}"
    read_only: true
    cap_drop: [ALL]
    security_opt: ["no-new-privileges:true"]
    tmpfs: ["/var/run/twingate:uid={USER},gid={USER},mode=0700"]
    env_file: [connector.env, pair.env]
    sysctls:
      net.ipv4.ip_local_port_range: "{LOCAL_PORTS[0]} {LOCAL_PORTS[1]}"
      net.ipv4.ping_group_range: "{PING}"
    ulimits: {{nofile: {NOFILE}}}
{metrics}    healthcheck:
      test: [CMD, /connectorctl, health]
      interval: 30s
      timeout: 10s
      retries: 3
      start_period: 30s
    logging:
      driver: json-file
      options: {{max-size: 10m, max-file: "3"}}
"""


def helm_values(name: str, settings: Mapping[str, str]) -> str:
    """Values of Twingate's chart ``connector``; the chart drops capabilities, root and writable files by itself."""
    levels = {str(number): HELM_LEVELS[word] for word, number in LOG_LEVELS.items()}
    connector = {
        "network": settings["TWINGATE_NETWORK"],
        "existingSecret": f"{name}-pair",
        "logLevel": levels.get(settings.get("TWINGATE_LOG_LEVEL", "3"), "debug"),
    }
    if "TWINGATE_DNS" in settings:
        connector["dnsServer"] = settings["TWINGATE_DNS"]
    own = [f"TWINGATE_{key}" for key in _CHART_SETS]
    env = {key: value for key, value in settings.items() if key not in own}
    port = settings.get("TWINGATE_METRICS_PORT")
    lines = [
        "# Written by gatepost, for the chart connector of https://twingate.github.io/helm-charts. Nothing is secret.",
        *_map("connector", connector),
        *_map("env", env),
        "icmpSupport:",
        "  enabled: true",
        *(["metrics:", "  enabled: true", f"  port: {port}"] if port else []),
    ]
    return "".join(f"{line}\n" for line in lines)


def _map(key: str, values: Mapping[str, str]) -> list[str]:
    return [f"{key}:", *(f"  {name}: {json.dumps(value)}" for name, value in sorted(values.items()))]


def firewall_page(name: str, rules: Sequence[Rule]) -> str:
    """What the firewall team must allow, as a page."""
    rows = "".join(f"| {rule.protocol} | {_ports(rule)} | {rule.destination} | {rule.reason} |\n" for rule in rules)
    names = "".join(f"| {domain} | {use} |\n" for domain, use in DOMAINS.items())
    return Template(_file("firewall.md")).substitute(name=name, rows=rows, names=names, metadata=METADATA[0])


def readme(name: str, connector: str, connector_id: str) -> str:
    """What a person does with the bundle."""
    known = {"name": name, "connector": connector, "connector_id": connector_id}
    return Template(_file("README.md")).substitute(known, home=HOME, nofile=NOFILE)


def _ports(rule: Rule) -> str:
    if not rule.first_port:
        return "all"
    return str(rule.first_port) if rule.first_port == rule.last_port else f"{rule.first_port}-{rule.last_port}"
