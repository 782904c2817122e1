"""Rules of network ACLs as resources of their own."""

import zlib
from collections.abc import Iterable
from typing import Any, ClassVar

from ..kind import ApiError, Stored
from ..schema import Problem
from ..values import Props, has_unknown
from .acl_entries import RANGES, entry, number_of, protocol_problem, put, remove
from .acls import NetworkAcl
from .base import AwsKind
from .client import Aws


class NetworkAclRule(AwsKind):
    """One rule as a resource of its own. Every change makes a new one."""

    token = "aws:ec2/networkAclRule:NetworkAclRule"
    source = "internal/service/ec2/vpc_network_acl_rule.go"
    numbers = ("fromPort", "toPort", "icmpCode", "icmpType")
    inputs = frozenset(
        {"networkAclId", "ruleNumber", "egress", "protocol", "ruleAction", *RANGES, *numbers, "region"}
    )  # fmt: skip
    outputs = frozenset({"region"})
    replaces = inputs
    defaults: ClassVar = {"egress": False}

    def rules(self, news: Props) -> Iterable[Problem]:
        given = [k for k in RANGES if news.get(k) is not None]
        if len(given) != 1:
            found = " and ".join(given) or "none"
            yield "cidrBlock", f"A rule of a network ACL needs either cidrBlock or ipv6CidrBlock, got {found}."
        if news.get("protocol") is not None and not has_unknown(news["protocol"]):
            yield from protocol_problem("protocol", news["protocol"])

    def changed(self, api: Aws, stored: Stored, news: Props) -> set[str]:
        keys = super().changed(api, stored, news)
        old = stored.state | stored.inputs
        protocols = [old.get("protocol"), news.get("protocol")]
        same = (
            {"protocol"} if not has_unknown(protocols) and len({number_of(p) for p in protocols if p}) == 1 else set()
        )
        actions = {str(props.get("ruleAction")).lower() for props in (old, news)}
        return keys - same - ({"ruleAction"} if len(actions) == 1 else set())

    def create(self, api: Aws, news: Props) -> str:
        acl, number, egress = news["networkAclId"], news["ruleNumber"], bool(news.get("egress"))
        if self._find(api, news.get("region"), acl, number, egress):
            side = "egress" if egress else "ingress"
            raise ApiError(f"Network ACL {acl} has an {side} rule with the number {number} already.")
        put(api, news.get("region"), acl, number, egress, {**news, "action": news["ruleAction"]})
        return _rule_id(acl, number, egress, news["protocol"])

    def read(self, api: Aws, rid: str, known: Props) -> Props | None:
        region = known.get("region") or api.region
        acl, number, egress, protocol = self._key(rid, known)
        found = self._find(api, region, acl, number, egress)
        if found is None:
            return None
        state = entry(found)
        action = state.pop("action")
        # The API has no ports or ICMP type where they mean nothing: the provider keeps what it was given.
        state |= {k: known.get(k) for k in self.numbers if state[k] is None or (not state[k] and known.get(k) is None)}
        same = known.get("protocol") and number_of(known["protocol"]) == number_of(state["protocol"])
        written = str(known.get("ruleAction", "")).lower() == action
        return state | {
            "id": _rule_id(acl, number, egress, protocol),
            "networkAclId": acl,
            "ruleNumber": number,
            "egress": egress,
            "protocol": known["protocol"] if same else state["protocol"],
            "ruleAction": known["ruleAction"] if written else action,
            "region": region,
        }

    def delete(self, api: Aws, rid: str, state: Props) -> None:
        acl, number, egress, _ = self._key(rid, state)
        if self._find(api, state.get("region"), acl, number, egress):
            remove(api, state.get("region"), acl, number, egress)

    @staticmethod
    def _key(rid: str, known: Props) -> tuple[str, int, bool, str]:
        if known.get("networkAclId"):
            return known["networkAclId"], known["ruleNumber"], bool(known.get("egress")), known["protocol"]
        parts = rid.split(":")
        if len(parts) != 4 or not parts[1].isdigit():
            raise ApiError(f"A rule is imported as NETWORK_ACL_ID:RULE_NUMBER:PROTOCOL:EGRESS, got {rid!r}.")
        return parts[0], int(parts[1]), parts[3].lower() == "true", parts[2]

    @staticmethod
    def _find(api: Aws, region: str | None, acl: str, number: int, egress: bool) -> Props | None:
        item = NetworkAcl().item(api, acl, region)
        entries = item["Entries"] if item else ()
        return next((e for e in entries if e["RuleNumber"] == number and e["Egress"] is egress), None)


def _rule_id(acl: str, number: int, egress: bool, protocol: Any) -> str:
    return f"nacl-{zlib.crc32(f'{acl}-{number}-{str(egress).lower()}-{protocol}-'.encode())}"
