"""One audit of an AWS account, from the first question to the report."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gatepost_policies.exemptions import RULE as EXEMPTIONS
from gatepost_policies.frame import LATER, UNREADABLE, Rule
from gatepost_policies.judge import Described, Judged, judge, setting_problems
from gatepost_policies.practices import PRACTICES
from gatepost_policies.registry import all_rules

from ..words import one_of
from . import session as account
from . import twingate
from .calls import Reader
from .checks import Limits, check
from .find import FINDING, Host
from .pairs import Pairs, doubts, judge_pairs, match, network_of
from .place import Place, look
from .reach import unreached
from .report import AuditError, Finding, HostLine, NotChecked, Report, ordered
from .roles import roles
from .routes import way_out
from .stack import described

if TYPE_CHECKING:
    from ..stack_settings import StackSettings

LEFT_OUT: Mapping[str, str] = {
    "aws-ec2-exit-ips-kept": "whether an address is protected is said by a program only",
    "connector-reaches-resources": "Resources are not read from Twingate; for those of settings see reach.py",
}
"""Rules about AWS that the audit cannot answer."""
ALSO = ("twingate-tokens-not-in-text", "twingate-api-token-not-in-text")
"""Rules about Twingate that an account can answer."""
_LEVELS = ("advisory", "mandatory", "remediate", "disabled")
_SPREAD = "connector-failure-domains"
"""Not said of a Remote Network with Connectors that run elsewhere."""
_ALIKE = "connector-interchangeable"
"""Not said of hosts that may be of different Remote Networks."""
_AT_ONCE = 8
"""Regions that are looked at side by side."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What to audit. Plain values; without `token` Twingate is not asked."""

    regions: Sequence[str] = ()
    """Names of regions. Empty: all that are enabled."""
    profile: str | None = None
    """Profile of AWS's configuration. None: as the environment says."""
    perhaps: bool = False
    """Whether hosts are judged that only a name tells of."""
    limits: Limits = field(default_factory=Limits)
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Policy configuration: settings and enforcementLevel by the name of the rule; `disabled` leaves it out."""
    fleet: "StackSettings | None" = None
    """Settings of a stack, whose Resources its hosts must reach. None: Resources are not checked."""
    endpoint: str = ""
    """Where Twingate's API is, such as https://example.twingate.com."""
    token: str = field(default="", repr=False)


def chosen_rules(settings: Mapping[str, Mapping[str, Any]]) -> list[Rule]:
    """Return the pack's rules that an account can answer and the settings do not disable.

    Raises AuditError for rules and levels that do not exist, and for settings that a rule refuses.
    """
    rules = all_rules()
    names = [*(rule.name for rule in rules), "all", EXEMPTIONS]  # the engine's own file may name these two as well
    wrong = [one_of("In the settings, the rule", name, names) for name in settings if name not in names]
    wrong += [
        one_of(f"In the settings, the enforcementLevel of {name}", row["enforcementLevel"], _LEVELS)
        for name, row in settings.items()
        if row.get("enforcementLevel", "advisory") not in _LEVELS
    ]
    plain = {n: {k: v for k, v in row.items() if k != "enforcementLevel"} for n, row in settings.items()}
    wrong += setting_problems([rule for rule in rules if rule.name in settings], plain)
    if wrong:
        raise AuditError("\n".join(wrong))
    every = settings.get("all", {}).get("enforcementLevel")
    off = {name for name in names if settings.get(name, {}).get("enforcementLevel", every) == "disabled"}
    found = [rule for rule in rules if "aws" in rule.clouds or rule.name in ALSO]
    return [rule for rule in found if rule.name not in LEFT_OUT and rule.name not in off]


def audit(wish: Wish, begin: Callable[[int], None], tick: Callable[[str], None]) -> Report:
    """Look at an account and judge it. Raises AuditError for what keeps it from beginning.

    `begin` is told the number of regions, and `tick` each region that is done.
    """
    rules = chosen_rules(wish.settings)
    settings = {n: {k: v for k, v in row.items() if k != "enforcementLevel"} for n, row in wish.settings.items()}
    session = account.connect(wish.profile)
    number = account.account(session)
    regions, whole = account.regions(session, list(wish.regions))
    begin(len(regions))
    readers = [Reader(session, region) for region in regions]
    places = _look(readers, wish.perhaps, tick)
    notes = [note for reader in readers for note in reader.notes.values()]
    pairs, failed = _pairs(wish, places)
    identities = Reader(session, session.region_name or account.HOME, place="")
    profiles = [host.profile for place in places for host in place.hosts if host.sure and host.profile]
    parts = described(places, pairs, list(roles(identities, profiles)))
    notes += [*identities.notes.values(), *failed, *_beyond(places)]
    findings = list(_judged(parts, rules, settings, places, pairs, notes))
    findings += [finding for place in places for finding in check(place, wish.limits)]
    findings += unreached(places, pairs, wish.fleet) if wish.fleet else ()
    told = bool(wish.token) and not failed
    if told:
        seen = not any(note.operation in FINDING for note in notes)
        findings += judge_pairs(places, pairs, whole=whole and seen)
        notes += doubts(pairs)
    lines = [_line(place, host, pairs) for place in places for host in place.hosts]
    return Report(
        account=number,
        regions=tuple(regions),
        hosts=tuple(sorted(lines, key=lambda line: (line.region, line.name, line.id))),
        findings=ordered(findings),
        not_checked=tuple(dict.fromkeys(notes)),
        twingate=told,
    )


