"""Names, tags and labels, decided once. Pure: no cloud SDK, no Pulumi."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import NamedTuple

from .words import one_of, refuse

HASH_LENGTH = 8
AUTONAME_LENGTH = 8  # Pulumi appends "-" and seven hexadecimal digits to a name it makes itself.
ROLE_LENGTH = 8  # The longest role word ("firewall", "identity") that a component appends to a prefix.
TAGS = 50  # The most a resource carries, on AWS and on Azure.
EXTRA_TAGS = 40  # The other ten are gatepost's own.

KEY_LIMITS: Mapping[str, int] = {"environment": 20, "network": 20, "site": 16, "slot": 8, "zone": 32}
"""Most characters of each kind of key. network-site-slot is 46; with "-", a role word and Pulumi's suffix it is 63, the
limit of Google Cloud and of Azure's container groups. Only the key of a zone may start with a digit (Azure: 1 to 3)."""


@dataclass(frozen=True, kw_only=True)
class NameLimit:
    """Length (both ends included) and pattern of a physical name, with the page that says so."""

    shortest: int
    longest: int
    pattern: str
    source: str


_RFC1035 = r"[a-z]([-a-z0-9]*[a-z0-9])?"
_AZURE = r"[A-Za-z0-9]([-\w.]*\w)?"
_AZURE_RULES = "https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules"
_IAM = r"[\w+=,.@-]+"
_IAM_LIMITS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"
_SSM = "https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html"
_SG = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html"
_SECRET = "https://cloud.google.com/secret-manager/docs/creating-and-accessing-secrets"
# Least 3: terraform-provider-twingate PR 637. Most 255: the provider's autonaming.
_TWINGATE = "https://github.com/Twingate/pulumi-twingate"

NAME_LIMITS: Mapping[str, NameLimit] = {
    kind: NameLimit(shortest=shortest, longest=longest, pattern=pattern, source=source)
    for kind, shortest, longest, pattern, source in (
        ("twingate connector", 3, 255, r"\S(.*\S)?", _TWINGATE),
        ("twingate remote network", 1, 255, r"\S(.*\S)?", _TWINGATE),
        ("aws iam role", 1, 64, _IAM, _IAM_LIMITS),
        ("aws instance profile", 1, 128, _IAM, _IAM_LIMITS),
        ("aws security group", 1, 255, r"(?!sg-)[A-Za-z0-9 ._:/()#,@\[\]+=&;{}!$*-]+", _SG),
        ("aws ssm parameter", 1, 1011, r"/?(?!(?i:aws|ssm))[\w.-]+(/[\w.-]+){0,14}", _SSM),
        ("gcp resource", 1, 63, _RFC1035, "https://cloud.google.com/compute/docs/naming-resources"),
        ("gcp service account id", 6, 30, _RFC1035, "https://cloud.google.com/iam/docs/service-accounts-create"),
        ("gcp secret", 1, 255, r"[\w-]+", _SECRET),
        ("azure resource group", 1, 90, r"[-\w.()]*[-\w()]", _AZURE_RULES),
        ("azure virtual network", 2, 64, _AZURE, _AZURE_RULES),
        ("azure resource", 1, 80, _AZURE, _AZURE_RULES),  # subnet, NSG and its rules, public address, NAT gateway
        ("azure container group", 1, 63, r"[a-z0-9]+(-[a-z0-9]+)*", _AZURE_RULES),
    )
}


class TagLimit(NamedTuple):
    """What one cloud refuses in a tag: longest name and value, characters in them, reserved starts of a name."""

    key: int
    value: int
    bad_in_key: str
    bad_in_value: str
    reserved: tuple[str, ...]
    source: str


_AWS_TAGS = "https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html"
_AZURE_TAGS = "https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources"
_AWS_BAD = r"[^\w +\-=.:/@]"

TAG_LIMITS: Mapping[str, TagLimit] = {
    "AWS": TagLimit(128, 256, _AWS_BAD, _AWS_BAD, ("aws:",), _AWS_TAGS),
    "Azure": TagLimit(
        512, 256, r"[<>%&\\?/\x00-\x1f\x7f]", r"[\x00-\x1f\x7f]", ("microsoft", "azure", "windows"), _AZURE_TAGS
    ),
}


