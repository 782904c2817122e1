"""The Pulumi language host for Python, for engines that come without one (a CLI built from its Go module).

It runs programs, policy packs and plugins, and reports the provider packages they use. It installs nothing and
generates no code. The engine starts it as `pulumi-language-python [flags] ENGINE_ADDRESS` and reads its port from the
first line. Protocol: pulumirpc.LanguageRuntime of the Pulumi repository, proto/pulumi/language.proto.
"""

import argparse
import json
import os
import queue
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent import futures
from pathlib import Path
from typing import IO, NoReturn

import grpc
from google.protobuf import empty_pb2, json_format
from pulumi.runtime.proto import language_pb2 as proto
from pulumi.runtime.proto import language_pb2_grpc, plugin_pb2

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from engine.children import Cancelled, Children
from engine.python import Unusable, ask, python_of, version_of_sdk
from engine.tethered import signal_when_parent_ends

BAIL = 32  # exit code of the program runner: the error has been shown already
WATCH_SECONDS = 0.5
_MAX_MESSAGE_BYTES = 400 << 20  # the engine's own limit
_THREADS = 128  # each running program or plugin keeps one


class Host(language_pb2_grpc.LanguageRuntimeServicer):
    """Answers the engine."""

    def __init__(self, engine: str, executor: Path, children: Children) -> None:
        self._engine = engine
        self._executor = executor
        self._children = children

    def Handshake(self, request, context):
        """The address in the handshake wins over the one on the command line."""
        self._engine = request.engine_address or self._engine
        return proto.LanguageHandshakeResponse()

    def GetPluginInfo(self, request, context):
        """The version of the SDK that this host runs on."""
        return plugin_pb2.PluginInfo(version=version_of_sdk())

    def GetRequiredPackages(self, request, context):
        """Provider packages installed in the program's environment."""
        answer = proto.GetRequiredPackagesResponse()
        for plugin in _asked(request.info, "packages", context):
            package = answer.packages.add(name=plugin["name"], kind="resource", server=plugin.get("server") or "")
            package.version = "v" + plugin["version"].removeprefix("v")
            json_format.ParseDict(plugin.get("parameterization") or {}, package.parameterization)
        return answer

    def About(self, request, context):
        """The Python that programs run with."""
        found = _asked(request.info, "about", context)
        return proto.AboutResponse(executable=found["executable"], version=found["version"])

    def GetProgramDependencies(self, request, context):
        """Every distribution installed in the program's environment."""
        found = _asked(request.info, "dependencies", context)
        return proto.GetProgramDependenciesResponse(dependencies=[proto.DependencyInfo(**one) for one in found])

    def RuntimeOptionsPrompts(self, request, context):
        """Nothing to ask a person."""
        return proto.RuntimeOptionsResponse()

    def InstallDependencies(self, request, context):
        """Runs nothing: the environment belongs to the caller."""
        yield proto.InstallDependenciesResponse(stdout=b"Nothing was installed: install the dependencies yourself.\n")

    def Run(self, request, context):
        """Runs a program to its end."""
        info = request.info
        directory = info.program_directory or request.pwd
        options = {
            "--project": request.project,
            "--stack": request.stack,
            "--organization": request.organization,
            "--root_directory": info.root_directory or directory,
            "--pwd": request.pwd or directory,
            "--parallel": str(request.parallel),
            "--dry_run": "true" if request.dryRun else "false",
            "--monitor": request.monitor_address,
            "--engine": self._engine,
        }
        flags = [part for option in options.items() for part in option]
        program = info.entry_point or request.program or "."
        config = {
            "PULUMI_CONFIG": json.dumps(dict(request.config)),
            "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
        }
        try:
            python = python_of(info)
            arguments = [str(self._executor), *flags, program, *request.args]
            env = {**python.env, **config}
            child = self._children.start(python.executable, arguments, cwd=directory or None, env=env)
        except (Cancelled, Unusable, OSError) as failed:
            return proto.RunResponse(error=_why(failed))
        self._end_with(context, child)
        code = self._children.wait(child)
        return proto.RunResponse(error=_ended(code), bail=code == BAIL)

    def RunPlugin(self, request, context):
        """Runs a policy pack or a plugin (component, provider), and passes on what it prints."""
        directory = request.info.program_directory or request.program
        try:
            python = python_of(request.info)
            child = self._children.start(
                python.executable,
                self._plugin_arguments(request, directory),
                cwd=request.pwd or directory,
                env={**python.env, **dict(pair.split("=", 1) for pair in request.env if "=" in pair)},
                output=subprocess.PIPE,
            )
        except (Cancelled, Unusable, OSError) as failed:
            _refuse(context, failed)
        self._end_with(context, child)
        ended = futures.ThreadPoolExecutor(1).submit(self._children.wait, child)
        yield from _output(child)
        yield proto.RunPluginResponse(exitcode=ended.result())

    def _end_with(self, context, child: subprocess.Popen[bytes]) -> None:
        """Ends the child when the engine gives the call up."""
        if not context.add_callback(lambda: self._children.end(child)):
            self._children.end(child)

    def _plugin_arguments(self, request, directory: str) -> list[str]:
        if request.kind == "analyzer":
            return ["-m", "pulumi.policy", self._engine, directory]
        if not (Path(directory) / "__main__.py").exists():
            raise Unusable(f"The plugin folder {directory} holds no __main__.py, so there is nothing to run.")
        return [directory, *request.args]

    def Cancel(self, request, context):
        """Ends what runs; the engine is on its way out."""
        self._children.end_all()
        return empty_pb2.Empty()


