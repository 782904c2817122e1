"""What cloud-init does with a text of ours, and the part of its schema that such a text uses.

Keys and types: https://docs.cloud-init.io/en/latest/reference/modules.html (Write Files, NTP, Runcmd). A key that is
not here is refused: add it with its type from that page, and do what it says in `apply`.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Text = Annotated[str, StringConstraints(min_length=1)]
OWNERS = {"root:root": 0}


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class WriteFile(Part):
    path: Annotated[str, StringConstraints(pattern="^/")]
    owner: Text
    permissions: Annotated[str, StringConstraints(pattern="^0[0-7]{3}$")]
    content: Text


class Ntp(Part):
    enabled: bool
    servers: list[Text]


class CloudConfig(Part):
    ntp: Ntp
    write_files: Annotated[list[WriteFile], Field(min_length=1)]
    runcmd: Annotated[list[list[Text]], Field(min_length=1)]
    """Lists only: cloud-init runs an entry that is one text by a shell."""


def read(text: str) -> CloudConfig:
    """Raises ValueError when cloud-init would not take the text as it is meant."""
    if not text.startswith("#cloud-config\n"):
        raise ValueError("The first line is not #cloud-config.")
    return CloudConfig.model_validate(yaml.safe_load(text))


def apply(text: str, root: Path, run: Callable[[list[str]], int]) -> None:
    """Write files and run commands, once in the life of an instance."""
    done = root / "var/lib/cloud/instance/boot-finished"
    if done.exists():
        return
    config = read(text)
    for file in config.write_files:
        path = root / file.path.lstrip("/")
        path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        path.write_text(file.content)
        path.chmod(int(file.permissions, 8))
        # Root on the machine is the user who runs the tests.
        os.chown(path, OWNERS[file.owner] + os.geteuid(), OWNERS[file.owner] + os.getegid())
    (root / "run/ntp-servers").write_text("".join(f"{server}\n" for server in config.ntp.servers))
    for command in config.runcmd:
        run(command)  # the script that cloud-init makes of them goes on after a failure
    done.parent.mkdir(parents=True)
    done.touch()
