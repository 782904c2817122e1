import json
from dataclasses import replace

import pytest
from policies.analyzer import NOT_JUDGED, UNKNOWN, Res, analyze, metadata, silencing
from policies.clouds import VM, vm
from policies.stacks import NETWORK, connector

from gatepost_policies import topology as t

NAME = "gcp-iam-own-identity"
OWN = "Set it to the email of an account of the host's own."
ONLY = "Give it roles/secretmanager.secretAccessor on the host's own secret only."
ACCESS = "roles/secretmanager.secretAccessor"
PROJECT, FOLDER = "gcp:projects/iAMMember:IAMMember", "gcp:folder/iAMMember:IAMMember"
MEMBER, BINDING, POLICY = (
    f"gcp:{place}:{place.rpartition('/')[2][:1].upper()}{place.rpartition('/')[2][1:]}"
    for place in (f"secretmanager/secretIam{shape}" for shape in ("Member", "Binding", "Policy"))
)
DEFAULT = "123456789012-compute@developer.gserviceaccount.com"


def email(slot):
    return f"acc-{slot}@acme.iam.gserviceaccount.com"


def machine(slot, account=UNKNOWN, near=None):
    """An instance with the pair of a Connector, and an account."""
    props = {**VM, "metadataStartupScript": UNKNOWN, "serviceAccount": {"email": account, "scopes": ["cloud-platform"]}}
    deps = {"metadataStartupScript": [f"secret-{slot}"], "serviceAccount": [near or f"account-{slot}"]}
    if account is not UNKNOWN:
        del deps["serviceAccount"]
    return Res(t.GCP_INSTANCE, f"vm-{slot}", props, deps)


def grant(token, name, account="a", role=ACCESS, of="a", **props):
    base = {"member": UNKNOWN, "role": role, **({"secretId": UNKNOWN} if "secret" in token else {"project": "acme"})}
    deps = {"member": [f"account-{account}"], **({"secretId": [f"secret-{of}"]} if "secret" in token else {})}
    found = {key: value for key, value in {**base, **props}.items() if value is not None}
    return Res(token, name, found, {key: near for key, near in deps.items() if found.get(key) is UNKNOWN})


def identity(slot):
    id_ = f"projects/acme/serviceAccounts/{email(slot)}"
    return [
        Res(t.GCP_ACCOUNT, f"account-{slot}", {"accountId": f"acc-{slot}"}, computed={"email": email(slot), "id": id_}),
        Res(t.GCP_SECRETS[0], f"secret-{slot}", {"replication": {"auto": {}}}, computed={"id": UNKNOWN}),
        Res(
            next(iter(t.SECRET_VERSIONS)),
            f"version-{slot}",
            {"secret": UNKNOWN, "secretData": UNKNOWN},
            {"secret": [f"secret-{slot}"], "secretData": [f"tokens-{slot}"]},
        ),
        grant(MEMBER, f"opens-{slot}", slot, of=slot),
    ]


REST = [NETWORK, *connector("a"), *connector("b"), *identity("a"), *identity("b")]
GOOD = [*REST, machine("a"), machine("b")]


def granted(role="roles/owner"):
    policy = {"bindings": [{"role": role, "members": ["group:ops@acme.com", f"serviceAccount:{email('a')}"]}]}
    return json.dumps(policy)


@pytest.mark.parametrize(
    "stack",
    [
        pytest.param(GOOD, id="own accounts"),
        pytest.param([*REST, machine("a", email("a")), machine("b", email("b"))], id="by address"),
        pytest.param([*GOOD, grant(PROJECT, "logs", role="roles/logging.logWriter")], id="logs"),
        pytest.param([*GOOD, grant(PROJECT, "ops", member="user:ops@acme.com", role="roles/owner")], id="a person"),
        pytest.param([*GOOD, grant(POLICY, "p", member=None, role=None, policyData="{")], id="no JSON"),
        pytest.param([*REST, replace(vm(), deps={})], id="no account"),
        pytest.param([Res(t.GCP_INSTANCE, "web", {"serviceAccount": {"email": DEFAULT}})], id="another team's"),
    ],
)
def test_passes(stack):
    assert analyze(NAME, *stack) == []


def default(said, **account):
    made = machine("a", "")
    changed = replace(made, props={**made.props, "serviceAccount": {"scopes": ["cloud-platform"], **account}})
    return [*REST, changed, machine("b")], ("vm-a", f"Instance 'vm-a' {said} {OWN}")


def wide(grant, role, where):
    text = f"{'IAM member' if 'iAM' in grant.type else grant.type.rpartition(':')[2]} '{grant.name}'"
    return [*GOOD, grant], (
        grant.name,
        f"{text} gives the account of a Connector host the role {role} on {where}. {ONLY}",
    )


