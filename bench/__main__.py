"""`make bench`: what the policy pack costs, in seconds and as ratios within one run. Ends with 1 if not linear."""

import subprocess
import sys
import time
from collections.abc import Callable

from google.protobuf import struct_pb2
from pulumi.runtime import proto
from pulumi_policy import EnforcementLevel
from pulumi_policy.policy import _PolicyAnalyzerServicer

from gatepost_policies import policies
from gatepost_policies import topology as t

SIZES = (100, 1000)
MOST = 4.0
"""A resource of the large stack may cost so many times one of the small stack: above it, time is not linear."""
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
OURS = {"managed-by": "gatepost"}


def stack(size: int) -> proto.AnalyzeStackRequest:
    """Build a stack of `size` resources: Connectors with their pairs, hosts, groups and rules."""
    resources = []
    for number in range(size // 5):
        name = f"one-{number}"
        group = urn(t.SECURITY_GROUPS[0], f"{name}-group")
        rule = {"securityGroupId": f"sg-{number}", "ipProtocol": "tcp", "fromPort": 443, "toPort": 443}
        host = {"ami": "ami-0123456789abcdef0", "instanceType": "t3a.micro", "vpcSecurityGroupIds": [f"sg-{number}"]}
        made = (
            (t.CONNECTOR, f"{name}-con", {"remoteNetworkId": "net"}, {}),
            (t.TOKENS, f"{name}-tokens", {"connectorId": name}, {"connectorId": urn(t.CONNECTOR, f"{name}-con")}),
            (t.SECURITY_GROUPS[0], f"{name}-group", {"id": f"sg-{number}", "tags": OURS}, {}),
            (t.INSTANCE, f"{name}-host", {**host, "tags": OURS}, {"vpcSecurityGroupIds": group}),
            (EGRESS, f"{name}-out", {**rule, "cidrIpv4": "0.0.0.0/0", "tags": OURS}, {"securityGroupId": group}),
        )
        resources += [wire(*one) for one in made]
    return proto.AnalyzeStackRequest(resources=resources)


def urn(token: str, name: str) -> str:
    return f"urn:pulumi:bench::bench::{token}::{name}"


def wire(token: str, name: str, props: dict, deps: dict) -> proto.AnalyzerResource:
    body = struct_pb2.Struct()
    body.update(props)
    made = proto.AnalyzerResource(type=token, properties=body, urn=urn(token, name), name=name)
    for key in props:
        made.propertyDependencies[key].urns.extend([deps[key]] if key in deps else [])
    return made


def fastest(act: Callable[[], object], times: int = 3) -> float:
    """Seconds of the fastest of several runs: the others waited for something else."""
    found = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        found.append(time.perf_counter() - began)
    return min(found)


def start(*words: str) -> float:
    return fastest(lambda: subprocess.run([sys.executable, "-c", *words], check=True))


def main() -> int:
    empty, pack = start("pass"), start("from gatepost_policies import policies; policies()")
    sdk = start("import pulumi_policy")
    print(f"pack start              {pack:6.2f} s   {pack / sdk:4.1f} times that of the policy SDK alone ({sdk:.2f} s)")
    print(f"interpreter start       {empty:6.2f} s")
    servicer = _PolicyAnalyzerServicer("gatepost", "0.0.0", policies(), EnforcementLevel.ADVISORY)
    each = []
    for size in SIZES:
        request = stack(size)
        seconds = fastest(lambda request=request: servicer.AnalyzeStack(request, None))
        each.append(seconds / size)
        print(f"{size:5} resources judged  {seconds:6.2f} s   {1000 * each[-1]:5.2f} ms per resource")
    ratio = each[-1] / each[0]
    print(f"per resource, {SIZES[-1]} against {SIZES[0]}: {ratio:.1f} times (1 is linear, at most {MOST:g})")
    return 0 if ratio <= MOST else 1


if __name__ == "__main__":
    sys.exit(main())
