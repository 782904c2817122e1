"""Resources by their ids, found by what is said of them too: a call is as fast beside 500 hosts as beside 20."""

from collections import UserDict
from collections.abc import Callable, Container, Hashable, Iterable, Iterator
from typing import Any

Props = dict[str, Any]
Marks = Callable[[str, Props], Iterable[Hashable]]
"""What a resource can be found by, from its id and itself."""


class Indexed(UserDict[str, Props]):
    """A dict of resources. One that is changed in its place must be told with ``renew``."""

    def __init__(self, marks: Marks) -> None:
        self._marks = marks
        self._marked: dict[str, frozenset[Hashable]] = {}
        self._having: dict[Hashable, dict[str, None]] = {}
        self.note: Callable[[str, Props | None], None] = lambda key, resource: None
        """Called with each resource that is new or changed, and with None for one that is gone."""
        super().__init__()

    def __setitem__(self, key: str, item: Props) -> None:
        before, now = self._marked.get(key, frozenset()), frozenset(self._marks(key, item))
        self._forget(key, before - now)
        for mark in now - before:
            self._having.setdefault(mark, {})[key] = None
        self.data[key], self._marked[key] = item, now
        self.note(key, item)

    def __delitem__(self, key: str) -> None:
        del self.data[key]
        self._forget(key, self._marked.pop(key))
        self.note(key, None)

    def _forget(self, key: str, marks: Iterable[Hashable]) -> None:
        for mark in marks:
            keys = self._having[mark]
            del keys[key]
            if not keys:
                del self._having[mark]

    def renew(self, key: str) -> None:
        """Look anew at a resource that was changed in its place; nothing where none is."""
        if key in self.data:
            self[key] = self.data[key]

    def having(self, mark: Hashable) -> Iterator[tuple[str, Props]]:
        """The resources with a mark, in the order in which they got it."""
        for key in list(self._having.get(mark, ())):
            if key in self.data:
                yield key, self.data[key]

    @property
    def marks(self) -> Container[Hashable]:
        """The marks that any resource has."""
        return self._having.keys()

    def count(self, mark: Hashable) -> int:
        """How many resources have a mark."""
        return len(self._having.get(mark, ()))

    def restore(self, before: dict[str, Props]) -> None:
        """Be as before, when ``data`` was like that."""
        lacks = before.keys() - self.data.keys()
        for key in list(self.data) if lacks else self.data.keys() - before.keys():
            del self[key]
        for key, resource in before.items():
            if self.data.get(key) is not resource:
                self[key] = resource
