"""Compute Engine instances as hosts: reads the state of the sandbox's Google Cloud in process."""

import json
from collections.abc import Hashable, Iterator, Mapping
from datetime import datetime
from functools import cached_property, partial

from gatepost_sandbox.addresses import ALL, Destination, Need, Rule, Step, decide, holds, public
from gatepost_sandbox.evidence import Exit
from gatepost_sandbox.sights import Seen, Sight
from gatepost_sandbox.twingate.store import Pair

from . import policy, secrets
from .boot import Boot, read
from .catalogue import ZONES
from .networks import ANYWHERE
from .state import Props, State, relative
from .way import Server, Way, apart

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
"""The access scope that Secret Manager asks for: https://cloud.google.com/secret-manager/docs/accessing-the-api."""
_SCRIPT = "startup-script"


def gcp_hosts(state: State) -> Iterator["GcpHost"]:
    """Every instance of every project."""
    for name, instance in state.all("instances"):
        yield GcpHost(state, name, instance)


def gcp_sights(state: State) -> Seen:
    """Every instance as it is noticed: each write to one asks for another look at it."""

    def sight(name: str, instance: Props) -> Sight | None:
        is_instance = name.split("/")[-2] == "instances"
        return Sight(name, object(), partial(GcpHost, state, name, instance)) if is_instance else None

    return Seen(state.resources, sight, lambda: apart(state))


