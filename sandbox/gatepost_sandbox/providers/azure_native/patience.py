"""When a call to Azure is tried again, and after which wait: as azure-native's pipeline does it.

Source: ``provider/pkg/azure/client_azcore.go`` of pulumi/pulumi-azure-native (delay 20 s, at most 120 s, codes) and
``sdk/azcore/runtime/policy_retry.go`` of Azure/azure-sdk-for-go: three retries after about 20, 60 and 120 seconds, or
after what ``Retry-After`` says. One that says more than 120 seconds ends the tries.
"""

import json
import random
from http.client import HTTPException

RETRIES = 3
DELAY, LONGEST = 20.0, 120.0
"""Seconds, times the base."""
CODES = frozenset({408, 429, 500, 502, 503, 504})
BUSY = "AnotherOperationInProgress"
"""The one conflict (409) that is tried again."""
BUG = b"This is a bug of the sandbox"
"""In an answer with 500 that another attempt would only meet again."""


def worth(code: int, said: bytes) -> bool:
    """Whether a call with this answer is tried again."""
    return BUG not in said and (code in CODES or (code == 409 and _code(said) == BUSY))


def lost(problem: BaseException) -> bool:
    """Whether a call without an answer is tried again: azcore does it after every lost connection.

    Not after a refused one: on this machine it means that no sandbox runs.
    """
    return isinstance(problem, OSError | HTTPException) and not isinstance(problem, ConnectionRefusedError)


def wait(tries: int, base: float, after: str | None = None) -> float | None:
    """Seconds before the next attempt, after ``tries`` that failed; None when there is none.

    ``base`` is what ``base_seconds`` tells, and ``after`` the header ``Retry-After`` of the last answer.
    """
    told = float(after) if after and after.isdigit() else 0.0
    if tries > RETRIES or told > LONGEST:
        return None
    spread = 0.8 + random.random() / 2  # noqa: S311 - spreads calls, hides nothing
    return base * (told or min(LONGEST, DELAY * (2**tries - 1) * spread))


def _code(said: bytes) -> str | None:
    try:
        return json.loads(said)["error"]["code"]
    except (ValueError, KeyError, TypeError):
        return None
