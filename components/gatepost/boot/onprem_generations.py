"""Which generations of a slot outside the clouds are there at once. Pure."""

MOST = 3
"""Old and new, and one more when the new one did not work out."""


def generation_problems(generation: int, retire: int) -> list[str]:
    """What is wrong with the generation of a slot and the one it retires, one sentence each."""
    if retire >= generation:
        return [
            f"Retiring generation {retire} leaves no Connector, because the newest is {generation}. Allowed: a retire "
            f"below {generation}. Or raise generation to {retire + 1}, install that, and retire {retire} later."
        ]
    if generation - retire > MOST:
        return [
            f"Generations {retire + 1} to {generation} would be there at once, and {MOST} are the most. Set retire to "
            f"{generation - 1} for a slot that is new, or retire what no host runs any more."
        ]
    return []


def living(generation: int, retire: int) -> range:
    """The generations that are there: after ``retire``, up to ``generation``."""
    return range(retire + 1, generation + 1)
