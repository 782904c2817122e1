"""The plugin as the process that the engine starts."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2 as pb
from pulumi.runtime.proto import provider_pb2_grpc
from sandbox.providers.engine import Bag, sent, urn

VPC = "aws:ec2/vpc:Vpc"


@pytest.fixture
def plugin(in_sandbox: None) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "gatepost_sandbox.providers", "aws", "7.8.9", "--logtostderr", "127.0.0.1:1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


@pytest.fixture
def stub(plugin: subprocess.Popen[str]) -> Iterator[Any]:
    assert plugin.stdout is not None
    with grpc.insecure_channel(f"127.0.0.1:{int(plugin.stdout.readline())}") as channel:
        yield provider_pb2_grpc.ResourceProviderStub(channel)


def test_a_plugin_serves_its_provider(stub: Any) -> None:
    assert stub.GetPluginInfo(empty_pb2.Empty()).version == "7.8.9"
    configured = stub.Configure(pb.ConfigureRequest(args=sent({})))
    assert (configured.acceptSecrets, configured.supportsPreview) == (True, True)
    made = stub.Create(pb.CreateRequest(urn=urn(VPC, "net"), properties=sent({"cidrBlock": "10.0.0.0/16"})))
    assert Bag.of(made.properties).props["cidrBlock"] == "10.0.0.0/16"
    assert made.id.startswith("vpc-")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_plugin_ends_when_it_is_told_to(stub: Any, plugin: subprocess.Popen[str], number: signal.Signals) -> None:
    stub.Cancel(empty_pb2.Empty())
    os.kill(plugin.pid, number)
    assert plugin.wait(10) == 0


def test_a_plugin_ends_when_the_engine_is_gone(in_sandbox: None) -> None:
    """The engine's stand-in reads the port and goes; the plugin, which shares its stderr, then closes that too."""
    start = (
        "import subprocess, sys\n"
        "plugin = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, text=True)\n"
        "print(plugin.stdout.readline())"
    )
    plugin = [sys.executable, "-m", "gatepost_sandbox.providers", "twingate", "1.0.0", "127.0.0.1:1"]
    engine = subprocess.run(
        [sys.executable, "-c", start, *plugin], capture_output=True, text=True, timeout=20, check=True
    )
    assert engine.stdout.strip().isdigit()
