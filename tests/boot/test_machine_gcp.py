"""The startup script of Google's hosts on a machine of its own: from the first start to a Connector, and later ones."""

import errno
import json
import os
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from boot.gcp_machine import SCRIPTS, GcpMachine, google_authority
from boot.gcp_stand_ins import ACCOUNT, DENIED, SECRETS_NAME, TOKEN, GoogleCloud
from boot.gcp_variants import SECRET, VARIANTS
from boot.machine import Process
from boot.stand_ins import Authority

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="namespaces are a part of Linux")

BOOT = VARIANTS["gcp-usual"]
TEXT = BOOT.render(SECRET)
SETTINGS = dict(BOOT.settings)
PAIR = {"TWINGATE_ACCESS_TOKEN": "eyJhbGciOi.J1.access-1", "TWINGATE_REFRESH_TOKEN": "refresh_1~+/="}
RENEWED = {"TWINGATE_ACCESS_TOKEN": "eyJhbGciOi.J1.access-2", "TWINGATE_REFRESH_TOKEN": "refresh_2"}
SECRETS = [*PAIR.values(), *RENEWED.values(), TOKEN]

SCRIPT = (SCRIPTS, "/run/startup-script")
RESOLVE = ("systemd-resolved.service", "/usr/bin/systemd-resolved")
FETCH = ("gatepost-pair.service", "/usr/local/lib/gatepost/fetch_pair")
ASK = ("twingate-connector.service", "/bin/systemctl start gatepost-pair.service")
GUARD = ("twingate-connector.service", "/usr/sbin/nft -f /etc/gatepost/metadata.nft")
CONNECT = ("twingate-connector.service", "/usr/bin/twingate-connector")
STARTED = [FETCH, ASK, GUARD, CONNECT]
LATER = [*STARTED, SCRIPT]

WROTE = "gatepost: wrote the settings and the token pair to /etc/twingate/connector.conf.\n"
REFUSES = f"gatepost: Secret Manager at https://{SECRETS_NAME} does not give {SECRET}/versions/latest to {ACCOUNT} "
GAVE_UP = " Gave up after 0 seconds (attempts: 1)."
STAYS = " The token pair of an earlier start stays in use.\n"
ALLOW = (
    "Allow this account roles/secretmanager.secretAccessor on the secret, give the instance the scope cloud-platform, "
    "and enable the Secret Manager API in the project."
)
NO_PAIR = (
    f"gatepost: The secret {SECRET}/versions/latest holds no token pair. It must be JSON with two texts, "
    '"access_token" and "refresh_token", without blanks or quotes. Deploy again so that it is written anew.'
)
NO_NETWORK = (
    f"gatepost: The metadata server at http://169.254.169.254 gives no access token ([Errno {errno.ENETUNREACH}] "
    f"{os.strerror(errno.ENETUNREACH)}). Check that the instance has a service account.{GAVE_UP}"
)
NO_PACKAGES = (
    "gatepost: Packages cannot be installed; what apt says is above. Check DNS, the route and TCP 443 from this host "
    "to packages.twingate.com and deb.debian.org. The next start tries again.\n"
)
PACKAGES = ["nftables", "systemd-resolved", "unattended-upgrades", "twingate-connector"]
LOCK = ["-o", "DPkg::Lock::Timeout=300"]


def value(pair: dict[str, str]) -> str:
    return json.dumps(dict(zip(("access_token", "refresh_token"), pair.values(), strict=True)))


def conf(pair: dict[str, str]) -> str:
    return "".join(f"{key}={value}\n" for key, value in [*sorted(SETTINGS.items()), *pair.items()])


@pytest.fixture(scope="module")
def authority() -> Authority:
    return google_authority()


@pytest.fixture
def cloud() -> GoogleCloud:
    return GoogleCloud(values={SECRET: value(PAIR)})


@pytest.fixture
def machine(tmp_path: Path, cloud: GoogleCloud, authority: Authority) -> Iterator[GcpMachine]:
    machine = GcpMachine(tmp_path / "root", cloud, authority)  # ty: ignore[invalid-argument-type]
    yield machine
    machine.switch_off()


def ran(processes: list[Process]) -> list[tuple[str, str]]:
    return [(process.unit, " ".join(process.argv)) for process in processes]


def of(processes: list[Process], unit: str) -> Process:
    (process,) = (process for process in processes if process.unit == unit)
    return process


