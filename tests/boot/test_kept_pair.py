"""fetch_pair on a host that has a pair from an earlier start, when the pair of this moment cannot be had."""

from pathlib import Path

import pytest
from boot.one_host import CONF, DENIED, SETTINGS, THROTTLED, Boot, mode
from boot.stand_ins import Cloud
from boot.variants import PARAMETER

from gatepost.boot import fetch_pair

STAYS = "The token pair of an earlier start stays in use.\n"


def test_a_start_that_cannot_have_the_pair_keeps_the_one_of_an_earlier_start(
    boot: Boot, conf: Path, cloud: Cloud
) -> None:
    assert boot().returncode == 0
    cloud.troubles.append(DENIED)
    done = boot()
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == (
        f"gatepost: AWS Systems Manager at {cloud.ssm} does not give the parameter {PARAMETER} to the role frankfurt-a "
        "(AccessDeniedException). Allow this role ssm:GetParameter on this parameter, and kms:Decrypt on its key. "
        f"Gave up after 0 seconds (attempts: 1). {STAYS}"
    )
    assert (conf.read_text(), mode(conf)) == (CONF, 0o600)
    assert [path.name for path in conf.parent.iterdir()] == ["connector.conf"]


def test_settings_are_renewed_around_a_kept_pair(boot: Boot, conf: Path, cloud: Cloud, root: Path) -> None:
    assert boot().returncode == 0
    cloud.role = None
    (root / "etc/gatepost/connector.env").write_text("TWINGATE_LOG_LEVEL=5\nTWINGATE_NETWORK=other\n")
    assert boot().returncode == 0
    assert conf.read_text() == CONF.replace(SETTINGS, "TWINGATE_LOG_LEVEL=5\nTWINGATE_NETWORK=other\n")


def test_a_host_file_without_a_line_keeps_the_pair(boot: Boot, conf: Path, root: Path) -> None:
    assert boot().returncode == 0
    (root / "etc/gatepost/host.env").write_text("GATEPOST_REGION=eu-central-1\n")
    done = boot()
    assert (done.returncode, conf.read_text()) == (0, CONF)
    assert done.stderr == (
        "gatepost: /etc/gatepost/host.env has no line GATEPOST_SECRET_PARAMETER=. "
        f"Deploy again so that it is written anew. {STAYS}"
    )


def test_without_its_settings_a_host_fails_although_it_has_a_pair(boot: Boot, conf: Path, root: Path) -> None:
    assert boot().returncode == 0
    (root / "etc/gatepost/connector.env").unlink()
    assert boot().returncode == 1
    assert conf.read_text() == CONF


@pytest.mark.parametrize(
    "left",
    [
        b"TWINGATE_NETWORK=acme\n",
        b"TWINGATE_ACCESS_TOKEN=access-1\n",
        b"TWINGATE_ACCESS_TOKEN=access-1\nTWINGATE_REFRESH_TOKEN=\n",
        b"TWINGATE_ACCESS_TOKEN=access-1\nTWINGATE_REFRESH_TOKEN=refresh 1\n",
        b"TWINGATE_ACCESS_TOKEN=access-1\nTWINGATE_REFRESH_TOKEN=\xff\n",
    ],
)
def test_half_a_pair_is_none(boot: Boot, conf: Path, cloud: Cloud, left: bytes) -> None:
    conf.write_bytes(left)
    cloud.troubles.append(DENIED)
    done = boot()
    assert done.returncode == 1
    assert done.stderr.endswith(" Gave up after 0 seconds (attempts: 1).\n")
    assert conf.read_bytes() == left


@pytest.mark.parametrize(("earlier", "seconds", "attempts"), [(False, 120, 3), (True, 15, 2)])
def test_a_host_with_a_pair_does_not_wait_long(
    boot: Boot,
    cloud: Cloud,
    environ: dict[str, str],
    capsys: pytest.CaptureFixture[str],
    earlier: bool,
    seconds: int,
    attempts: int,
) -> None:
    if earlier:
        assert boot().returncode == 0
    cloud.troubles += [THROTTLED] * 9
    del environ["GATEPOST_DEADLINE"]
    pauses = {0: 0.0, 1: 15.1 if earlier else 0.0, 2: 120.1}
    assert fetch_pair.main(environ, pauses.__getitem__) == (0 if earlier else 1)
    assert f" Gave up after {seconds} seconds (attempts: {attempts})." in capsys.readouterr().err
