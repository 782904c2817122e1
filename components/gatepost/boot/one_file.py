"""A script of several modules as the one file that a host gets."""

import ast
from collections.abc import Iterable, Iterator

from .common import source


def one_file(name: str) -> str:
    """The text of a module of this folder, with all it takes from another one in the place of its relative import.

    Only what is needed comes in, and nothing that the module defines itself: its own functions win.
    """
    text = source(name)
    tree = ast.parse(text)
    (taken,) = (node for node in tree.body if isinstance(node, ast.ImportFrom) and node.level)
    own = {bound for node in tree.body if node is not taken for bound in _binds(node)}
    other = source(str(taken.module))
    needed = _needed([alias.name for alias in taken.names], own, ast.parse(other).body)
    lines, parts = text.splitlines(), [_lines(other, node) for node in needed]
    before, after = lines[: taken.lineno - 1], lines[taken.end_lineno :]
    return "\n".join([*before, f"# From {taken.module}.py:", *parts, "", *after]) + "\n"


def _needed(wanted: Iterable[str], own: set[str], body: list[ast.stmt]) -> list[ast.stmt]:
    """The statements that bind the wanted names, and whatever those use, in the order of the text."""
    where = {bound: node for node in body for bound in _binds(node)}
    found: set[ast.stmt] = set()
    todo = list(wanted)
    while todo:
        node = where.get(bound := todo.pop())
        if node is not None and bound not in own and node not in found:
            found.add(node)
            todo += [used.id for used in ast.walk(node) if isinstance(used, ast.Name)]
    return [node for node in body if node in found]


def _binds(node: ast.stmt) -> Iterator[str]:
    """The names that a statement of a module makes."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from ((alias.asname or alias.name).partition(".")[0] for alias in node.names)
    elif isinstance(node, ast.Assign):
        yield from (target.id for target in node.targets if isinstance(target, ast.Name))


def _lines(text: str, node: ast.stmt) -> str:
    """A statement with the comment at its end; functions and classes stand apart from what is before."""
    apart = "\n\n" if isinstance(node, ast.FunctionDef | ast.ClassDef) else ""
    return apart + "\n".join(text.splitlines()[node.lineno - 1 : node.end_lineno])
