"""Process 1 of a machine in namespaces of its own: makes the root and the network, then does what systemd would.

Run by `machine.py`, which passes one end of a socket pair and a JSON text with `root`, `addresses` (each with the port
to listen on) and `environ`. Needs nothing but the standard library.
"""

import fcntl
import json
import os
import shlex
import socket
import struct
import subprocess
import sys
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingUnixStreamServer
from threading import Thread
from typing import Any

UNIT_DIRS = (Path("/usr/lib/systemd/system"), Path("/etc/systemd/system"))
WANTS = UNIT_DIRS[1] / "multi-user.target.wants"
SIOCSIFFLAGS, SIOCSIFADDR, IFF_UP = 0x8914, 0x8916, 1  # linux/sockios.h, linux/if.h

Unit = dict[str, list[str]]


def set_up_network(addresses: dict[str, int]) -> list[socket.socket]:
    """Bring the loopback interface up, with these addresses, and listen on each."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH22x", b"lo", IFF_UP))
        for number, address in enumerate(addresses, 1):
            ip = struct.pack("HH4s8x", socket.AF_INET, 0, socket.inet_aton(address))
            fcntl.ioctl(any_socket, SIOCSIFADDR, struct.pack("16s16s8x", f"lo:{number}".encode(), ip))
    return [socket.create_server(address) for address in addresses.items()]


def enter(root: Path) -> None:
    """Make the folder the root, with all of the real machine under /host."""
    subprocess.run(["mount", "--rbind", "/", root / "host"], check=True)
    subprocess.run(["mount", "-t", "proc", "proc", root / "proc"], check=True)
    os.chroot(root)
    os.chdir("/")


def parse(text: str) -> list[tuple[str, str]]:
    lines = (line.strip() for line in text.splitlines())
    return [(key, value) for key, _, value in (line.partition("=") for line in lines if line[:1] not in ("#", ";"))]


class Init:
    """Units as they were loaded last, and a journal of the processes that ran."""

    def __init__(self, environ: dict[str, str]) -> None:
        self.environ = {"PATH": "/usr/bin", **environ}
        self.journal: list[dict[str, Any]] = []
        self.units: dict[str, Unit] = {}
        self.load()

    def load(self) -> None:
        """Read units and drop-ins: a start takes them as they are now, whatever becomes of the files."""
        self.units = {}
        for file in (file for folder in UNIT_DIRS for file in sorted(folder.glob("*.service"))):
            unit = self.units[file.name] = {}
            for part in [file, *sorted((UNIT_DIRS[1] / f"{file.name}.d").glob("*.conf"))]:
                for key, value in parse(part.read_text()):
                    unit[key] = [*unit.get(key, []), value] if value else []

    def systemctl(self, verb: str, *names: str) -> int:
        """One command, as the systemctl of the image passes it on."""
        *options, name = names or ("",)
        if verb == "daemon-reload":
            self.load()
            return 0
        if verb not in ("enable", "start", "restart") or name not in self.units or set(options) - {"--no-block"}:
            return 1
        if verb == "enable":
            for wanted_by in self.units[name]["WantedBy"]:
                (UNIT_DIRS[1] / f"{wanted_by}.wants").mkdir(exist_ok=True)
                (UNIT_DIRS[1] / f"{wanted_by}.wants" / name).symlink_to(UNIT_DIRS[0] / name)
            return 0
        code = self.start(name)
        return 0 if options else code

    def start(self, name: str) -> int:
        """Run the commands of a unit, one after the other, up to the first that fails."""
        unit = self.units[name]
        for command in [*unit.get("ExecStartPre", []), *unit.get("ExecStart", [])]:
            environ = dict(self.environ)
            for file in unit.get("EnvironmentFile", []):  # read before each command; a missing one ends the start
                environ |= {key: value for key, value in parse(Path(file).read_text()) if value}
            argv = shlex.split(command.lstrip("+"))
            if not argv[0].startswith("/") or self.run(name, argv, environ, cut_off="IPAddressDeny" in unit):
                return 1
        return 0

    def run(self, unit: str, argv: list[str], environ: dict[str, str], *, cut_off: bool = False) -> int:
        """A process of a unit. One that must not reach some addresses reaches none here, also with a + before it."""
        command = ["/usr/bin/unshare", "--net", *argv] if cut_off else argv
        done = subprocess.run(command, env=environ, capture_output=True, text=True)
        self.journal.append(
            {"unit": unit, "argv": argv, "code": done.returncode, "out": done.stdout, "err": done.stderr}
        )
        return done.returncode

    def answer(self, asked: dict[str, Any]) -> Any:
        """What `machine.py` asks."""
        if "run" in asked:
            return self.run("cloud-final.service", asked["run"], self.environ)
        if "wanted" in asked:
            return [self.start(link.name) for link in sorted(WANTS.glob("*"))]
        return self.journal


def serve(init: Init) -> None:
    """Answer the systemctl of the image."""

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"%d\n" % init.systemctl(*json.loads(self.rfile.readline())))

    Path("/run/systemd").mkdir()
    server = ThreadingUnixStreamServer("/run/systemd/private", Handler)
    Thread(target=server.serve_forever, daemon=True).start()


def main(descriptor: int, orders: dict[str, Any]) -> None:
    """Come up, hand over the listening sockets, and answer until the other side closes."""
    with socket.socket(fileno=descriptor) as control, control.makefile("rw") as lines:
        listening = set_up_network(orders["addresses"])
        enter(Path(orders["root"]))
        init = Init(orders["environ"])
        serve(init)
        socket.send_fds(control, [b"ready"], [server.fileno() for server in listening])
        for server in listening:
            server.close()
        for line in lines:
            print(json.dumps(init.answer(json.loads(line))), file=lines, flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), json.loads(sys.argv[2]))
