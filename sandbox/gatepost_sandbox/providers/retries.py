"""How patient the providers are with a cloud that throttles, fails or loses a connection: as patient as the vendors'.

The waits grow from a base of one second, as theirs do. ``GATEPOST_SANDBOX_RETRY_SECONDS`` sets another base, so that
whoever asks for faults need not wait; how often is tried stays the same.
"""

import math
import os

from .kind import ApiError

BASE = "GATEPOST_SANDBOX_RETRY_SECONDS"


def base_seconds() -> float:
    """Seconds that the waits grow from: 1, unless the environment says otherwise. Raises ApiError."""
    return _number(BASE, "1", float, "a number of seconds from 0 to 3600", 3600)


def attempts(variable: str, default: int) -> int:
    """How often something is tried, or tried again, by a variable of the environment. Raises ApiError."""
    return int(_number(variable, str(default), int, "a whole number from 0", math.inf))


def told(tries: int) -> str:
    """The end of a message: nothing for one try."""
    return f" Tried {tries} times." if tries > 1 else ""


def _number(variable: str, default: str, kind: type[float], allowed: str, most: float) -> float:
    value = os.environ.get(variable) or default
    try:
        number = kind(value)
    except ValueError:
        number = math.nan
    if not 0 <= number <= most:
        raise ApiError(f"The variable {variable} is {value!r}; it must be {allowed}.")
    return number
