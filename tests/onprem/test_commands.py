"""`gatepost bundle` and `gatepost pair`, with a stand-in for the Pulumi CLI that prints what it is told to."""

import json
import os
import stat
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest
import typer
from onprem.machine import BUNDLE, OTHER, SECRETS, TOKENS, lines, pair, unpack
from typer.testing import CliRunner, Result

from gatepost.cli import bundle as commands
from gatepost.cli.bundle_stack import SITE, StackError, find_pair

APP = typer.Typer(pretty_exceptions_enable=False)
APP.command()(commands.bundle)
APP.command()(commands.pair)
OUTPUTS = {"remote_networks": {"payments": {"sites": {"hq": [BUNDLE.as_output(), OTHER.as_output()]}}}}
URN = "urn:pulumi:prod::gatepost::gatepost:index:Fleet$" + SITE
TOKENS_TYPE = "twingate:index/twingateConnectorTokens:TwingateConnectorTokens"
STAND_IN = """\
#!/bin/sh
printf '%s\\n' "$*" >>"$FOLDER/calls"
[ ! -e "$FOLDER/error" ] || { cat "$FOLDER/error" >&2; exit 255; }
cat "$FOLDER/answer"
"""


def secret(value: str) -> dict[str, str]:
    return {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "plaintext": json.dumps(value)}


def tokens_of(name: str, connector: str, urn: str = URN, **more: Any) -> dict[str, Any]:
    return {
        "urn": f"{urn}gatepost:index:Incarnation${TOKENS_TYPE}::{name}-tokens",
        "type": TOKENS_TYPE,
        "inputs": {"connectorId": connector},
        "outputs": {"accessToken": secret(SECRETS[0]), "refreshToken": secret(SECRETS[1])},
        **more,
    }


def state(*resources: dict[str, Any]) -> dict[str, Any]:
    return {"version": 3, "deployment": {"resources": list(resources)}}


STATE = state(tokens_of(BUNDLE.name, BUNDLE.connector_id), tokens_of(OTHER.name, OTHER.connector_id))


