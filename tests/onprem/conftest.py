"""The sandbox of the engine tests, for tests that build sites outside the clouds."""

from collections.abc import Iterator

import pytest
from real_stack import Cloud


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """A sandbox for all tests of a worker."""
    made = Cloud(tmp_path_factory.mktemp("sandbox") / "home")
    made.start()
    yield made
    made.stop()