def told(machine: GcpMachine) -> dict[str, str]:
    """What the Connector was told at its last start."""
    return json.loads((machine.root / "run/connector.json").read_text())["told"]


def apt(machine: GcpMachine) -> list[list[str]]:
    """What apt-get was asked, with the mode of its questions first."""
    return json.loads((machine.root / "var/apt.json").read_text())


def check_nothing_leaks(machine: GcpMachine, processes: list[Process]) -> None:
    """Tokens are in the one file, and nothing else of the machine knows a secret."""
    seen = machine.root / "run/connector.json"
    if seen.exists():
        assert not any(secret in str(json.loads(seen.read_text())["processes"]) for secret in SECRETS)
        seen.unlink()
    journal = "".join(f"{process.argv} {process.out} {process.err}" for process in processes)
    assert [secret for secret in SECRETS if secret in journal] == []
    places = {path for secret in SECRETS for path in machine.holding(secret)}
    assert places <= {"/etc/twingate/connector.conf"}
    assert [path.name for path in machine.conf.parent.iterdir()] == ["connector.conf"]


def test_a_new_machine_becomes_a_connector(machine: GcpMachine, cloud: GoogleCloud) -> None:
    processes = machine.boot(TEXT)
    assert ran(processes) == [RESOLVE, *STARTED, SCRIPT]
    assert {(process.code, process.err) for process in processes} == {(0, "")}
    assert "".join(process.out for process in processes) == (
        f"[Resolve]\nDNS=10.40.0.2 10.40.0.3\nDomains=~.\n{WROTE}"
        "net.ipv4.ip_local_port_range = 10240 65535\nnet.ipv4.ping_group_range = 0 2147483647 (not set)\n"
    )
    assert told(machine) == {**SETTINGS, **PAIR}
    assert apt(machine) == [
        ["noninteractive", "-q", *LOCK, "update"],
        ["noninteractive", "-q", "-y", *LOCK, "-o", "Dpkg::Options::=--force-confold", "install", *PACKAGES],
    ]
    base = "GET /computeMetadata/v1/instance/service-accounts/default/"
    assert cloud.asked == [f"{base}email", f"{base}token", f"GET /v1/{SECRET}/versions/latest:access"]
    check_nothing_leaks(machine, processes)


def test_the_pair_is_for_root_only(machine: GcpMachine) -> None:
    machine.boot(TEXT)
    assert machine.conf.read_text() == conf(PAIR)
    assert stat.S_IMODE(machine.conf.stat().st_mode) == 0o600
    assert stat.S_IMODE(machine.conf.parent.stat().st_mode) == 0o700
    assert (machine.conf.stat().st_uid, machine.conf.stat().st_gid) == (os.geteuid(), os.getegid())


def test_a_reboot_starts_the_connector_once_and_installs_nothing(machine: GcpMachine) -> None:
    machine.boot(TEXT)
    asked = apt(machine)
    processes = machine.boot(TEXT)
    assert ran(processes) == LATER
    assert {(process.code, process.err) for process in processes} == {(0, "")}
    assert of(processes, SCRIPTS).out == ""
    assert apt(machine) == asked
    assert told(machine) == {**SETTINGS, **PAIR}
    check_nothing_leaks(machine, processes)


def test_a_reboot_takes_a_renewed_pair(machine: GcpMachine, cloud: GoogleCloud) -> None:
    machine.boot(TEXT)
    cloud.values[SECRET] = value(RENEWED)
    processes = machine.boot(TEXT)
    assert of(processes, FETCH[0]).out == WROTE
    assert told(machine) == {**SETTINGS, **RENEWED}
    assert machine.conf.read_text() == conf(RENEWED)
    check_nothing_leaks(machine, processes)


def test_each_start_loads_the_rules_that_keep_users_off_the_metadata_server(machine: GcpMachine) -> None:
    for _ in range(2):
        machine.boot(TEXT)
        rules = (machine.root / "run/rules.nft").read_text()
        assert '    socket cgroupv2 level 2 "system.slice/twingate-connector.service" jump connector\n' in rules
        assert "    ip daddr 169.254.169.254 tcp dport != 53 reject with tcp reset\n" in rules


def test_without_these_rules_no_connector_starts(machine: GcpMachine) -> None:
    machine.boot(TEXT)
    (machine.root / "usr/sbin/nft").write_text("#!/bin/sh\nexit 1\n")
    assert ran(machine.boot(TEXT)) == [FETCH, ASK, GUARD, SCRIPT]


