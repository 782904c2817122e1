"""What is in a bundle, as its readers see it: systemd, cloud-init, Docker Compose, Helm, a shell, and people."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from boot.cloud_init import Text, WriteFile
from onprem.chart import Values
from onprem.machine import BUNDLE, OTHER, SETTINGS, UNIT, unpack
from pydantic import BaseModel, ConfigDict

from gatepost.boot.onprem import Bundle, found_in
from gatepost.boot.onprem_texts import NOFILE
from gatepost.egress import egress_rules

HOME = "/usr/local/lib/gatepost/bundle"
MORE = {"TWINGATE_DNS": "10.0.0.2,10.0.0.3", "TWINGATE_LOG_LEVEL": "4", "TWINGATE_METRICS_PORT": "9999"}
FULL = replace(BUNDLE, settings={**SETTINGS, **MORE}, dns=("10.0.0.2", "10.0.0.3"))


def text(path: str, bundle: Bundle = BUNDLE) -> str:
    return bundle.files()[path][0]


def test_a_bundle_has_these_files_and_scripts_can_be_run() -> None:
    scripts = {"docker/install.sh", "helm/install.sh", "install.sh"}
    plain = {
        "README.md",
        "bundle.env",
        "cloud-init.yaml",
        "connector.env",
        "docker/compose.yaml",
        "firewall.md",
        "helm/values.yaml",
        "host/service.conf",
        "host/sysctl.conf",
        "pair.sh",
    }
    modes = {path: mode for path, (_, mode) in BUNDLE.files().items()}
    assert modes == {**dict.fromkeys(scripts, 0o755), **dict.fromkeys(plain, 0o644)}


def test_the_identity_and_the_settings_are_plain_lines() -> None:
    assert text("bundle.env") == (
        ""
        "GATEPOST_CONNECTOR=payments-hq-a-1-89abcde\nGATEPOST_CONNECTOR_ID=Q29ubmVjdG9yOjE=\nGATEPOST_NAME=payments-hq-a-1\n"
    )
    assert text("connector.env") == "".join(f"{key}={value}\n" for key, value in sorted(SETTINGS.items()))
    assert text("host/sysctl.conf") == (
        "net.ipv4.ip_local_port_range = 10240 65535\nnet.ipv4.ping_group_range = 0 2147483647\n"
    )


def test_a_metadata_service_that_is_the_dns_server_stays_open() -> None:
    assert "IPAddressDeny=169.254.169.254 fd00:ec2::254\n" in text("host/service.conf")
    assert "IPAddressDeny=fd00:ec2::254\n" in text("host/service.conf", replace(BUNDLE, dns=("169.254.169.254",)))


@pytest.mark.parametrize("path", ["install.sh", "docker/install.sh", "helm/install.sh", "pair.sh"])
def test_shellcheck_has_nothing_to_say(tmp_path: Path, path: str) -> None:
    unpack(BUNDLE, tmp_path)
    checker = Path(sys.executable).parent / "shellcheck"
    folder = tmp_path / BUNDLE.name
    done = subprocess.run(
        [checker, "--external-sources", "--source-path", folder, "--shell", "sh", folder / path],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (0, "")


def verify(root: Path, conf: str) -> str:
    """What systemd has to say about Twingate's unit with the lines of the bundle."""
    program = shutil.which("systemd-analyze")
    assert program, "systemd-analyze, which checks the unit, is missing. Install systemd."
    units = root / "usr/lib/systemd/system"
    units.mkdir(parents=True)
    (root / "bin").symlink_to("usr/bin")
    (root / "run").mkdir()
    (root / "usr/bin").mkdir()
    (root / "usr/bin/twingate-connector").write_text("#!/bin/sh\n")
    (root / "usr/bin/twingate-connector").chmod(0o755)
    (units / "twingate-connector.service").write_text(UNIT)
    for name in ("basic", "multi-user", "network-online", "shutdown", "sysinit"):
        (units / f"{name}.target").write_text("[Unit]\n")
    drop_in = root / "etc/systemd/system/twingate-connector.service.d/10-gatepost.conf"
    drop_in.parent.mkdir(parents=True)
    drop_in.write_text(conf)
    command = [program, "verify", "--man=no", f"--root={root}", "twingate-connector.service"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return done.stderr.replace(str(root), "") or f"exit code {done.returncode}"


@pytest.mark.skipif(sys.platform != "linux", reason="systemd is a part of Linux")
def test_systemd_understands_the_lines_for_the_service(tmp_path: Path) -> None:
    conf = text("host/service.conf")
    assert verify(tmp_path / "good", conf) == "exit code 0"
    wrong = conf.replace("LimitNOFILE=", "LimitNoFiles=")
    assert "Unknown key 'LimitNoFiles' in section [Service], ignoring." in verify(tmp_path / "bad", wrong)


class CloudConfig(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    write_files: list[WriteFile]
    runcmd: list[list[Text]]


def test_cloud_init_writes_the_bundle_and_runs_its_script() -> None:
    found = text("cloud-init.yaml", FULL)
    assert found.startswith("#cloud-config\n")
    assert len(found.encode()) < 16 * 1024  # what the smallest providers take
    config = CloudConfig.model_validate(yaml.safe_load(found))
    written = {
        file.path.removeprefix(f"{HOME}/"): (file.content, int(file.permissions, 8)) for file in config.write_files
    }
    files = FULL.files()
    names = ("bundle.env", "connector.env", "host/service.conf", "host/sysctl.conf", "pair.sh", "install.sh")
    assert written == {name: files[name] for name in names}
    assert config.runcmd == [["sh", f"{HOME}/install.sh"]]


def composed(folder: Path, bundle: Bundle) -> dict[str, Any]:
    """The service as Docker Compose understands it."""
    unpack(bundle, folder)
    there = folder / bundle.name
    (there / "pair.env").write_text("TWINGATE_ACCESS_TOKEN=eyJ.1\nTWINGATE_REFRESH_TOKEN=r~+/=\n")
    shutil.copy(there / "docker/compose.yaml", there)
    done = subprocess.run(
        [Path(sys.executable).parent / "docker-compose", "--project-directory", there, "config", "--format", "json"],
        capture_output=True,
        text=True,
        timeout=60,
        env={"PATH": os.environ["PATH"], "HOME": str(folder)},
    )
    assert (done.returncode, done.stderr) == (0, "")
    project = json.loads(done.stdout)
    assert project["name"] == bundle.name
    return project["services"]["connector"]


def test_compose_makes_a_service_without_root_that_can_write_nothing(tmp_path: Path) -> None:
    service = composed(tmp_path, FULL)
    assert (service["image"], service["user"]) == ("docker.io/twingate/connector:1", "65532:65532")
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["tmpfs"] == ["/var/run/twingate:uid=65532,gid=65532,mode=0700"]
    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"] == ["CMD", "/connectorctl", "health"]
    assert service["ulimits"] == {"nofile": NOFILE}
    assert service["sysctls"] == {
        "net.ipv4.ip_local_port_range": "10240 65535",
        "net.ipv4.ping_group_range": "0 2147483647",
    }
    assert service["environment"] == {
        **SETTINGS,
        **MORE,
        "TWINGATE_ACCESS_TOKEN": "eyJ.1",
        "TWINGATE_REFRESH_TOKEN": "r~+/=",
    }
    (port,) = service["ports"]
    assert (port["host_ip"], port["published"], port["target"]) == ("127.0.0.1", "9999", 9999)
    assert "privileged" not in service


def test_without_metrics_no_port_is_open(tmp_path: Path) -> None:
    assert "ports" not in composed(tmp_path, BUNDLE)


def test_helm_gets_values_of_the_chart_and_the_rest_as_variables() -> None:
    label = {"TWINGATE_LABEL_SITE": "head office"}
    plain = {"connector": {"network": "acme", "existingSecret": "payments-hq-a-1-pair", "logLevel": "error"}}
    assert yaml.safe_load(text("helm/values.yaml")) == {**plain, "env": label, "icmpSupport": {"enabled": True}}
    values = Values.model_validate(yaml.safe_load(text("helm/values.yaml", FULL))).model_dump()
    assert values == {
        "connector": {**plain["connector"], "logLevel": "warning", "dnsServer": "10.0.0.2,10.0.0.3"},
        "env": label,
        "icmpSupport": {"enabled": True},
        "metrics": {"enabled": True, "port": 9999},
    }


def rows(page: str) -> list[tuple[str, str, str]]:
    return [(row[1], row[2], row[3]) for row in re.finditer(r"(?m)^\| (\w+) \| ([\w-]+) \| ([\d./]+) \|", page)]


def test_the_firewall_page_lists_what_the_host_dials() -> None:
    assert rows(text("firewall.md", FULL)) == [
        ("tcp", "443", "0.0.0.0/0"),
        ("tcp", "30000-31000", "0.0.0.0/0"),
        ("udp", "1-65535", "0.0.0.0/0"),
        ("tcp", "53", "10.0.0.2/32"),
        ("tcp", "53", "10.0.0.3/32"),
        ("tcp", "80", "0.0.0.0/0"),
        ("tcp", "8000-8100", "10.0.0.0/8"),
    ]
    names = ("*.twingate.com", "h2.pubnubapi.com", "pubsub.pubnub.com", "ps.pndsn.com", "packages.twingate.com")
    assert [name for name in names if f"| {name} |" not in text("firewall.md")] == []


def test_an_exit_network_dials_the_same_as_in_the_clouds() -> None:
    bundle = replace(BUNDLE, network_type="EXIT", reaches=())
    expected = [("all", "all", rule.destination) for rule in egress_rules(cloud="gcp", network_type="EXIT")]
    assert rows(text("firewall.md", bundle)) == expected


def test_the_readme_has_three_commands_for_each_way() -> None:
    commands = re.findall(r"(?ms)^```\n(.*?)^```", text("README.md"))
    assert [len(block.splitlines()) for block in commands] == [3, 3, 3]
    assert "$" not in text("README.md") + text("firewall.md")
    assert "Connector payments-hq-a-1-89abcde (Q29ubmVjdG9yOjE=)" in text("README.md")


MISTAKES: list[tuple[dict[str, Any], str]] = [
    (
        {"name": "Payments HQ"},
        "The name 'Payments HQ' of a bundle must be 1 to 53 lower-case letters, digits and inner hyphens, because Helm "
        "takes no longer name of a release.",
    ),
    ({"connector_id": ""}, "'' is not the id of a Connector. Run pulumi up first; it makes the id."),
    (
        {"settings": {**SETTINGS, "TWINGATE_ACCESS_TOKEN": "x"}},
        "The setting TWINGATE_ACCESS_TOKEN carries a secret. Tokens go to the secret store, never into boot text.",
    ),
    (
        {"settings": {"TWINGATE_URL": "https://acme.twingate.com"}},
        "The settings have no TWINGATE_NETWORK, which the Helm chart needs.",
    ),
    (
        {"network_type": "EXIT"},
        "An EXIT network dials no private address. The reach 10.0.0.0/8 holds private ones. Put it into a REGULAR "
        "network.",
    ),
    (
        {"network_type": "EXIT", "reaches": (), "dns": ("10.0.0.2",)},
        "An EXIT network dials no private address. The DNS server 10.0.0.2 is private. Leave it out to use the host's "
        "own resolver.",
    ),
    (
        {"network_type": "exit"},
        "The type of Remote Network 'exit' is not known. Allowed: REGULAR, EXIT. Did you mean 'EXIT'?",
    ),
]


@pytest.mark.parametrize(("change", "told"), MISTAKES)
def test_mistakes_are_told(change: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=r".") as problem:
        replace(BUNDLE, **change)
    assert str(problem.value) == told


def test_a_bundle_comes_back_from_the_outputs_wherever_it_stands() -> None:
    outputs = {
        "remote_networks": {"payments": {"sites": {"hq": {"connectors": {"a": {"bundles": [FULL.as_output()]}}}}}}
    }
    outputs["of another program"] = OTHER.as_output()
    assert list(found_in(json.loads(json.dumps(outputs)))) == [
        replace(FULL, dns=["10.0.0.2", "10.0.0.3"], reaches=list(FULL.reaches)),
        replace(OTHER, dns=[], reaches=list(OTHER.reaches)),
    ]


def test_bundles_of_another_version_and_broken_ones_are_told() -> None:
    with pytest.raises(
        ValueError, match=r"^A bundle in the outputs has version 2, and this gatepost knows 1\. Use the"
    ):
        list(found_in([{**BUNDLE.as_output(), "gatepost_bundle": 2}]))
    with pytest.raises(ValueError, match=r"^A bundle in the outputs is not whole\. Run pulumi up again, then this\.$"):
        list(found_in([{"gatepost_bundle": 1, "name": "x"}]))
