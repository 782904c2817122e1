"""The page ``POST /sandbox/prepare``: has everything made that is wanted, and tells of each thing."""

from collections.abc import Iterator, Mapping
from typing import Any

from gatepost_sandbox.checks import NAME, Rule, problems
from gatepost_sandbox.prepare.lines import CannotError, Line, Maker, Want
from gatepost_sandbox.world import World

_RULES = {
    "tenant": NAME,
    "wants": Rule(lambda value: isinstance(value, list), "a list of things, as gatepost sandbox prepare sends it"),
}


def prepare(world: World, makers: Mapping[str, Maker], body: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """The answer to a request and its HTTP status: lines of what is there now, and sentences about what is not."""
    wrong = problems(body, _RULES)
    if wrong or set(body) != set(_RULES):
        return {"error": wrong or "Give a tenant and the list of wants."}, 400
    lines: list[Line] = []
    told = list(_withheld(makers, body["wants"]))
    with world.writing():
        known = world.settings.tenants
        world.settings.tenants = tuple(sorted({*known, body["tenant"]}))
        lines.append(Line(body["tenant"] not in known, f"tenant {body['tenant']} is a name of the sandbox's Twingate"))
        for want in body["wants"]:
            try:
                lines += makers[want["cloud"]].make(want)
            except CannotError as error:
                told.append(str(error))
    return {"lines": [{"made": line.made, "text": line.text} for line in lines], "problems": told}, 200


def _withheld(makers: Mapping[str, Maker], wants: list[Want]) -> Iterator[str]:
    """Keep every cloud from giving out an address that a network is to have: they share the ranges of the internet."""
    wanted = (one for want in wants for one in want.get("addresses", ()))
    for address in dict.fromkeys(one if isinstance(one, str) else one[1] for one in wanted):
        free = [maker.withhold(address) for maker in makers.values()]
        if not all(free):
            yield (
                f"The address {address} was given to something else before. Stop the sandbox, start it, and prepare "
                "before anything is built."
            )
