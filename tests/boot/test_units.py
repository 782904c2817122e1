"""The user data of AWS hosts as its readers see it: cloud-init's schema, systemd's own check of the units, no shell."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from boot import cloud_init
from boot.machine import HERE
from boot.variants import PARAMETER, VARIANTS

UNITS = ["gatepost-pair.service", "twingate-connector.service"]
TARGETS = ["basic", "multi-user", "network-online", "shutdown", "sysinit"]


def commands_of_units(text: str) -> list[str]:
    written = "".join(file.content for file in cloud_init.read(text).write_files if "/systemd/system/" in file.path)
    return re.findall(r"(?m)^Exec\w+=(.*)$", written)


@pytest.mark.parametrize("name", VARIANTS)
def test_no_command_needs_a_shell(name: str) -> None:
    text = VARIANTS[name].render(PARAMETER)
    assert {command[0] for command in cloud_init.read(text).runcmd} == {"systemctl", "sysctl"}
    assert commands_of_units(text) == [
        "/usr/local/lib/gatepost/fetch_pair",
        "+/bin/systemctl start gatepost-pair.service",
    ]


def verify(root: Path) -> str:
    """What systemd has to say about the units of a root."""
    program = shutil.which("systemd-analyze")
    assert program, "systemd-analyze, which checks the units of the boot text, is missing. Install systemd."
    command = [program, "verify", "--man=no", f"--root={root}", *UNITS]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return done.stderr.replace(str(root), "") or f"exit code {done.returncode}"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An image with the files of the text, and as much of systemd as a check asks for."""
    shutil.copytree(HERE / "image", tmp_path, dirs_exist_ok=True)
    (tmp_path / "bin").symlink_to("usr/bin")
    (tmp_path / "run").mkdir()
    for name in TARGETS:
        (tmp_path / f"usr/lib/systemd/system/{name}.target").write_text("[Unit]\n")
    cloud_init.apply(VARIANTS["aws-usual"].render(PARAMETER), tmp_path, lambda command: 0)
    return tmp_path


@pytest.mark.skipif(sys.platform != "linux", reason="systemd is a part of Linux")
def test_systemd_understands_the_units(root: Path) -> None:
    assert verify(root) == "exit code 0"


@pytest.mark.skipif(sys.platform != "linux", reason="systemd is a part of Linux")
def test_systemd_would_tell_of_a_wrong_line(root: Path) -> None:
    unit = root / "etc/systemd/system/gatepost-pair.service"
    unit.write_text(unit.read_text().replace("TimeoutStartSec=", "TimeoutStart="))
    assert "Unknown key 'TimeoutStart' in section [Service], ignoring." in verify(root)


@pytest.mark.parametrize("name", VARIANTS)
def test_cloud_init_takes_the_text_as_it_is_meant(name: str) -> None:
    text = VARIANTS[name].render(PARAMETER)
    assert cloud_init.read(text).model_dump() == yaml.safe_load(text)


MISTAKES: dict[str, Callable[[dict[str, Any]], object]] = {
    "packages": lambda text: text.update(packages=["chrony"]),
    "write_files.0.mode": lambda text: text["write_files"][0].update(mode="0644"),
    "write_files.0.permissions": lambda text: text["write_files"][0].update(permissions=0o644),
    "ntp.servers": lambda text: text["ntp"].update(servers="169.254.169.123"),
    "runcmd.0": lambda text: text["runcmd"].__setitem__(0, "systemctl daemon-reload"),
}


@pytest.mark.parametrize("where", MISTAKES)
def test_what_cloud_init_would_not_take_is_seen(where: str) -> None:
    text = yaml.safe_load(VARIANTS["aws-usual"].render(PARAMETER))
    MISTAKES[where](text)
    with pytest.raises(ValueError, match=rf"1 validation error for CloudConfig\n{where}\n"):
        cloud_init.read(f"#cloud-config\n{yaml.safe_dump(text)}")
    with pytest.raises(ValueError, match=r"The first line is not #cloud-config."):
        cloud_init.read(yaml.safe_dump(text))
