"""The language host as the engine sees it: a process that speaks gRPC. A stand-in runs the programs."""

import importlib.metadata
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import language_pb2 as proto
from pulumi.runtime.proto import language_pb2_grpc

HOST = Path(__file__).resolve().parents[2] / "tools" / "engine" / "language_host.py"
EXECUTOR = """
import json, os, sys
from pathlib import Path
told = {"arguments": sys.argv[1:], "cwd": os.getcwd(), "config": os.environ["PULUMI_CONFIG"],
        "secret": os.environ["PULUMI_CONFIG_SECRET_KEYS"], "venv": os.environ.get("VIRTUAL_ENV")}
Path("told.json").write_text(json.dumps(told))
exec(Path(sys.argv[-1]).read_text())
"""
# Lives until it is killed, and so does its child; both keep the named pipe open.
HANGS = """
import os, signal, subprocess
pipe = os.open({path!r}, os.O_WRONLY)
child = subprocess.Popen(["sleep", "600"], pass_fds=[pipe])
os.write(pipe, b"up\\n")
child.wait()
"""
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + HANGS
# Starts a host as the engine does, and hands on its first line.
PARENT = """
import subprocess, sys
host = subprocess.Popen(sys.argv[1:])
host.wait()
"""


class Running:
    """A host and a client of it."""

    def __init__(self, folder: Path, *before: str, **env: str) -> None:
        self.folder = folder
        (folder / "executor.py").write_text(EXECUTOR)
        command = [*before, sys.executable, str(HOST), "--exec", str(folder / "executor.py"), "-v=9", "127.0.0.1:1"]
        given = {**os.environ, "PULUMI_PYTHON_CMD": sys.executable, **env}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=given)
        assert self.process.stdout is not None
        self.channel = grpc.insecure_channel(f"127.0.0.1:{int(self.process.stdout.readline())}")
        self.stub = language_pb2_grpc.LanguageRuntimeStub(self.channel)

    def info(self, **options: str) -> proto.ProgramInfo:
        info = proto.ProgramInfo(
            root_directory=str(self.folder), program_directory=str(self.folder), entry_point="main.py"
        )
        info.options.update(options)
        return info

    def run(self, text: str, **options: str):
        """Starts a program; returns the answer to come."""
        (self.folder / "main.py").write_text(text)
        request = proto.RunRequest(
            project="p",
            stack="s",
            organization="o",
            parallel=4,
            dryRun=True,
            monitor_address="127.0.0.1:2",
            config={"p:key": "value"},
            configSecretKeys=["p:key"],
            args=[],
            info=self.info(**options),
        )
        return self.stub.Run.future(request, timeout=60)

    def plugin(self, text: str | None, kind: str = "resource"):
        """Starts a plugin; returns the stream of what it prints."""
        if text is not None:
            (self.folder / "__main__.py").write_text(text)
        request = proto.RunPluginRequest(
            kind=kind, pwd=str(self.folder), args=["first"], env=["GIVEN=yes"], info=self.info()
        )
        return self.stub.RunPlugin(request, timeout=60)

    def end(self) -> None:
        self.channel.close()
        self.process.terminate()
        self.process.communicate()


def _details(error: grpc.RpcError) -> str:
    assert isinstance(error, grpc.Call)
    return error.details()


@pytest.fixture
def start(tmp_path) -> Iterator:
    running: list[Running] = []

    def go(*before: str, **env: str) -> Running:
        running.append(Running(tmp_path, *before, **env))
        return running[-1]

    yield go
    for one in running:
        one.end()


@pytest.fixture
def host(start) -> Running:
    """A host that the test may end."""
    return start()


@pytest.fixture(scope="module")
def _lasting(tmp_path_factory) -> Iterator[Running]:
    running = Running(tmp_path_factory.mktemp("host"))
    yield running
    running.end()


@pytest.fixture
def shared(_lasting, tmp_path) -> Running:
    """A host that outlives the test; programs lie in a folder of the test."""
    _lasting.folder = tmp_path
    return _lasting


def test_tells_its_version(shared) -> None:
    assert shared.stub.GetPluginInfo(empty_pb2.Empty()).version == importlib.metadata.version("pulumi")


