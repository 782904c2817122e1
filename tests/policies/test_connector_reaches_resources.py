from dataclasses import replace

import pytest
from policies.analyzer import NOT_JUDGED, UNKNOWN, Res, analyze, metadata, silencing
from policies.clouds import LAST_AZURE, LAST_GCP, VENDOR_AZURE, VENDOR_GCP, firewall, on_azure, on_gcp, security
from policies.stacks import NETWORK, connector, fleet

from gatepost_policies import topology as t
from gatepost_policies.ways import aws

NAME = "connector-reaches-resources"
DB = "10.9.0.20"
FIX = {
    "aws": "Add a `SecurityGroupEgressRule` with `ipProtocol`, `fromPort`, `toPort` and `cidrIpv4`, or narrow "
    "`protocols` of the Resource.",
    "gcp": "Add a `Firewall` of `direction` EGRESS with `allows` and `destinationRanges`, ahead of what denies it, or "
    "narrow `protocols` of the Resource.",
    "azure": "Add an outbound `SecurityRule` with `destinationAddressPrefix` and `destinationPortRange`, ahead of what "
    "denies it, or narrow `protocols` of the Resource.",
}
POSTGRES = {
    "tcp": {"policy": "RESTRICTED", "ports": ["5432"]},
    "udp": {"policy": "DENY_ALL", "ports": []},
    "allowIcmp": False,
}
OPEN = {"fromPort": 5432, "toPort": 5432, "cidrIpv4": "10.9.0.0/16"}

COMPUTED = dict.fromkeys(("protocols", "isActive", "routingMode"), UNKNOWN)


def db(address=DB, protocols=POSTGRES, **props):
    """A Resource of the Remote Network; None leaves a property out."""
    found = {"address": address, "remoteNetworkId": UNKNOWN, "protocols": protocols, **props}
    known = {key: value for key, value in found.items() if value is not None}
    return Res(t.RESOURCE, "db", known, {"remoteNetworkId": ["net"]}, COMPUTED)


def out(name="out", protocol="tcp", group="group", **props):
    found = {"securityGroupId": UNKNOWN, "ipProtocol": protocol, **(props or OPEN)}
    return Res(aws.EGRESS_RULE, name, found, {"securityGroupId": [group]})


WEB = out("web", fromPort=443, toPort=443, cidrIpv4="0.0.0.0/0")


def on_aws(*more):
    return [*fleet(), WEB, *more]


def inline(*entries):
    """The group with entries of its own."""
    stack = [*fleet(), db()]
    return [replace(r, props={**r.props, "egress": list(entries)}) if r.name == "group" else r for r in stack]


def groups(near, **ids):
    """Hosts whose groups are these of the stack (by slot), and those by id."""

    def grouped(res):
        slot = res.name.removeprefix("host-")
        props = {**res.props, "vpcSecurityGroupIds": [UNKNOWN, *ids.get(slot, ())]}
        return replace(res, props=props, deps={**res.deps, "vpcSecurityGroupIds": near.get(slot, [])})

    return [grouped(res) if res.type == t.INSTANCE else res for res in on_aws(db())]


OTHER = Res(t.SECURITY_GROUPS[0], "other", {"vpcId": "vpc-1"})
MACHINE = Res(
    t.AZURE_MACHINE,
    "group",
    {"userData": UNKNOWN, "networkProfile": {"networkInterfaces": [{"id": UNKNOWN}]}},
    {"userData": ["tokens-a"], "networkProfile": ["nic"]},
)
NIC = Res(
    t.AZURE_INTERFACE,
    "nic",
    {"networkSecurityGroup": {"id": UNKNOWN}, "ipConfigurations": [{"subnet": {"id": UNKNOWN}}]},
    {"networkSecurityGroup": ["own"], "ipConfigurations": ["subnet"]},
)
OWN = Res(t.AZURE_GROUP, "own", {"location": "westeurope"})


def two_groups(*rules):
    """A virtual machine on Azure behind the group of its subnet, which lets all out, and one of its own."""
    made = [replace(r, deps={"networkSecurityGroupName": ["own"]}) for r in rules]
    stack = on_azure(security("all", priority=100), db(), MACHINE, NIC, OWN, *made)
    return [r for r in stack if r.type != t.CONTAINER_GROUP]


