"""Every request that docs/sandbox-faults.md shows is taken by a running sandbox."""

import json
import re
import urllib.request
from pathlib import Path

from sandbox.helpers import Sandbox, send
from sandbox.lab import Lab

PAGE = (Path(__file__).parents[2] / "docs" / "sandbox-faults.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```http\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_every_request_of_the_page_is_taken(held: Sandbox) -> None:
    Lab(held, "payments-dev").build()
    at = held.running.twingate
    for line in "".join(BLOCKS).splitlines():
        method, place, *body = line.split(" ", 2)
        if place.endswith(".svg"):
            with urllib.request.urlopen(at + place) as picture:  # noqa: S310  # the sandbox's own address
                assert b"<svg" in picture.read(1_000)
            continue
        reply = send(method, at + place, json.loads(body[0]) if body else None)
        assert reply.status == 200, (line, reply.body)


def test_the_page_has_a_block_for_each_kind_of_page() -> None:
    pages = {line.split(" ")[1].removeprefix("/sandbox/").partition("?")[0] for b in BLOCKS for line in b.splitlines()}
    assert pages == {"settings", "clock", "faults", "hosts", "connectors", "history", "history.svg"}
