"""EC2 instances as hosts: reads moto's objects in process, so one pass over all of them is cheap."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from gatepost_sandbox import iam
from gatepost_sandbox.addresses import Need
from gatepost_sandbox.aws_network import Network
from gatepost_sandbox.boot_text import BootText, read
from gatepost_sandbox.evidence import Exit
from gatepost_sandbox.twingate.store import Pair

DEFAULT_KEYS = ("alias/aws/ssm", "default", "")  # the account's own key for SSM needs no permission of the reader


def aws_hosts() -> Iterator["AwsHost"]:
    """Every instance of every account and region that is not terminated."""
    from moto.backends import get_backend  # noqa: PLC0415 - EC2 takes a second to import

    for account, regions in list(get_backend("ec2").items()):
        for region, ec2 in list(regions.items()):
            for reservation in list(ec2.reservations.values()):
                for instance in list(reservation.instances):
                    if instance.state not in ("terminated", "shutting-down"):
                        yield AwsHost(instance, ec2, account, region)


class AwsHost:
    """One instance. Problems are clauses that follow the instance's id."""

    def __init__(self, instance: Any, ec2: Any, account: str, region: str) -> None:
        self.id: str = instance.id
        self.image: str = instance.image_id
        self.region = region
        self.zone: str = instance.availability_zone
        self.state: str = instance.state
        self.launched_at: datetime = instance.launch_time.replace(tzinfo=UTC)
        self.hostname: str = instance.private_dns_name
        self.private_ips: tuple[str, ...] = tuple(nic.private_ip_address for nic in instance.network_interfaces)
        self.tags: Mapping[str, str] = {tag["key"]: tag["value"] for tag in instance.get_tags()}
        self._instance, self._ec2, self._account = instance, ec2, account

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
        for action, resource in self._permissions():
            if not self._may(role, action, resource):
                return f"may not read {self._boot.parameter}: role {role.name} may not {action} on {resource}"
        return None

    def egress_problem(self, need: Need) -> str | None:
        """What keeps the host from dialling, or None."""
        return self._network.egress_problem(need)

    def exit(self) -> Exit:
        """Where the host's traffic leaves."""
        return self._network.exit()

    @property
    def _boot(self) -> BootText:
        return read(str(self._instance.user_data)) if self._instance.user_data else BootText()

    @cached_property
    def _network(self) -> Network:
        return Network(self._ec2, self._instance)

    @cached_property
    def _parameter(self) -> Any:
        """The version that the host read when its Connector started: a later one reaches it at its next start."""
        ssm = self._backend("ssm")
        newest = ssm.get_parameter(self._boot.parameter) if ssm else None
        if newest is None:
            return None
        versions = ssm.get_parameter_history(newest.name, None)[0]
        before = [v for v in versions if v.last_modified_date.replace(tzinfo=UTC) <= self.launched_at]
        return before[-1] if before else versions[0]

    def _backend(self, service: str, region: str | None = None) -> Any:
        """A backend that exists already; asking moto for one that does not would make it."""
        from moto.backends import get_backend  # noqa: PLC0415

        backends: dict[str, Any] = dict(get_backend(service))  # ty: ignore[no-matching-overload]
        regions = backends.get(self._account)
        return dict(regions).get(region or self._boot.region) if regions else None

    def _permissions(self) -> Iterator[tuple[str, str]]:
        name = str(self._boot.parameter)
        prefix = f"arn:{self._ec2.partition}:ssm:{self._boot.region}:{self._account}:parameter/"
        yield "ssm:GetParameter", name if name.startswith("arn:") else prefix + name.removeprefix("/")
        key_id = self._parameter.keyid or ""
        if key_id not in DEFAULT_KEYS:
            kms = self._backend("kms")
            key = kms.keys.get(kms.any_id_to_key_id(key_id)) if kms else None
            yield "kms:Decrypt", key.arn if key else key_id

    def _may(self, role: Any, action: str, resource: str) -> bool:
        policies = [*role.policies.values(), *(_document(policy) for policy in role.managed_policies.values())]
        if role.permissions_boundary_arn:
            backend = self._backend("iam", self._ec2.partition)
            boundary = backend.managed_policies.get(role.permissions_boundary_arn)
            if boundary is None or not iam.allows([_document(boundary)], action, resource):
                return False
        return iam.allows(policies, action, resource)


def _document(policy: Any) -> str:
    return next(version.document for version in policy.versions if version.is_default)