@pytest.mark.parametrize(
    ("text", "error", "bail"),
    [
        ("", "", False),
        ("sys.exit(1)", "The program ended with exit code 1.", False),
        ("sys.exit(32)", "", True),
        ("import signal; os.kill(os.getpid(), signal.SIGKILL)", "The program was ended by SIGKILL.", False),
    ],
)
def test_end_of_a_program(shared, text, error, bail) -> None:
    answer = shared.run(text).result()
    assert (answer.error, answer.bail) == (error, bail)


def test_program_gets_what_the_runner_wants(host, tmp_path) -> None:
    host.stub.Handshake(proto.LanguageHandshakeRequest(engine_address="127.0.0.1:3"))
    host.run("").result()
    told = json.loads((tmp_path / "told.json").read_text())
    assert told == {
        "arguments": [
            *("--project", "p", "--stack", "s", "--organization", "o", "--root_directory", str(tmp_path)),
            *("--pwd", str(tmp_path), "--parallel", "4", "--dry_run", "true"),
            *("--monitor", "127.0.0.1:2", "--engine", "127.0.0.1:3", "main.py"),
        ],
        "cwd": str(tmp_path),
        "config": '{"p:key": "value"}',
        "secret": '["p:key"]',
        "venv": os.environ.get("VIRTUAL_ENV"),
    }


def test_virtual_environment_is_relative_to_the_project(shared, tmp_path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "env"], check=True)
    shared.run("assert sys.prefix.endswith('env')", virtualenv="env").result()
    assert json.loads((tmp_path / "told.json").read_text())["venv"] == str(tmp_path / "env")
    assert (
        shared.stub.About(proto.AboutRequest(info=shared.info(virtualenv="env"))).executable
        == f"{tmp_path}/env/bin/python"
    )


def test_missing_virtual_environment_says_how_to_make_it(shared, tmp_path) -> None:
    sentence = (
        f"The virtual environment {tmp_path}/none (option `virtualenv` of the runtime) does not exist. Make it with "
        f"`python3 -m venv {tmp_path}/none` and install the program's dependencies into it."
    )
    assert shared.run("", virtualenv="none").result().error == sentence
    with pytest.raises(grpc.RpcError) as refused:
        shared.stub.GetRequiredPackages(proto.GetRequiredPackagesRequest(info=shared.info(virtualenv="none")))
    assert _details(refused.value) == sentence


def test_python_that_is_not_there(start) -> None:
    answer = start(PULUMI_PYTHON_CMD="/nowhere/python").run("").result()
    assert answer.error == "Python cannot be started: [Errno 2] No such file or directory: '/nowhere/python'."


def test_packages_are_found_by_their_plugin_file(start, tmp_path) -> None:
    for package, plugin in {
        "pulumi_far_cloud": '{"resource": true, "version": "1.2.3", "server": "https://here"}',
        "pulumi_tool": '{"resource": false, "version": "1.0.0"}',
        "renamed": '{"resource": true, "name": "base", "version": "v2.0.0",'
        ' "parameterization": {"name": "made", "version": "9.0.0", "value": "aGk="}}',
    }.items():
        (tmp_path / "site" / package).mkdir(parents=True)
        (tmp_path / "site" / package / "pulumi-plugin.json").write_text(plugin)
    host = start(PYTHONPATH=str(tmp_path / "site"))
    found = host.stub.GetRequiredPackages(proto.GetRequiredPackagesRequest(info=host.info())).packages
    assert [(one.name, one.kind, one.version, one.server) for one in found][:2] == [
        ("far-cloud", "resource", "v1.2.3", "https://here"),
        ("base", "resource", "v2.0.0", ""),
    ]
    assert "tool" not in {one.name for one in found}
    made = found[1].parameterization
    assert (made.name, made.version, made.value) == ("made", "9.0.0", b"hi")


def test_dependencies_are_those_of_the_program(shared) -> None:
    found = shared.stub.GetProgramDependencies(proto.GetProgramDependenciesRequest(info=shared.info()))
    assert {"pulumi", "grpcio", "pytest"} <= {one.name for one in found.dependencies}


