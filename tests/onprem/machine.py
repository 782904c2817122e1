"""A Linux host for the length of a test: a root of its own in which the scripts of a bundle really run.

Needs Linux with user namespaces, and `unshare`, `mount` and `chroot`. The programs that change a host (packages,
systemd, Docker, Kubernetes) are a stand-in that notes its calls (image/stand_in); the others are those of the real
machine.
"""

import os
import shutil
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from gatepost.boot.onprem import Bundle

HERE = Path(__file__).parent
TOOLS = ("cat", "chmod", "cmp", "cp", "dirname", "grep", "head", "mkdir", "mv", "rm", "sed", "sh")
FAMILIES = {"deb": ("apt-get", "dpkg-query"), "rpm": ("dnf", "rpm"), "none": ()}
STAND_INS = ("docker", "helm", "id", "kubectl", "sysctl", "systemctl", "timedatectl", "uname")
UNIT = """\
[Unit]
Description=Twingate Connector

[Service]
EnvironmentFile=/etc/twingate/connector.conf
ExecStart=/usr/bin/twingate-connector

[Install]
WantedBy=multi-user.target
"""
SETTINGS = {
    "TWINGATE_LABEL_DEPLOYED_BY": "gatepost",
    "TWINGATE_LABEL_SITE": "head office",
    "TWINGATE_LOG_LEVEL": "3",
    "TWINGATE_NETWORK": "acme",
}
BUNDLE = Bundle(
    name="payments-hq-a-1",
    connector_id="Q29ubmVjdG9yOjE=",
    connector="payments-hq-a-1-89abcde",
    settings=SETTINGS,
    reaches=[{"cidr": "10.0.0.0/8", "protocol": "tcp", "ports": [443, "8000-8100"]}],
)
OTHER = replace(BUNDLE, name="payments-hq-a-2", connector_id="Q29ubmVjdG9yOjI=", connector="payments-hq-a-2-89abcde")
TOKENS = {"TWINGATE_ACCESS_TOKEN": "eyJhbGciOi.J1.access-1", "TWINGATE_REFRESH_TOKEN": "refresh_1~+/="}
RENEWED = {"TWINGATE_ACCESS_TOKEN": "eyJhbGciOi.J1.access-2", "TWINGATE_REFRESH_TOKEN": "refresh_2"}
SECRETS = (*TOKENS.values(), *RENEWED.values())


def lines(values: dict[str, str]) -> str:
    return "".join(f"{key}={value}\n" for key, value in values.items())


def pair(bundle: Bundle = BUNDLE, tokens: dict[str, str] = TOKENS) -> str:
    """What `gatepost pair` prints."""
    return lines({"GATEPOST_CONNECTOR_ID": bundle.connector_id, **tokens})


def unpack(bundle: Bundle, folder: Path) -> None:
    for path, (text, mode) in bundle.files().items():
        file = folder / bundle.name / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)


@dataclass
class Machine:
    """A host of a family of packages."""

    root: Path
    family: str = "deb"

    def __post_init__(self) -> None:
        for name in ("dev", "etc", "host", "home", "usr/bin", "usr/lib", "var/packages"):
            (self.root / name).mkdir(parents=True)
        for name in ("lib", "lib64"):
            (self.root / name).symlink_to(f"/host/{name}")
        (self.root / "bin").symlink_to("usr/bin")
        for name in TOOLS:
            real = shutil.which(name)
            assert real, f"The tests of install scripts need {name}."
            (self.root / "usr/bin" / name).symlink_to(f"/host{os.path.realpath(real)}")
        for name in (*STAND_INS, *FAMILIES[self.family]):
            shutil.copy(HERE / "image/stand_in", self.root / "usr/bin" / name)
        files = {"network": "", "ntp": "no\n", "deployment": "", "annotation": "", "packages/unit": UNIT, "calls": ""}
        for name, text in {**files, "packages/newest": "1.80.0\n"}.items():
            self.path(f"/var/{name}").write_text(text)

    def path(self, name: str) -> Path:
        return self.root / name.lstrip("/")

    def run(
        self, *words: str, given: str | None = None, bundle: Bundle = BUNDLE, script: str = "install.sh", **environ: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a script of a bundle; whatever it says, and how it calls others, must not carry a token."""
        unpack(bundle, self.path("/home"))
        inside = 'mount --rbind / "$1/host" && mount --rbind /dev "$1/dev" && shift && exec chroot "$@"'
        done = subprocess.run(
            [
                *(
                    "unshare",
                    "--user",
                    "--map-root-user",
                    "--mount",
                    "--",
                    "sh",
                    "-c",
                    inside,
                    "sh",
                    self.root,
                    self.root,
                ),
                *("/usr/bin/sh", f"/home/{bundle.name}/{script}", *words),
            ],
            env={"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", **environ},
            input=given or "",
            capture_output=True,
            text=True,
            timeout=60,
        )
        if "unshare:" in done.stderr or "mount:" in done.stderr:
            pytest.fail(f"These tests need user namespaces, and this system refuses them: {done.stderr}", pytrace=False)
        told = done.stdout + done.stderr + "\n".join(self.calls())
        assert [secret for secret in SECRETS if secret in told] == []
        return done

    def calls(self) -> list[str]:
        return self.path("/var/calls").read_text().splitlines()

    def forget(self) -> None:
        """Begin a new list of calls."""
        self.path("/var/calls").write_text("")

    def holding(self, text: str) -> list[str]:
        """Paths of the files that hold a text."""
        files = (p for p in self.root.rglob("*") if not p.is_symlink() and p.is_file())
        return sorted(f"/{p.relative_to(self.root)}" for p in files if text.encode() in p.read_bytes())
