import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from boot.one_host import PAIR, Boot
from boot.stand_ins import Cloud, running
from boot.variants import PARAMETER, VARIANTS


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with running() as cloud:
        cloud.parameters[PARAMETER] = json.dumps(PAIR)
        yield cloud


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A host on which cloud-init has written the files of the user data."""
    for file in yaml.safe_load(VARIANTS["aws-small"].render(PARAMETER))["write_files"]:
        path = tmp_path / file["path"].lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file["content"])
        path.chmod(int(file["permissions"], 8))
    return tmp_path


@pytest.fixture
def conf(root: Path) -> Path:
    return root / "etc/twingate/connector.conf"


@pytest.fixture
def environ(root: Path, cloud: Cloud) -> dict[str, str]:
    return {
        "GATEPOST_ROOT": str(root),
        "GATEPOST_METADATA_ENDPOINT": cloud.metadata,
        "GATEPOST_SSM_ENDPOINT": cloud.ssm,
        "GATEPOST_DEADLINE": "0",
    }


@pytest.fixture
def boot(root: Path, environ: dict[str, str]) -> Boot:
    """Run the installed script once; whatever it says must not carry a token or a credential."""

    def run(**more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", str(root / "usr/local/lib/gatepost/fetch_pair")]
        done = subprocess.run(command, env={**environ, **more}, capture_output=True, text=True, timeout=60)
        for secret in ("access-", "refresh_1", "refresh_2", "wJalr", "session+token", "imds-session"):
            assert secret not in done.stdout + done.stderr
        return done

    return run
