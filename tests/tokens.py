"""Where the text of a token must not be."""

import base64
import hashlib
import json
from collections.abc import Iterable

from real_stack import Cloud


def stored(cloud: Cloud) -> set[str]:
    """Every token in the account's secret store, of every version: two for each pair, none shared."""
    ssm, values = cloud.client("ssm"), []
    for parameter in ssm.describe_parameters()["Parameters"]:
        history = ssm.get_parameter_history(Name=parameter["Name"], WithDecryption=True)
        values += [version["Value"] for version in history["Parameters"]]
    tokens = [token for value in values for token in json.loads(value).values()]
    assert len(set(tokens)) == len(tokens) == 2 * len(values) >= 4
    return set(tokens)


def leaks(cloud: Cloud, tokens: Iterable[str], texts: Iterable[str]) -> list[str]:
    """Where a token is, or the digest it could be recognised by: ``texts``, user data, and the sandbox's log."""
    ec2 = cloud.client("ec2")
    places = {f"text {number}": text for number, text in enumerate(texts)}
    places["log"] = (cloud.path / "log").read_text()
    for reservation in ec2.describe_instances()["Reservations"]:
        for machine in reservation["Instances"]:
            data = ec2.describe_instance_attribute(InstanceId=machine["InstanceId"], Attribute="userData")
            places[machine["InstanceId"]] = base64.b64decode(data["UserData"].get("Value", "")).decode()
    wanted = {spelt for token in tokens for spelt in (token, hashlib.sha256(token.encode()).hexdigest())}
    return [place for place, text in places.items() if any(one in text for one in wanted)]
