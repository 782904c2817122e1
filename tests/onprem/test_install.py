"""install.sh on hosts of both families of packages: from nothing to a Connector, again, and with every mistake."""

import stat
import sys
from pathlib import Path
from typing import Any

import pytest
from onprem.machine import BUNDLE, OTHER, RENEWED, SECRETS, SETTINGS, TOKENS, Machine, lines, pair

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="namespaces are a part of Linux")

CONF = "/etc/twingate/connector.conf"
UNIT = "twingate-connector.service"
RESTART = f"systemctl restart {UNIT}"
RUNS = (
    "gatepost: payments-hq-a-1 runs with the settings of this bundle. Twingate's console shows it connected within a "
    "minute.\n"
)
UNCHANGED = "gatepost: payments-hq-a-1 runs already, and nothing was changed.\n"
AGAIN = "gatepost pair payments-hq-a-1"
LOCK = "-o DPkg::Lock::Timeout=300"
PACKAGES = {
    "deb": [
        "dpkg-query -W -f ${Version} twingate-connector",
        f"apt-get -q {LOCK} update",
        f"apt-get -q -y {LOCK} -o Dpkg::Options::=--force-confold install twingate-connector{{}}",
        "dpkg-query -W -f ${Version} twingate-connector",
    ],
    "rpm": [
        "rpm -q --queryformat %{VERSION}-%{RELEASE} twingate-connector",
        "dnf -q -y install twingate-connector{}",
        "dnf -q -y --refresh upgrade twingate-connector",
        "rpm -q --queryformat %{VERSION}-%{RELEASE} twingate-connector",
    ],
}
CHRONY = {"deb": "chrony.service", "rpm": "chronyd.service"}
FAMILIES = pytest.mark.parametrize("family", ["deb", "rpm"])


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "root")


def packages(family: str, more: str = "") -> list[str]:
    return [call.format(more) if "install" in call else call for call in PACKAGES[family]]


def fails(machine: Machine, told: str, *words: str, **more: Any) -> None:
    """The script refuses with one sentence, and nothing that runs is touched."""
    before = machine.path("/var/running").read_text() if machine.path("/var/running").exists() else None
    done = machine.run(*words, **more)
    assert (done.returncode, done.stderr) == (1, f"gatepost: {told}\n")
    after = machine.path("/var/running").read_text() if machine.path("/var/running").exists() else None
    assert after == before
    assert RESTART not in machine.calls()


@FAMILIES
def test_a_host_becomes_the_connector_and_the_second_run_changes_nothing(tmp_path: Path, family: str) -> None:
    machine = Machine(tmp_path / "root", family)
    done = machine.run("--pair", "-", given=pair())
    assert (done.returncode, done.stderr, done.stdout) == (0, "", RUNS)
    assert machine.path("/var/running").read_text() == lines({**SETTINGS, **TOKENS})
    first, *rest = machine.calls()
    assert (first, rest[0]) == ("id -u", "uname -m")
    assert rest[1:] == [
        "timedatectl show --property=NTP --value",
        *packages(family, " chrony"),
        f"systemctl enable --now {CHRONY[family]}",
        "sysctl -q --system",
        "systemctl daemon-reload",
        f"systemctl enable {UNIT}",
        RESTART,
    ]
    machine.forget()
    again = machine.run()
    assert (again.returncode, again.stderr, again.stdout) == (0, "", UNCHANGED)
    assert machine.calls()[3:] == [
        *packages(family),
        "sysctl -q --system",
        "systemctl daemon-reload",
        f"systemctl enable {UNIT}",
        f"systemctl is-active --quiet {UNIT}",
    ]


def test_the_tokens_are_in_one_file_that_only_root_reads(machine: Machine) -> None:
    machine.run("--pair", "-", given=pair())
    machine.path("/var/running").unlink()  # what the stand-in for the Connector read
    assert [machine.holding(secret) for secret in TOKENS.values()] == [[CONF]] * 2
    modes = [stat.S_IMODE(machine.path(path).stat().st_mode) for path in (CONF, "/etc/twingate")]
    assert modes == [0o600, 0o700]


def test_files_of_the_host_are_those_of_the_bundle(machine: Machine) -> None:
    machine.run("--pair", "-", given=pair())
    files = BUNDLE.files()
    assert machine.path("/etc/sysctl.d/90-gatepost.conf").read_text() == files["host/sysctl.conf"][0]
    assert machine.path(f"/etc/systemd/system/{UNIT}.d/10-gatepost.conf").read_text() == files["host/service.conf"][0]
    assert machine.path("/etc/gatepost/bundle.env").read_text() == files["bundle.env"][0]


def test_a_pair_in_a_file_is_taken_and_the_file_is_gone(machine: Machine) -> None:
    machine.path("/home/pair").write_text(pair())
    assert machine.run("--pair", "/home/pair").stdout == RUNS
    assert not machine.path("/home/pair").exists()


def test_without_a_pair_the_host_is_made_ready_and_waits(machine: Machine) -> None:
    done = machine.run()
    assert (done.returncode, done.stdout) == (
        0,
        "gatepost: This host is ready for payments-hq-a-1, and waits for its pair. Run: "
        f"{AGAIN} | ssh HOST sudo sh /home/payments-hq-a-1/install.sh --pair -\n",
    )
    assert RESTART not in machine.calls()
    assert machine.run("--pair", "-", given=pair()).stdout == RUNS