ELSEWHERE = [
    replace(r, props={**r.props, "remoteNetworkId": "net-1"}, deps={})
    for r in [db(), *connector("a"), *connector("b")]
    if "remoteNetworkId" in r.props
]
LEGACY = {
    "securityGroupId": UNKNOWN,
    "type": "egress",
    "protocol": "tcp",
    "fromPort": 0,
    "toPort": 65535,
    "cidrBlocks": ["10.0.0.0/8"],
}
ANY = {"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": ["0.0.0.0/0"]}
INLINE = {"protocol": "tcp", "fromPort": 5432, "toPort": 5432, "cidrBlocks": ["10.9.0.0/16"]}
PING = {**POSTGRES, "tcp": {"policy": "DENY_ALL"}, "allowIcmp": True}
PASSES = {
    "no Resource": on_aws(),
    "nothing is opened in this stack": [*fleet(), db()],
    "a rule": on_aws(out(), db()),
    "two rules side by side": on_aws(
        out("low", fromPort=5000, toPort=5431, cidrIpv4="10.0.0.0/8"),
        out("high", fromPort=5432, toPort=6000, cidrIpv4="10.0.0.0/8"),
        db(protocols={**POSTGRES, "tcp": {"policy": "RESTRICTED", "ports": ["5400-5500"]}}),
    ),
    "two blocks side by side": on_aws(
        out("low", fromPort=5432, toPort=5432, cidrIpv4="10.9.0.0/17"),
        out("high", fromPort=5432, toPort=5432, cidrIpv4="10.9.128.0/17"),
        db("10.9.0.0/16"),
    ),
    "inline": inline(INLINE),
    "inline, all traffic": inline(ANY),
    "legacy": on_aws(Res(aws.LEGACY_RULE, "old", LEGACY, {"securityGroupId": ["group"]}), db()),
    "ping": on_aws(out(protocol="icmp", fromPort=-1, toPort=-1, cidrIpv4="10.0.0.0/8"), db(protocols=PING)),
    "a group at the far end": on_aws(
        out(fromPort=5432, toPort=5432, referencedSecurityGroupId="sg-0123456789abcdef0"), db()
    ),
    "a name": on_aws(db("db.acme.internal")),
    "IPv6": on_aws(db("fd00::1")),
    "no address of a Resource": on_aws(db("127.0.0.1")),
    "not active": on_aws(db(isActive=False)),
    "past Twingate": on_aws(db(routingMode="BYPASS_TWINGATE")),
    "another Remote Network": on_aws(
        replace(NETWORK, name="other"), replace(db(), deps={"remoteNetworkId": ["other"]})
    ),
    "a group of another stack": groups({"a": ["group"], "b": ["group"]}, a=["sg-1"], b=["sg-2"]),
    "groups add up": [*groups({"a": ["group", "other"], "b": ["other", "group"]}), OTHER, out(group="other")],
    "nothing goes through": on_aws(db(protocols={**POSTGRES, "tcp": {"policy": "DENY_ALL"}})),
    "public, where ICMP is not asked": on_aws(
        db("203.0.113.9", {**POSTGRES, "tcp": {"policy": "RESTRICTED", "ports": ["443"]}, "allowIcmp": True})
    ),
    "gcp": on_gcp(*VENDOR_GCP, LAST_GCP, firewall("db", priority=400, allow="tcp:5432", to=["10.9.0.0/16"]), db()),
    "gcp implied": on_gcp(firewall("ssh", priority=100, deny="tcp:22"), db()),
    "gcp, all": on_gcp(LAST_GCP, firewall("all", priority=400, allow="all", to=["10.0.0.0/8"]), db(protocols=None)),
    "azure": on_azure(
        *VENDOR_AZURE, LAST_AZURE, security("db", priority=300, protocol="Tcp", ports="5432", to=DB), db()
    ),
    "azure, two groups": two_groups(security("db", priority=100, protocol="Tcp", ports="5432", to=DB)),
    "azure, the virtual network": on_azure(
        *VENDOR_AZURE, LAST_AZURE, security("own", priority=300, to="VirtualNetwork"), db(protocols=None)
    ),
}


