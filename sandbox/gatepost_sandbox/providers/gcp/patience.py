"""When a call to Google is tried again, and after which wait: as the provider's transport does it.

Source: google/transport/retry_transport.go and error_retry_predicates.go of hashicorp/terraform-provider-google. Waits
are 0.5, 1, 1.5, 2.5, 4, ... seconds, each the sum of the two before, for 90 seconds in all; ``Retry-After`` is not
read. The provider begins anew until the operation's own time is over (20 minutes for most); the sandbox's does not.
"""

from collections.abc import Iterator
from http.client import IncompleteRead, RemoteDisconnected

TOTAL = 90.0
"""Seconds in which all attempts begin, times the base."""
CODES = frozenset({429, 500, 502, 503})
BUG = b"This is a bug of the sandbox"
"""In an answer with 500 that another attempt would only meet again."""


def waits(base: float) -> Iterator[float]:
    """Seconds before each further attempt; ``base`` is what ``base_seconds`` tells."""
    passed, wait, following = 0.0, 0.5, 1.0
    while passed + wait <= TOTAL:
        yield base * wait
        passed, wait, following = passed + wait, following, wait + following


def worth(problem: BaseException) -> bool:
    """Whether a call that got no answer is tried again: a reset, a timeout, or half an answer.

    Not after a refused connection, and not when the far side hangs up without a word: to Go that is another error
    (io.EOF) than half an answer (io.ErrUnexpectedEOF), and nobody knows whether the call was done.
    """
    if isinstance(problem, RemoteDisconnected):
        return False
    return isinstance(problem, ConnectionResetError | TimeoutError | IncompleteRead)