def short_hash(text: str) -> str:
    """The first eight hexadecimal digits of a hash, for names."""
    return sha256(text.encode()).hexdigest()[:HASH_LENGTH]


def _cut(text: str, limit: int, whole: str) -> str:
    return f"{text[: limit - HASH_LENGTH - 1].rstrip('-_')}-{short_hash(whole)}"


def check_key(kind: str, value: object) -> list[str]:
    """Problems of a key of `kind` (a row of `KEY_LIMITS`), as sentences; empty when it is fine."""
    longest, digit_first = KEY_LIMITS[kind], kind == "zone"
    first = "a lower-case letter or a digit" if digit_first else "a lower-case letter"
    allowed = f"Allowed: 1 to {longest} lower-case letters, digits and inner hyphens, the first one {first}."
    if not isinstance(value, str):
        return [f"The {kind} key {value!r} is not text. {allowed} In YAML, write it in quotes."]
    start = "[a-z0-9]" if digit_first else "[a-z]"
    if len(value) <= longest and re.fullmatch(rf"(?={start})[a-z0-9]+(-[a-z0-9]+)*", value):
        return []
    found = f"has {len(value)} characters" if len(value) > longest else "is not written as a key"
    return [f"The {kind} key {value!r} {found}. {allowed} Keys become part of names in every cloud."]


def check_name(kind: str, value: str) -> list[str]:
    """Problems of a physical name of `kind` (a row of `NAME_LIMITS`), as sentences; empty when it is fine."""
    if kind not in NAME_LIMITS:
        return [one_of("The kind of name", kind, NAME_LIMITS)]
    limit = NAME_LIMITS[kind]
    if limit.shortest <= len(value) <= limit.longest and re.fullmatch(limit.pattern, value, re.ASCII):
        return []
    return [
        f"The name {value!r} ({len(value)} characters) cannot be used for {kind}: {limit.shortest} to {limit.longest} "
        f"characters that match {limit.pattern} are allowed ({limit.source})."
    ]


def tag_problems(tags: Mapping[str, str], *, room: int = TAGS) -> list[str]:
    """What AWS or Azure would refuse in `tags`, as sentences. At most `room` tags; the same tags go to both clouds."""
    problems = []
    if len(tags) > room:
        problems.append(f"There are {len(tags)} tags; at most {room} fit here. Remove {len(tags) - room}.")
    seen: dict[str, str] = {}
    for key, value in tags.items():
        if not (isinstance(key, str) and isinstance(value, str)):
            problems.append(f"The tag {key!r} must be text with a text value. In YAML, write both in quotes.")
            continue
        if (other := seen.setdefault(key.lower(), key)) != key:
            problems.append(f"The tags {other!r} and {key!r} are one and the same in Azure. Remove one of them.")
        if not key.strip():
            problems.append("A tag has an empty name. Give it one.")
        for cloud, limit in TAG_LIMITS.items():
            where = f"{cloud} refuses the tag {key[:40]!r}: its"
            if len(key) > limit.key:
                problems.append(f"{where} name has {len(key)} characters, at most {limit.key} are allowed.")
            if len(value) > limit.value:
                problems.append(f"{where} value has {len(value)} characters, at most {limit.value} are allowed.")
            for part, text, bad in (("name", key, limit.bad_in_key), ("value", value, limit.bad_in_value)):
                if found := sorted(set(re.findall(bad, text))):
                    problems.append(f"{where} {part} contains {' '.join(map(repr, found))}. Leave that out.")
            if key.lower().startswith(limit.reserved):
                problems.append(f"{where} name starts with one of the reserved words {', '.join(limit.reserved)}.")
    return problems


