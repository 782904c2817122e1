"""A Linux machine for the length of a test: namespaces and a root of its own, services on their real addresses.

Needs Linux with user namespaces for the user who runs the tests, and `unshare` and `mount` of util-linux.
The root has the image of this folder, a Python as /usr/bin/python3, and no shell.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, NoReturn

import pytest
from boot import cloud_init
from boot.stand_ins import SSM_NAME, Authority, Cloud, serving

HERE = Path(__file__).parent
METADATA_ADDRESS, SERVICE_ADDRESS = "169.254.169.254", "203.0.113.10"
REFUSED = (
    "The tests of boot texts start a machine in a user namespace of its own, and this system refuses that: {}\n"
    "Allow it (sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0; in a "
    "container: --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths="
    "unconfined) and install util-linux if `unshare` or `mount` is missing."
)


def refused(found: str) -> NoReturn:
    """Fail the test: it cannot be run here, which must not pass for a success."""
    pytest.fail(REFUSED.format(found), pytrace=False)


@dataclass(frozen=True, kw_only=True)
class Process:
    """A process that ran on the machine, with what it wrote to the journal."""

    unit: str
    argv: list[str]
    code: int
    out: str
    err: str


@dataclass
class Machine:
    """A host in the cloud. `boot` it; again for a reboot."""

    service: ClassVar[str] = SSM_NAME
    """The name of the service that has the token pair."""
    serving: ClassVar[Any] = staticmethod(serving)
    """The metadata server and that service, on two sockets."""

    root: Path
    cloud: Cloud
    authority: Authority
    environ: dict[str, str] = field(default_factory=lambda: {"GATEPOST_DEADLINE": "0"})
    """Environment of all services."""
    trusts_authority: bool = True
    _running: ExitStack = field(default_factory=ExitStack)
    _control: Any = None

    def __post_init__(self) -> None:
        for name in ("dev", "etc/ssl", "host", "proc", "run", "tmp", "usr/local/lib", "var"):
            (self.root / name).mkdir(parents=True)
        shutil.copytree(HERE / "image", self.root, dirs_exist_ok=True, copy_function=shutil.copy)
        for name in ("/usr/local/lib", "/usr/local", "/usr/lib", "/usr", "/"):
            for entry in Path(name).iterdir():
                link = self.root / name.lstrip("/") / entry.name
                if not os.path.lexists(link):
                    link.symlink_to(entry.readlink() if entry.is_symlink() else f"/host{entry}")
        self._unshare = shutil.which("unshare") or refused("There is no unshare.")
        for name, real in {"python3": sys.executable, "unshare": self._unshare}.items():
            (self.root / "usr/bin" / name).symlink_to(f"/host{os.path.realpath(real)}")
        (self.root / "etc/ssl/authority.pem").write_bytes(self.authority.certificate)
        (self.root / "etc/nsswitch.conf").write_text("hosts: files dns\n")

    @cached_property
    def conf(self) -> Path:
        return self.root / "etc/twingate/connector.conf"

    def boot(self, user_data: str, *, network: bool = True) -> list[Process]:
        """Switch off and on again; what ran until all that starts by itself had ended, in the order of the ends."""
        self.switch_off()
        self._switch_on(network)
        self._ask({"wanted": True})
        cloud_init.apply(user_data, self.root, lambda command: self._ask({"run": command}))
        return [Process(**process) for process in self._ask({"journal": True})]

    def switch_off(self) -> None:
        """End all processes of the machine."""
        self._running.close()
        shutil.rmtree(self.root / "run")
        (self.root / "run").mkdir()

    def _switch_on(self, network: bool) -> None:
        addresses = {METADATA_ADDRESS: 80, SERVICE_ADDRESS: 443} if network else {}
        (self.root / "etc/hosts").write_text(f"{SERVICE_ADDRESS} {self.service}\n" if network else "")
        trust = {"SSL_CERT_FILE": "/etc/ssl/authority.pem"} if self.trusts_authority else {}
        orders = {"root": str(self.root), "addresses": addresses, "environ": {**self.environ, **trust}}
        here, there = socket.socketpair()
        self._running.enter_context(here)
        with there:
            flags = ["--user", "--map-root-user", "--mount", "--net", "--pid", "--fork", "--kill-child"]
            init = [sys.executable, "-I", str(HERE / "machine_init.py"), str(there.fileno()), json.dumps(orders)]
            process = self._running.enter_context(
                subprocess.Popen([self._unshare, *flags, *init], pass_fds=[there.fileno()], stderr=subprocess.PIPE)
            )
        self._control = self._running.enter_context(here.makefile("rw"))
        self._running.callback(here.shutdown, socket.SHUT_RDWR)  # first of all at the end: then process 1 ends
        ready, descriptors, _, _ = socket.recv_fds(here, 16, 2)
        if ready != b"ready":
            assert process.stderr
            said = process.stderr.read().decode().strip()
            self._running.close()
            refused(said)
        sockets = [socket.socket(fileno=descriptor) for descriptor in descriptors]
        if network:
            self._running.enter_context(self.serving(self.cloud, sockets[0], self.authority.wrap(sockets[1])))

    def _ask(self, what: dict[str, Any]) -> Any:
        print(json.dumps(what), file=self._control, flush=True)
        return json.loads(self._control.readline())

    def holding(self, text: str) -> list[str]:
        """Paths of all files of the machine that hold the text."""
        found = (Path(folder, name) for folder, _, names in os.walk(self.root) for name in names)
        files = (path for path in found if path.is_file() and not path.is_symlink())
        return sorted(f"/{path.relative_to(self.root)}" for path in files if text.encode() in path.read_bytes())
