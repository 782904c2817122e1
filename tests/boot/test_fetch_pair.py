"""fetch_pair really run, as a process in a root of its own that the user data filled, against local services."""

import ast
import errno
import json
import os
import socket
import sys
from pathlib import Path

import boto3
import pytest
from boot.one_host import CONF, DENIED, PAIR, ROTATED, SETTINGS, THROTTLED, Boot, mode
from boot.stand_ins import REGION, Cloud
from boot.variants import PARAMETER, SCRIPT
from moto.server import ThreadedMotoServer

from gatepost.boot import fetch_pair


def closed_endpoint() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def test_a_host_gets_its_configuration(boot: Boot, conf: Path, cloud: Cloud) -> None:
    done = boot()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"gatepost: wrote the settings and the token pair to {conf}.\n"
    assert conf.read_text() == CONF
    assert (mode(conf), mode(conf.parent), conf.stat().st_uid) == (0o600, 0o700, os.geteuid())
    assert [path.name for path in conf.parent.iterdir()] == ["connector.conf"]
    assert cloud.asked == [
        "PUT /latest/api/token",
        "GET /latest/meta-data/iam/security-credentials/",
        "GET /latest/meta-data/iam/security-credentials/frankfurt-a",
        f"GetParameter {PARAMETER}",
    ]


def test_the_parameter_store_of_moto_is_understood(boot: Boot, conf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "any")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "any")
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    try:
        endpoint = "http://{}:{}".format(*server.get_host_and_port())
        ssm = boto3.client("ssm", region_name=REGION, endpoint_url=endpoint)
        ssm.put_parameter(Name=PARAMETER, Value=json.dumps(PAIR), Type="SecureString")
        ssm.close()
        assert boot(GATEPOST_SSM_ENDPOINT=endpoint).returncode == 0
    finally:
        server.stop()
    assert conf.read_text() == CONF


def test_a_reboot_takes_the_pair_of_that_moment(boot: Boot, conf: Path, cloud: Cloud) -> None:
    assert boot().returncode == 0
    cloud.parameters[PARAMETER] = json.dumps(ROTATED)
    assert boot().returncode == 0
    assert conf.read_text() == (
        SETTINGS + "TWINGATE_ACCESS_TOKEN=eyJhbGciOi.J1.access-2\nTWINGATE_REFRESH_TOKEN=refresh_2\n"
    )


def test_what_an_interrupted_run_left_does_not_open_the_file(boot: Boot, conf: Path) -> None:
    left = conf.with_name("connector.conf.new")
    left.write_text("half")
    left.chmod(0o644)
    assert boot().returncode == 0
    assert (conf.read_text(), mode(conf), left.exists()) == (CONF, 0o600, False)


def test_a_proxy_in_the_environment_is_not_used(boot: Boot, conf: Path) -> None:
    assert boot(http_proxy=closed_endpoint(), https_proxy=closed_endpoint()).returncode == 0
    assert conf.read_text() == CONF


@pytest.mark.parametrize("troubles", [[THROTTLED, THROTTLED], [DENIED], [(500, "<html>")]])
def test_what_passes_is_waited_for(boot: Boot, conf: Path, cloud: Cloud, troubles: list[tuple[int, str]]) -> None:
    cloud.troubles += troubles
    assert boot(GATEPOST_DEADLINE="30").returncode == 0
    assert conf.read_text() == CONF
    assert cloud.asked.count(f"GetParameter {PARAMETER}") == len(troubles) + 1


def test_a_role_that_arrives_late_is_waited_for(cloud: Cloud, environ: dict[str, str], conf: Path) -> None:
    cloud.role = None

    def pause(attempt: int) -> float:
        cloud.role = "frankfurt-a" if attempt == 2 else None
        return 0.0

    assert fetch_pair.main({**environ, "GATEPOST_DEADLINE": "30"}, pause) == 0
    assert conf.read_text() == CONF


def test_waiting_has_an_end(cloud: Cloud, environ: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    cloud.troubles += [THROTTLED] * 9
    pauses = {0: 0.0, 1: 0.0, 2: 0.0, 3: 31.0}
    assert fetch_pair.main({**environ, "GATEPOST_DEADLINE": "30"}, pauses.__getitem__) == 1
    assert capsys.readouterr().err == (
        f"gatepost: AWS Systems Manager at {cloud.ssm} does not give the parameter {PARAMETER} to the role frankfurt-a "
        "(ThrottlingException). Too many hosts ask at once: wait. Gave up after 30 seconds (attempts: 4).\n"
    )


def test_pauses_grow_up_to_eight_seconds() -> None:
    assert [fetch_pair.backoff(n) for n in range(7)] == [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 8.0]


REFUSED = f"[Errno {errno.ECONNREFUSED}] {os.strerror(errno.ECONNREFUSED)}"
NETWORK = "Check DNS, the route and TCP 443 from this host, and the endpoint of the VPC if any."
SSM_ERRORS = [
    (
        DENIED,
        "AccessDeniedException",
        "Allow this role ssm:GetParameter on this parameter, and kms:Decrypt on its key.",
    ),
    ((500, "access-1"), "HTTP 500", NETWORK),
    ((200, '{"Parameter": {"access-1": 1}}'), "unreadable answer", NETWORK),
    ((200, "access-1"), "unreadable answer", NETWORK),
]


@pytest.mark.parametrize(("trouble", "reason", "hint"), SSM_ERRORS)
def test_an_answer_without_the_parameter_is_reported(
    boot: Boot, conf: Path, cloud: Cloud, trouble: tuple[int, str], reason: str, hint: str
) -> None:
    cloud.troubles.append(trouble)
    done = boot()
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"gatepost: AWS Systems Manager at {cloud.ssm} does not give the parameter {PARAMETER} to the role frankfurt-a "
        f"({reason}). {hint} Gave up after 0 seconds (attempts: 1).\n"
    )
    assert conf.read_text() == "# gatepost-pair.service replaces this file.\n"


