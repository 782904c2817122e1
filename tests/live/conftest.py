"""Live tests cost money and change real accounts: they run only where ``-m`` names them."""

import os
from pathlib import Path

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "live" in config.getoption("markexpr"):
        return
    live = [item for item in items if item.get_closest_marker("live")]
    if live:
        config.hook.pytest_deselected(items=live)
        items[:] = [item for item in items if item not in live]


@pytest.fixture
def project() -> Path:
    """The project that GATEPOST_LIVE names."""
    folder = os.environ.get("GATEPOST_LIVE", "")
    if not folder or not (Path(folder) / "Pulumi.yaml").is_file():
        pytest.fail(
            f"GATEPOST_LIVE is {folder!r}; it must be a folder with a Pulumi.yaml and a selected stack. "
            "See docs/sandbox-real.md.",
            pytrace=False,
        )
    return Path(folder)
