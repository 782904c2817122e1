"""The real engine, gatepost's own stack program, and a sandbox that counts live Connectors after every write."""

from pathlib import Path

import pytest
from real_stack import ROOT, Cloud, Stack, cloud

__all__ = ["cloud"]


@pytest.fixture
def stack(cloud: Cloud, tmp_path: Path) -> Stack:
    """gatepost's stack program in a project folder of its own."""
    return Stack(cloud, tmp_path / "project", ROOT / "stacks")
