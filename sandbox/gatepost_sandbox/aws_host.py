"""EC2 instances as hosts: reads moto's objects in process, so one pass over all of them is cheap."""

import json
from collections.abc import Hashable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cached_property, partial
from itertools import chain
from typing import Any

from gatepost_sandbox import iam
from gatepost_sandbox.addresses import ALL, Destination, Flow, Need, Rule, Step, decide, holds, one, public
from gatepost_sandbox.aws_network import Network
from gatepost_sandbox.aws_route import EVERYWHERE
from gatepost_sandbox.boot_text import SERVICE, BootText, read
from gatepost_sandbox.evidence import Exit
from gatepost_sandbox.sights import Sight
from gatepost_sandbox.twingate.store import Pair

DEFAULT_KEYS = ("alias/aws/ssm", "default", "")  # the account's own key for SSM needs no permission of the reader


def aws_hosts() -> Iterator[Sight]:
    """Every instance of every account and region that is not terminated."""
    from moto.backends import get_backend  # noqa: PLC0415 - EC2 takes a second to import

    for regions in list(get_backend("ec2").values()):
        for ec2 in list(regions.values()):
            yield from list(_there(ec2).values())


def note(instance: Any) -> None:
    """Remember an instance that boots, or the state of one that stops: moto would have to be searched for it."""
    ec2, there = instance.ec2_backend, _there(instance.ec2_backend)
    if instance.state in ("terminated", "shutting-down"):
        there.pop(instance.id, None)
    else:
        stamp = (instance.state, instance.launch_time, instance.booted_at)
        look = partial(AwsHost, instance, ec2, ec2.account_id, ec2.region_name)
        there[instance.id] = Sight(instance.id, stamp, look)


def _there(ec2: Any) -> dict[str, Sight]:
    """The instances of a region by id, kept with moto's own so that a reset takes them away."""
    return ec2.__dict__.setdefault("_gatepost_hosts", {})


