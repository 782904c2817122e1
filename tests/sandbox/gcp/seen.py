"""What a provider says of a change, and how it refuses a call."""

from typing import Any

import grpc
import pytest
from sandbox.providers.engine import Engine, Made, Props


def diffs(engine: Engine, made: Made, inputs: Props) -> list[str]:
    return list(engine.diff(made, inputs).diffs)


def replaced(engine: Engine, made: Made, inputs: Props) -> list[str]:
    return sorted(engine.diff(made, inputs).replaces)


def refusal(call: Any, *args: Any) -> str:
    with pytest.raises(grpc.RpcError) as refused:
        call(*args)
    error: Any = refused.value
    return error.details()