@pytest.mark.parametrize("stack", PASSES.values(), ids=PASSES)
def test_passes(stack):
    assert analyze(NAME, *stack) == []


def says(lost, cloud="aws", at="Security group 'group'", via=" by Instance 'host-a'", block=f"{DB}/32"):
    told = f"Twingate resource 'db' ({block}) cannot be reached{via}: {at} lets out no {lost}."
    return [("MANDATORY", "db", f"{told} {FIX[cloud]}")]


GCP = {"cloud": "gcp", "at": "Instance 'vm'", "via": ""}
AZURE = {"cloud": "azure", "at": "Network security group 'nsg'", "via": " by Container group 'group'"}
TCP = f"tcp 5432 {DB}/32"
FAILS = {
    "no rule": (on_aws(db()), says(TCP)),
    "without `protocols` all is let through": (
        on_aws(out("all", "tcp", fromPort=0, toPort=65535, cidrIpv4="10.0.0.0/8"), db(protocols=None)),
        says(f"udp 1-65535 {DB}/32, icmp {DB}/32"),
    ),
    "ping": (on_aws(db(protocols=PING)), says(f"icmp {DB}/32")),
    "half of a block": (
        on_aws(out(fromPort=5432, toPort=5432, cidrIpv4="10.9.0.0/17"), db("10.9.0.0/16")),
        says("tcp 5432 10.9.128.0/17", block="10.9.0.0/16"),
    ),
    "not from the first address": (on_aws(db("10.9.0.1/16")), says("tcp 5432 10.9.0.0/16", block="10.9.0.0/16")),
    "some of the ports": (
        on_aws(
            out(), db(protocols={**POSTGRES, "tcp": {"policy": "RESTRICTED", "ports": ["5432-5440", "80", "90", "80"]}})
        ),
        says(f"tcp 5433-5440 {DB}/32, tcp 80 {DB}/32, tcp 90 {DB}/32"),
    ),
    "many": (
        on_aws(db(protocols={**POSTGRES, "tcp": {"policy": "RESTRICTED", "ports": ["1", "2", "3", "4", "5"]}})),
        says(f"tcp 1 {DB}/32, tcp 2 {DB}/32, tcp 3 {DB}/32 and 2 more"),
    ),
    "a public address": (
        on_aws(db("203.0.113.9", None)),
        says(
            "tcp 1-442 203.0.113.9/32, tcp 444-65535 203.0.113.9/32, udp 1-65535 203.0.113.9/32",
            block="203.0.113.9/32",
        ),
    ),
    "inline": (inline({**INLINE, "toPort": 5433, "fromPort": 5433}), says(TCP)),
    "one host of two": (
        [*groups({"a": ["other"], "b": ["group"]}), OTHER, out(group="other")],
        says(TCP, via=" by Instance 'host-b'"),
    ),
    "a Remote Network of another stack": ([*(r for r in on_aws() if r.type != t.CONNECTOR), *ELSEWHERE], says(TCP)),
    "gcp": (on_gcp(*VENDOR_GCP, LAST_GCP, db()), says(TCP, **GCP)),
    "gcp, denied before": (
        on_gcp(firewall("no", priority=100, deny="tcp:5000-6000", to=["10.9.0.0/24"]), db("10.9.0.0/16")),
        says("tcp 5432 10.9.0.0/24", block="10.9.0.0/16", **GCP),
    ),
    "azure": (on_azure(*VENDOR_AZURE, LAST_AZURE, db()), says(TCP, **AZURE)),
    "azure, one group of two": (
        two_groups(security("last", priority=100, access="Deny")),
        says(TCP, "azure", "Network security group 'own'", " by Virtual machine 'group'"),
    ),
    "azure, denied before": (
        on_azure(security("no", priority=100, access="Deny", to=DB), security("yes", priority=200), db()),
        says(TCP, **AZURE),
    ),
}


@pytest.mark.parametrize(("stack", "found"), FAILS.values(), ids=FAILS)
def test_fails(stack, found):
    assert analyze(NAME, *stack) == found