class GcpHost:
    """One instance. Problems are clauses that follow the instance's id."""

    def __init__(self, state: State, name: str, instance: Props) -> None:
        self.id: str = name
        self.zone: str = name.split("/")[3]
        self.region: str = ZONES[self.zone]
        status = str(instance["status"])
        self.state: str = status.lower()
        self.launched_at: datetime = instance["_booted"]
        own = f"{instance['name']}.{self.zone}.c.{name.split('/')[1]}.internal"
        self.hostname: str = instance.get("hostname") or own
        self.private_ips: tuple[str, ...] = tuple(i["networkIP"] for i in instance["networkInterfaces"])
        self.tags: Mapping[str, str] = dict(instance["labels"])
        self._state, self._instance = state, instance

    @cached_property
    def image(self) -> str:
        """The relative name of the image that the boot disk was made from."""
        disk = self._state.resources.get(relative(self._instance["disks"][0]["source"]) or "", {})
        return relative(disk.get("sourceImage")) or ""

    @cached_property
    def pair(self) -> Pair | None:
        """The pair that the startup script leads to, whether or not the service account may read it."""
        if self._boot.secret is None:
            return self._boot.pair
        if self._version is None or self._version_problem:
            return None
        try:
            value = json.loads(self._version["_data"])
            return Pair(str(value["access_token"]), str(value["refresh_token"]))
        except (ValueError, TypeError, KeyError):
            return None

    @property
    def pair_problem(self) -> str | None:
        """Why a host that is meant for a Connector leads to no pair."""
        if self._boot.problem or self._boot.secret is None or self.pair is not None:
            return self._boot.problem
        if self._version is None:
            return f"the secret version {self._secret_path} does not exist"
        if self._version_problem:
            return self._version_problem
        return f"the secret version {self._secret_path} does not hold JSON with access_token and refresh_token"

    @property
    def tenants(self) -> tuple[str, ...]:
        """The Twingate networks that the startup script names."""
        return self._boot.tenants

    @property
    def dns(self) -> tuple[str, ...]:
        """Custom DNS servers of the Connector and of the host; without any, those that Google's resolver asks."""
        return self._boot.dns or tuple(self._way.servers())

    @property
    def surroundings(self) -> tuple[Hashable, ...] | None:
        """Hosts with equal ones leave their network alike, by the same boot text."""
        found = self._way.surroundings
        return (found, self._boot.denied, self._boot.allowed) if found else None

    def secret_problem(self) -> str | None:
        """Why the service account may not read the secret, or None."""
        if self._boot.secret is None:
            return None
        problem = self._denial()
        return f"may not read {self._secret_path}: {problem}" if problem else None

    def egress_problem(self, need: Need) -> str | None:
        """What keeps the host from dialling, or None: its boot text, or a firewall rule."""
        verdict = decide(self._boot_rules, public(need))
        if not verdict.ok:
            return f"may not dial {need}: its boot text does not let it out, by {verdict.rule}"
        return self._way.egress_problem(need)

    def exit(self) -> Exit:
        """Where the host's traffic leaves."""
        return self._way.exit()

    def reach(self, destination: Destination) -> list[Step]:
        """What decides whether the Connector on this host can open the destination."""
        address = destination.address
        if isinstance(address, Server):
            return self._way.forwarding(address)
        denied = next((cidr for cidr in self._boot.denied if holds(cidr, address)), None)
        if denied and not any(holds(cidr, address) for cidr in self._boot.allowed):
            return [Step("boot text", False, f"keeps the Connector from {denied} (IPAddressDeny)")]
        if address in self.private_ips or holds("127.0.0.0/8", address):
            return [Step("host", True, f"{self.id} is at {address} itself: no rule and no route stands before it")]
        return self._way.reach(destination)

    @cached_property
    def _boot(self) -> Boot:
        items = {item["key"]: item.get("value", "") for item in self._instance["metadata"].get("items") or ()}
        return read(items[_SCRIPT]) if items.get(_SCRIPT) else Boot()

    @property
    def _boot_rules(self) -> tuple[Rule, ...]:
        """What systemd does: what is allowed goes before what is denied, and all else passes."""
        words = (("IPAddressAllow", self._boot.allowed, True), ("IPAddressDeny", self._boot.denied, False))
        stated = [Rule(ALL, 0, 65535, (cidr,), ok, word) for word, cidrs, ok in words for cidr in cidrs]
        return (*stated, Rule(ALL, 0, 65535, (ANYWHERE,), True, ""))

    @cached_property
    def _way(self) -> Way:
        return Way(self._state, self._instance)

    @property
    def _secret_path(self) -> str:
        project, secret, version = self._boot.secret or ("", "", "")
        return f"projects/{project}/secrets/{secret}/versions/{version}"

    @property
    def _secret(self) -> str | None:
        project, secret, _ = self._boot.secret or ("", "", "")
        return secrets.name_of(self._state, project, secret)

    @cached_property
    def _version(self) -> Props | None:
        """The version that the host read when it booted: a later one reaches it at its next boot."""
        wanted = self._boot.secret[2] if self._boot.secret else ""
        if self._secret is None or wanted != "latest":
            return secrets.version(self._state, self._secret, wanted) if self._secret else None
        versions = [v for _, v in self._state.below(f"{self._secret}/versions")]
        before = [v for v in versions if v["_changes"][0][0] <= self.launched_at]
        return before[-1] if before else next(iter(versions), None)

    @property
    def _version_problem(self) -> str | None:
        found = self._version
        state = secrets.state_at(found, self.launched_at) if found else None
        if state in (None, "ENABLED"):
            return None
        return f"the secret version {self._secret_path} was {state} when the host booted"

    def _denial(self) -> str | None:
        accounts = self._instance.get("serviceAccounts") or []
        if not accounts:
            return "it has no service account"
        email = accounts[0]["email"]
        if SCOPE not in accounts[0]["scopes"]:
            return f"its access scopes lack {SCOPE}"
        account = next((a for _, a in self._state.resources.having(("email", email))), None)
        if account is None or account.get("disabled"):
            return f"service account {email} {'does not exist' if account is None else 'is disabled'}"
        project = self._secret.rpartition("/secrets/")[0] if self._secret else ""
        holders = {
            m for name in (self._secret, project) if name for m in policy.members(self._state, name, policy.READ_SECRET)
        }
        if holders.isdisjoint({f"serviceAccount:{email}", "allUsers", "allAuthenticatedUsers"}):
            return f"service account {email} has no role with secretmanager.versions.access on it"
        return None