@pytest.fixture
def pulumi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the answer of the stand-in, and the calls of it."""
    (tmp_path / "pulumi").write_text(STAND_IN)
    (tmp_path / "pulumi").chmod(0o755)
    (tmp_path / "answer").write_text(json.dumps(OUTPUTS))
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("FOLDER", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str, given: str = "") -> Result:
    return CliRunner().invoke(APP, list(words), input=given)


def tree(folder: Path) -> dict[str, tuple[str, int]]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(p.relative_to(folder)): (p.read_text(), stat.S_IMODE(p.stat().st_mode)) for p in files}


def test_every_bundle_is_written_and_again(pulumi: Path) -> None:
    for _ in range(2):
        done = run("bundle", "--stack", "prod")
        assert (done.exit_code, done.stdout) == (
            0,
            "bundles/payments-hq-a-1  payments-hq-a-1-89abcde\nbundles/payments-hq-a-2  payments-hq-a-2-89abcde\n",
        )
        assert tree(pulumi / "bundles/payments-hq-a-1") == BUNDLE.files()
        assert tree(pulumi / "bundles/payments-hq-a-2") == OTHER.files()
    assert (pulumi / "calls").read_text() == "stack output --json --non-interactive --stack prod --cwd .\n" * 2


def test_one_bundle_as_an_archive_that_is_always_the_same(pulumi: Path) -> None:
    done = run("bundle", "payments-hq-a-2", "--tar", "--to", "out", "--json")
    assert (done.exit_code, json.loads(done.stdout)) == (
        0,
        [
            {
                "name": "payments-hq-a-2",
                "connector_id": OTHER.connector_id,
                "connector": OTHER.connector,
                "path": "out/payments-hq-a-2.tar.gz",
            }
        ],
    )
    with tarfile.open(pulumi / "out/payments-hq-a-2.tar.gz") as archive:
        assert {member.mtime for member in archive} == {0}
        archive.extractall(pulumi / "unpacked", filter="tar")
    assert (pulumi / "out/payments-hq-a-2.tar.gz").read_bytes()[4:8] == bytes(4)  # the time in a header of gzip
    unpack(OTHER, pulumi / "expected")
    assert tree(pulumi / "unpacked") == tree(pulumi / "expected")


def test_outputs_may_come_from_a_file_or_standard_input(pulumi: Path) -> None:
    (pulumi / "outputs.json").write_text(json.dumps(OUTPUTS))
    assert run("bundle", "--outputs", "outputs.json").exit_code == 0
    assert run("bundle", "--outputs", "-", given=json.dumps(OUTPUTS)).exit_code == 0
    assert not (pulumi / "calls").exists()


def told(done: Result, code: int = 1) -> str:
    assert (done.exit_code, done.stdout) == (code, "")
    return done.stderr


def test_what_is_wrong_with_names_outputs_and_stacks_is_told(pulumi: Path) -> None:
    known = "Allowed: payments-hq-a-1, payments-hq-a-2."
    assert told(run("bundle", "payments-hq-b-1", "none")) == (
        f"gatepost: There is no bundle 'payments-hq-b-1'. {known} Did you mean 'payments-hq-a-1'?\n"
        f"gatepost: There is no bundle 'none'. {known}\n"
    )
    (pulumi / "answer").write_text("{}")
    assert told(run("bundle")) == (
        "gatepost: The outputs of the stack have no Connector outside the clouds. Add a site with cloud: "
        "onprem and run "
        "pulumi up; a program of your own exports ConnectorSite.connectors.\n"
    )
    (pulumi / "answer").write_text("no JSON")
    words = "`pulumi stack output --json` printed no JSON. Is this pulumi version 3?"
    assert told(run("bundle")) == f"gatepost: {words}\n"
    (pulumi / "error").write_text("error: no stack named 'prod'\n  found\n")
    assert told(run("bundle")) == "gatepost: Pulumi cannot read the stack: error: no stack named 'prod' found\n"
    (pulumi / "outputs.json").write_text("x")
    assert told(run("bundle", "--outputs", "outputs.json")) == (
        "gatepost: outputs.json is not JSON. Write it with: pulumi stack output --json > outputs.json\n"
    )


def test_without_pulumi_there_is_a_sentence(pulumi: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(pulumi / "nowhere"))
    assert told(run("bundle")) == (
        "gatepost: There is no pulumi on the PATH. Install it: https://www.pulumi.com/docs/install/\n"
    )


@pytest.mark.parametrize("name", [BUNDLE.name, BUNDLE.connector_id])
def test_the_pair_is_printed_for_the_script(pulumi: Path, name: str) -> None:
    (pulumi / "answer").write_text(json.dumps(STATE))
    done = run("pair", name, "--stack", "prod")
    assert (done.exit_code, done.stdout, done.stderr) == (0, pair(), "")
    assert (pulumi / "calls").read_text() == "stack export --show-secrets --non-interactive --stack prod --cwd .\n"


def test_a_terminal_shows_the_pair_only_when_asked(pulumi: Path) -> None:
    (pulumi / "answer").write_text(json.dumps(STATE))
    program = "import typer, gatepost.cli.bundle as b; typer.run(b.pair)"

    def in_terminal(*words: str) -> tuple[int, str, str]:
        reader, writer = os.openpty()
        command = [sys.executable, "-c", program, *words]
        done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, timeout=60)
        os.close(writer)
        shown = b""
        while True:
            try:
                more = os.read(reader, 4096)
            except OSError:  # so Linux tells of the end
                more = b""
            if not more:
                break
            shown += more
        os.close(reader)
        return done.returncode, shown.decode().replace("\r\n", "\n"), done.stderr

    refused = (
        "gatepost: This would show tokens on the terminal. Pipe it into the bundle's install script, or add --show.\n"
    )
    assert in_terminal(BUNDLE.name) == (2, "", refused)
    assert in_terminal(BUNDLE.name, "--show") == (0, pair(), "")


KNOWN = "Known outside the clouds: payments-hq-a-1, payments-hq-a-2. A new one is there after pulumi up."
CLOUD = URN.replace(":onprem:", ":aws:")
NO_TOKENS = tokens_of(
    BUNDLE.name, BUNDLE.connector_id, outputs={"accessToken": secret("x y"), "refreshToken": "[secret]"}
)
TWICE = state(tokens_of(BUNDLE.name, "one"), tokens_of(BUNDLE.name, "two", URN.replace("Fleet", "Other")))


@pytest.mark.parametrize(
    ("deployment", "name", "said"),
    [
        (STATE, "other", f"The stack has no pair of 'other'. {KNOWN}"),
        (
            state(tokens_of("payments-aws-a", "x", CLOUD)),
            "payments-aws-a",
            "The stack has no pair of 'payments-aws-a'. Known outside the clouds: none. A new one is there "
            "after pulumi up.",
        ),
        (
            state(tokens_of(BUNDLE.name, "x", delete=True)),
            BUNDLE.name,
            f"The stack has no pair of '{BUNDLE.name}'. Known outside the clouds: none. A new one is there "
            "after pulumi up.",
        ),
        (TWICE, BUNDLE.name, f"There are 2 Connectors named '{BUNDLE.name}'. Name one by its id: one, two."),
        (
            state(NO_TOKENS),
            BUNDLE.name,
            f"The state has no usable access_token and refresh_token of {BUNDLE.name}. Run pulumi up, then this again.",
        ),
    ],
)
def test_pairs_that_cannot_be_had_are_told(deployment: dict[str, Any], name: str, said: str) -> None:
    with pytest.raises(StackError) as problem:
        find_pair(deployment, name)
    assert str(problem.value) == said


def test_a_pair_does_not_show_its_tokens_by_accident() -> None:
    found = find_pair(STATE, BUNDLE.name)
    assert repr(found) == f"Pair(connector_id='{BUNDLE.connector_id}')"
    assert found.text().endswith(lines(TOKENS))


def test_no_cloud_sdk_and_no_engine_is_loaded_for_help() -> None:
    program = "import sys, gatepost.cli.bundle; print([m for m in sys.modules if m.startswith('pulumi')])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "[]\n"
