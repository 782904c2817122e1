"""One question to Twingate answers every gate of a program."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import pulumi

LONGEST_PAUSE = 60.0
"""Seconds. Twingate counts requests by the minute (60 reads, https://www.twingate.com/docs/api-overview)."""


class Poller:
    """Lists every Connector of the account, at most every few seconds, for all gates at once.

    It asks through the provider of ``component``, so there is no second API token. After a question that failed it
    waits twice as long before the next, up to a minute: that clears a "429 Too Many Requests", whose Retry-After the
    provider itself honours while it retries and does not pass on.
    """

    def __init__(self, component: pulumi.Resource, seconds: float) -> None:
        self._opts = pulumi.InvokeOptions(parent=component)
        self._seconds, self._pause = seconds, seconds
        self._last = float("-inf")
        self._answer: asyncio.Task[dict[str, Mapping[str, Any]]] | None = None

    async def connectors(self) -> dict[str, Mapping[str, Any]]:
        """Connectors by id, from the question that is under way or a new one. Raises what the provider raises."""
        if self._answer is None or self._answer.done():
            self._answer = asyncio.ensure_future(self._ask())
        return await asyncio.shield(self._answer)

    async def _ask(self) -> dict[str, Mapping[str, Any]]:
        await asyncio.sleep(max(0.0, self._last + self._pause - time.monotonic()))
        self._last = time.monotonic()
        self._pause = min(2 * self._pause, max(LONGEST_PAUSE, self._seconds))  # unless the question is answered
        result = await pulumi.runtime.invoke_async(
            "twingate:index/getTwingateConnectors:getTwingateConnectors", {}, opts=self._opts
        )
        self._pause = self._seconds
        return {one["id"]: one for one in (result or {}).get("connectors") or ()}
