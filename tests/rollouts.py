"""What engine tests ask before and after a change: which Connectors and hosts there are, and which are new."""

from real_stack import Stack


def hosts(stack: Stack, network: str = "payments") -> dict[str, tuple[str, str]]:
    """Connector and host of each slot, as Twingate and the cloud have them."""
    found = stack.connectors(network)
    assert {c["state"] for c in found.values()} == {"ALIVE"}
    return {c["slot"]: (name, c["host_id"]) for name, c in found.items()}


def hosts_alive(stack: Stack) -> dict[str, tuple[str, str]]:
    """The same for those that live."""
    return {c["slot"]: (name, c["host_id"]) for name, c in stack.connectors().items() if c["state"] == "ALIVE"}


def renewed(before: dict[str, tuple[str, str]], after: dict[str, tuple[str, str]]) -> str:
    """The slots whose Connector and host are both others than before; a slot that changed by half fails."""
    changed = {slot for slot in before if before[slot] != after[slot]}
    assert all(before[s][0] != after[s][0] and before[s][1] != after[s][1] for s in changed)
    return "".join(sorted(changed))


def change(stack: Stack, expect: str) -> None:
    """Apply the settings; ``expect`` names the slots that get a new incarnation. Never fewer than two live."""
    before = hosts(stack)
    run = stack.up().ok()
    after = hosts(stack)
    assert renewed(before, after) == expect, run.text
    assert min(run.alive) >= 2
    assert after.keys() == before.keys()
