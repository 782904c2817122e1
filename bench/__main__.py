"""`make bench`: what policy pack and command cost, in seconds and as ratios of one run. Ends with 1 if not linear."""

import subprocess
import sys
import time
from collections.abc import Callable

from pulumi_policy import EnforcementLevel
from pulumi_policy.policy import _PolicyAnalyzerServicer

from gatepost_policies import policies

from .stacks import CLOUDS, stack

SIZES = (100, 1000)
MOST = 4.0
"""A resource of the large stack may cost so many times one of the small stack: above it, time is not linear."""


def fastest(act: Callable[[], object], times: int = 3) -> float:
    """Seconds of the fastest of several runs: the others waited for something else."""
    found = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        found.append(time.perf_counter() - began)
    return min(found)


def start(*words: str) -> float:
    return fastest(lambda: subprocess.run([sys.executable, "-c", *words], check=True, stdout=subprocess.DEVNULL))


def main() -> int:
    empty, pack = start("pass"), start("from gatepost_policies import policies; policies()")
    sdk = start("import pulumi_policy")
    print(f"pack start              {pack:6.2f} s   {pack / sdk:4.1f} times that of the policy SDK alone ({sdk:.2f} s)")
    shown = start("from gatepost.cli.main import run; run()", "--help")
    print(
        f"gatepost --help         {shown:6.2f} s   {shown / empty:4.1f} times that of the interpreter ({empty:.2f} s)"
    )
    servicer = _PolicyAnalyzerServicer("gatepost", "0.0.0", policies(), EnforcementLevel.ADVISORY)
    ratios = []
    for cloud in CLOUDS:
        each = []
        for size in SIZES:
            request = stack(cloud, size)
            seconds, count = (
                fastest(lambda request=request: servicer.AnalyzeStack(request, None)),
                len(request.resources),
            )
            each.append(seconds / count)
            print(f"{cloud:5} {count:5} resources   {seconds:6.2f} s   {1000 * each[-1]:5.2f} ms per resource")
        ratios.append(each[-1] / each[0])
        print(f"{cloud:5} per resource, large against small: {ratios[-1]:.1f} times (1 is linear, at most {MOST:g})")
    return 0 if max(ratios) <= MOST else 1


if __name__ == "__main__":
    sys.exit(main())
