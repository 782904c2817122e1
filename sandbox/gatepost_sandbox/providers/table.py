"""The page ``docs/sandbox-providers.md``: what the providers model, and which change makes a new resource.

``python -m gatepost_sandbox.providers.table > docs/sandbox-providers.md`` writes it; a test compares.
"""

import importlib
import sys
from collections.abc import Iterable, Iterator

from gatepost_sandbox.refusals.limits import QUOTAS
from gatepost_sandbox.refusals.table import ROWS

from .kind import Kind

_HEAD = """\
# The sandbox's providers

The Pulumi engine starts these plugins in place of the vendors' own. They turn each resource into real calls to the
sandbox's APIs, and refuse by name what they do not model: types, functions, inputs, provider settings.

A change of an input either replaces the resource or is made in place. The rules below follow the source of the provider
that the vendor's Pulumi provider is built on (the repository above each table, the file in the last column); they were
not tried against a real account. A replacement makes the new resource first, except:

- types marked "deletes first" (`DeleteBeforeReplace` in pulumi-aws `provider/resources.go`);
- AWS types whose name the program gives and keeps: two of one name cannot be there at once (pulumi-terraform-bridge
  `pkg/tfbridge/schema.go`, `nameRequiresDeleteBeforeReplace`). Types of Pulumi's newer bridge do not do that
  (`pkg/pf/tfbridge/provider_diff.go`): security group rules and all of Twingate's.

A name that the program leaves out becomes `<logical name>-<7 hex digits>` (some of Google's types: in lower case and
within 63 characters); where that is longer than the limit, the check fails (`pkg/tfbridge/info/autonaming.go`). An
input marked `*` keeps its value when the program drops it: the API computes it. Of azure-native's, resources of a
resource group get the name and 8 hex digits, and what is in another resource gets the name alone.
"""
_TAIL = """\
## Where the sandbox differs from the vendors' providers

- A change of `routeTableId` gives a route table association a new id, and one of `dhcpOptionsId` gives its association
  a new id, but Pulumi keeps the old one. The sandbox finds them by their subnet and VPC.
- `monitoring` and `creditSpecification` of an instance cannot be changed in place: moto has no such call.
- What is still used is deleted as soon as it is free: the provider tries again for up to 20 minutes, the sandbox's for
  two. After that the refusal of the API is shown.
- Whether the default route tables of a transit gateway know an attachment
  (`transitGatewayDefaultRouteTableAssociation`, `...Propagation`) is not modelled: moto always associates it.
"""
_REFUSALS = """\
## What the sandbox's AWS refuses

moto does most things that it is asked for. These calls are refused as AWS does it, for every client, with the code in
the third column (`gatepost_sandbox/refusals/table.py` has the words).

| call | when | code | source |
|---|---|---|---|
"""
_REGIONS = """\

A request for a region that botocore does not know for EC2 gets `EndpointConnectionError`, which names the region and
the nearest one that exists. For real the host name of its endpoint does not resolve.
"""
_QUOTAS = """\
## Quotas

They hold in every account, subscription and region of the sandbox, and can be set. AWS's are refused with the codes
above.

| quota | counts | sandbox | the cloud | source |
|---|---|---|---|---|
"""
_PROVIDERS = ("aws", "azure-native", "gcp", "twingate")


def render() -> str:
    """The page."""
    parts = [_HEAD]
    for name in _PROVIDERS:
        module = importlib.import_module(f"{__package__}.{name.replace('-', '_')}")
        functions = ", ".join(f"`{token.rpartition(':')[2]}`" for token in sorted(module.FUNCTIONS))
        parts += [
            f"## {name}",
            f"Rules: [{module.UPSTREAM}](https://github.com/{module.UPSTREAM}). Functions: {functions}.\n",
            *_rows(module.KINDS),
            "",
        ]
    return "\n".join([*parts, _REFUSALS + _refusals() + _REGIONS, _QUOTAS + _quotas(), _TAIL])


def _refusals() -> str:
    cells = ((f"`{row.operation}`", row.when, f"`{row.code}`", _link(row.source)) for row in ROWS)
    return "".join(f"| {' | '.join(row)} |\n" for row in cells)


def _quotas() -> str:
    cells = (
        (f"`{name}`", q.counts, "no limit" if q.default is None else str(q.default), str(q.own), _link(q.source))
        for name, q in QUOTAS.items()
    )
    return "".join(f"| {' | '.join(row)} |\n" for row in cells)


def _link(address: str) -> str:
    """A link that shows its last two parts."""
    return f"[{'/'.join(address.split('/')[-2:])}]({address})"


def _rows(kinds: Iterable[type[Kind]]) -> Iterator[str]:
    yield "| type | a change replaces | sometimes | changed in place | name limit | file |"
    yield "|---|---|---|---|---|---|"
    for kind in kinds:
        in_place = kind.inputs - kind.replaces - kind.sometimes.keys()
        cases = sorted(set(kind.sometimes.values()))
        sometimes = [f"{_listed(kind, (k for k, v in kind.sometimes.items() if v == when))} {when}" for when in cases]
        cells = (
            f"`{kind.token}`",
            _listed(kind, kind.replaces) + ("; deletes first" if kind.delete_first else ""),
            "; ".join(sometimes) or "-",
            _listed(kind, in_place),
            str(kind.autoname_limit) if kind.autoname else "-",
            f"`{kind.source}`",
        )
        yield f"| {' | '.join(cells)} |"


def _listed(kind: type[Kind], keys: Iterable[str]) -> str:
    return ", ".join(_shown(kind, key) for key in sorted(keys)) or "-"


def _shown(kind: type[Kind], key: str) -> str:
    members = ", ".join(f"`{member}`" for member in sorted(kind.nested.get(key, ())))
    return f"`{key}`" + ("*" if key in kind.outputs else "") + (f" ({members})" if members else "")


if __name__ == "__main__":
    sys.stdout.write(render())