@dataclass(frozen=True, kw_only=True)
class Labels:
    """Who owns a resource, and what it is called.

    Raises ValueError that names every problem: keys outside `KEY_LIMITS`, tags that AWS or Azure would refuse.
    """

    environment: str
    """Key of the environment (usually the stack), for example `prod`."""
    network: str
    """Key of the Remote Network."""
    site: str | None = None
    """Key of the site; None for what belongs to the whole Remote Network."""
    extra: Mapping[str, str] = field(default_factory=dict)
    """Tags of the caller's own, for every resource of every cloud; gatepost's own tags win. At most 40, no `Name`."""

    def __post_init__(self) -> None:
        keys = {"environment": self.environment, "network": self.network}
        keys |= {} if self.site is None else {"site": self.site}
        problems = [p for kind, value in keys.items() for p in check_key(kind, value)]
        if "Name" in self.extra:
            problems.append("The tag 'Name' is set for each resource by its component. Remove it from the extra tags.")
        refuse(problems + tag_problems(self.extra, room=EXTRA_TAGS))
        object.__setattr__(self, "extra", dict(self.extra))

    def with_site(self, site: str) -> "Labels":
        """The same labels for one site."""
        return replace(self, site=site)

    def name(self, *parts: str, limit: int = 63) -> str:
        """Physical name `environment-network[-site]-parts`; past `limit` characters the tail becomes a stable hash.

        Raises ValueError for a part that is not lower-case letters, digits and inner hyphens, or a limit below 16.
        """
        bad = [p for p in parts if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", p)]
        problems = [f"The name part {p!r} must be lower-case letters, digits and inner hyphens." for p in bad]
        refuse(problems + ([f"A name limit of {limit} is too small: at least 16 are needed."] if limit < 16 else []))
        full = "-".join([self.environment, self.network, *([self.site] if self.site else []), *parts])
        return full if len(full) <= limit else _cut(full, limit, full)

    def tags(self, **more: str) -> dict[str, str]:
        """Tags for AWS and Azure: the extra ones, then `more` (`_` becomes `-`), then gatepost's own, which win.

        Raises ValueError for what either cloud would refuse.
        """
        own = {"gatepost-environment": self.environment, "gatepost-network": self.network}
        own |= {} if self.site is None else {"gatepost-site": self.site}
        given = {key.replace("_", "-"): value for key, value in more.items()}
        tags = {**self.extra, **given, "managed-by": "gatepost", **own}
        refuse(tag_problems(tags))
        return tags

    def gcp_labels(self, **more: str) -> dict[str, str]:
        """The same tags as Google Cloud labels, without `Name` (Google resources have names).

        What Google does not allow becomes `-`; a text that had to change ends in a hash of the original, so that two
        different ones never become one. Source: https://cloud.google.com/resource-manager/docs/labels-overview
        """
        return {_gcp(k, key=True): _gcp(v) for k, v in self.tags(**more).items() if k != "Name"}


def _gcp(text: str, *, key: bool = False) -> str:
    legal = re.sub(r"[^a-z0-9_-]", "-", text.lower())
    if key and not re.match("[a-z]", legal):
        legal = f"x{legal}"
    return legal if legal == text and len(legal) <= 63 else _cut(legal, 63, text)


def name_start(kind: str, name: str, what: str, allowed: str) -> str:
    """`name`, the name of a component. Raises ValueError when no name of `kind` can start with it."""
    limit = NAME_LIMITS[kind]
    if not re.fullmatch(limit.pattern, name):
        refuse([f"The name {name!r} cannot start names of {what}. Allowed: {allowed} ({limit.source})."])
    return name


def child_name(kind: str, name: str, *parts: str) -> str:
    """`name-parts`; where Pulumi's suffix would not fit into the limit of `kind`, the tail becomes a stable hash."""
    full, most = "-".join((name, *parts)), NAME_LIMITS[kind].longest - AUTONAME_LENGTH
    return full if len(full) <= most else _cut(full, most, full)


def connector_prefix(network: str, site: str, slot: str) -> str:
    """`network-site-slot`, the start of every name that belongs to a slot; at most 46 characters.

    Role words (8) and Pulumi's suffix (8) still fit into 63. Raises ValueError that names every bad key.
    """
    keys = {"network": network, "site": site, "slot": slot}
    refuse([p for kind, value in keys.items() for p in check_key(kind, value)])
    return f"{network}-{site}-{slot}"


def prefix_collisions(triples: Iterable[tuple[str, ...]]) -> list[str]:
    """Sentences about different (network, site, slot), or (network, site), that would share one prefix.

    Such as a-b + c and a + b-c.
    """
    owners: dict[str, set[tuple[str, ...]]] = {}
    for triple in triples:
        owners.setdefault("-".join(triple), set()).add(triple)
    return [
        f"{' and '.join('/'.join(t) for t in sorted(same))} (network/site/slot) would all be named {prefix!r}. "
        "Rename one of the keys so that the joined names differ."
        for prefix, same in sorted(owners.items())
        if len(same) > 1
    ]