def _asked(info, what: str, context):
    try:
        return ask(python_of(info), what, info.program_directory or None)
    except (Unusable, OSError) as failed:
        _refuse(context, failed)


def _refuse(context, failed: Exception) -> NoReturn:
    context.abort(grpc.StatusCode.FAILED_PRECONDITION, _why(failed))
    raise AssertionError  # abort raises


def _why(failed: Exception) -> str:
    if isinstance(failed, Cancelled):
        return "The run was cancelled."
    return f"Python cannot be started: {failed}." if isinstance(failed, OSError) else str(failed)


def _ended(code: int) -> str:
    if code in (0, BAIL):
        return ""
    if code < 0:
        return f"The program was ended by {signal.Signals(-code).name}."
    return f"The program ended with exit code {code}."


def _output(child: subprocess.Popen[bytes]) -> Iterator[proto.RunPluginResponse]:
    """What the child prints, in pieces, until both of its streams are closed."""
    pieces: queue.SimpleQueue[tuple[str, bytes]] = queue.SimpleQueue()

    def pump(stream: IO[bytes], name: str) -> None:
        while piece := os.read(stream.fileno(), 1 << 16):
            pieces.put((name, piece))
        stream.close()
        pieces.put((name, b""))

    streams = {"stdout": child.stdout, "stderr": child.stderr}
    for name, stream in streams.items():
        threading.Thread(target=pump, args=(stream, name), daemon=True).start()
    open_streams = len(streams)
    while open_streams:
        name, piece = pieces.get()
        if piece:
            is_error = name == "stderr"  # the two are alternatives in one message
            yield proto.RunPluginResponse(stderr=piece) if is_error else proto.RunPluginResponse(stdout=piece)
        else:
            open_streams -= 1


def serve(engine: str, executor: Path, parent: int) -> None:
    """Serves until a signal comes or the process `parent` is gone; then nothing of this host is left."""
    wake, waker = os.pipe()
    os.set_blocking(waker, False)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    signal.set_wakeup_fd(waker)
    # The kernel's signal comes at once (on Linux), but also when only a thread of the parent ended: a hint to look.
    signal_when_parent_ends(signal.SIGHUP)
    children = Children()
    limits = [
        ("grpc.max_receive_message_length", _MAX_MESSAGE_BYTES),
        ("grpc.max_send_message_length", _MAX_MESSAGE_BYTES),
    ]
    server = grpc.server(futures.ThreadPoolExecutor(_THREADS), options=limits)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(Host(engine, executor, children), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    while os.getppid() == parent:
        if select.select([wake], [], [], WATCH_SECONDS)[0] and set(os.read(wake, 64)) != {signal.SIGHUP}:
            break
    children.end_all()
    server.stop(0)
    os._exit(0)  # threads that still wait for the engine would hold the interpreter


def main() -> None:
    """The command line of the engine, with two flags of our own in front."""
    parser = argparse.ArgumentParser(description="Pulumi language host for Python; started by the engine.")
    parser.add_argument("--exec", type=Path, required=True, help="pulumi-language-python-exec, the program runner")
    parser.add_argument("--parent", type=int, default=os.getppid(), help="process to end with (default: the parent)")
    own, rest = parser.parse_known_args()
    addresses = [part for part in rest if not part.startswith("-")]
    serve(addresses[-1] if addresses else "", own.exec, own.parent)


if __name__ == "__main__":
    main()
