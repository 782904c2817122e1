"""The summary of previews, as Markdown that a reviewer reads in a minute."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from .ci_events import GONE, NEW, Change, Preview, Told

T = TypeVar("T")

MOST = 40
"""Rows of one list: whoever needs more reads the preview itself."""
LONGEST = 600
"""Characters of one cell."""
_COUNTED = ("create", "update", "replace", "delete", "import", "read", "refresh")


def summary(previews: Sequence[tuple[str, Preview, str]]) -> str:
    """Write the summary: (stack, its preview, a remark on its levels or empty) each, the failing ones first."""
    ordered = sorted(previews, key=lambda one: one[1].passes)
    rows = [
        f"| {_cell(name)} | {_verdict(found)} | {_counts(found)} | {_exit_words(found)} |" for name, found, _ in ordered
    ]
    lines = ["| Stack | Result | Changes | Exit IPs |", "|---|---|---|---|", *rows]
    for name, found, remark in ordered:
        lines += ["", f"## {_cell(name)}: {_verdict(found)}", *([remark] if remark else []), *_details(found)]
    return "\n".join(lines) + "\n"


def _details(found: Preview) -> list[str]:
    lines: list[str] = []
    if not found.judged:
        lines.append("The preview did not come to its end, so the policies have not judged the whole stack.")
    for title, rows in (
        ("Errors", found.errors),
        ("Violations", found.violations),
        ("Policies that could not judge", found.not_run),
    ):
        lines += _told(title, rows)
    lines += _list("Exit IPs", _exit_rows(found), lambda row: row)
    touched = sorted((c for c in found.changes if _touched(c)), key=lambda c: (c.kind, c.name, c.op))
    lines += _list("Hosts and Connectors", touched, lambda c: f"{_word(c.op)} {c.kind} `{_cell(c.name)}`")
    lines += _told("Advice", found.advice)
    return lines + _told("To be judged at update", found.later)


def _touched(change: Change) -> bool:
    replaced = change.op in ("create-replacement", "delete-replaced", "import-replacement")  # said by `replace` itself
    return change.kind != "address" and change.op != "same" and not replaced


def _word(op: str) -> str:
    return {"create": "new", "delete": "**deleted**", "replace": "**replaced**", "update": "updated"}.get(op, op)


def _verdict(found: Preview) -> str:
    if found.passes:
        return "passes"
    parts = [
        f"{len(rows)} {word}{'' if len(rows) == 1 else 's'}"
        for rows, word in ((found.violations, "violation"), (found.errors, "error"), (found.not_run, "rule not judged"))
        if rows
    ]
    return f"**fails** ({', '.join(parts) or 'not judged'})".replace("rule not judgeds", "rules not judged")


def _counts(found: Preview) -> str:
    known = [op for op in _COUNTED if op in found.counts] + sorted(set(found.counts) - set(_COUNTED))
    return ", ".join(f"{found.counts[op]} {op}" for op in known) or "none"


def _exit_words(found: Preview) -> str:
    added, removed, kept = _exit_parts(found)
    if not added and not removed:
        return f"{len(kept)} kept" if kept else "none"
    return f"**{len(added)} added, {len(removed)} removed**, {len(kept)} kept"


def _exit_rows(found: Preview) -> list[str]:
    words = ("**added**", "**removed**", "kept")
    return [f"{word} {row}" for word, rows in zip(words, _exit_parts(found), strict=True) for row in rows]


def _exit_parts(found: Preview) -> tuple[list[str], list[str], list[str]]:
    """Addresses added, removed and kept. Those that are only in outputs belong to networks of others."""
    old, new = found.exits
    gone = found.addresses(*GONE)
    kept = [c for c in found.addresses("same", "update", "read", "refresh") if c.value]
    managed = {c.value for c in found.changes if c.kind == "address"}
    added = [f"`{_cell(c.name)}` (its address is known after the update)" for c in found.addresses(*NEW)]
    removed = [f"{c.value or 'an address'} `{_cell(c.name)}`" for c in gone]
    stay = [f"{c.value} `{_cell(c.name)}`" for c in kept]
    if new is not None and found.judged:
        added += [f"{address} (of a network that exists)" for address in sorted(new - old - managed)]
        removed += [f"{address} (no output names it any more)" for address in sorted(old - new - managed)]
        stay += [f"{address} (of a network that exists)" for address in sorted((old & new) - managed)]
    return added, removed, stay


def _told(title: str, rows: Iterable[Told]) -> list[str]:
    def row(one: Told) -> str:
        where = f" on `{_cell(one.resource)}`" if one.resource else ""
        return f"{f'`{_cell(one.rule)}`' if one.rule else 'Pulumi'}{where}: {_cell(one.text)}"

    return _list(title, list(dict.fromkeys(rows)), row)


def _list(title: str, rows: Sequence[T], said: Callable[[T], str]) -> list[str]:
    if not rows:
        return []
    more = [f"- and {len(rows) - MOST} more"] if len(rows) > MOST else []
    return ["", f"### {title}", "", *(f"- {said(row)}" for row in rows[:MOST]), *more]


def _cell(text: str) -> str:
    """Make a text harmless: one line, no table, no HTML, no mention."""
    short = " ".join(text.split())
    short = short if len(short) <= LONGEST else f"{short[:LONGEST]}..."
    for sign, safe in (("&", "&amp;"), ("<", "&lt;"), ("|", "\\|"), ("`", "'"), ("@", "@\u200b")):
        short = short.replace(sign, safe)
    return short
