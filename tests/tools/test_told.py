"""What is told of an update, from what the engine really prints."""

import sys

import pytest

import steps
import told

UP = """Previewing update (dev):
 +  aws:ec2:Vpc network-vpc create
Diagnostics:
  gatepost:aws:ConnectorSite (payments-tokyo):
    warning: Of the preview.

Resources:
    + 2 to create

Updating (dev):
 +  aws:ec2:Vpc network-vpc creating (0s)
 +  aws:ec2:Vpc network-vpc created (0.37s)
 +  gatepost:aws:Network network created
 ++ twingate:index:TwingateConnector b created replacement (0.17s) [diff: ~name]
Policies:
    \u26a0\ufe0f gatepost@v0.1.0 (local: policies)
        - [advisory]  pulumi-retain  (aws:ec2/eip:Eip: ip)
          Keep it.

Diagnostics:
  gatepost:aws:ConnectorSite (payments-tokyo):
    warning: The size t3a.micro was not offered.
    Waiting for Connector a.

  gatepost:aws:ConnectorSite (payments-oslo):
    warning: Another one.

Outputs:
    warning: "an output"

Resources:
    + 1 created
    - 2 deleted
    +-9 replaced
    12 changes. 263 unchanged

Duration: 38s
"""
COLOURED = UP.replace("\nUpdating", "\n\x1b[1mUpdating").replace("Resources:", "\x1b[38;5;13mResources:\x1b[0m")


@pytest.mark.parametrize("text", [UP, COLOURED])
def test_an_update_is_told_in_numbers_with_the_warnings_that_it_leaves(text) -> None:
    assert told.summary(text) == "1 created, 2 deleted, 9 replaced, 263 unchanged"
    assert told.progress(text) == "builds, 2 resources so far ..."
    assert told.notes(text) == [
        "warning: The size t3a.micro was not offered.",
        "warning: Another one.",
        "- [advisory]  pulumi-retain  (aws:ec2/eip:Eip: ip)",
        "Keep it.",
    ]


def test_an_update_that_says_nothing_is_applied() -> None:
    assert told.summary("what the engine says\n") == "applied"
    assert told.notes("what the engine says\n") == []


def test_what_comes_before_the_first_resource() -> None:
    assert told.progress(UP.partition(" +  aws:ec2:Vpc network-vpc creating")[0]) == "builds ..."
    assert told.progress(UP.partition("Updating")[0]) == ""


def test_a_step_that_takes_long_says_how_far_it_is(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(steps, "LOOK_SECONDS", 0.01)
    go = tmp_path / "go"
    script = f"import os; os.mkfifo({str(go)!r}); print('half', flush=True); open({str(go)!r}).read(); print('whole')"
    looks: list[str] = []

    def watch(text: str) -> str:
        looks.append(text)
        if text == "half\n" and looks.count(text) == 3:
            go.write_text("")
        return text.strip()

    text = steps.Steps(tmp_path, {}).run("build", [sys.executable, "-c", script], str.upper, "waits", watch)
    assert text == "half\nwhole\n"
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["build        waits ...", "build        half"]
    assert [line for line in lines if line.strip().endswith("half")] == ["build        half"]
