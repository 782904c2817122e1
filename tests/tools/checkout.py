"""A checkout whose programs are stand-ins that write down how they were called."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import environment

ROOT = Path(__file__).resolve().parents[2]

PYTHON = """
case "$*" in
  *find_spec*) echo 3 13 1 True True True True ;;
  *engine/get.py) echo "pulumi 3.259.0, from the cache, /there" ;;
  *) echo "python $*" >>LOG; FAIL_python ;;
esac
"""
# `gatepost sandbox ...`: knows whether it runs by a file, and answers for the engine that it is asked to run.
GATEPOST = """
echo "gatepost $*" >>LOG
case "$*" in
  "sandbox start") mkdir -p .gatepost/sandbox; touch .gatepost/sandbox/runs ;;
  "sandbox stop") rm -f .gatepost/sandbox/runs ;;
  "sandbox run -- true") [ -e .gatepost/sandbox/runs ] ;;
  *"stack ls"*) echo '[{"name": "organization/gatepost/dev"}, {"name": "prod"}, {"name": "other"}]' ;;
  "sandbox prepare"*) echo "made    a VPC"; echo "The key cannot be made."; touch .gatepost/stacks/Pulumi.prod.yaml ;;
  *"pulumi preview"*) echo "what would be done"; FAIL_preview ;;
  *"pulumi up"*) echo "what the engine says"; FAIL_up ;;
  *"pulumi destroy"*) echo "what destroy says"; FAIL_destroy ;;
  "sandbox status") echo "the picture" ;;
esac
"""
RUN = "gatepost sandbox run -- pulumi"
TAIL = "--non-interactive --color never"


class Checkout:
    """A copy of the tools and of nothing else."""

    def __init__(self, root: Path, program) -> None:
        self.root, self.program, self.log = root / "checkout", program, root / "log"
        shutil.copytree(ROOT / "tools", self.root / "tools", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "Makefile", self.root / "Makefile")
        for name in environment.INPUTS:
            (self.root / name).parent.mkdir(exist_ok=True)
            (self.root / name).write_text(name)
        for name in ("stacks/Pulumi.dev.yaml", "stacks/Pulumi.prod.yaml", "policies/levels/dev.json"):
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            (self.root / name).write_text(name)
        self.programs()
        self.log.write_text("")
        written = environment.stamp(self.root, "3.13.1", "")
        (self.root / ".venv" / environment.STAMP).write_text(environment.json.dumps(written))

    def programs(self, **failing: str) -> None:
        texts = {"python": PYTHON, "gatepost": GATEPOST}
        texts |= {name: f'echo "{name} $*" >>LOG; echo "what {name} says"; FAIL_{name}' for name in ("ruff", "ty")}
        for name, text in texts.items():
            for what in ("python", "up", "preview", "destroy", "ruff", "ty"):
                text = text.replace(f"FAIL_{what}", failing.get(what, "true"))
            self.program(self.root / ".venv/bin" / name, text.replace("LOG", str(self.log)))

    def dev(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        env = {name: value for name, value in os.environ.items() if not name.startswith("GATEPOST_")}
        command = [sys.executable, "tools/dev.py", *arguments]
        return subprocess.run(command, cwd=self.root, env=env, capture_output=True, text=True, check=False)

    def calls(self) -> list[str]:
        lines = self.log.read_text().splitlines()
        self.log.write_text("")
        return lines


def steps(output: str) -> list[str]:
    """The names of the steps that were told with a time."""
    return [line.split("  ")[0] for line in output.splitlines() if line.endswith(" s")]
