"""Which engine is taken, and what is left behind, with stand-ins for `pulumi` and `go`."""

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from engine import sources
from engine.get import NoEngine, choose, ensure, search_path, stub

GET = Path(__file__).resolve().parents[2] / "tools" / "engine" / "get.py"
WANTED = sources.wanted()

# Go as get.py uses it: tells its version, fetches a module, and "builds" a program that says VERSION.
GO = """
echo "$*" >>LOG
case "$1" in
  env) GOVERSION ;;
  mod) echo '    "Dir": "MODULE"' ;;
  build) while [ "$1" != -o ]; do shift; done; mkdir -p "$(dirname "$2")"; BUILD ;;
esac
"""
MAKE = """printf '#!/bin/sh\\necho v%s\\n' VERSION >"$2"; chmod +x "$2" """


class Machine:
    """A home, a cache, a PATH and a project of our own; no site can be reached from it."""

    def __init__(self, root: Path, program, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root, self.program = root, program
        self.project, self.log = root / "project", root / "go.log"
        self.project.mkdir()
        self.log.touch()
        for name in [name for name in os.environ if name.lower().endswith("_proxy") or name.startswith("GATEPOST_")]:
            monkeypatch.delenv(name)
        (root / "three").mkdir()
        for name in ("sh", "cat", "chmod", "dirname", "mkdir", "sleep"):  # and nothing else of this machine
            (root / "three" / name).symlink_to(shutil.which(name) or name)
        monkeypatch.setenv("PATH", f"{root}/one:{root}/two:{root}/three")
        monkeypatch.setenv("XDG_CACHE_HOME", str(root / "cache"))
        monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")  # discard: nothing listens

    @property
    def cache(self) -> Path:
        return self.root / "cache" / "gatepost" / "engine"

    def pulumi(self, folder: str, version: str, host: bool = True) -> Path:
        if host:
            self.program(self.root / folder / sources.HOST, "true")
        return self.program(self.root / folder / "pulumi", f"echo v{version}")

    def go(self, build: str = MAKE, version: str = WANTED, goversion: str = "echo go1.26.0") -> None:
        module = self.root / "module"
        (module / "python" / "cmd").mkdir(parents=True, exist_ok=True)
        (module / "python" / "cmd" / sources.EXECUTOR).write_text("the executor")
        text = GO.replace("BUILD", build.replace("VERSION", version))
        text = text.replace("GOVERSION", goversion).replace("LOG", str(self.log)).replace("MODULE", str(module))
        self.program(self.root / "two" / "go", text)

    def builds(self) -> int:
        return sum(line.startswith("build ") for line in self.log.read_text().splitlines())

    def ensure(self) -> Path:
        return ensure(self.project, lambda line: None)

    def command(self) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        return subprocess.Popen(
            [sys.executable, str(GET), "--project", str(self.project)], stdout=pipe, stderr=pipe, text=True
        )

    def left(self) -> list[str]:
        """What lies in the cache, without locks."""
        return sorted(path.name for path in self.cache.glob("*") if path.suffix != ".lock")


@pytest.fixture
def machine(tmp_path, program, monkeypatch) -> Machine:
    return Machine(tmp_path, program, monkeypatch)


def test_first_good_pulumi_on_path_is_linked(machine) -> None:
    machine.program(machine.root / "one/pulumi", "echo 'no such version' >&2; exit 127")
    good = machine.pulumi("two", "3.900.1")
    folder = machine.ensure()
    assert (folder / "pulumi").readlink() == good
    assert sorted(path.name for path in folder.iterdir()) == [".engine.json", "pulumi"]
    assert machine.left() == []


@pytest.mark.parametrize("version", ["3.1.0", "2.999.0", "4.0.0"])
def test_other_versions_on_path_are_refused(machine, version) -> None:
    machine.pulumi("one", version)
    with pytest.raises(NoEngine) as refused:
        choose(search_path(machine.project))
    line = f"  1. a `pulumi` on PATH: {machine.root}/one/pulumi is {version}; needed is {WANTED} or newer, below 4."
    assert str(refused.value).splitlines()[1] == line


def test_engine_without_a_language_host_gets_ours_beside_it(machine) -> None:
    given = machine.pulumi("one", "3.900.1", host=False)
    machine.go()
    folder = machine.ensure()
    assert given.samefile(folder / "pulumi")
    assert not (folder / "pulumi").is_symlink()
    assert (folder / sources.EXECUTOR).read_text() == "the executor"
    assert os.access(folder / sources.EXECUTOR, os.X_OK)
    assert (folder / sources.HOST).read_text() == stub(Path(sys.executable), folder / sources.EXECUTOR)
    assert machine.builds() == 0


def test_our_language_host_goes_when_the_engine_brings_one(machine) -> None:
    machine.pulumi("two", "3.900.1", host=False)
    machine.go()
    machine.ensure()
    machine.pulumi("one", "3.900.2")
    folder = machine.ensure()
    assert sorted(path.name for path in folder.iterdir()) == [".engine.json", "pulumi"]
    assert (folder / "pulumi").readlink() == machine.root / "one/pulumi"


def test_own_folder_on_path_is_not_taken_for_an_engine(machine, monkeypatch) -> None:
    folder = machine.project / ".gatepost" / "bin"
    machine.program(folder / "pulumi", "echo v3.999.0")
    machine.program(folder / sources.HOST, "true")
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    machine.go()
    machine.ensure()
    assert machine.builds() == 1


def test_built_once_and_then_shared(machine, tmp_path) -> None:
    machine.go()
    built = machine.ensure() / "pulumi"
    assert machine.left() == [sources.cache_key()]
    assert sorted(path.name for path in (machine.cache / sources.cache_key() / "bin").iterdir()) == [
        "pulumi",
        sources.EXECUTOR,
    ]
    machine.project = tmp_path / "other"
    machine.project.mkdir()
    assert built.samefile(machine.ensure() / "pulumi")
    assert machine.builds() == 1


def test_checkout_stays_as_it_is_when_go_writes(machine) -> None:
    before = (GET.parent / "go.mod").read_bytes()
    machine.go(build=f"echo changed >>go.mod; {MAKE}")
    machine.ensure()
    assert machine.builds() == 1
    assert (GET.parent / "go.mod").read_bytes() == before


def test_second_call_runs_nothing(machine) -> None:
    machine.program(machine.root / "one/pulumi", f"echo run >>{machine.log}; echo v3.900.1")
    machine.program(machine.root / f"one/{sources.HOST}", "true")
    machine.ensure()
    assert machine.log.read_text() == "run\n"
    machine.ensure()
    assert machine.log.read_text() == "run\n"


@pytest.mark.parametrize("name", ["pulumi", sources.HOST, sources.EXECUTOR])
def test_removed_part_is_put_back(machine, name) -> None:
    machine.go()
    folder = machine.ensure()
    (folder / name).unlink()
    machine.ensure()
    assert os.access(folder / name, os.X_OK)


def test_broken_engine_in_the_cache_is_built_anew(machine) -> None:
    machine.go()
    machine.ensure()
    engine = machine.cache / sources.cache_key() / "bin" / "pulumi"
    engine.unlink()
    machine.program(engine, "exit 1")
    (machine.project / ".gatepost/bin/.engine.json").unlink()
    machine.ensure()
    assert machine.builds() == 2
    assert sources.version_of(engine) == WANTED
    assert machine.left() == [sources.cache_key()]


@pytest.mark.parametrize(
    ("build", "version", "why"),
    [
        ('echo half >"$2"; echo "out of memory" >&2; exit 1', WANTED, "`go build` failed: exit code 1: out of memory"),
        (MAKE, "3.1.0", f"/bin/pulumi is 3.1.0, not {WANTED}"),
    ],
    ids=["fails", "other-version"],
)
def test_failed_build_leaves_nothing_and_is_told(machine, build, version, why) -> None:
    machine.go(build, version)
    with pytest.raises(NoEngine) as refused:
        machine.ensure()
    assert why in str(refused.value)
    assert machine.left() == []
    assert not (machine.project / ".gatepost/bin/pulumi").exists()


def test_old_go_says_so_itself(machine) -> None:
    machine.go(goversion="echo 'go.mod requires go >= 1.26 (running go 1.22.1)' >&2; exit 1")
    with pytest.raises(NoEngine) as refused:
        machine.ensure()
    assert "go.mod requires go >= 1.26 (running go 1.22.1)" in str(refused.value)
    assert machine.builds() == 0


def test_leftover_of_a_killed_process_is_removed(machine) -> None:
    left = machine.cache / f"{sources.cache_key()}.tmp-x"
    left.mkdir(parents=True)
    machine.go()
    machine.ensure()
    assert machine.left() == [sources.cache_key()]


def test_nothing_works_names_every_way_and_what_helps(machine) -> None:
    with machine.command() as process:
        out, err = process.communicate()
    key, refused = sources.cache_key(), f"[Errno {errno.ECONNREFUSED}] Connection refused"
    assert (process.returncode, out) == (1, "")
    assert err.splitlines() == [
        f"No Pulumi engine {WANTED} or newer could be had. Tried, in this order:",
        "  1. a `pulumi` on PATH: there is none.",
        "     Install it with its Python language host: https://www.pulumi.com/docs/install/.",
        f"  2. the cache: {machine.cache}/{key} does not hold an engine yet.",
        "     It fills by itself when one of the next ways works.",
        f"  3. the official download: {sources.SITE} cannot be reached ({refused}).",
        "     Open the way to that site, for example with HTTPS_PROXY.",
        "  4. a build with Go: `go` cannot be run (No such file or directory).",
        "     Install Go 1.26 or newer, https://go.dev/dl/, with a module proxy that answers (GOPROXY) and "
        "4 GB of disk.",
    ]


def test_download_is_left_out_on_demand(machine, monkeypatch) -> None:
    monkeypatch.setenv("GATEPOST_ENGINE", "build")
    with pytest.raises(NoEngine, match="the official download: left out, because GATEPOST_ENGINE is `build`"):
        machine.ensure()


def test_unknown_mode_is_refused(machine, monkeypatch) -> None:
    monkeypatch.setenv("GATEPOST_ENGINE", "fast")
    with pytest.raises(NoEngine) as refused:
        machine.ensure()
    assert str(refused.value) == "GATEPOST_ENGINE is 'fast'. It may be `build` (never download) or not set."


def test_cache_that_cannot_be_written_is_told(machine) -> None:
    (machine.root / "cache").write_text("a file")
    with pytest.raises(NoEngine, match=r"Not a directory.*\n     Make it writable, or set XDG_CACHE_HOME\.$"):
        machine.ensure()


def test_two_at_once_build_once(machine, life) -> None:
    os.mkfifo(machine.root / "go-on")
    machine.go(build=f"echo building >{life.path}; read line <{machine.root}/go-on; {MAKE}")
    with machine.command() as first:
        assert life.said() == "building\n"
        with machine.command() as second:
            assert second.stderr is not None
            assert second.stderr.readline() == "engine: another process is getting the same engine; waiting for it\n"
            (machine.root / "go-on").write_text("yes\n")
            outputs = [process.communicate()[0] for process in (first, second)]
    expected = f"pulumi {WANTED}, from the cache, {machine.cache}/{sources.cache_key()}\n"
    assert outputs == [expected, expected]
    assert machine.builds() == 1


def test_terminated_build_leaves_no_process_and_no_file(machine, life) -> None:
    machine.go(build=f"exec 3>{life.path}; echo building >&3; sleep 600")
    with machine.command() as process:
        assert life.said() == "building\n"
        process.terminate()
        process.communicate()
    assert process.returncode == 143
    assert life.said() == ""
    assert machine.left() == []


def test_language_host_stub_survives_odd_paths(tmp_path, program, monkeypatch) -> None:
    monkeypatch.delenv("PULUMI_PYTHON_CMD", raising=False)
    odd = tmp_path / "it's $HOME here"
    python = program(odd / "python", 'for part in "$@"; do echo "$part"; done; echo "$GRPC_ENABLE_FORK_SUPPORT"')
    host = odd / sources.HOST
    host.write_text(stub(python, odd / sources.EXECUTOR))
    host.chmod(0o755)
    ran = subprocess.run([host, "-v=9", "127.0.0.1:1"], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines() == [
        str(GET.with_name("language_host.py")),
        "--exec",
        str(odd / sources.EXECUTOR),
        "--parent",
        str(os.getpid()),
        "-v=9",
        "127.0.0.1:1",
        "0",
    ]
    monkeypatch.setenv("PULUMI_PYTHON_CMD", "/bin/echo")
    ran = subprocess.run([host], capture_output=True, text=True, check=True)
    assert ran.stdout.startswith(str(GET.with_name("language_host.py")))
