"""Names that the program leaves out: made, kept and limited as Pulumi's bridge does it."""

import re

import pytest
from sandbox.providers.engine import Engine, Props
from sandbox.providers.place import POLICY, TRUST

ROLE = "aws:iam/role:Role"
NETWORK = "twingate:index/twingateRemoteNetwork:TwingateRemoteNetwork"
NAMED: dict[str, tuple[int, Props]] = {
    "aws:ec2/securityGroup:SecurityGroup": (255, {}),
    ROLE: (64, {"assumeRolePolicy": TRUST}),
    "aws:iam/rolePolicy:RolePolicy": (255, {"role": "some", "policy": POLICY}),
    "aws:iam/instanceProfile:InstanceProfile": (255, {}),
    "aws:ssm/parameter:Parameter": (255, {"type": "String", "value": "x"}),
    NETWORK: (255, {}),
    "twingate:index/twingateConnector:TwingateConnector": (255, {"remoteNetworkId": "x"}),
}


@pytest.mark.parametrize("token", NAMED)
def test_a_name_is_the_logical_one_and_seven_hex_digits(request: pytest.FixtureRequest, token: str) -> None:
    engine: Engine = request.getfixturevalue(token.partition(":")[0])
    limit, inputs = NAMED[token]
    longest = "n" * (limit - 8)
    name = engine.check(token, inputs, longest)[0].props["name"]
    assert re.fullmatch(longest + "-[0-9a-f]{7}", name)
    _, failures = engine.check(token, inputs, longest + "n")
    assert failures == {
        "name": f"{token} cannot be named after the resource: "
        f"'{longest}n-' plus 7 random chars is longer than maximum length {limit}."
    }


def test_no_other_type_has_names(aws: Engine, twingate: Engine) -> None:
    kinds = {**aws.provider.kinds, **twingate.provider.kinds}
    assert {token for token, kind in kinds.items() if kind.autoname} == NAMED.keys()


def test_two_names_differ_and_one_stays(aws: Engine) -> None:
    inputs = {"assumeRolePolicy": TRUST}
    first, second = (aws.check(ROLE, inputs, "role")[0].props for _ in range(2))
    assert first["name"] != second["name"]
    assert aws.check(ROLE, inputs, "role", olds=first)[0].props["name"] == first["name"]


def test_a_name_by_hand_that_is_dropped_becomes_an_automatic_one(aws: Engine) -> None:
    olds = {"assumeRolePolicy": TRUST, "name": "by-hand"}
    name = aws.check(ROLE, {"assumeRolePolicy": TRUST}, "role", olds)[0].props["name"]
    assert re.fullmatch("role-[0-9a-f]{7}", name)


def test_the_newer_bridge_keeps_a_name_by_hand(twingate: Engine) -> None:
    assert twingate.check(NETWORK, {}, "net", olds={"name": "by-hand"})[0].props["name"] == "by-hand"


def test_a_replaced_network_is_made_before_the_old_one_goes(twingate: Engine) -> None:
    made = twingate.create(NETWORK, {"name": "replaced-by-hand"})
    diff = twingate.diff(made, {"name": "replaced-by-hand", "type": "EXIT"})
    assert (list(diff.replaces), diff.deleteBeforeReplace) == (["type"], False)


def test_a_logical_name_may_contain_colons(aws: Engine) -> None:
    name = aws.check(ROLE, {"assumeRolePolicy": TRUST}, "a::b")[0].props["name"]
    assert name.startswith("a::b-")
