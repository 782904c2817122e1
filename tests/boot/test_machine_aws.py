"""The user data of AWS hosts on a machine of its own: from the first start to a Connector, and again after reboots."""

import errno
import json
import os
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from boot.machine import Machine, Process
from boot.stand_ins import KEYS, SSM_NAME, Authority, Cloud
from boot.variants import PARAMETER, VARIANTS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="namespaces are a part of Linux")

TEXT = VARIANTS["aws-usual"].render(PARAMETER)
SETTINGS = dict(VARIANTS["aws-usual"].settings)
PAIR = {"TWINGATE_ACCESS_TOKEN": "eyJhbGciOi.J1.access-1", "TWINGATE_REFRESH_TOKEN": "refresh_1~+/="}
RENEWED = {"TWINGATE_ACCESS_TOKEN": "eyJhbGciOi.J1.access-2", "TWINGATE_REFRESH_TOKEN": "refresh_2"}
SECRETS = [*PAIR.values(), *RENEWED.values(), KEYS["SecretAccessKey"], KEYS["Token"]]
DENIED = (400, '{"__type":"AccessDeniedException"}')

FETCH = ("gatepost-pair.service", "/usr/local/lib/gatepost/fetch_pair")
ASK = ("twingate-connector.service", "/bin/systemctl start gatepost-pair.service")
CONNECT = ("twingate-connector.service", "/usr/bin/twingate-connector")
STARTED = [FETCH, ASK, CONNECT]
WROTE = "gatepost: wrote the settings and the token pair to /etc/twingate/connector.conf.\n"
REFUSES = f"gatepost: AWS Systems Manager at https://{SSM_NAME} does not give the parameter {PARAMETER} to the role "
REFUSES += "frankfurt-a "
GAVE_UP = " Gave up after 0 seconds (attempts: 1)."
STAYS = " The token pair of an earlier start stays in use.\n"
ALLOW = "Allow this role ssm:GetParameter on this parameter, and kms:Decrypt on its key."
NO_PAIR = (
    f'gatepost: The parameter {PARAMETER} holds no token pair. It must be JSON with two texts, "access_token" and '
    '"refresh_token", without blanks or quotes. Deploy again so that it is written anew.'
)
NO_NETWORK = (
    f"gatepost: The metadata service at http://169.254.169.254 gives no credentials ([Errno {errno.ENETUNREACH}] "
    f"{os.strerror(errno.ENETUNREACH)}). Check that it is enabled for this instance, and that the instance has a "
    f"profile with a role.{GAVE_UP}"
)


def parameter(pair: dict[str, str]) -> str:
    return json.dumps(dict(zip(("access_token", "refresh_token"), pair.values(), strict=True)))


def conf(pair: dict[str, str]) -> str:
    return "".join(f"{key}={value}\n" for key, value in [*sorted(SETTINGS.items()), *pair.items()])


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def cloud() -> Cloud:
    return Cloud(parameters={PARAMETER: parameter(PAIR)})


@pytest.fixture
def machine(tmp_path: Path, cloud: Cloud, authority: Authority) -> Iterator[Machine]:
    machine = Machine(tmp_path / "root", cloud, authority)
    yield machine
    machine.switch_off()


def ran(processes: list[Process]) -> list[tuple[str, str]]:
    return [(process.unit, " ".join(process.argv)) for process in processes]


def fetched(processes: list[Process]) -> Process:
    (process,) = (process for process in processes if process.unit == FETCH[0])
    return process


def told(machine: Machine) -> dict[str, str]:
    """What the Connector was told at its last start."""
    return json.loads((machine.root / "run/connector.json").read_text())["told"]


def check_nothing_leaks(machine: Machine, processes: list[Process]) -> None:
    """Tokens are in the one file, and nothing else of the machine knows a secret."""
    seen = machine.root / "run/connector.json"
    if seen.exists():
        everything = json.loads(seen.read_text())["processes"]
        assert ["/usr/bin/python3", CONNECT[1], ""] in everything
        assert not any(secret in str(everything) for secret in SECRETS)
        seen.unlink()
    journal = "".join(f"{process.argv} {process.out} {process.err}" for process in processes)
    assert [secret for secret in SECRETS if secret in journal] == []
    places = {path for secret in SECRETS for path in machine.holding(secret)}
    assert places <= {"/etc/twingate/connector.conf"}
    assert [path.name for path in machine.conf.parent.iterdir()] == ["connector.conf"]


def test_a_new_machine_becomes_a_connector(machine: Machine, cloud: Cloud) -> None:
    processes = machine.boot(TEXT)
    assert ran(processes) == [
        ("cloud-final.service", "systemctl daemon-reload"),
        ("cloud-final.service", "sysctl --system"),
        ("systemd-resolved.service", "/usr/bin/systemd-resolved"),
        ("cloud-final.service", "systemctl restart systemd-resolved.service"),
        ("cloud-final.service", "systemctl enable twingate-connector.service"),
        *STARTED,
        ("cloud-final.service", "systemctl restart --no-block twingate-connector.service"),
    ]
    assert {(process.code, process.err) for process in processes} == {(0, "")}
    assert "".join(process.out for process in processes) == (
        "net.ipv4.ip_local_port_range = 10240 65535\nnet.ipv4.ping_group_range = 0 2147483647 (not set)\n"
        f"[Resolve]\nDNS=10.40.0.2 10.40.0.3\nDomains=~.\n{WROTE}"
    )
    assert told(machine) == {**SETTINGS, **PAIR}
    assert (machine.root / "run/ntp-servers").read_text() == "169.254.169.123\n"
    assert len(cloud.asked) == 4
    check_nothing_leaks(machine, processes)