def test_a_newer_package_restarts_the_connector_with_the_same_pair(machine: Machine) -> None:
    machine.run("--pair", "-", given=pair())
    machine.forget()
    machine.path("/var/packages/newest").write_text("1.81.0\n")
    assert machine.run().stdout == RUNS
    assert machine.calls()[-1] == RESTART
    assert machine.path("/var/running").read_text() == lines({**SETTINGS, **TOKENS})


def test_another_setting_or_pair_restarts_the_connector(machine: Machine) -> None:
    machine.run("--pair", "-", given=pair())
    assert machine.run("--pair", "-", given=pair(tokens=RENEWED)).stdout == RUNS
    assert machine.path("/var/running").read_text() == lines({**SETTINGS, **RENEWED})


def test_a_dead_service_is_started_again(machine: Machine) -> None:
    machine.run("--pair", "-", given=pair())
    machine.path("/var/running").unlink()
    assert machine.run().stdout == RUNS


def test_the_pair_of_another_connector_is_refused_before_anything_is_done(machine: Machine) -> None:
    fails(
        machine,
        f"The pair is that of the Connector {OTHER.connector_id}, and this bundle is for {BUNDLE.connector_id}. "
        f"Get its own: {AGAIN}",
        *("--pair", "-"),
        given=pair(OTHER),
    )
    assert machine.calls() == ["id -u", "uname -m"]
    assert not machine.path("/etc/twingate").exists()


def test_a_host_that_runs_another_connector_is_not_taken_by_accident(machine: Machine) -> None:
    machine.run("--pair", "-", given=pair())
    machine.forget()
    told = (
        f"This host runs the Connector {BUNDLE.connector_id}, and a host runs one only. Take another host, or add "
        f"--replace --pair - to put {OTHER.connector_id} in its place."
    )
    for words in ((), ("--pair", "-")):
        fails(machine, told, *words, given=pair(OTHER, RENEWED), bundle=OTHER)
    fails(machine, f"--replace needs the pair of {OTHER.connector_id}: add --pair -.", "--replace", bundle=OTHER)
    done = machine.run("--replace", "--pair", "-", given=pair(OTHER, RENEWED), bundle=OTHER)
    assert done.stdout == RUNS.replace("a-1", "a-2")
    assert machine.path("/var/running").read_text() == lines({**SETTINGS, **RENEWED})
    assert machine.holding(TOKENS["TWINGATE_REFRESH_TOKEN"]) == []


def test_a_connector_that_was_installed_by_hand_keeps_its_pair(machine: Machine) -> None:
    machine.path("/etc/twingate").mkdir()
    machine.path(CONF).write_text(lines({**SETTINGS, **RENEWED}))
    fails(machine, f"There is a pair in {CONF} that no bundle put there. Add --pair - to take its place.")
    assert machine.path(CONF).read_text() == lines({**SETTINGS, **RENEWED})


UNUSABLE = "The pair has no usable {}. Get it again: " + AGAIN


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("", f"There is no pair in what was given: no line GATEPOST_CONNECTOR_ID=. Get it: {AGAIN}"),
        (pair(tokens={}), UNUSABLE.format("TWINGATE_ACCESS_TOKEN")),
        (pair(tokens={**TOKENS, "TWINGATE_REFRESH_TOKEN": ""}), UNUSABLE.format("TWINGATE_REFRESH_TOKEN")),
        (pair(tokens={**TOKENS, "TWINGATE_ACCESS_TOKEN": "a b"}), UNUSABLE.format("TWINGATE_ACCESS_TOKEN")),
        (pair(tokens={**TOKENS, "TWINGATE_REFRESH_TOKEN": "a$(id)"}), UNUSABLE.format("TWINGATE_REFRESH_TOKEN")),
    ],
)
def test_what_is_no_pair_is_refused(machine: Machine, given: str, told: str) -> None:
    fails(machine, told, "--pair", "-", given=given)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--pair"], "--pair needs a file, or - for standard input."),
        (["--force"], "There is no option --force. Allowed: --pair FILE (or -), --replace."),
        (["--pair", "/none"], f"There is no file /none with a pair. Write it with: {AGAIN}"),
    ],
)
def test_wrong_options_are_told(machine: Machine, words: list[str], told: str) -> None:
    fails(machine, told, *words)


def test_hosts_that_cannot_be_connectors_are_told(machine: Machine, tmp_path: Path) -> None:
    fails(machine, "This must be run as root. Use sudo.", TEST_UID="1000")
    told = "Twingate has no package for riscv64. Allowed: x86_64 and ARM64, or use docker/install.sh."
    fails(machine, told, TEST_MACHINE="riscv64")
    told = "This host has neither apt-get nor dnf. Use docker/install.sh of this bundle."
    fails(Machine(tmp_path / "other", "none"), told)
    machine.path("/usr/bin/systemctl").unlink()
    fails(machine, "There is no systemd on this host. Use docker/install.sh of this bundle.")


def test_arm_is_taken(machine: Machine) -> None:
    assert machine.run("--pair", "-", given=pair(), TEST_MACHINE="aarch64").stdout == RUNS


@FAMILIES
def test_without_packages_the_script_ends_and_a_later_run_does_the_work(tmp_path: Path, family: str) -> None:
    machine = Machine(tmp_path / "root", family)
    machine.path("/var/network").unlink()
    done = machine.run("--pair", "-", given=pair())
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "gatepost: Packages cannot be installed; what the package manager says is above. Check DNS, and TCP "
        "443 from this "
        "host to packages.twingate.com and to its mirrors (firewall.md). Then run this again."
    )
    assert [machine.holding(secret) for secret in SECRETS] == [[]] * 4
    machine.path("/var/network").touch()
    assert machine.run("--pair", "-", given=pair()).stdout == RUNS
