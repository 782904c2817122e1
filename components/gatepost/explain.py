"""What people read when settings cannot be used: the path as in the file, the value found, what is allowed. Pure."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, ModelWrapValidatorHandler, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from .words import nearest, refuse

Problem = tuple[tuple[Any, ...], str]
"""Where (steps from the part that says it) and what is wrong (one sentence a line)."""

LONGEST = 600
"""Characters of one line, path included."""
_TOKEN = re.compile(r"eyJ[\w.+/=-]*|[A-Za-z0-9_-]{40,}")
"""Twingate's access tokens are JWTs, its refresh tokens long base64url texts."""
_LONGEST_VALUE, _LONGEST_KEY = 60, 40

_QUOTES = "In YAML, write it in quotes"
_ALLOWED: Mapping[str, str] = {
    "bool_type": "true or false",
    "dict_type": "a map",
    "finite_number": "a finite number",
    "float_type": "a number",
    "greater_than": "a number above {gt:g}",
    "greater_than_equal": "a number from {ge:g} upwards",
    "int_type": "a whole number",
    "invalid_key": f"text as the name of a setting. {_QUOTES}",
    "less_than_equal": "a number up to {le}",
    "list_type": "a list",
    "string_type": "text",
    "too_short": "at least one entry",
}
"""What is allowed, by pydantic's type of error."""


def checked(check: Callable[[Any], Iterable[str]]) -> AfterValidator:
    """Refuse a value that `check` has sentences about."""

    def validate(value: Any) -> Any:
        refuse(list(check(value)))
        return value

    return AfterValidator(validate)


def spelled(pattern: str, like: str) -> AfterValidator:
    """Refuse text that is not spelled as `pattern`; `like` describes it with an example."""
    return checked(lambda text: [] if re.fullmatch(pattern, text, re.ASCII) else [found(text, like)])


class Part(BaseModel):
    """A part of the settings. Unknown settings are refused, nothing is converted, and every problem is one sentence."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)

    def problems(self) -> Iterable[Problem]:
        """What is wrong between settings that are right one by one."""
        return ()

    @classmethod
    def problems_in(cls, data: Mapping[Any, Any]) -> Iterable[Problem]:
        """What can be said whether or not the rest of `data` is right; nothing in it has been checked."""
        return ()

    @model_validator(mode="wrap")
    @classmethod
    def _explain(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            part = handler(data)
        except ValidationError as wrong:
            part = None
            problems = [(error["loc"], _told(cls, error)) for error in wrong.errors(include_url=False)]
        else:
            problems = list(part.problems())
        problems += cls.problems_in(data) if isinstance(data, dict) else ()
        if part is None or problems:
            raise refusal(cls.__name__, problems)
        return part


def refusal(title: str, problems: Iterable[Problem]) -> ValidationError:
    """The error that carries `problems` to the part around this one; pydantic puts its own steps before theirs."""
    return ValidationError.from_exception_data(
        title,
        [
            InitErrorDetails(type=PydanticCustomError("told", "{text}", {"text": text}), loc=where, input=None)
            for where, text in problems
        ],
    )


def lines(where: str, problems: Iterable[Problem]) -> list[str]:
    """A line for each sentence, with its path below `where`."""
    return [line(path(where, steps), sentence) for steps, text in problems for sentence in text.splitlines()]


def problems_of_error(wrong: ValidationError) -> list[Problem]:
    """What a part was refused for."""
    return [(error["loc"], error["msg"]) for error in wrong.errors(include_url=False)]


def line(where: str, sentence: str) -> str:
    """`where: sentence` without anything that looks like a token, cut in the middle when it is too long."""
    text = masked(f"{where}: {sentence}").encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 205]} ... {text[-200:]}"


def masked(text: str) -> str:
    """`text` without what looks like a token: eyJ..., or 40 and more base64url characters in a row."""
    return _TOKEN.sub("(hidden, it looks like a token)", text)


def shown(value: Any) -> str:
    """A value as a message shows it: short, in the words of YAML, never a token."""
    if isinstance(value, bool):
        return str(value).lower()
    if value is None:
        return "nothing"
    for kind, name in ((Mapping, "map"), (list, "list")):
        if isinstance(value, kind):
            return f"a {name}" if value else f"an empty {name}"
    if isinstance(value, int) and abs(value) >= 10**_LONGEST_VALUE:
        return "a very large number"
    return _cut(masked(repr(value)), _LONGEST_VALUE)


def found(value: Any, allowed: str) -> str:
    """Sentences: the value found, and what is allowed."""
    return f"Found {shown(value)}. Allowed: {allowed}."


def one_word(value: Any, words: Iterable[str]) -> str:
    """Sentences: the value found, the words that are allowed, the nearest one."""
    return found(value, ", ".join(words)) + _hint(value, words)


def find(data: Any, *steps: str) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Path and value of whatever stands at `steps` in plain data of any shape; `*` is every key of a map."""
    if not steps:
        yield (), data
    elif isinstance(data, Mapping):
        for key in list(data) if steps[0] == "*" else [key for key in data if key == steps[0]]:
            for below, value in find(data[key], *steps[1:]):
                yield (key, *below), value


