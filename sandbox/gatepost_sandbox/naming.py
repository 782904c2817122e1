"""How a person names a Connector of the sandbox: one rule for every page and command."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

FORMS = "its name, NETWORK/SITE/SLOT, SITE/SLOT or the beginning of its name"
SHOWN = 5  # names in a sentence
PATTERN = frozenset("*?[")
"""Characters that make a name a pattern, where a page takes patterns."""


class QuestionError(Exception):
    """What is wrong with a question, one sentence a line."""


def lines(status: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The Connectors of a status, each with the name of its Remote Network."""
    return [{**line, "network": net["name"]} for net in status["networks"] for line in net["connectors"]]


def find(lines: Sequence[Mapping[str, Any]], text: str) -> Mapping[str, Any]:
    """A Connector by its name, ``network/site/slot``, ``site/slot`` or the unique beginning of its name.

    Site and slot are those of its host. Raises QuestionError, which names the nearest that there are.
    """
    for fitting in (
        [line for line in lines if line["name"] == text],
        [line for line in lines if text in _places(line)],
        [line for line in lines if text and line["name"].startswith(text)],
    ):
        if len(fitting) > 1:
            names = sorted(f"{line['name']} ({line['state']})" for line in fitting)
            raise QuestionError(f"'{text}' fits {len(names)} Connectors: {_list(names)}. Give a whole name.")
        if fitting:
            return fitting[0]
    known = sorted(line["name"] for line in lines)
    if not known:
        raise QuestionError(f"There is no Connector '{text}': the sandbox has none yet.")
    places = sorted({place for line in lines for place in _places(line) if place.count("/") > 1})
    near = difflib.get_close_matches(text, [*known, *places], SHOWN, cutoff=0.4)
    hint = f"The nearest: {_list(near)}." if near else f"There are: {_list(known)}."
    raise QuestionError(f"There is no Connector '{text}'. {hint} Give {FORMS}.")


def _places(line: Mapping[str, Any]) -> Iterator[str]:
    if line["site"] and line["slot"]:
        yield f"{line['network']}/{line['site']}/{line['slot']}"
        yield f"{line['site']}/{line['slot']}"


def _list(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
