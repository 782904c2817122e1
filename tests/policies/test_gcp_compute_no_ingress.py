from dataclasses import replace

import pytest
from policies.analyzer import NOT_JUDGED, OURS, UNKNOWN, Res, analyze, silencing

# Literals, to be compared with pulumi_gcp where it is installed: the tests run without that SDK.
FIREWALL = "gcp:compute/firewall:Firewall"
NETWORK = "gcp:compute/network:Network"
SUBNETWORK = "gcp:compute/subnetwork:Subnetwork"
INSTANCE = "gcp:compute/instance:Instance"
TEMPLATE = "gcp:compute/instanceTemplate:InstanceTemplate"
ACCOUNT = "gcp:serviceaccount/account:Account"

NAME = "gcp-compute-no-ingress"
END = "Remove the rule or its `allows`: a Connector only dials out."
SAYS = f"Firewall rule 'ssh' lets in tcp 22, 80-90 from 0.0.0.0/0. {END}"
ALL = [{"protocol": "all"}]
ALLOWS = [{"protocol": "tcp", "ports": ["22", "80-90"]}]

NET = Res(NETWORK, "net", {"autoCreateSubnetworks": False})
SUB = Res(SUBNETWORK, "sub", {"network": UNKNOWN}, {"network": ["net"]})
PROPS = {"labels": OURS, "tags": ["connector"], "networkInterfaces": [{"subnetwork": UNKNOWN}]}
HOST = Res(INSTANCE, "host", PROPS, {"networkInterfaces": ["sub"]}, {"effectiveLabels": UNKNOWN})
OTHER = replace(HOST, props={**PROPS, "labels": {"team": "web"}})
RULE = {"network": UNKNOWN, "direction": "INGRESS", "allows": ALLOWS, "sourceRanges": ["0.0.0.0/0"]}
SSH = Res(FIREWALL, "ssh", RULE, {"network": ["net"]})
TAGGED = replace(SSH, props={**RULE, "targetTags": ["connector"]})


def ssh(**props):
    return replace(SSH, props={k: v for k, v in {**RULE, **props}.items() if v is not None})


@pytest.mark.parametrize(
    "stack",
    [
        pytest.param([NET, SUB, HOST, ssh(direction="EGRESS", sourceRanges=None)], id="egress"),
        pytest.param([NET, SUB, HOST, ssh(allows=None, denies=[{"protocol": "all"}])], id="deny only"),
        pytest.param([NET, SUB, HOST, ssh(allows=[])], id="allows nothing"),
        pytest.param([NET, SUB, HOST, ssh(disabled=True)], id="switched off"),
        pytest.param([NET, SUB, OTHER, SSH], id="another team's host"),
        pytest.param([NET, SUB, HOST, ssh(targetTags=["web"])], id="other target tag"),
        pytest.param([NET, SUB, HOST, Res(NETWORK, "n2"), replace(SSH, deps={"network": ["n2"]})], id="other network"),
        pytest.param([NET, SUB, HOST, replace(SSH, type="gcp:compute/route:Route")], id="another type"),
        pytest.param([NET, replace(SUB, inside="gatepost:gcp:Network"), SSH], id="a network without hosts"),
        pytest.param(
            [
                NET,
                SUB,
                Res(ACCOUNT, "mine"),
                Res(ACCOUNT, "theirs"),
                replace(
                    HOST,
                    props={**PROPS, "serviceAccount": {"email": UNKNOWN}},
                    deps={**HOST.deps, "serviceAccount": ["mine"]},
                ),
                replace(
                    ssh(targetServiceAccounts=[UNKNOWN]), deps={"network": ["net"], "targetServiceAccounts": ["theirs"]}
                ),
            ],
            id="other target account",
        ),
    ],
)
def test_passes(stack):
    assert analyze(NAME, *stack) == []


