"""What a host of the tests of fetch_pair is given, and what becomes of it."""

import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

PAIR = {"access_token": "eyJhbGciOi.J1.access-1", "refresh_token": "refresh_1~+/="}
ROTATED = {"access_token": "eyJhbGciOi.J1.access-2", "refresh_token": "refresh_2"}
SETTINGS = "TWINGATE_NETWORK=acme\n"
CONF = SETTINGS + "TWINGATE_ACCESS_TOKEN=eyJhbGciOi.J1.access-1\nTWINGATE_REFRESH_TOKEN=refresh_1~+/=\n"
DENIED = (400, '{"__type":"AccessDeniedException","Message":"access-1 refresh_1 not authorized"}')
THROTTLED = (400, '{"__type":"ThrottlingException"}')

Boot = Callable[..., subprocess.CompletedProcess[str]]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