def test_the_pair_is_for_root_only(machine: Machine) -> None:
    machine.boot(TEXT)
    assert machine.conf.read_text() == conf(PAIR)
    assert stat.S_IMODE(machine.conf.stat().st_mode) == 0o600
    assert stat.S_IMODE(machine.conf.parent.stat().st_mode) == 0o700
    assert (machine.conf.stat().st_uid, machine.conf.stat().st_gid) == (os.geteuid(), os.getegid())
    assert machine.holding(PAIR["TWINGATE_REFRESH_TOKEN"]) == sorted(
        ["/etc/twingate/connector.conf", "/run/connector.json"]
    )


def test_a_reboot_starts_the_connector_and_nothing_else(machine: Machine) -> None:
    machine.boot(TEXT)
    processes = machine.boot(TEXT)
    assert ran(processes) == STARTED
    assert {(process.code, process.err) for process in processes} == {(0, "")}
    assert told(machine) == {**SETTINGS, **PAIR}
    check_nothing_leaks(machine, processes)


def test_a_reboot_takes_a_renewed_pair(machine: Machine, cloud: Cloud) -> None:
    machine.boot(TEXT)
    cloud.parameters[PARAMETER] = parameter(RENEWED)
    processes = machine.boot(TEXT)
    assert fetched(processes).out == WROTE
    assert told(machine) == {**SETTINGS, **RENEWED}
    assert machine.conf.read_text() == conf(RENEWED)
    check_nothing_leaks(machine, processes)


Trouble = Callable[[Cloud], str]


def trouble_wrong_pair(cloud: Cloud) -> str:
    cloud.parameters[PARAMETER] = f"access {PAIR['TWINGATE_ACCESS_TOKEN']}"
    return NO_PAIR


def trouble_no_permission(cloud: Cloud) -> str:
    cloud.troubles.append(DENIED)
    return f"{REFUSES}(AccessDeniedException). {ALLOW}{GAVE_UP}"


def trouble_no_parameter(cloud: Cloud) -> str:
    cloud.parameters.clear()
    return f"{REFUSES}(ParameterNotFound). Check the parameter's name and region, then deploy again.{GAVE_UP}"


def trouble_no_network(cloud: Cloud) -> str:
    return NO_NETWORK


TROUBLES: list[Trouble] = [trouble_wrong_pair, trouble_no_permission, trouble_no_parameter, trouble_no_network]


@pytest.mark.parametrize("trouble", TROUBLES)
def test_without_a_pair_the_first_start_fails_loudly(machine: Machine, cloud: Cloud, trouble: Trouble) -> None:
    said = trouble(cloud)
    processes = machine.boot(TEXT, network=trouble is not trouble_no_network)
    assert (fetched(processes).code, fetched(processes).out, fetched(processes).err) == (1, "", f"{said}\n")
    assert ran(processes)[-3:-1] == [FETCH, ASK]
    assert [process.code for process in processes][-3:] == [1, 1, 0]
    assert machine.conf.read_text() == "# gatepost-pair.service replaces this file.\n"
    check_nothing_leaks(machine, processes)


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_connector_starts_again_with_the_pair_it_has(machine: Machine, cloud: Cloud, trouble: Trouble) -> None:
    machine.boot(TEXT)
    said = trouble(cloud)
    processes = machine.boot(TEXT, network=trouble is not trouble_no_network)
    assert ran(processes) == STARTED
    assert (fetched(processes).code, fetched(processes).out, fetched(processes).err) == (0, "", f"{said}{STAYS}")
    assert told(machine) == {**SETTINGS, **PAIR}
    assert machine.conf.read_text() == conf(PAIR)
    check_nothing_leaks(machine, processes)


def test_a_machine_recovers_at_the_next_start(machine: Machine) -> None:
    machine.boot(TEXT, network=False)
    processes = machine.boot(TEXT)
    assert ran(processes) == STARTED
    assert told(machine) == {**SETTINGS, **PAIR}
    check_nothing_leaks(machine, processes)


def test_an_unknown_certificate_is_not_believed(machine: Machine, cloud: Cloud) -> None:
    machine.trusts_authority = False
    process = fetched(machine.boot(TEXT))
    assert process.code == 1
    assert process.err.startswith(f"{REFUSES}([SSL: CERTIFICATE_VERIFY_FAILED] ")
    assert cloud.asked[3:] == []


@pytest.mark.parametrize(
    ("program", "found"),
    [
        ("#!/bin/sh\necho unshare failed: Operation not permitted >&2\nexit 1\n", "Operation not permitted\n"),
        (None, "There is no unshare.\n"),
    ],
)
def test_where_no_machine_can_be_had_the_tests_fail_and_say_so(
    tmp_path: Path,
    cloud: Cloud,
    authority: Authority,
    monkeypatch: pytest.MonkeyPatch,
    program: str | None,
    found: str,
) -> None:
    if program:
        (tmp_path / "unshare").write_text(program)
        (tmp_path / "unshare").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(pytest.fail.Exception, match=f"^The tests of boot texts start a machine in .*{found}Allow it"):
        Machine(tmp_path / "root", cloud, authority).boot(TEXT)
