"""Container groups as hosts: reads the state of the sandbox's Azure in process."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cached_property, partial

from gatepost_sandbox.addresses import Destination, Need, Step, holds
from gatepost_sandbox.evidence import Exit
from gatepost_sandbox.sights import Seen, Sight
from gatepost_sandbox.twingate.store import Pair

from .boot import Boot, connector_in, read
from .images import ailment
from .networks import GROUPS
from .state import Props, State
from .way import RESOLVER, Way


def azure_hosts(state: State) -> Iterator["AzureHost"]:
    """Every container group of every subscription."""
    for group in state.all(GROUPS):
        yield AzureHost(state, group)


def azure_sights(state: State) -> Seen:
    """Every container group as it is noticed: each write to one is a boot, or another look at it."""

    def sight(key: str, group: Props) -> Sight | None:
        return Sight(group["id"], object(), partial(AzureHost, state, group)) if group["type"] == GROUPS else None

    return Seen(state.resources, sight)


class AzureHost:
    """One container group. Problems are clauses that follow its id."""

    def __init__(self, state: State, group: Props) -> None:
        self.id: str = group["id"]
        self.region: str = group["location"]
        self.zone: str = "-".join((self.region, *(group.get("zones") or ())))
        self._container = connector_in(group)
        self.image: str = self._container["properties"]["image"]
        self.state: str = group["_state"].lower()
        self.launched_at: datetime = group["_booted"]
        self.hostname: str = f"SandboxHost-{group['_number']:018d}"
        self.private_ips: tuple[str, ...] = (group["_ip"],) if "_ip" in group else ()
        self.tags: Mapping[str, str] = dict(group.get("tags") or {})
        self._state, self._group = state, group

    @property
    def pair(self) -> Pair | None:
        """The pair in the environment of its container."""
        return self._boot.pair

    @property
    def pair_problem(self) -> str | None:
        """Why a group that is meant for a Connector has no pair."""
        return self._boot.problem

    @property
    def exposed(self) -> tuple[str, ...]:
        """The tokens that stand in plain ``value``: they work, and everybody who may read the group sees them."""
        return self._boot.exposed

    @property
    def tenants(self) -> tuple[str, ...]:
        """The Twingate networks that its environment names."""
        return self._boot.tenants

    @property
    def dns(self) -> tuple[str, ...]:
        """The DNS servers it depends on. It does not see those of its virtual network: without any in its dnsConfig it
        asks Azure's own resolver, which only a rule against the service tag AzurePlatformDNS shuts off.
        """
        platform = () if self._way.has_resolver else (RESOLVER,)
        return tuple(dict.fromkeys((*(self._name_servers or platform), *self._boot.dns)))

    @property
    def surroundings(self) -> tuple[str, int] | None:
        """Hosts with equal ones leave their network alike."""
        return self._way.surroundings

    @property
    def dns_problem(self) -> str | None:
        """That it asks none of the DNS servers that its virtual network had when it started, or None.

        A real Connector would be ALIVE and find no private name; here it is dead, so that the missing server is seen.
        """
        servers = self._group["_network_dns"]
        if not servers or self._name_servers or self._boot.dns:
            return None
        text = f"resolves no private name: its virtual network has the DNS servers {', '.join(servers)}, which a "
        return f"{text}container group does not see, and neither its dnsConfig nor TWINGATE_DNS names one"

    def secret_problem(self) -> str | None:
        """Why its container cannot use the pair, or None. The pair itself is in the request: no secret is fetched."""
        problem = ailment(self._container)
        return problem.text if problem else None

    def egress_problem(self, need: Need) -> str | None:
        """What keeps the host from dialling, or None."""
        return self._way.egress_problem(need)

    def exit(self) -> Exit:
        """Where the host's traffic leaves."""
        return self._way.exit()

    def reach(self, destination: Destination) -> list[Step]:
        """What decides whether the Connector in this group can open the destination."""
        address = destination.address
        if address in self.private_ips or holds("127.0.0.0/8", address):
            return [Step("host", True, f"{self.id} is at {address} itself: no rule and no route stands before it")]
        return self._way.reach(destination)

    @property
    def _name_servers(self) -> tuple[str, ...]:
        return tuple((self._group["properties"].get("dnsConfig") or {}).get("nameServers") or ())

    @cached_property
    def _boot(self) -> Boot:
        return read(self._container)

    @cached_property
    def _way(self) -> Way:
        return Way(self._state, self._group)
