"""Every question that an audit asks AWS: one row each, with the permission that it needs. All of them only read."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from .report import NotChecked


@dataclass(frozen=True)
class Call:
    """One operation."""

    service: str
    key: str
    """Where the answer is in the response."""
    what: str
    """What is not checked without it."""
    page: int = 500
    """Resources a page at most. EC2's own limit is 1000 unless botocore's model of the operation says less."""


CALLS: Mapping[str, Call] = {
    "DescribeRegions": Call("ec2", "Regions", "which regions are enabled"),
    "DescribeInstances": Call("ec2", "Reservations", "whether there are Connector hosts"),
    "DescribeInstanceAttribute": Call("ec2", "UserData", "hosts that only user data tells of, and tokens in user data"),
    "DescribeImages": Call("ec2", "Images", "hosts that only the image tells of, and the age of images"),
    "DescribeVolumes": Call("ec2", "Volumes", "encryption of disks"),
    "DescribeSecurityGroups": Call("ec2", "SecurityGroups", "tags of security groups"),
    "DescribeSecurityGroupRules": Call("ec2", "SecurityGroupRules", "inbound and outbound rules"),
    "GetManagedPrefixListEntries": Call("ec2", "Entries", "outbound rules that name a prefix list", 100),
    "DescribeSubnets": Call("ec2", "Subnets", "subnets of hosts"),
    "DescribeRouteTables": Call("ec2", "RouteTables", "routes to the internet and to the reaches, and the exit", 100),
    "DescribeNatGateways": Call("ec2", "NatGateways", "NAT gateways, and the address of the exit"),
    "DescribeAddresses": Call("ec2", "Addresses", "whether the exit is static"),
    "GetInstanceProfile": Call("iam", "InstanceProfile", "permissions of the host's role"),
    "ListRolePolicies": Call("iam", "PolicyNames", "inline permissions of the host's role"),
    "GetRolePolicy": Call("iam", "PolicyDocument", "inline permissions of the host's role"),
    "ListAttachedRolePolicies": Call("iam", "AttachedPolicies", "policies attached to the host's role"),
    "GetPolicy": Call("iam", "Policy", "policies of your own attached to the host's role"),
    "GetPolicyVersion": Call("iam", "PolicyVersion", "policies of your own attached to the host's role"),
}
"""By operation. The IAM action of each is `service:Operation`. Source: the pages list_amazonec2.html and
list_awsidentityandaccessmanagementiam.html of https://docs.aws.amazon.com/service-authorization/latest/reference/."""

CONFIG = {"retries": {"mode": "standard", "total_max_attempts": 8}, "connect_timeout": 10, "read_timeout": 60}
"""botocore's standard mode waits at random up to 1, 2, 4 ... 20 s after throttling and errors of the server."""
DENIED = ("UnauthorizedOperation", "AccessDenied", "AccessDeniedException", "UnauthorizedException")
GONE = ("NoSuchEntity", "NotFound")
"""Ends of the codes that say that something was deleted since it was named: no failure."""
MOST_VALUES = 200
"""Values of one filter: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Filter.html"""


def action(operation: str) -> str:
    """Return the IAM action that an operation needs."""
    return f"{CALLS[operation].service}:{operation}"


class Reader:
    """Asks one region (IAM: the account). What fails is noted once for each operation, and answered by None."""

    _making = threading.Lock()  # sessions of boto3 make one client at a time

    def __init__(self, session: boto3.Session, region: str, place: str | None = None) -> None:
        self.region = region
        self.place = region if place is None else place
        """What the notes say; empty for what is the same in every region."""
        self.notes: dict[str, NotChecked] = {}
        self.stopped = False
        """Set from outside: nothing more is asked, because nobody waits for the answers."""
        self._session = session
        self._clients: dict[str, Any] = {}

    def ask(self, operation: str, **params: Any) -> list[Any] | None:
        """Return the answer of every page; None if it is not known. What is gone is an empty list."""
        if self.stopped or operation in self.notes:
            return None
        try:
            return list(self._pages(operation, params))
        except ClientError as problem:
            error = problem.response.get("Error", {})
            code, told = str(error.get("Code", "")), str(error.get("Message", problem))
            if code.endswith(GONE):
                return []
            self._note(operation, f"{code}: {told}", denied=code in DENIED)
        except BotoCoreError as problem:
            self._note(operation, str(problem), denied=False)
        return None

    def each(self, operation: str, name: str, values: Sequence[str]) -> list[Any] | None:
        """Ask with a filter for many values, as many at a time as one filter takes."""
        found: list[Any] = []
        for start in range(0, len(values), MOST_VALUES):
            part = self.ask(operation, Filters=[{"Name": name, "Values": list(values[start : start + MOST_VALUES])}])
            if part is None:
                return None
            found += part
        return found

    def _note(self, operation: str, told: str, *, denied: bool) -> None:
        reason = " ".join(told.split())
        self.notes[operation] = NotChecked(
            what=CALLS[operation].what,
            reason=reason if len(reason) <= 300 else f"{reason[:300]}...",
            region=self.place,
            operation=operation,
            action=action(operation) if denied else "",
        )

    def _pages(self, operation: str, params: Mapping[str, Any]) -> Iterator[Any]:
        call, method = CALLS[operation], xform_name(operation)
        client = self._client(call.service)
        if client.can_paginate(method):
            size = {"PageSize": call.page}
            pages: Any = client.get_paginator(method).paginate(**params, PaginationConfig=size)
        else:
            pages = [getattr(client, method)(**params)]
        for page in pages:
            found = page.get(call.key)
            yield from found if isinstance(found, list) else [] if found is None else [found]

    def _client(self, service: str) -> Any:
        with self._making:
            if service not in self._clients:
                made = self._session.client(service, region_name=self.region, config=Config(**CONFIG))
                self._clients[service] = made
            return self._clients[service]
