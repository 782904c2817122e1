"""When the engine makes a resource anew, and what it waits for before."""

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

import pulumi


def trigger(*parts: pulumi.Input[Any]) -> pulumi.Output[Any]:
    """A replacement trigger that works: the engine (3.259) forgets one that is secret when it reads the state."""
    return pulumi.Output.unsecret(pulumi.Output.all(*parts))


def pair_mark(access_token: pulumi.Input[str]) -> pulumi.Output[str]:
    """Changes with the pair, also when the Connector stays (lost tokens were minted anew).

    It is readable in the state, and of no use there: 64 bits of a hash, of a token that nobody can guess.
    """
    told = pulumi.Output.from_input(access_token)
    return told.apply(lambda token: sha256(f"gatepost pair {token}".encode()).hexdigest()[:16])


def once_ready(subnet_id: pulumi.Output[str], resources: Iterable[pulumi.Resource]) -> pulumi.Output[str]:
    """The subnet for hosts, which boot only when its NAT and routes exist.

    Their URNs say so: unlike ids they are known in every preview, where a new route would otherwise make the id of the
    subnet unknown, and so every host look replaced.
    """
    return pulumi.Output.all(subnet_id, *(resource.urn for resource in resources)).apply(lambda ids: str(ids[0]))