def test_a_missing_parameter_is_reported(boot: Boot, cloud: Cloud) -> None:
    cloud.parameters.clear()
    assert boot().stderr == (
        f"gatepost: AWS Systems Manager at {cloud.ssm} does not give the parameter {PARAMETER} to the role frankfurt-a "
        "(ParameterNotFound). Check the parameter's name and region, then deploy again. "
        "Gave up after 0 seconds (attempts: 1).\n"
    )


def test_no_network_is_reported(boot: Boot) -> None:
    nowhere = closed_endpoint()
    done = boot(GATEPOST_SSM_ENDPOINT=nowhere)
    assert done.returncode == 1
    assert done.stderr == (
        f"gatepost: AWS Systems Manager at {nowhere} does not give the parameter {PARAMETER} to the role frankfurt-a "
        f"({REFUSED}). {NETWORK} Gave up after 0 seconds (attempts: 1).\n"
    )


def test_no_metadata_service_is_reported(boot: Boot) -> None:
    nowhere = closed_endpoint()
    assert boot(GATEPOST_METADATA_ENDPOINT=nowhere).stderr == no_credentials(nowhere, REFUSED)


def test_a_host_without_a_role_is_reported(boot: Boot, cloud: Cloud) -> None:
    cloud.role = None
    assert boot().stderr == no_credentials(cloud.metadata, "HTTP 404")


@pytest.mark.parametrize("credentials", ["<html>", "[]", '{"Code": "Failed"}', '{"AccessKeyId": "a"}'])
def test_unusable_credentials_are_reported(boot: Boot, cloud: Cloud, credentials: str) -> None:
    cloud.credentials = credentials
    assert boot().stderr == no_credentials(cloud.metadata, "unreadable answer")


def no_credentials(endpoint: str, reason: str) -> str:
    return (
        f"gatepost: The metadata service at {endpoint} gives no credentials ({reason}). Check that it is enabled for "
        "this instance, and that the instance has a profile with a role. Gave up after 0 seconds (attempts: 1).\n"
    )


@pytest.mark.parametrize(
    "value",
    [
        "access-1",
        "[]",
        "null",
        '{"access_token": "access-1"}',
        '{"access_token": "access-1", "refresh_token": ""}',
        '{"access_token": "access-1", "refresh_token": 7}',
        '{"access_token": "access-1", "refresh_token": null}',
        '{"access_token": "access-1\\nTWINGATE_URL=https://evil", "refresh_token": "refresh_1"}',
        '{"access_token": "access-1", "refresh_token": "refresh_1\\n"}',
        '{"access_token": "access-1", "refresh_token": "refresh_1\\""}',
        '{"access_token": "access-1", "refresh_token": "refresh_1\\\\"}',
    ],
)
def test_a_parameter_that_is_no_pair_is_reported_at_once(boot: Boot, cloud: Cloud, value: str) -> None:
    cloud.parameters[PARAMETER] = value
    done = boot(GATEPOST_DEADLINE="30")
    assert done.returncode == 1
    assert done.stderr == (
        f'gatepost: The parameter {PARAMETER} holds no token pair. It must be JSON with two texts, "access_token" and '
        '"refresh_token", without blanks or quotes. Deploy again so that it is written anew.\n'
    )
    assert cloud.asked.count(f"GetParameter {PARAMETER}") == 1


def test_a_host_file_without_a_line_is_reported(boot: Boot, root: Path) -> None:
    (root / "etc/gatepost/host.env").write_text("# nothing\nGATEPOST_REGION=eu-central-1\n")
    assert boot().stderr == (
        "gatepost: /etc/gatepost/host.env has no line GATEPOST_SECRET_PARAMETER=. "
        "Deploy again so that it is written anew.\n"
    )


def test_a_missing_file_is_reported(boot: Boot, root: Path) -> None:
    missing = root / "etc/gatepost/connector.env"
    missing.unlink()
    assert boot().stderr == (
        f"gatepost: A file cannot be read or written: [Errno 2] No such file or directory: '{missing}'.\n"
    )


def test_a_directory_that_cannot_be_made_is_reported(boot: Boot, conf: Path) -> None:
    conf.unlink()
    conf.parent.rmdir()
    conf.parent.write_text("in the way")
    assert boot().stderr == f"gatepost: A file cannot be read or written: [Errno 17] File exists: '{conf.parent}'.\n"


def test_the_script_needs_python_3_8_and_its_standard_library_only() -> None:
    tree = ast.parse(SCRIPT.read_text(), feature_version=(3, 8))
    modules = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    modules |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in modules} <= sys.stdlib_module_names
    assert "json" in modules
