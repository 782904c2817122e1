"""The pack as a process: started and asked the way the engine does it."""

import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest
from google.protobuf import empty_pb2
from policies.analyzer import RULES
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

PACK = Path(__file__).parents[2] / "policies"
NAMES = [*RULES, "pack-exemptions"]


@contextmanager
def served(folder: Path) -> Generator[analyzer_pb2_grpc.AnalyzerStub]:
    command = [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:1", str(folder)]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        assert process.stderr
        port = process.stdout.readline().strip()
        assert port.isdigit(), process.stderr.read()
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield analyzer_pb2_grpc.AnalyzerStub(channel)
    finally:
        process.kill()
        process.communicate()


def names(folder):
    with served(folder) as analyzer:
        info = analyzer.GetAnalyzerInfo(empty_pb2.Empty(), timeout=60)
    assert info.name == "gatepost"
    return [policy.name for policy in info.policies]


@pytest.mark.engine
def test_the_pack_answers():
    assert names(PACK) == NAMES


@pytest.mark.engine
def test_another_project_starts_it_with_two_lines(tmp_path):
    (tmp_path / "__main__.py").write_text("from gatepost_policies import pack\npack()\n")
    assert names(tmp_path) == NAMES


@pytest.mark.engine
def test_it_reads_the_exemptions_in_its_folder(tmp_path):
    (tmp_path / "__main__.py").write_text("from gatepost_policies import pack\npack()\n")
    (tmp_path / "exemptions.yaml").write_text("exemptions:\n  - {rule: aws-ec2-size, resource: x, owner: me}\n")
    with served(tmp_path) as analyzer:
        answer = analyzer.AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(), timeout=60)
    assert [(d.policyName, d.message.splitlines()[-1]) for d in answer.diagnostics] == [
        ("pack-exemptions", "Exemption 1 in exemptions.yaml: `reason` is missing. Add it."),
        ("pack-exemptions", "Exemption 1 in exemptions.yaml: `expires` is missing. Add it."),
    ]
