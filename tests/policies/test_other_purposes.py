"""What is right passes in every spelling, and hosts of other purposes are left alone."""

import pytest
from policies.analyzer import UNKNOWN, Res, analyze
from policies.good import judged
from policies.other_programs import (
    ANY,
    EMAIL,
    NUMBERS,
    ROLE,
    TWINGATE,
    WEB,
    account,
    containers,
    grant,
    group,
    host,
    public,
    scaled,
    ssh,
    task,
    template,
    vm,
)
from policies.stacks import NETWORK, connector

from gatepost_policies import topology as t

FINE = {
    "all, written with ports": ("connector-vendor-ports", [group(ANY), host()]),
    "protocols by number and in capitals": ("aws-ec2-egress", [group(*NUMBERS), host()]),
    "ports by number": ("connector-vendor-ports", [group(*NUMBERS), host()]),
    "a second group that is elsewhere": (
        "connector-vendor-ports",
        [group(WEB), host(vpcSecurityGroupIds=["sg-0123", "sg-9999"])],
    ),
    "group of a template": ("aws-ec2-egress", [template(vpcSecurityGroupIds=["sg-9999"]), scaled()]),
    "template that is elsewhere": ("aws-ec2-egress", [host(vpcSecurityGroupIds=None, launchTemplate={"id": "lt-9"})]),
    "group of a service": ("aws-ec2-egress", task(securityGroups=["sg-9999"])),
    "group that is attached later": (
        "aws-ec2-egress",
        [
            host(vpcSecurityGroupIds=None),
            Res(t.INTERFACE_ATTACHMENT, "at", {"instanceId": UNKNOWN}, {"instanceId": ["host"]}),
        ],
    ),
    "template that gives no public address": (
        "aws-ec2-no-public-ip",
        [public(), template(networkInterfaces=[{"associatePublicIpAddress": "false"}]), scaled()],
    ),
    "private subnet": ("aws-ec2-no-public-ip", [public(mapPublicIpOnLaunch=False), host(subnetId="subnet-9")]),
    "all actions but those that read": (
        "aws-iam-own-identity",
        [*ROLE, host(iamInstanceProfile="p"), grant(NotAction=["ssm:*", "secretsmanager:*"], Resource="*")],
    ),
    "a secure parameter": ("twingate-tokens-not-in-text", TWINGATE),
    "network that is another one": (
        "gcp-compute-no-ingress",
        [vm(tags=["c"]), ssh(network="projects/p/global/networks/other", targetTags=["c"])],
    ),
    "account of another project": (
        "gcp-compute-no-ingress",
        [
            account(EMAIL),
            vm(serviceAccount={"email": EMAIL}),
            ssh(targetServiceAccounts=[EMAIL.replace("@p.", "@other.")]),
        ],
    ),
    "private container group": ("azure-network-no-ingress", [containers(ipAddress={"type": "Private", "ports": []})]),
}


@pytest.mark.parametrize("case", FINE)
def test_what_is_right_passes_in_every_spelling(case):
    rule, stack = FINE[case]
    assert analyze(rule, *stack) == []


def test_a_rule_for_a_whole_network_waits_until_the_network_is_known():
    machine = vm(networkInterfaces=[{"subnetwork": "regions/r/subnetworks/s"}])
    assert [level for level, _, _ in analyze("gcp-compute-no-ingress", machine, ssh())] == ["ADVISORY"]


def test_a_group_that_is_not_known_yet_leaves_the_ports_unjudged():
    found = analyze("connector-vendor-ports", group(WEB), host(vpcSecurityGroupIds=["sg-0123", UNKNOWN]))
    assert [level for level, _, _ in found] == ["ADVISORY"]


def test_a_plain_variable_of_another_name_waits_until_it_is_known():
    made = containers(containers=[{"environmentVariables": [{"name": "TOKEN", "value": UNKNOWN}]}])
    made = Res(made.type, made.name, made.props, {"containers": ["tokens-a"]})
    assert [level for level, _, _ in analyze("twingate-tokens-not-in-text", *TWINGATE, made)] == ["ADVISORY"]


@pytest.mark.parametrize(("opened", "names"), [(["pair-a"], []), (["pair-a", "pair-b"], ["opens"])])
def test_a_role_opens_the_pair_of_its_own_host_only(opened, names):
    machine = Res(t.INSTANCE, "host", {"userData": UNKNOWN, "iamInstanceProfile": "p"}, {"userData": ["pair-a"]})
    policy = Res(t.ROLE_POLICY, "opens", {"role": "r", "policy": UNKNOWN}, {"policy": opened})
    found = analyze("aws-iam-own-identity", NETWORK, *connector("a"), *connector("b"), *ROLE, machine, policy)
    said = (
        "Role policy 'opens' opens in `policy` the pair of Twingate connector tokens 'tokens-b', which is of another "
    )
    said += "host. Name the ARN of the host's own secret."
    assert [row for row in found if row[0] == "MANDATORY"] == [("MANDATORY", name, said) for name in names]


@pytest.mark.parametrize(
    "boot",
    [
        "apt-get install -y nginx",
        "curl https://binaries.twingate.com/client/linux/install.sh\n"
        "twingate setup --headless /etc/twingate/service_key",
        "TWINGATE_NETWORK=acme\ntwingate setup --headless service_key",
        "export TWINGATE_API_TOKEN=$(aws ssm get-parameter --name t) TWINGATE_NETWORK=acme\npulumi up --yes",
    ],
    ids=["web server", "client", "client of a network", "automation"],
)
def test_hosts_of_other_purposes_are_left_alone(boot):
    web = host(userData=boot, keyName="ops", instanceType="m7i.8xlarge", associatePublicIpAddress=True)
    nodes = Res("aws:eks/nodeGroup:NodeGroup", "nodes", {"clusterName": "c", "remoteAccess": {"ec2SshKey": "ops"}})
    bastion = vm(metadataStartupScript="", networkInterfaces=[{"network": "vpc", "accessConfigs": [{}]}])
    assert judged([group(ANY, ingress=[WEB]), web, nodes, bastion, ssh()]) == {}
