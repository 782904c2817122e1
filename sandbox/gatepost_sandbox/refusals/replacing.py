"""How the sandbox puts its own code around a method of moto."""

import functools
from collections.abc import Callable
from typing import Any


def replacing(owner: Any, name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A decorator: calls of ``owner.name`` go to the decorated function, which gets the original first."""
    original = getattr(owner, name)

    def install(new: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)  # a refusal reads the original's signature through this
        def replaced(self: Any, *args: Any, **more: Any) -> Any:
            return new(original, self, *args, **more)

        setattr(owner, name, replaced)
        return new

    return install