def path(where: str, steps: tuple[Any, ...]) -> str:
    """Steps below `where`, as Pulumi spells a path. Pydantic marks the key of a map by one more step, `[key]`."""
    spelt = where + "".join(map(_step, steps[:-1] if steps[-1:] == ("[key]",) else steps))
    return spelt.removeprefix(".")


def _told(part: type[Part], error: Any) -> str:
    """One pydantic error of `part` in gatepost's words."""
    kind, loc, fields = error["type"], error["loc"], part.model_fields
    field = fields.get(str(loc[0])) if len(loc) == 1 else None
    example = _flow(field.examples[0]) if field and field.examples else None
    match kind:
        case "told":
            return error["msg"]
        case "value_error":
            return str(error["ctx"]["error"])
        case "missing":
            return "This setting is needed and missing." + (
                f" Write for example {loc[0]}: {example}" if example else ""
            )
        case "extra_forbidden":
            return f"There is no such setting. Allowed here: {', '.join(fields)}.{_hint(loc[-1], fields)}"
        case "literal_error":
            return one_word(error["input"], re.findall("'([^']*)'", error["ctx"]["expected"]))
        case "model_type":
            defaults = "; {} takes the defaults" if _is_fine_empty(part) else ""
            return found(error["input"], f"a map of the settings {', '.join(fields)}{defaults}")
    allowed = _ALLOWED.get(kind, "another value").format(**error.get("ctx", {}))
    allowed += f", such as {example}" if example else ""
    scalar = kind == "string_type" and isinstance(error["input"], int | float)
    if isinstance(error["input"], bool) and example:
        scalar = False  # most likely a switch was meant, not the word
    return found(error["input"], f"{allowed}. {_QUOTES}" if scalar else allowed)


def _is_fine_empty(part: type[Part]) -> bool:
    try:
        part.model_validate({})
    except ValidationError:
        return False
    return True


def _hint(word: Any, allowed: Iterable[str]) -> str:
    guess = nearest(word, allowed) if isinstance(word, str) else None
    return f" Did you mean {guess!r}?" if guess else ""


def _step(step: Any) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    key = "null" if step is None else _cut(masked(str(step)), _LONGEST_KEY)
    return f".{key}" if re.fullmatch(r"[A-Za-z_][\w-]*", key, re.ASCII) else f"[{json.dumps(key)}]"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 3]}..."


def _flow(example: Any) -> str:
    """An example as a line of YAML."""
    if isinstance(example, Mapping):
        return f"{{{', '.join(f'{_flow(key)}: {_flow(value)}' for key, value in example.items())}}}"
    if isinstance(example, list):
        return f"[{', '.join(map(_flow, example))}]"
    return f'"{example}"' if isinstance(example, str) and example.isdecimal() else str(example)
