"""AWS: hosts answer for their role's credentials by IMDSv2 only, and to themselves only."""

from collections.abc import Iterator

from pulumi_policy import PolicyResource, Severity

from ..checks import AWS_HOSTS, must, unless_inherited
from ..frame import Finding, Rule
from ..known import read
from ..stack import Stack


def _judge(host: PolicyResource, stack: Stack) -> Iterator[Finding]:
    if read(host.props, "metadataOptions", "httpEndpoint") == "disabled":
        return
    most = stack.config["hop_limit"]
    tokens, hops = "metadataOptions.httpTokens", "metadataOptions.httpPutResponseHopLimit"
    key = "metadataOptions"
    yield from unless_inherited(
        host, stack, key, must(host, tokens, lambda v: v == "required", f"Set `{tokens}` to 'required'.")
    )
    if read(host.props, key) is not None:  # else it is said once
        yield from must(
            host,
            hops,
            lambda v: isinstance(v, int | float) and 1 <= v <= most,
            f"Set `{hops}` to {most:g}, so that no container or forwarded packet gets the credentials.",
        )


rule = Rule(
    name="aws-ec2-imdsv2",
    description="Connector hosts on EC2 use IMDSv2 with a short hop limit.",
    practice="aws-imds",
    remediation="Set `metadataOptions.httpTokens` to 'required' and `metadataOptions.httpPutResponseHopLimit` to 1.",
    severity=Severity.HIGH,
    clouds=("aws",),
    tags=("host", "credentials"),
    types=AWS_HOSTS,
    each=_judge,
    settings={
        "hop_limit": {
            "type": "integer",
            "minimum": 1,
            "default": 1,
            "description": "The greatest hop limit. 2 where the Connector runs in a container that needs the role.",
        }
    },
)
