"""A machine of Google Cloud: Debian with a shell, packages to be had, and a startup script at every start."""

import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

from boot.gcp_stand_ins import SECRETS_NAME, serving
from boot.machine import HERE, SERVICE_ADDRESS, Machine, Process
from boot.stand_ins import Authority

SCRIPTS = "google-startup-scripts.service"
PACKAGED = ("usr/bin/twingate-connector", "usr/lib/systemd/system/twingate-connector.service")
TOOLS = ("cat", "chmod", "mkdir", "sh")


def google_authority() -> Authority:
    """A certificate of Secret Manager that nobody knows who is not told."""
    return Authority(SECRETS_NAME)


@dataclass
class GcpMachine(Machine):
    """Its secret store is Google's, and the Connector is a package that is not there yet."""

    service: ClassVar[str] = SECRETS_NAME
    serving: ClassVar[Any] = staticmethod(serving)

    def __post_init__(self) -> None:
        super().__post_init__()
        (self.root / "usr/sbin").unlink()
        shutil.copytree(HERE / "image_gcp", self.root, dirs_exist_ok=True, copy_function=_copy)
        for name in PACKAGED:
            there = self.root / "var/packages/twingate-connector" / name
            there.parent.mkdir(parents=True)
            (self.root / name).rename(there)
        for name in TOOLS:
            (self.root / "usr/bin" / name).symlink_to(f"/host{os.path.realpath(str(shutil.which(name)))}")

    def boot(self, user_data: str, *, network: bool = True) -> list[Process]:
        """Switch off and on again; what starts by itself, then the script, as Google's agent does it."""
        self.switch_off()
        self._switch_on(network)
        if network:
            with (self.root / "etc/hosts").open("a") as hosts:
                hosts.write(f"{SERVICE_ADDRESS} packages.twingate.com\n")
        self._ask({"wanted": True})
        script = self.root / "run/startup-script"
        script.write_text(user_data)
        script.chmod(0o700)
        self._ask({"run": ["/run/startup-script"]})
        processes = [Process(**process) for process in self._ask({"journal": True})]
        return [replace(p, unit=SCRIPTS) if p.argv == ["/run/startup-script"] else p for p in processes]


def _copy(source: str, target: str) -> str:
    Path(target).unlink(missing_ok=True)
    return shutil.copy(source, target)
