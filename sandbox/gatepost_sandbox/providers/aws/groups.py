"""Security groups and their rules."""

from collections.abc import Iterable
from typing import Any, ClassVar

from ..schema import Problem
from ..values import Props
from .base import Tagged, specification
from .client import Aws, Gone
from .network import Ec2


class SecurityGroup(Ec2):
    """A group. As the vendor's provider does, the allow-all egress rule that AWS adds is removed at once."""

    token = "aws:ec2/securityGroup:SecurityGroup"
    source = "internal/service/ec2/vpc_security_group.go"
    noun, id_key, tag_type = "SecurityGroup", "GroupId", "security-group"
    params: ClassVar = {"name": "GroupName", "description": "Description", "vpcId": "VpcId"}
    reads: ClassVar = {"ownerId": "OwnerId"}
    inputs = frozenset({*params, "revokeRulesOnDelete", "region", "tags"})
    outputs = frozenset({"arn", "ownerId", "name", "vpcId", "region", "tagsAll"})
    replaces = frozenset({*params, "region"})
    defaults: ClassVar = {"description": "Managed by Pulumi", "revokeRulesOnDelete": False}
    unreadable = frozenset({"revokeRulesOnDelete"})
    autoname = "name"

    def after_create(self, api: Aws, rid: str, news: Props) -> None:
        region = news.get("region")
        rules = api.call("ec2", region, "describe_security_groups", GroupIds=[rid])["SecurityGroups"][0]
        if rules.get("IpPermissionsEgress"):
            allowed = rules["IpPermissionsEgress"]
            api.call("ec2", region, "revoke_security_group_egress", GroupId=rid, IpPermissions=allowed)

    def change(self, api: Aws, rid: str, state: Props, news: Props, changed: list[str]) -> None:
        """Nothing to call: revokeRulesOnDelete only matters at delete."""

    def before_delete(self, api: Aws, rid: str, state: Props) -> None:
        if state.get("revokeRulesOnDelete"):  # so that the groups that it names can go, too
            group, region = self.item(api, rid, state.get("region")) or {}, state.get("region")
            for member, call in (("IpPermissions", "ingress"), ("IpPermissionsEgress", "egress")):
                if group.get(member):
                    revoke = f"revoke_security_group_{call}"
                    api.call("ec2", region, revoke, GroupId=rid, IpPermissions=group[member])


class _Rule(Tagged):
    """One rule of a group, as a resource of its own."""

    direction: ClassVar[str]
    members: ClassVar = {"ipProtocol": "IpProtocol", "fromPort": "FromPort", "toPort": "ToPort"}
    ends: ClassVar = {"cidrIpv4": "CidrIpv4", "cidrIpv6": "CidrIpv6", "prefixListId": "PrefixListId",
                      "referencedSecurityGroupId": "ReferencedGroupId"}  # fmt: skip
    inputs = frozenset({"securityGroupId", *members, *ends, "description", "region", "tags"})
    outputs = frozenset({"arn", "securityGroupRuleId", "region", "tagsAll"})
    replaces = frozenset({"securityGroupId", "region"})
    sometimes: ClassVar = dict.fromkeys(ends, "when the rule gets another kind of source or destination")
    plugin_framework = True

    def rules(self, news: Props) -> Iterable[Problem]:
        given = [k for k in self.ends if news.get(k) is not None]
        if len(given) != 1:
            options, found = ", ".join(self.ends), ", ".join(given) or "none"
            yield "cidrIpv4", f"A security group rule needs exactly one of {options}, got {found}."

    def forces_replacement(self, api: Aws, changed: list[str], olds: Props, news: Props) -> frozenset[str]:
        old, new = ({k for k in self.ends if props.get(k)} for props in (olds, news))
        return self.replaces if old == new else self.replaces | old | new

    def create(self, api: Aws, news: Props) -> str:
        note = {"Description": news["description"]} if news.get("description") else {}
        lists = {"cidrIpv4": ("IpRanges", "CidrIp"), "cidrIpv6": ("Ipv6Ranges", "CidrIpv6"),
                 "prefixListId": ("PrefixListIds", "PrefixListId"),
                 "referencedSecurityGroupId": ("UserIdGroupPairs", "GroupId")}  # fmt: skip
        permission: dict[str, Any] = {m: news[k] for k, m in self.members.items() if news.get(k) is not None}
        permission |= {many: [{one: news[k], **note}] for k, (many, one) in lists.items() if news.get(k)}
        made = api.call(
            "ec2",
            news.get("region"),
            f"authorize_security_group_{self.direction}",
            GroupId=news["securityGroupId"],
            IpPermissions=[permission],
            **specification(api, "security-group-rule", news),
        )
        return made["SecurityGroupRules"][0]["SecurityGroupRuleId"]

    def read(self, api: Aws, rid: str, known: Props) -> Props | None:
        region = known.get("region") or api.region
        try:
            found = api.call("ec2", region, "describe_security_group_rules", SecurityGroupRuleIds=[rid])
        except Gone:
            return None
        rule = next(iter(found["SecurityGroupRules"]), None)
        if rule is None or rule.get("IsEgress") is not (self.direction == "egress"):
            return None
        state = {k: rule.get(m) for k, m in {**self.members, **self.ends}.items()}
        ports = dict.fromkeys(("fromPort", "toPort")) if rule["IpProtocol"] == "-1" else {}
        return (
            state
            | ports
            | {
                "securityGroupId": rule["GroupId"],
                "referencedSecurityGroupId": (rule.get("ReferencedGroupInfo") or {}).get("GroupId"),
                "description": rule.get("Description"),
                "securityGroupRuleId": rid,
                "arn": f"arn:aws:ec2:{region}:{api.account}:security-group-rule/{rid}",
                "region": region,
                **api.read_tags(rule.get("Tags"), known),
            }
        )

    def change(self, api: Aws, rid: str, state: Props, news: Props, changed: list[str]) -> None:
        members = {**self.members, **self.ends, "description": "Description"}
        rule: dict[str, Any] = {m: news[k] for k, m in members.items() if news.get(k) is not None}
        if rule["IpProtocol"] == "-1":
            rule |= {"FromPort": -1, "ToPort": -1}  # moto asks for ports here, AWS does not
        rules = [{"SecurityGroupRuleId": rid, "SecurityGroupRule": {"Description": "", **rule}}]
        group, region = news["securityGroupId"], news.get("region")
        api.call("ec2", region, "modify_security_group_rules", GroupId=group, SecurityGroupRules=rules)

    def delete(self, api: Aws, rid: str, state: Props) -> None:
        call = f"revoke_security_group_{self.direction}"
        try:
            api.call("ec2", state.get("region"), call, GroupId=state["securityGroupId"], SecurityGroupRuleIds=[rid])
        except Gone:
            return


class EgressRule(_Rule):
    token = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
    source = "internal/service/ec2/vpc_security_group_egress_rule.go"
    direction = "egress"


class IngressRule(_Rule):
    token = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
    source = "internal/service/ec2/vpc_security_group_ingress_rule.go"
    direction = "ingress"
