"""EC2 instances launch and boot by the sandbox's clock.

moto's other times stay real. So an instance also remembers the real moment of its boot (``booted_at``): what it read
then is told by comparing that with moto's times.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from moto.ec2.models.instances import Instance

from gatepost_sandbox import aws_host
from gatepost_sandbox.clock import Clock
from gatepost_sandbox.refusals.replacing import replacing


def install(clock: Clock) -> None:
    """Make moto follow the clock. A reboot is a boot too, though AWS leaves LaunchTime alone then."""

    def booting(original: Callable[..., Any], self: Any, *args: Any, **more: Any) -> Any:
        done = original(self, *args, **more)
        self.booted_at = datetime.now(UTC)
        self.launch_time = clock.now().replace(tzinfo=None)
        aws_host.note(self)
        return done

    def ending(original: Callable[..., Any], self: Any, *args: Any, **more: Any) -> Any:
        done = original(self, *args, **more)
        aws_host.note(self)
        return done

    for name in ("__init__", "start", "reboot"):
        replacing(Instance, name)(booting)
    for name in ("stop", "terminate"):
        replacing(Instance, name)(ending)
