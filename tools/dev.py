#!/usr/bin/env python3
"""The commands behind the Makefile: `python3 tools/dev.py up|down|test|lint|bench|clean|venv|constraints`.

Only the standard library is needed. This file also starts on old Pythons, to say so; the work is done in tasks.py.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - the sentence for people whose python3 is older
    sys.exit(
        "gatepost needs Python 3.11 or newer, and %s is %s.%s: install a newer one (python.org, pyenv or uv have it) "
        "and name it, for example `make test PYTHON=python3.13`." % ((sys.executable,) + sys.version_info[:2])  # noqa: RUF005
    )

import tasks

if __name__ == "__main__":
    sys.exit(tasks.main(sys.argv[1:]))