LITERAL = replace(HOST, props={**PROPS, "networkInterfaces": [{"network": "default"}]}, deps={})
WAYS_IN = [
    pytest.param([NET, SUB, HOST, SSH], SAYS, id="whole network"),
    pytest.param([NET, SUB, HOST, TAGGED], SAYS, id="target tag"),
    pytest.param([NET, SUB, HOST, ssh(direction=None)], SAYS, id="no direction"),
    pytest.param([NET, SUB, HOST, replace(ssh(direction=None), computed={"direction": UNKNOWN})], SAYS, id="computed"),
    pytest.param([NET, SUB, HOST, ssh(disabled=False)], SAYS, id="switched on"),
    pytest.param([NET, SUB, replace(HOST, type=TEMPLATE), SSH], SAYS, id="instance template"),
    pytest.param(
        [
            NET,
            replace(
                HOST,
                props={**PROPS, "networkInterfaces": [{"network": UNKNOWN}]},
                deps={"networkInterfaces": ["net"]},
            ),
            SSH,
        ],
        SAYS,
        id="host names the network",
    ),
    pytest.param(
        [LITERAL, replace(ssh(network="projects/p/global/networks/default"), deps={})], SAYS, id="literal network"
    ),
    pytest.param(
        [
            replace(NET, props={"name": "default"}),
            SUB,
            HOST,
            replace(ssh(network="projects/p/global/networks/default"), deps={}),
        ],
        SAYS,
        id="literal network that the stack makes",
    ),
    pytest.param(
        [NET, SUB, replace(HOST, props={**PROPS, "labels": {}}, computed={"effectiveLabels": OURS}), SSH],
        SAYS,
        id="labels of the provider",
    ),
    pytest.param(
        [Res(NETWORK, "net", {"name": "default"}), LITERAL, SSH], SAYS, id="network resource by its literal name"
    ),
    pytest.param(
        [
            NET,
            SUB,
            Res(ACCOUNT, "mine"),
            replace(
                HOST,
                props={**PROPS, "serviceAccount": {"email": UNKNOWN}},
                deps={**HOST.deps, "serviceAccount": ["mine"]},
            ),
            replace(ssh(targetServiceAccounts=[UNKNOWN]), deps={"network": ["net"], "targetServiceAccounts": ["mine"]}),
        ],
        SAYS,
        id="target account",
    ),
    pytest.param([replace(SSH, inside="gatepost:gcp:ConnectorSite"), NET], SAYS, id="in a component"),
    pytest.param(
        [NET, SUB, HOST, ssh(sourceRanges=None, sourceTags=["web"], sourceServiceAccounts=["a@b.c"])],
        f"Firewall rule 'ssh' lets in tcp 22, 80-90 from tag web, service account a@b.c. {END}",
        id="source tag",
    ),
    pytest.param(
        [
            NET,
            SUB,
            HOST,
            replace(ssh(sourceRanges=None, allows=[{"protocol": "all"}]), computed={"sourceRanges": UNKNOWN}),
        ],
        f"Firewall rule 'ssh' lets in all traffic from 0.0.0.0/0 (the default). {END}",
        id="no source",
    ),
    pytest.param(
        [NET, SUB, HOST, ssh(allows=[UNKNOWN], sourceRanges=[UNKNOWN])],
        "Firewall rule 'ssh' lets in a value known only after the update "
        f"from a value known only after the update. {END}",
        id="unknown entry and source",
    ),
]


@pytest.mark.parametrize(("stack", "said"), WAYS_IN)
def test_fails(stack, said):
    assert analyze(NAME, *stack) == [("MANDATORY", "ssh", said)]
    assert analyze(NAME, *reversed(stack)) == [("MANDATORY", "ssh", said)]


@pytest.mark.parametrize(("stack", "said"), WAYS_IN)
def test_one_unknown_never_silences(stack, said):
    assert silencing(NAME, stack) == []


@pytest.mark.parametrize(
    "stack",
    [
        pytest.param([NET, SUB, HOST, ssh(direction=UNKNOWN)], id="direction"),
        pytest.param([NET, SUB, HOST, ssh(targetTags=[UNKNOWN])], id="target tag"),
        pytest.param([NET, SUB, replace(HOST, props={**PROPS, "labels": UNKNOWN}), SSH], id="labels"),
        pytest.param([NET, SUB, HOST, replace(SSH, deps={})], id="network of the rule"),
        pytest.param([NET, SUB, replace(HOST, deps={}), SSH], id="network of the host"),
    ],
)
def test_not_judged(stack):
    assert analyze(NAME, *stack) == [("ADVISORY", "", NOT_JUDGED + SAYS)]


def test_unknown_allows_are_not_judged():
    said = "Firewall rule 'ssh' may let traffic in by its property `allows`. Write it out or drop it."
    assert analyze(NAME, NET, SUB, HOST, ssh(allows=UNKNOWN)) == [("ADVISORY", "", f"{NOT_JUDGED}{said}")]


def test_each_allow_is_reported():
    found = analyze(NAME, NET, SUB, HOST, ssh(allows=[*ALLOWS, {"protocol": "icmp"}]))
    icmp = f"Firewall rule 'ssh' lets in icmp from 0.0.0.0/0. {END}"
    assert found == [("MANDATORY", "ssh", SAYS), ("MANDATORY", "ssh", icmp)]


def test_scope_all_judges_every_resource():
    assert analyze(NAME, NET, SSH, config={"scope": "all"}) == [("MANDATORY", "ssh", SAYS)]
    assert analyze(NAME, NET, SSH, config={}) == []
