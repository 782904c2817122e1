"""Which instances of a region are Connector hosts, declared or not, and by what evidence."""

import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from gatepost_policies.evidence import marked, speaks
from gatepost_policies.judge import UNKNOWN, Described, as_resource

from .calls import Reader

IMAGE_OWNER = "617935088040"
IMAGE_NAME = "twingate/images/*"
"""Owner and name of Twingate's images: terraform-provider-twingate ``docs/guides/aws-deployment-guide.md``."""
FINDING = ("DescribeInstances", "DescribeInstanceAttribute", "DescribeImages")
"""Operations without which a host may have been missed."""
LIVING = ("pending", "running", "stopping", "stopped")
_CONNECTOR = re.compile(r"twingate.{0,3}connector|connector.{0,3}twingate", re.I)
_TWINGATE = re.compile(r"twingate", re.I)
_AT_ONCE = 8
"""Instances of one region that are asked for their user data side by side."""


@dataclass(eq=False)
class Host:
    """One instance, with what tells of a Connector."""

    region: str
    raw: Mapping[str, Any]
    """As DescribeInstances tells it."""
    user_data: Any = None
    """In Base64, as AWS tells it; None where there is none, UNKNOWN where nobody could read it."""
    why: tuple[str, ...] = ()
    sure: bool = True
    """False: only a name speaks of Twingate, perhaps of something that is no Connector."""
    tags: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.tags = {tag["Key"]: tag["Value"] for tag in self.raw.get("Tags", ())}

    @property
    def id(self) -> str:
        """Id of the instance."""
        return str(self.raw["InstanceId"])

    @property
    def state(self) -> str:
        """One of LIVING."""
        return str(self.raw["State"]["Name"])

    @property
    def private_ips(self) -> list[str]:
        """Addresses in the VPC, the first one first."""
        first = [self.raw["PrivateIpAddress"]] if self.raw.get("PrivateIpAddress") else []
        more = [a["PrivateIpAddress"] for n in self.raw.get("NetworkInterfaces", ()) for a in n["PrivateIpAddresses"]]
        return list(dict.fromkeys([*first, *more]))

    @property
    def public_ip(self) -> str:
        """Public address; empty where there is none."""
        return str(self.raw.get("PublicIpAddress") or "")

    @property
    def groups(self) -> list[str]:
        """Ids of its security groups, on all interfaces."""
        found = [g["GroupId"] for g in self.raw.get("SecurityGroups", ())]
        found += [g["GroupId"] for n in self.raw.get("NetworkInterfaces", ()) for g in n.get("Groups", ())]
        return list(dict.fromkeys(found))

    @property
    def profile(self) -> str:
        """Name of its instance profile; empty where there is none."""
        return str((self.raw.get("IamInstanceProfile") or {}).get("Arn", "")).rpartition("/")[2]


def find(reader: Reader, *, perhaps: bool) -> tuple[list[Host], list[Mapping[str, Any]] | None]:
    """Return the hosts of a region, and the images of its instances (None: not known).

    `perhaps`: whether a name alone makes a host that is judged.
    """
    reservations = reader.ask("DescribeInstances", Filters=[{"Name": "instance-state-name", "Values": list(LIVING)}])
    found = [raw for one in reservations or () for raw in one["Instances"] if raw.get("Platform") != "windows"]
    images = reader.each("DescribeImages", "image-id", sorted({raw["ImageId"] for raw in found}))
    by_id = {image["ImageId"]: image for image in images or ()}
    texts = _user_data(reader, [raw["InstanceId"] for raw in found])
    hosts = []
    for raw, text in zip(found, texts, strict=True):
        host = Host(reader.region, raw, text)
        strong = tuple(_strong(host, by_id.get(raw["ImageId"])))
        weak = () if strong else tuple(_weak(host))
        host.why, host.sure = strong or weak, bool(strong) or perhaps
        if host.why:
            hosts.append(host)
    return hosts, images


def _user_data(reader: Reader, ids: Sequence[str]) -> list[Any]:
    """User data of each instance. AWS tells it for one instance at a time."""

    def one(instance: str) -> Any:
        found = reader.ask("DescribeInstanceAttribute", InstanceId=instance, Attribute="userData")
        if found is None:
            return UNKNOWN
        return next((entry.get("Value") for entry in found), None)

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(one, ids))


def _strong(host: Host, image: Mapping[str, Any] | None) -> Iterator[str]:
    told = Described(type="aws:ec2/instance:Instance", id=host.id, props={"tags": host.tags})
    if marked(as_resource(told)) is True:
        yield "gatepost's tags"
    if image and (image.get("OwnerId") == IMAGE_OWNER or fnmatchcase(str(image.get("Name")), IMAGE_NAME)):
        yield "Twingate's image"
    if speaks(host.user_data) is True:
        yield "user data of a Connector"
    if any(_CONNECTOR.search(text) for text in (host.tags.get("Name", ""), host.profile)):
        yield "its name"


def _weak(host: Host) -> Iterator[str]:
    if any(_TWINGATE.search(text) for pair in host.tags.items() for text in pair):
        yield "a tag speaks of Twingate"
    if any(_TWINGATE.search(g.get("GroupName", "")) for g in host.raw.get("SecurityGroups", ())):
        yield "the name of a security group speaks of Twingate"
