"""The fetch script of Google's hosts really run, as the one file that a host gets, against local services."""

import ast
import errno
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from boot.gcp_stand_ins import ACCOUNT, DENIED, DISABLED, THROTTLED, TOKEN, GoogleCloud, running
from boot.gcp_variants import SECRET
from boot.one_host import CONF, PAIR, SETTINGS, Boot, mode

from gatepost.boot.one_file import one_file

NAME = f"{SECRET}/versions/latest"
STAYS = "The token pair of an earlier start stays in use.\n"
GAVE_UP = "Gave up after 0 seconds (attempts: 1)."
NETWORK = "Check DNS, the route and TCP 443 from this host."
REFUSED = f"[Errno {errno.ECONNREFUSED}] {os.strerror(errno.ECONNREFUSED)}"


@pytest.fixture
def cloud() -> Iterator[GoogleCloud]:
    with running() as cloud:
        cloud.values[SECRET] = json.dumps(PAIR)
        yield cloud


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "etc/gatepost").mkdir(parents=True)
    (tmp_path / "etc/gatepost/host.env").write_text(f"GATEPOST_PLATFORM=gcp\nGATEPOST_SECRET={NAME}\n")
    (tmp_path / "etc/gatepost/connector.env").write_text(SETTINGS)
    (tmp_path / "fetch_pair").write_text(one_file("fetch_pair_gcp"))
    return tmp_path


@pytest.fixture
def conf(root: Path) -> Path:
    return root / "etc/twingate/connector.conf"


@pytest.fixture
def environ(root: Path, cloud: GoogleCloud) -> dict[str, str]:
    return {
        "GATEPOST_ROOT": str(root),
        "GATEPOST_METADATA_ENDPOINT": cloud.metadata,
        "GATEPOST_SECRETS_ENDPOINT": cloud.secrets,
        "GATEPOST_DEADLINE": "0",
    }


@pytest.fixture
def boot(root: Path, environ: dict[str, str]) -> Boot:
    """Run the script once; whatever it says must not carry a token or a credential."""

    def run(**more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", str(root / "fetch_pair")]
        done = subprocess.run(command, env={**environ, **more}, capture_output=True, text=True, timeout=60)
        for secret in ("access-", "refresh_1", "ya29"):
            assert secret not in done.stdout + done.stderr
        return done

    return run


def closed_endpoint() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def refuses(cloud: GoogleCloud, reason: str, hint: str) -> str:
    return f"gatepost: Secret Manager at {cloud.secrets} does not give {NAME} to {ACCOUNT} ({reason}). {hint} {GAVE_UP}"


def test_a_host_gets_its_configuration(boot: Boot, conf: Path) -> None:
    done = boot()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"gatepost: wrote the settings and the token pair to {conf}.\n"
    assert (conf.read_text(), mode(conf), mode(conf.parent)) == (CONF, 0o600, 0o700)


SECRET_ERRORS = [
    (DISABLED, "HTTP 400", "Enable the newest version of the secret, or deploy again."),
    (
        DENIED,
        "HTTP 403",
        "Allow this account roles/secretmanager.secretAccessor on the secret, give the instance the scope "
        "cloud-platform, and enable the Secret Manager API in the project.",
    ),
    (THROTTLED, "HTTP 429", "Too many hosts ask at once: wait."),
    ((500, "access-1"), "HTTP 500", NETWORK),
    ((200, "access-1"), "unreadable answer", NETWORK),
    ((200, '{"payload": {"access-1": 1}}'), "unreadable answer", NETWORK),
    ((200, '{"payload": {"data": "access-1!"}}'), "unreadable answer", NETWORK),
]


@pytest.mark.parametrize(("trouble", "reason", "hint"), SECRET_ERRORS)
def test_an_answer_without_the_secret_is_reported(
    boot: Boot, conf: Path, cloud: GoogleCloud, trouble: tuple[int, str], reason: str, hint: str
) -> None:
    cloud.troubles.append(trouble)
    done = boot()
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"{refuses(cloud, reason, hint)}\n")
    assert not conf.exists()


