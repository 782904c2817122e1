"""The refusals of a fake cloud: where its source makes them, and cases that meet them.

Cases are asked in this process, so that it is seen which lines of the fake a case goes through.
"""

import ast
import io
import json
import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

LEFT_OUT = "docs/sandbox.md"
"""The source of what the cloud would do and the sandbox says it does not: status 501."""
_MAKERS = frozenset({"Refusal", "bad", "invalid", "not_modelled", "not_found"})
_SPEAKERS = ("checks.py", "images.py", "models.py")
"""Modules whose functions ``..._problem`` and ``..._problems`` give the sentences of one refusal."""
Request = tuple[str, str, Any]
"""Method, path with query, and body: JSON, bytes as they are, or None."""


@dataclass(frozen=True)
class Case:
    """A request that is refused. ``ask`` sets the scene and gives the request."""

    when: str
    ask: Callable[[Any], Request]
    status: int
    code: str
    """Azure's code, Google's reason."""
    words: str
    """What the message holds; ``{...}`` is a member of the scene."""
    source: str
    """Where the vendor says so: its words, or the rule that they are made from."""


def after(*_made: Any, ask: Request) -> Request:
    """The request, after things that it needs were made."""
    return ask


def send(app: Any, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """Status and JSON body of a request to a WSGI application in this process."""
    where, _, query = path.partition("?")
    raw = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    status: list[int] = []
    environ = {"REQUEST_METHOD": method, "PATH_INFO": where, "QUERY_STRING": query, "HTTP_HOST": "sandbox",
               "CONTENT_LENGTH": str(len(raw)), "wsgi.input": io.BytesIO(raw)}  # fmt: skip
    text = b"".join(app(environ, lambda line, headers: status.append(int(line.split()[0]))))
    return status[0], json.loads(text) if text else None


# --- places in the source


@dataclass(frozen=True)
class Spot:
    """The lines of one place that makes a refusal, or a sentence of one."""

    file: str
    first: int
    last: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.first} {self.text}"


def spots(package: ModuleType) -> frozenset[Spot]:
    """Every place of a package that makes a refusal."""
    files = sorted(_folder(package).glob("*.py"))
    return frozenset(spot for file in files if file.name != "errors.py" for spot in _in_file(file))


def _in_file(file: Path) -> Iterator[Spot]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    nodes: list[ast.expr] = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _name(node) in _MAKERS]
    if file.name in _SPEAKERS:
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        told = [f for f in functions if f.name.endswith(("_problem", "_problems"))]
        ends = [node.value for f in told for node in ast.walk(f) if isinstance(node, ast.Yield | ast.Return)]
        nodes += [value for value in ends if value is not None and _is_said(value)]
    for node in nodes:
        yield Spot(file.name, node.lineno, node.end_lineno or node.lineno, ast.unparse(node))


def _is_said(node: ast.expr) -> bool:
    constant = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return constant or isinstance(node, ast.JoinedStr | ast.Call)


def _name(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _folder(package: ModuleType) -> Path:
    return Path(str(package.__file__)).parent


@contextmanager
def watched(package: ModuleType) -> Generator[set[tuple[str, int]]]:
    """The lines of a package that this thread goes through, by file name."""
    folder, lines, before = f"{_folder(package)}/", set[tuple[str, int]](), sys.gettrace()

    def trace(frame: FrameType, event: str, _: object) -> Any:
        file = frame.f_code.co_filename
        if not file.startswith(folder):
            return None
        if event == "line":
            lines.add((file.removeprefix(folder), frame.f_lineno))
        return trace

    sys.settrace(trace)
    try:
        yield lines
    finally:
        sys.settrace(before)


def met(found: Iterable[Spot], lines: set[tuple[str, int]]) -> set[Spot]:
    """The places that some lines belong to."""
    return {spot for spot in found if any((spot.file, n) in lines for n in range(spot.first, spot.last + 1))}


# --- the count


def without_a_case(package: ModuleType, cases: Iterable[Case], ask: Callable[[Case], object]) -> list[str]:
    """The places of a package that no case meets, and the cases that meet none."""
    found, seen, idle = spots(package), set[Spot](), []
    for case in cases:
        with watched(package) as lines:
            ask(case)
        seen |= met(found, lines)
        if not met(found, lines):
            idle.append(case.when)
    return [*sorted(map(str, found - seen)), *idle]


def sources_missing(cases: Iterable[Case]) -> list[str]:
    """The cases without a page of the vendor; only what the sandbox itself does not do may name its own page."""
    ours = ("The sandbox ", "There is no tag")
    return [
        case.when
        for case in cases
        if not (case.source.startswith("https://") or (case.source == LEFT_OUT and case.words.startswith(ours)))
    ]