Trouble = Callable[[GoogleCloud], str]


def trouble_wrong_pair(cloud: GoogleCloud) -> str:
    cloud.values[SECRET] = f"access {PAIR['TWINGATE_ACCESS_TOKEN']}"
    return NO_PAIR


def trouble_no_permission(cloud: GoogleCloud) -> str:
    cloud.troubles.append(DENIED)
    return f"{REFUSES}(HTTP 403). {ALLOW}{GAVE_UP}"


def trouble_no_secret(cloud: GoogleCloud) -> str:
    cloud.values.clear()
    return f"{REFUSES}(HTTP 404). Check the secret's name, then deploy again.{GAVE_UP}"


TROUBLES: list[Trouble] = [trouble_wrong_pair, trouble_no_permission, trouble_no_secret]


@pytest.mark.parametrize("trouble", TROUBLES)
def test_without_a_pair_the_first_start_fails_loudly(machine: GcpMachine, cloud: GoogleCloud, trouble: Trouble) -> None:
    said = trouble(cloud)
    processes = machine.boot(TEXT)
    fetched = of(processes, FETCH[0])
    assert (fetched.code, fetched.out, fetched.err) == (1, "", f"{said}\n")
    assert ran(processes) == [RESOLVE, FETCH, ASK, SCRIPT]
    assert machine.conf.read_text() == "# gatepost-pair.service replaces this file.\n"
    check_nothing_leaks(machine, processes)


@pytest.mark.parametrize("trouble", [*TROUBLES, lambda cloud: NO_NETWORK])
def test_a_connector_starts_again_with_the_pair_it_has(
    machine: GcpMachine, cloud: GoogleCloud, trouble: Trouble
) -> None:
    machine.boot(TEXT)
    said = trouble(cloud)
    processes = machine.boot(TEXT, network=said != NO_NETWORK)
    assert ran(processes) == LATER
    fetched = of(processes, FETCH[0])
    assert (fetched.code, fetched.out, fetched.err) == (0, "", f"{said}{STAYS}")
    assert told(machine) == {**SETTINGS, **PAIR}
    assert machine.conf.read_text() == conf(PAIR)
    check_nothing_leaks(machine, processes)


def test_without_a_network_the_packages_are_asked_for_again_and_again(machine: GcpMachine) -> None:
    (process,) = machine.boot(TEXT, network=False)
    assert (process.unit, process.code) == (SCRIPTS, 1)
    assert process.err == "E: Could not resolve 'packages.twingate.com'\n" * 40 + NO_PACKAGES
    assert machine.conf.read_text() == "# gatepost-pair.service replaces this file.\n"


def test_a_machine_that_could_not_install_does_so_at_the_next_start(machine: GcpMachine) -> None:
    machine.boot(TEXT, network=False)
    processes = machine.boot(TEXT)
    assert ran(processes) == [RESOLVE, *STARTED, SCRIPT]
    assert told(machine) == {**SETTINGS, **PAIR}
    check_nothing_leaks(machine, processes)


def test_a_script_that_does_its_work_again_keeps_the_pair(machine: GcpMachine, cloud: GoogleCloud) -> None:
    machine.boot(TEXT)
    (machine.root / "var/lib/gatepost/installed").unlink()
    (machine.root / "etc/systemd/system/multi-user.target.wants/twingate-connector.service").unlink()
    cloud.troubles.append(DENIED)
    machine.boot(TEXT)
    assert machine.conf.read_text() == conf(PAIR)


def test_an_unknown_certificate_is_not_believed(machine: GcpMachine, cloud: GoogleCloud) -> None:
    machine.trusts_authority = False
    process = of(machine.boot(TEXT), FETCH[0])
    assert process.code == 1
    assert process.err.startswith(f"{REFUSES}([SSL: CERTIFICATE_VERIFY_FAILED] ")
    assert cloud.asked[2:] == []


def test_a_version_is_installed_as_it_is_named(machine: GcpMachine) -> None:
    machine.boot(VARIANTS["gcp-pinned"].render(SECRET))
    assert apt(machine)[-1][-3:] == ["nftables", "unattended-upgrades", "twingate-connector=1.80.0"]
    assert "run/connector.json" in {str(p.relative_to(machine.root)) for p in (machine.root / "run").iterdir()}