def _look(readers: Sequence[Reader], perhaps: bool, tick: Callable[[str], None]) -> list[Place]:
    def one(reader: Reader) -> Place:
        place = look(reader, perhaps=perhaps)
        tick(reader.region)
        return place

    pool = ThreadPoolExecutor(_AT_ONCE)
    try:
        return list(pool.map(one, readers))
    except BaseException:  # Ctrl-C, too: what is under way ends with its next question
        for reader in readers:
            reader.stopped = True
        raise
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _pairs(wish: Wish, places: Sequence[Place]) -> tuple[Pairs, list[NotChecked]]:
    if not wish.token:
        return Pairs(), []
    try:
        return match(places, twingate.connectors(wish.endpoint, wish.token)), []
    except twingate.TwingateError as problem:
        return Pairs(), [NotChecked(what="the state of Connectors in Twingate", reason=str(problem))]


def _beyond(places: Sequence[Place]) -> Iterator[NotChecked]:
    """Ways that leave what an account shows: nobody knows by which address such a host leaves."""
    for place in places:
        for host in place.hosts:
            found = way_out(place, host) if host.sure else None
            if found and found.beyond:
                reason = f"Its routes lead to {found.beyond}, and what is behind it is not followed."
                yield NotChecked(what=f"the exit of host {host.id}", reason=reason, region=place.region)


def _judged(
    parts: Sequence[Described],
    rules: Sequence[Rule],
    settings: Mapping[str, Mapping[str, Any]],
    places: Sequence[Place],
    pairs: Pairs,
    notes: list[NotChecked],
) -> Iterator[Finding]:
    """What the pack's rules say. What a rule could not tell is a note, unless the reason is noted already."""
    by_urn = {part.urn: part for part in parts}
    users = _users([host for place in places for host in place.hosts if host.sure], parts)
    unknown = {host.id for place in places for host in place.hosts if not network_of(host, pairs)[0]}
    elsewhere = {one.network for one in pairs.hostless()}
    for told in judge(parts, rules, settings):
        part = by_urn.get(told.urn)
        if part is None:
            if not told.sure and (not notes or UNREADABLE in told.text):
                reason = told.text.replace(LATER, "")
                notes.append(NotChecked(what=f"a part of the rule {told.rule.name}", reason=reason))
        elif told.rule.name == _ALIKE and part.id in unknown:
            continue
        elif told.rule.name != _SPREAD or part.id not in elsewhere:
            yield _finding(told, part, users)


def _finding(told: Judged, part: Described, users: Mapping[str, tuple[str, ...]]) -> Finding:
    return Finding(
        rule=told.rule.name,
        severity=told.rule.severity.value,
        region=str(part.props.get("region", "")),
        type=part.type,
        resource=part.id,
        hosts=users.get(part.urn, ()),
        text=told.text,
        url=PRACTICES[told.rule.practice].url,
    )


def _users(hosts: Sequence[Host], parts: Sequence[Described]) -> dict[str, tuple[str, ...]]:
    """The hosts that a resource concerns, by its URN: themselves, and those that name it, its group or its role."""
    named: dict[str, list[str]] = {}
    for host in hosts:
        for id in (host.id, *host.groups, host.profile, str(host.raw.get("SubnetId"))):
            named.setdefault(id, []).append(host.id)
    roles = {part.props.get("role"): part.id for part in parts if "instanceProfile" in part.type}
    found = {}
    for part in parts:
        role = part.props.get("role") or part.props.get("name")
        keys = [part.id, part.props.get("securityGroupId"), part.props.get("instance"), roles.get(role)]
        ids = [id for key in keys if isinstance(key, str) for id in named.get(key, ())]
        found[part.urn] = tuple(sorted(set(ids)))
    return found


def _line(place: Place, host: Host, pairs: Pairs) -> HostLine:
    one, out = pairs.by_host.get(host), way_out(place, host)
    return HostLine(
        id=host.id,
        name=host.tags.get("Name", ""),
        region=place.region,
        zone=str((host.raw.get("Placement") or {}).get("AvailabilityZone", "")),
        state=host.state,
        image=str(host.raw["ImageId"]),
        private_ip=next(iter(host.private_ips), ""),
        exit_ip=out.address if out else "",
        network=network_of(host, pairs)[0],
        why=host.why,
        judged=host.sure,
        connector=one.name if one else "",
        connector_state=one.state if one else "",
        connector_version=one.version if one else "",
    )