def test_a_kept_pair_stays_with_settings_of_today(boot: Boot, conf: Path, cloud: GoogleCloud, root: Path) -> None:
    assert boot().returncode == 0
    cloud.troubles.append(DISABLED)
    (root / "etc/gatepost/connector.env").write_text("TWINGATE_NETWORK=other\n")
    done = boot()
    reason = refuses(cloud, "HTTP 400", "Enable the newest version of the secret, or deploy again.")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", f"{reason} {STAYS}")
    assert conf.read_text() == CONF.replace(SETTINGS, "TWINGATE_NETWORK=other\n")


def test_what_passes_is_waited_for(boot: Boot, conf: Path, cloud: GoogleCloud) -> None:
    cloud.troubles += [DENIED, THROTTLED]
    assert boot(GATEPOST_DEADLINE="30").returncode == 0
    assert conf.read_text() == CONF
    assert cloud.asked.count(f"GET /v1/{NAME}:access") == 3


def metadata_account(cloud: GoogleCloud) -> str:
    cloud.account = None
    return "HTTP 404"


def metadata_token(cloud: GoogleCloud) -> str:
    cloud.token = '{"error": "access-1"}'
    return "unreadable answer"


@pytest.mark.parametrize("trouble", [metadata_account, metadata_token])
def test_a_host_without_an_account_is_reported(
    boot: Boot, cloud: GoogleCloud, trouble: Callable[[GoogleCloud], str]
) -> None:
    reason = trouble(cloud)
    assert boot().stderr == (
        f"gatepost: The metadata server at {cloud.metadata} gives no access token ({reason}). "
        f"Check that the instance has a service account. {GAVE_UP}\n"
    )


def test_no_network_is_reported(boot: Boot, cloud: GoogleCloud) -> None:
    cloud.secrets = closed_endpoint()
    done = boot(GATEPOST_SECRETS_ENDPOINT=cloud.secrets)
    assert (done.returncode, done.stderr) == (1, f"{refuses(cloud, REFUSED, NETWORK)}\n")


def test_a_token_that_no_header_can_carry_is_not_repeated(boot: Boot, cloud: GoogleCloud) -> None:
    cloud.token = json.dumps({"access_token": f"{TOKEN}\nx: y"})
    assert boot().stderr == f"{refuses(cloud, 'unreadable answer', NETWORK)}\n"


@pytest.mark.parametrize(
    "value", ["access-1", "[]", '{"access_token": "access-1"}', '{"access_token": "access-1", "refresh_token": "a b"}']
)
def test_a_secret_that_is_no_pair_is_reported_at_once(boot: Boot, cloud: GoogleCloud, value: str) -> None:
    cloud.values[SECRET] = value
    done = boot(GATEPOST_DEADLINE="30")
    assert done.returncode == 1
    assert done.stderr == (
        f'gatepost: The secret {NAME} holds no token pair. It must be JSON with two texts, "access_token" and '
        '"refresh_token", without blanks or quotes. Deploy again so that it is written anew.\n'
    )
    assert cloud.asked.count(f"GET /v1/{NAME}:access") == 1


def test_a_host_file_without_a_line_is_reported(boot: Boot, root: Path) -> None:
    (root / "etc/gatepost/host.env").write_text("GATEPOST_PLATFORM=gcp\n")
    assert boot().stderr == (
        "gatepost: /etc/gatepost/host.env has no line GATEPOST_SECRET=. Deploy again so that it is written anew.\n"
    )


def test_the_one_file_needs_python_3_8_and_its_standard_library_only() -> None:
    tree = ast.parse(one_file("fetch_pair_gcp"), feature_version=(3, 8))
    nodes: list[Any] = list(ast.walk(tree))
    modules = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    modules |= {"." * node.level + str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in modules} <= sys.stdlib_module_names
    assert "base64" in modules


def test_the_one_file_has_what_it_needs_and_nothing_twice() -> None:
    body = ast.parse(one_file("fetch_pair_gcp")).body
    names = [node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    assert names == [
        *("Failed", "NotYet", "backoff", "read_env", "call", "token_lines", "kept_lines", "write", "main"),
        *("access_token", "get_secret", "parse_pair", "fetch"),
    ]
