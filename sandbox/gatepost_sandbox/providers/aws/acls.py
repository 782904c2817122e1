"""Network ACLs, and the subnets they stand in front of."""

from collections.abc import Iterable
from typing import ClassVar

from ..kind import Stored
from ..schema import Problem
from ..values import Props, has_unknown
from .acl_entries import LAST_RULES, inline, keyed, listed, protocol_problem, put, remove, same
from .base import AwsKind
from .client import Aws, Gone
from .network import Ec2


def _item(api: Aws, region: str | None, filters: dict[str, str]) -> Props | None:
    """The one network ACL that fits."""
    wanted = [{"Name": name, "Values": [value]} for name, value in filters.items()]
    found = api.call("ec2", region, "describe_network_acls", Filters=wanted)["NetworkAcls"]
    return found[0] if found else None


def _associate(api: Aws, region: str | None, subnet: str, acl: str) -> str:
    """Put a subnet behind another network ACL; the id of the new association."""
    held = _item(api, region, {"association.subnet-id": subnet})
    if held is None:
        raise Gone(f"DescribeNetworkAcls: no network ACL is associated with subnet {subnet}.", "NotFound")
    old = next(a["NetworkAclAssociationId"] for a in held["Associations"] if a["SubnetId"] == subnet)
    made = api.call("ec2", region, "replace_network_acl_association", AssociationId=old, NetworkAclId=acl)
    return made["NewAssociationId"]


def _default(api: Aws, region: str | None, vpc: str) -> str:
    found = _item(api, region, {"vpc-id": vpc, "default": "true"})
    if found is None:
        raise Gone(f"DescribeNetworkAcls: {vpc} has no default network ACL.", "NotFound")
    return found["NetworkAclId"]


class NetworkAcl(Ec2):
    """A network ACL, with all of its rules when it states any."""

    token = "aws:ec2/networkAcl:NetworkAcl"
    source = "internal/service/ec2/vpc_network_acl.go"
    noun, tag_type = "NetworkAcl", "network-acl"
    params: ClassVar = {"vpcId": "VpcId"}
    reads: ClassVar = {"ownerId": "OwnerId"}
    lists: ClassVar = {"egress": True, "ingress": False}
    inputs = frozenset({"vpcId", *lists, "subnetIds", "region", "tags"})
    outputs = frozenset({"arn", "ownerId", *lists, "subnetIds", "region", "tagsAll"})
    replaces = frozenset({"vpcId", "region"})

    def rules(self, news: Props) -> Iterable[Problem]:
        for key in self.lists:
            for i, rule in enumerate(r for r in listed(news.get(key)) if isinstance(r, dict)):
                if not has_unknown(rule) and rule.get("protocol") is not None:
                    yield from protocol_problem(f"{key}[{i}].protocol", rule["protocol"])

    def changed(self, api: Aws, stored: Stored, news: Props) -> set[str]:
        """The order of rules and subnets means nothing, nor does the spelling of a protocol."""
        keys = super().changed(api, stored, news)
        old = stored.state | stored.inputs
        unchanged = {k for k in self.lists if not has_unknown(news.get(k)) and same(old.get(k), news.get(k))}
        if isinstance(news.get("subnetIds"), list) and sorted(news["subnetIds"]) == sorted(old.get("subnetIds") or ()):
            unchanged.add("subnetIds")
        return keys - unchanged

    def after_create(self, api: Aws, rid: str, news: Props) -> None:
        self.change(api, rid, {}, news, [k for k in (*self.lists, "subnetIds") if news.get(k)])

    def change(self, api: Aws, rid: str, state: Props, news: Props, changed: list[str]) -> None:
        region = news.get("region")
        for key in (k for k in changed if k in self.lists):
            old, new = keyed(state.get(key)), keyed(news.get(key))
            for rule in (r for k, r in old.items() if k not in new):
                remove(api, region, rid, rule["ruleNo"], self.lists[key])
            for rule in (r for k, r in new.items() if k not in old):
                put(api, region, rid, rule["ruleNo"], self.lists[key], rule)
        if "subnetIds" in changed:
            wanted, held = list(news.get("subnetIds") or ()), list(state.get("subnetIds") or ())
            self._release(api, region, news["vpcId"], [s for s in held if s not in wanted])
            for subnet in (s for s in wanted if s not in held):
                _associate(api, region, subnet, rid)

    def more(self, api: Aws, item: Props, region: str) -> Props:
        entries = [e for e in item["Entries"] if e["RuleNumber"] not in LAST_RULES]
        subnets = sorted(a["SubnetId"] for a in item["Associations"])
        found: Props = {"subnetIds": subnets}
        for key, egress in self.lists.items():
            found[key] = [inline(e) for e in sorted(entries, key=lambda e: e["RuleNumber"]) if e["Egress"] is egress]
        return found

    def read(self, api: Aws, rid: str, known: Props) -> Props | None:
        state = super().read(api, rid, known)
        for key in (k for k in self.lists if state and known.get(k) and same(known[k], state[k])):
            state = {**(state or {}), key: known[key]}
        if state and sorted(known.get("subnetIds") or ()) == state["subnetIds"]:
            state["subnetIds"] = known.get("subnetIds") or []
        return state

    def before_delete(self, api: Aws, rid: str, state: Props) -> None:
        item = self.item(api, rid, state.get("region"))
        if item:
            self._release(api, state.get("region"), item["VpcId"], [a["SubnetId"] for a in item["Associations"]])

    @staticmethod
    def _release(api: Aws, region: str | None, vpc: str, subnets: Iterable[str]) -> None:
        """As the provider does it: subnets go back to the default network ACL of their VPC."""
        for subnet in sorted(subnets):
            try:
                _associate(api, region, subnet, _default(api, region, vpc))
            except Gone:  # the subnet is gone
                continue


class NetworkAclAssociation(AwsKind):
    """A subnet behind a network ACL; without one it goes back to the default of its VPC."""

    token = "aws:ec2/networkAclAssociation:NetworkAclAssociation"
    source = "internal/service/ec2/vpc_network_acl_association.go"
    inputs = frozenset({"networkAclId", "subnetId", "region"})
    outputs = frozenset({"region"})
    replaces = inputs

    def create(self, api: Aws, news: Props) -> str:
        return _associate(api, news.get("region"), news["subnetId"], news["networkAclId"])

    def read(self, api: Aws, rid: str, known: Props) -> Props | None:
        region = known.get("region") or api.region
        item = _item(api, region, {"association.association-id": rid})
        for found in item["Associations"] if item else ():
            if found["NetworkAclAssociationId"] == rid:
                return {"networkAclId": found["NetworkAclId"], "subnetId": found["SubnetId"], "region": region}
        return None

    def delete(self, api: Aws, rid: str, state: Props) -> None:
        region = state.get("region")
        item = _item(api, region, {"association.association-id": rid})
        if item is None:  # another association took its place, or the subnet is gone
            return
        acl = _default(api, region, item["VpcId"])
        api.call("ec2", region, "replace_network_acl_association", AssociationId=rid, NetworkAclId=acl)
