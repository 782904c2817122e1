"""Reaching a site, the official download, and watching a long command."""

import http.server
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from engine.sources import Unavailable, cache_root, download, numbers, reach, wanted
from engine.watch import Failed, watch


@pytest.fixture
def site():
    """A web site on this machine."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Quiet)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


class _Quiet(http.server.BaseHTTPRequestHandler):
    def do_HEAD(self) -> None:
        self.send_response(200 if self.path == "/install.sh" else 404)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def test_version_comes_from_go_mod(tmp_path) -> None:
    (tmp_path / "go.mod").write_text("require (\n\tgithub.com/pulumi/pulumi/pkg/v3 v3.300.1\n)\n")
    assert wanted(tmp_path) == "3.300.1"
    (tmp_path / "go.mod").write_text("module x\n")
    with pytest.raises(Unavailable, match="does not require github"):
        wanted(tmp_path)


def test_versions_compare_as_numbers() -> None:
    assert numbers("3.9.0") < numbers("3.10.0")


@pytest.mark.parametrize(
    ("given", "root"), [("/x", Path("/x")), ("", Path.home() / ".cache"), ("relative", Path.home() / ".cache")]
)
def test_cache_is_where_the_desktop_standard_says(given, root) -> None:
    assert cache_root({"XDG_CACHE_HOME": given}) == root / "gatepost" / "engine"


def test_site_that_answers(site) -> None:
    reach(f"{site}/install.sh")


def test_site_that_refuses(site) -> None:
    with pytest.raises(Unavailable, match=r"/other cannot be reached \(Not Found\)"):
        reach(f"{site}/other")


def test_site_that_never_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(Unavailable, match=r"cannot be reached \((timed out|no answer in 0 s)\)"):
            reach(address, seconds=0.2)


INSTALLER = """
import pathlib, subprocess
class PulumiCommand:
    @staticmethod
    def install(root, version):
        TEXT
"""


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("pathlib.Path(root, str(version)).touch()", None),
        (
            "subprocess.check_output(['sh', '-c', 'echo none; exit 1'])",
            "the installer failed: exit code 1: none",
        ),
    ],
    ids=["works", "fails"],
)
def test_download_runs_the_installer_of_the_sdk(site, tmp_path, monkeypatch, text, ends) -> None:
    sdk = tmp_path / "sdk" / "pulumi"
    sdk.mkdir(parents=True)
    (sdk / "__init__.py").touch()
    (sdk / "automation.py").write_text(INSTALLER.replace("TEXT", text))
    monkeypatch.setenv("PYTHONPATH", str(sdk.parent))
    into = tmp_path / "into"
    into.mkdir()
    if ends is None:
        download(into, lambda line: None, f"{site}/install.sh")
        assert [path.name for path in into.iterdir()] == [wanted()]
    else:
        with pytest.raises(Unavailable) as failed:
            download(into, lambda line: None, f"{site}/install.sh")
        assert str(failed.value).startswith(ends)


def test_watch_tells_that_it_goes_on(tmp_path) -> None:
    os.mkfifo(tmp_path / "go-on")
    told = []

    def say(line: str) -> None:
        told.append(line.split(",")[0])
        if len(told) == 2:
            (tmp_path / "go-on").write_text("yes\n")

    watch(["sh", "-c", "read line <go-on"], tmp_path, dict(os.environ), say, "building", every=0.05)
    assert told[:2] == ["engine: building", "engine: building"]


def test_watch_shows_the_end_of_what_was_said(tmp_path) -> None:
    script = "for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14; do echo line $n; done; exit 3"
    with pytest.raises(Failed) as failed:
        watch(["sh", "-c", script], tmp_path, dict(os.environ), print, "building")
    assert str(failed.value) == "exit code 3: " + "\n".join(f"line {n}" for n in range(3, 15))


def test_watch_ends_what_takes_too_long_with_its_children(tmp_path, life) -> None:
    script = f"exec 3>{life.path}; sleep 600 & wait"
    with pytest.raises(Failed, match="it took longer than 0 s"):
        watch(["sh", "-c", script], tmp_path, dict(os.environ), print, "x", seconds=0.2, every=0.1)
    assert life.said() == ""


def test_program_that_is_not_there(tmp_path) -> None:
    with pytest.raises(Failed, match=r"^nothing-like-it cannot be started \(No such file or directory\)$"):
        watch(["nothing-like-it"], tmp_path, dict(os.environ), print, "x")


@pytest.mark.parametrize(
    ("version", "semantic"),
    [
        ("1.2.3", "1.2.3"),
        ("1.2", "1.2.0"),
        ("1.2.0a3", "1.2.0-alpha.3"),
        ("2.0b1", "2.0.0-beta.1"),
        ("2.0rc1", "2.0.0-rc.1"),
        ("1.0.0.dev5", "1.0.0-dev.5"),
    ],
)
def test_python_versions_become_semantic(version, semantic) -> None:
    folder = Path(__file__).resolve().parents[2] / "tools" / "engine"
    code = f"import probe; print(probe.semantic({version!r}))"
    ran = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == semantic