class AwsHost:
    """One instance. Problems are clauses that follow the instance's id."""

    def __init__(self, instance: Any, ec2: Any, account: str, region: str) -> None:
        self.id: str = instance.id
        self.region = region
        self.state: str = instance.state
        self.launched_at: datetime = instance.launch_time.replace(tzinfo=UTC)
        self._instance, self._ec2, self._account = instance, ec2, account

    @property
    def image(self) -> str:
        """What it was started from."""
        return self._instance.image_id

    @property
    def zone(self) -> str:
        """Its availability zone."""
        return self._instance.availability_zone

    @property
    def hostname(self) -> str:
        """The name that it gives itself."""
        return self._instance.private_dns_name

    @property
    def private_ips(self) -> tuple[str, ...]:
        """The addresses of its network interfaces."""
        return tuple(nic.private_ip_address for nic in self._instance.network_interfaces)

    @property
    def tags(self) -> Mapping[str, str]:
        """Its tags, read past moto's ``get_tags``, which goes through the tags of everything there is."""
        return dict(self._ec2.tags.get(self.id, {}))

    @cached_property
    def pair(self) -> Pair | None:
        """The pair that the boot text leads to now, whether or not the role may read it."""
        if self._boot.parameter is None:
            return self._boot.pair
        try:
            value = json.loads(self._parameter.decrypt(self._parameter.value)) if self._parameter else None
            return Pair(str(value["access_token"]), str(value["refresh_token"])) if value else None
        except (ValueError, TypeError, KeyError):
            return None

    @property
    def pair_problem(self) -> str | None:
        """Why a host that is meant for a Connector leads to no pair."""
        if self._boot.problem or self._boot.parameter is None or self.pair is not None:
            return self._boot.problem
        where = f"the SSM parameter {self._boot.parameter} in {self._boot.region}"
        if self._parameter is None:
            return f"{where} does not exist"
        return f"{where} does not hold JSON with access_token and refresh_token"

    def secret_problem(self) -> str | None:
        """Why the role may not read the parameter, or None."""
        if self._boot.parameter is None:
            return None
        association = self._ec2.iam_instance_profile_associations.get(self.id)
        role = next(iter(association.iam_instance_profile.roles), None) if association else None
        if role is None:
            return f"may not read {self._boot.parameter}: it has no instance profile with a role"
        if not iam.trusts(role.assume_role_policy_document, "ec2.amazonaws.com"):
            return f"may not read {self._boot.parameter}: role {role.name} does not trust ec2.amazonaws.com"
        problem = self._denial(role)
        return f"may not read {self._boot.parameter}: {problem}" if problem else None

    @property
    def tenants(self) -> tuple[str, ...]:
        """The Twingate networks that the boot text names."""
        return self._boot.tenants

    @property
    def dns(self) -> tuple[str, ...]:
        """The custom DNS servers of the Connector, and those of the host: its own, else those that DHCP gives it."""
        return tuple(dict.fromkeys([*self._boot.connector_dns, *(self._boot.host_dns or self._network.dhcp_servers())]))

    @property
    def surroundings(self) -> Hashable:
        """Hosts where this is equal may dial the same, and leave by the same exit."""
        return self._boot.allowed, self._boot.denied, self._account, self.region, self._network.surroundings

    def egress_problem(self, need: Need) -> str | None:
        """What keeps the Connector on this host from dialling, or None."""
        denied = self._service_problem(public(need))
        return f"may not dial {need}: {denied}" if denied else self._network.egress_problem(need)

    def exit(self) -> Exit:
        """Where the host's traffic leaves."""
        return self._network.exit()

    def reach(self, destination: Destination) -> list[Step]:
        """What decides whether the Connector on this host can open the destination."""
        address = destination.address
        denied = self._service_problem(Flow(destination.protocol, destination.port, destination.port, one(address)))
        if denied:
            return [denied]
        if address in self.private_ips or holds("127.0.0.0/8", address):
            return [Step("host", True, f"{self.id} is at {address} itself: no group, ACL or route stands before it")]
        return self._network.reach(destination)

    def _service_problem(self, flow: Flow) -> Step | None:
        """What systemd denies to the Connector's service: IPAddressAllow wins over IPAddressDeny."""
        order = ((self._boot.allowed, True), (self._boot.denied, False), ((EVERYWHERE,), True))
        if decide(tuple(Rule(ALL, 0, 0, cidrs, allow) for cidrs, allow in order), flow).ok:
            return None
        return Step("boot text", False, f"keeps {SERVICE} from {', '.join(self._boot.denied)} (IPAddressDeny)")

    @property
    def _boot(self) -> BootText:
        return read(str(self._instance.user_data)) if self._instance.user_data else BootText()

    @cached_property
    def _network(self) -> Network:
        return Network(self._ec2, self._instance, self._boot.local_ports)

    @cached_property
    def _parameter(self) -> Any:
        """The version that the host read when its Connector started: a later one reaches it at its next start."""
        ssm = self._backend("ssm")
        newest = ssm.get_parameter(self._boot.parameter) if ssm else None
        if newest is None:
            return None
        versions = ssm.get_parameter_history(newest.name, None)[0]
        before = [v for v in versions if v.last_modified_date.replace(tzinfo=UTC) <= self._instance.booted_at]
        return before[-1] if before else versions[0]

    def _backend(self, service: str, region: str | None = None) -> Any:
        """A backend that exists already; asking moto for one that does not would make it."""
        from moto.backends import get_backend  # noqa: PLC0415

        backends: dict[str, Any] = dict(get_backend(service))  # ty: ignore[no-matching-overload]
        regions = backends.get(self._account)
        return dict(regions).get(region or self._boot.region) if regions else None

    def _denial(self, role: Any) -> str | None:
        """What keeps a role from the parameter or from its key, or None."""
        name, region = str(self._boot.parameter), str(self._boot.region)
        prefix = f"arn:{self._ec2.partition}:ssm:{region}:{self._account}:parameter/"
        arn = name if name.startswith("arn:") else prefix + name.removeprefix("/")
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
        context = {
            "aws:principalarn": role.arn,
            "aws:principalaccount": self._account,
            "aws:resourceaccount": self._account,
            "aws:requestedregion": region,
            "aws:securetransport": "true",
        }
        policies = [*role.policies.values(), *map(_document, role.managed_policies.values())]
        limits = self._boundary(role)
        if not all(iam.allows(each, "ssm:GetParameter", arn, context) for each in (policies, *limits)):
            return _refused(role, [*policies, *chain(*limits)], "ssm:GetParameter", arn, context)
        key_id = (self._parameter.keyid or "") if self._parameter else ""
        if key_id in DEFAULT_KEYS:
            return None
        kms = self._backend("kms")
        key = kms.keys.get(kms.any_id_to_key_id(key_id)) if kms else None
        if key is None or key.key_state != "Enabled":
            return f"its key {key_id} {'does not exist' if key is None else f'is {key.key_state}'}"
        # https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html
        context |= {
            "kms:encryptioncontext:parameter_arn": arn,
            "kms:viaservice": f"ssm.{region}.amazonaws.com",
            "kms:calleraccount": self._account,
        }
        opened = iam.opens_key(key.policy, policies, role.arn, "kms:Decrypt", key.arn, context)
        if not opened or not all(iam.allows(each, "kms:Decrypt", key.arn, context) for each in limits):
            return _refused(role, [key.policy, *policies, *chain(*limits)], "kms:Decrypt", key.arn, context)
        return None

    def _boundary(self, role: Any) -> list[list[str]]:
        """The permissions boundary of a role: a further set of policies that must allow, or none."""
        if not role.permissions_boundary_arn:
            return []
        policy = self._backend("iam", self._ec2.partition).managed_policies.get(role.permissions_boundary_arn)
        return [[_document(policy)] if policy else []]


def _refused(role: Any, policies: list[str], action: str, resource: str, context: iam.Context) -> str:
    unknown = iam.unknown_conditions(policies, action, resource, context)
    more = f" (conditions on {', '.join(unknown)} are not understood here)" if unknown else ""
    return f"role {role.name} may not {action} on {resource}{more}"


def _document(policy: Any) -> str:
    return next(version.document for version in policy.versions if version.is_default)