def test_installs_nothing_and_asks_nothing(shared) -> None:
    said = [one.stdout for one in shared.stub.InstallDependencies(proto.InstallDependenciesRequest(info=shared.info()))]
    assert said == [b"Nothing was installed: install the dependencies yourself.\n"]
    assert list(shared.stub.RuntimeOptionsPrompts(proto.RuntimeOptionsRequest(info=shared.info())).prompts) == []


def test_plugin_output_and_exit_code_are_passed_on(shared) -> None:
    text = "import os, sys\nprint(sys.argv[1], os.environ['GIVEN'])\nprint('bad', file=sys.stderr)\nsys.exit(3)"
    answers = list(shared.plugin(text))
    assert b"".join(one.stdout for one in answers) == b"first yes\n"
    assert b"".join(one.stderr for one in answers) == b"bad\n"
    assert answers[-1].exitcode == 3


def test_policy_pack_is_run_by_the_sdk(shared) -> None:
    answers = list(shared.plugin("import sys; print(sys.argv[1:], flush=True)", kind="analyzer"))
    assert b"".join(one.stdout for one in answers) == f"['127.0.0.1:1', '{shared.folder}']\n".encode()


def test_plugin_without_a_main_module(shared) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        list(shared.plugin(None))
    assert (
        _details(refused.value)
        == f"The plugin folder {shared.folder} holds no __main__.py, so there is nothing to run."
    )


@pytest.mark.parametrize("text", [HANGS, DEAF], ids=["hangs", "ignores-sigterm"])
def test_cancel_ends_program_and_its_children(host, life, text) -> None:
    answer = host.run(text.format(path=str(life.path)))
    assert life.said() == "up\n"
    host.stub.Cancel(empty_pb2.Empty())
    assert life.said() == ""
    assert answer.result().error.startswith("The program was ended by SIG")


def test_nothing_starts_after_cancel(host) -> None:
    host.stub.Cancel(empty_pb2.Empty())
    assert host.run("").result().error == "The run was cancelled."


def test_plugin_ends_when_the_engine_leaves(shared, life) -> None:
    stream = shared.plugin(HANGS.format(path=str(life.path)))
    assert life.said() == "up\n"
    stream.cancel()
    assert life.said() == ""


def test_what_a_plugin_leaves_behind_ends_with_it(shared, life) -> None:
    left = HANGS.format(path=str(life.path)).replace("child.wait()", "os._exit(0)")
    assert list(shared.plugin(left))[-1].exitcode == 0
    assert life.said() + life.said() == "up\n"


def test_program_ends_when_the_engine_gives_up(shared, life) -> None:
    answer = shared.run(HANGS.format(path=str(life.path)))
    assert life.said() == "up\n"
    answer.cancel()
    assert life.said() == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_ends_host_program_and_children(host, life, number) -> None:
    _answer = host.run(HANGS.format(path=str(life.path)))
    assert life.said() == "up\n"
    host.process.send_signal(number)
    assert life.said() == ""
    assert host.process.wait(timeout=30) == 0


def test_hang_up_alone_does_not_end_it(shared) -> None:
    shared.process.send_signal(signal.SIGHUP)
    assert shared.run("").result().error == ""


def test_killed_parent_leaves_nothing(start, life) -> None:
    host = start(sys.executable, "-c", PARENT)
    _answer = host.run(HANGS.format(path=str(life.path)))
    assert life.said() == "up\n"
    host.process.kill()
    assert life.said() == ""
    assert host.process.stdout.read() == ""  # ends when the host, the last one to hold it, is gone


def test_host_whose_parent_is_gone_already_ends_at_once(tmp_path) -> None:
    command = [sys.executable, str(HOST), "--exec", str(tmp_path), "--parent", "1", "127.0.0.1:1"]
    assert subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0


if sys.platform == "linux":  # only its kernel tells a process that its parent is gone

    def test_killed_host_leaves_no_program(host, life) -> None:
        alone = "import signal\npipe = os.open({path!r}, os.O_WRONLY)\nos.write(pipe, b'up\\n')\nsignal.pause()"
        _answer = host.run(alone.format(path=str(life.path)))
        assert life.said() == "up\n"
        host.process.kill()
        assert life.said() == ""
