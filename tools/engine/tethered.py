"""`tethered.py PARENT PROGRAM ARGUMENTS...` becomes PROGRAM, which the kernel kills when its parent ends (Linux only).

A function that runs between fork and exec could do it, too, but not in a process that has the threads of gRPC.
"""

import contextlib
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def signal_when_parent_ends(number):
    """Asks the kernel of Linux to send this process `number` when its parent is gone, even by kill -9."""
    with contextlib.suppress(ImportError, OSError, AttributeError):  # another system, or a Python without ctypes
        import ctypes  # noqa: PLC0415 - may be missing

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)


if __name__ == "__main__":
    if sys.platform == "linux":
        signal_when_parent_ends(signal.SIGKILL)
    if os.getppid() == int(sys.argv[1]):  # else it ended before the kernel was asked
        os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606 - no shell is meant
