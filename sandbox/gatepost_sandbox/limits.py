"""The limits of Twingate's API: 60 reads and 20 writes a minute (its page "API overview")."""

import threading
from collections import deque
from datetime import datetime, timedelta

from gatepost_sandbox.calls import Call

MINUTE = timedelta(minutes=1)
READS, WRITES = 60, 20


class Limits:
    """Counts the calls of the last minute. A call that is refused does not count.

    Only GraphQL counts: the check of a token pair is a call that Connectors make, without an API key.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: dict[bool, deque[datetime]] = {False: deque(), True: deque()}

    def wait(self, call: Call, now: datetime) -> float:
        """Seconds until the call would be allowed; 0 when it is allowed now, and then it counts."""
        if call.cloud != "twingate" or " " in call.operation:
            return 0.0
        most = WRITES if call.writes else READS
        with self._lock:
            recent = self._calls[call.writes]
            while recent and recent[0] + MINUTE <= now:
                recent.popleft()
            if len(recent) >= most:
                return (recent[0] + MINUTE - now).total_seconds()
            recent.append(now)
            return 0.0