TWO = "Instance 'vm-a', Instance 'vm-b'"
EACH = "Make a secret for each, and give each account its own."
FAILS = [
    pytest.param(
        *default(
            "sets `serviceAccount.email` to 'default', which other machines of the project have too.", email="default"
        ),
        id="default",
    ),
    pytest.param(
        *default(
            f"sets `serviceAccount.email` to '{DEFAULT}', which other machines of the project have too.", email=DEFAULT
        ),
        id="the default account's address",
    ),
    pytest.param(
        *default("does not set `serviceAccount.email`, so it has the default account of the project."), id="not set"
    ),
    pytest.param(
        [*REST, machine("a"), machine("b", near="account-a")],
        ("account-a", f"Account 'account-a' is the account of 2 hosts: {TWO}. Make an account for each."),
        id="one account",
    ),
    pytest.param(
        [*REST, *(machine(slot, "x@acme.iam.gserviceaccount.com") for slot in "ab")],
        (
            "vm-b",
            f"Account 'x@acme.iam.gserviceaccount.com' is the account of 2 hosts: {TWO}. Make an account for each.",
        ),
        id="one account, made elsewhere",
    ),
    pytest.param(*wide(grant(PROJECT, "all", role="roles/owner"), "roles/owner", "the whole project"), id="project"),
    pytest.param(
        *wide(grant(FOLDER, "all", member=f"serviceAccount:{email('a')}", role=ACCESS), ACCESS, "the whole folder"),
        id="folder, by address",
    ),
    pytest.param(
        [*GOOD, grant(BINDING, "both", of="a", member=None, members=[UNKNOWN, f"serviceAccount:{email('b')}"])],
        ("both", f"Secret iam binding 'both' opens one secret to several hosts: {TWO}. {EACH}"),
        id="another host's secret",
    ),
    pytest.param(
        [*GOOD, grant(MEMBER, "all", of="b", member="allUsers")],
        ("all", "Secret iam member 'all' opens a Connector's pair to allUsers. Remove that member."),
        id="everybody",
    ),
    pytest.param(
        [*GOOD, grant(MEMBER, "rules", role="roles/secretmanager.admin")],
        (
            "rules",
            "Secret iam member 'rules' gives the account of a Connector host the role roles/secretmanager.admin on the "
            f"secret. {ONLY}",
        ),
        id="admin of its secret",
    ),
    pytest.param(
        [*GOOD, grant("gcp:projects/iAMPolicy:IAMPolicy", "p", member=None, role=None, policyData=granted())],
        (
            "p",
            f"IAM policy 'p' gives the account of a Connector host the role roles/owner on the whole project. {ONLY}",
        ),
        id="policy",
    ),
]


@pytest.mark.parametrize(("stack", "found"), FAILS)
def test_fails(stack, found):
    assert analyze(NAME, *stack) == [("MANDATORY", *found)]


@pytest.mark.parametrize("stack", [row.values[0] for row in FAILS])
def test_one_unknown_never_silences(stack):
    assert silencing(NAME, stack) == []


def test_unknown_beside_a_violation():
    later = grant(PROJECT, "later", account="b", role=UNKNOWN)
    found = analyze(NAME, *GOOD, grant(PROJECT, "all", role="roles/owner"), later)
    said = (
        "IAM member 'later' gives the account of a Connector host the role a value known only after the update on the"
    )
    assert [(level, name) for level, name, _ in found] == [("MANDATORY", "all"), ("ADVISORY", "")]
    assert found[1][2] == f"{NOT_JUDGED}{said} whole project. {ONLY}"


def test_project_roles():
    stack = [*GOOD, grant(PROJECT, "traces", role="roles/cloudtrace.agent")]
    assert [name for _, name, _ in analyze(NAME, *stack)] == ["traces"]
    assert analyze(NAME, *stack, config={"project_roles": ["roles/cloudtrace.agent"]}) == []


def test_metadata():
    found = metadata(NAME)
    assert found.pop("settings")["project_roles"]["default"] == [
        "roles/logging.logWriter",
        "roles/monitoring.metricWriter",
    ]
    assert found == {
        "name": NAME,
        "description": "Each Connector host on Google Cloud has an account of its own that opens exactly its secret.",
        "enforcementLevel": "MANDATORY",
        "policyType": "POLICY_TYPE_STACK",
        "severity": "POLICY_SEVERITY_HIGH",
        "tags": ["gcp", "host", "credentials", "gcp-iam"],
        "remediationSteps": "Set `serviceAccount.email` to an account of the host's own, and give that one "
        "roles/secretmanager.secretAccessor by a SecretIamMember on the host's secret only.",
        "url": "https://cloud.google.com/secret-manager/docs/access-control",
    }