def test_hosts_of_the_same_rules_are_told_of_once_in_any_order():
    stack = on_aws(db())
    assert analyze(NAME, *stack) == analyze(NAME, *reversed(stack)) == says(TCP)
    stack = on_gcp(*VENDOR_GCP, LAST_GCP, db())
    twins = [replace(r, name="vm-2") for r in stack if r.type == t.GCP_INSTANCE]
    assert analyze(NAME, *stack, *twins) == says(TCP, **GCP)


def unknown(*stack):
    """The one note about the stack, without what all notes begin with."""
    ((level, name, text),) = analyze(NAME, *stack)
    assert (level, name, text[: len(NOT_JUDGED)]) == ("ADVISORY", "", NOT_JUDGED)
    return text[len(NOT_JUDGED) :]


LATER = {
    "address": (
        on_aws(db(UNKNOWN)),
        "Twingate resource 'db' must be reached from Instance 'host-a', and its `address` is a value known only after "
        "the update.",
    ),
    "ports": (
        [*fleet(), out(), db(protocols={**POSTGRES, "tcp": {"policy": "RESTRICTED", "ports": ["5432", UNKNOWN]}})],
        says(f"tcp 1-5431 {DB}/32, tcp 5433-65535 {DB}/32")[0][2],
    ),
    "policy": (
        on_aws(out(), db(protocols={**POSTGRES, "udp": {"policy": UNKNOWN}})),
        says(f"udp 1-65535 {DB}/32")[0][2],
    ),
    "protocols": (
        [*fleet(), out(), db(protocols=UNKNOWN)],
        says(f"tcp 1-5431 {DB}/32, tcp 5433-65535 {DB}/32, udp 1-65535 {DB}/32 and 1 more")[0][2],
    ),
    "network": (on_aws(replace(db(), deps={})), says(TCP)[0][2]),
    "active": (on_aws(db(isActive=UNKNOWN)), says(TCP)[0][2]),
    "block of a rule": (on_aws(out(fromPort=5432, toPort=5432, cidrIpv4=UNKNOWN), db()), says(TCP)[0][2]),
    "group of a rule": (on_aws(replace(out(), deps={}), db()), says(TCP)[0][2]),
    "groups of the hosts": (groups({}), says(TCP)[0][2]),
    "gcp": (
        on_gcp(LAST_GCP, firewall("db", priority=400, allow="tcp:5432", to=[UNKNOWN]), db()),
        says(TCP, **GCP)[0][2],
    ),
    "azure": (on_azure(LAST_AZURE, security("db", priority=300, ports=UNKNOWN), db()), says(TCP, **AZURE)[0][2]),
}


@pytest.mark.parametrize(("stack", "said"), LATER.values(), ids=LATER)
def test_what_is_not_known_yet(stack, said):
    assert unknown(*stack) == said


def test_an_unknown_port_beside_a_violation():
    resource = db(protocols={**POSTGRES, "tcp": {"policy": "RESTRICTED", "ports": ["5433", UNKNOWN]}})
    assert analyze(NAME, *on_aws(out(), resource)) == says(f"tcp 5433 {DB}/32")


def test_an_unknown_resource_beside_a_violation():
    found = analyze(NAME, *on_aws(db(), replace(db(UNKNOWN), name="later")))
    assert sorted(found)[1:] == says(TCP)
    assert [(level, name) for level, name, _ in sorted(found)[:1]] == [("ADVISORY", "")]


@pytest.mark.parametrize(
    "stack",
    [on_aws(db()), on_gcp(*VENDOR_GCP, LAST_GCP, db()), on_azure(*VENDOR_AZURE, LAST_AZURE, db())],
    ids=["aws", "gcp", "azure"],
)
def test_one_unknown_never_silences(stack):
    assert silencing(NAME, stack) == []


def test_metadata():
    assert metadata(NAME) == {
        "name": NAME,
        "description": "Firewalls of Connector hosts let out what the Resources of their Remote Network take.",
        "enforcementLevel": "MANDATORY",
        "policyType": "POLICY_TYPE_STACK",
        "severity": "POLICY_SEVERITY_MEDIUM",
        "tags": ["aws", "gcp", "azure", "network", "egress", "BP13"],
        "remediationSteps": "Add outbound entries for the Resource's `address` and `protocols` (gatepost: `reach` of "
        "the site), or narrow `protocols` of the Resource.",
        "url": "https://www.twingate.com/docs/connector-best-practices",
    }
