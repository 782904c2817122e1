"""One refusal as a row of a table, and how the rows get into moto."""

import functools
import inspect
import re
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

Found = Mapping[str, str] | bool
"""Whether a call is refused; a mapping refuses and gives words for the message."""


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A call that AWS refuses.

    ``check`` gets moto's backend of the account and region, and the arguments of the call. ``message`` may name those
    arguments and the words that the check found in braces.
    """

    operation: str
    when: str
    """The case in a few words, for the page in the docs."""
    check: Callable[[Any, Any], Found]
    code: str
    message: str
    source: str
    """Where AWS's code and words were read, or what they are made from."""
    service: str = "ec2"

    @property
    def method(self) -> str:
        """The method of moto's backend."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", self.operation).lower()


class _Calls:
    """One call of moto at a time, so that nothing happens between a check and the change; knows the outermost."""

    def __init__(self) -> None:
        self._lock, self._depth = threading.RLock(), 0

    def __enter__(self) -> bool:
        self._lock.acquire()
        self._depth += 1
        return self._depth == 1

    def __exit__(self, *_: object) -> None:
        self._depth -= 1
        self._lock.release()


_CALLS = _Calls()


@dataclass(frozen=True)
class Service:
    """A service of moto: its backend, and the exception that moto turns into the service's kind of error."""

    backend: Any
    error: Callable[[str, str], Exception]


def install(rows: Iterable[Refusal], services: Mapping[str, Service]) -> None:
    """Put the rows in front of the methods of moto's backends."""
    by_method: dict[tuple[str, str], list[Refusal]] = {}
    for row in rows:
        by_method.setdefault((row.service, row.method), []).append(row)
    for (service, method), own in by_method.items():
        moto = services[service]
        setattr(moto.backend, method, _guarded(getattr(moto.backend, method), own, moto.error))


def _guarded(
    original: Callable[..., Any], rows: list[Refusal], error: Callable[[str, str], Exception]
) -> Callable[..., Any]:
    signature = inspect.signature(original)

    @functools.wraps(original)
    def guarded(backend: Any, *args: Any, **more: Any) -> Any:
        with _CALLS as outermost:
            if outermost:  # what moto calls by itself, to carry out a call, is not refused
                given = dict(signature.bind(backend, *args, **more).arguments)
                given |= {name: p.default for name, p in signature.parameters.items() if name not in given}
                refused = _refused(rows, backend, given | given.pop("kwargs", {}))
                if refused:
                    raise error(*refused)
            return original(backend, *args, **more)

    return guarded


def _refused(rows: list[Refusal], backend: Any, given: dict[str, Any]) -> tuple[str, str] | None:
    """Code and message of the first row that refuses."""
    call = SimpleNamespace(**given)
    for row in rows:
        found = row.check(backend, call)
        if found:
            words = {} if found is True else dict(found)
            return row.code, row.message.format(**{**given, **words})
    return None
