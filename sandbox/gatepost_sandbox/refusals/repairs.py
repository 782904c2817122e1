"""What moto leaves behind or forgets, where a refusal or the sandbox's evidence depends on it.

Importing this module changes moto; facts about its behaviour stand next to the code that needs them.
"""

from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.instances import Instance
from moto.ec2.models.security_groups import SecurityGroupBackend
from moto.ec2.responses.instances import InstanceResponse
from moto.ec2.responses.network_acls import NetworkACLs

from gatepost_sandbox.refusals.replacing import replacing


@replacing(Instance, "prep_nics")
def prep_nics(original: Any, self: Any, nic_spec: list[dict[str, Any]], **more: Any) -> None:
    """An interface that is made with an instance goes with it, unless the launch says otherwise (moto keeps it)."""
    kept = {int(nic["DeviceIndex"]) for nic in nic_spec if _stays(nic)}
    original(self, nic_spec, **more)
    for index, eni in self.nics.items():
        eni.delete_on_termination = index not in kept


def _stays(nic: dict[str, Any]) -> bool:
    return bool(nic.get("NetworkInterfaceId")) or nic.get("DeleteOnTermination") is False


@replacing(Instance, "terminate")
def terminate(original: Any, self: Any) -> Any:
    """An interface that outlives its instance is free."""
    if self.state == "terminated":
        return self._state
    previous = original(self)
    for eni in self.nics.values():
        if eni.id in self.ec2_backend.enis:
            eni.instance = eni.attachment_id = eni.attach_time = None
            eni.status = "available"
    return previous


@replacing(InstanceResponse, "run_instances")
def run_instances(original: Any, self: Any) -> Any:
    """Termination protection that is asked for at launch (moto ignores it)."""
    answer = original(self)
    for instance in answer.result.instances:
        instance.disable_api_termination = self._get_param("DisableApiTermination") is True
    return answer


@replacing(EC2Backend, "modify_network_interface_attribute")
def modify_network_interface_attribute(
    original: Any, self: Any, eni_id: str, group_ids: list[str], *rest: Any, **more: Any
) -> None:
    """The instance shows the groups of its first interface (moto shows the old ones for ever)."""
    original(self, eni_id, group_ids, *rest, **more)
    eni = self.get_network_interface(eni_id)
    if group_ids and eni.instance and eni.device_index == 0:
        eni.instance.security_groups = list(eni._group_set)


@replacing(EC2Backend, "modify_instance_security_groups")
def modify_instance_security_groups(original: Any, self: Any, instance_id: str, new_group_id_list: list[str]) -> Any:
    """The first interface has the groups of its instance (moto keeps the old ones there)."""
    changed = original(self, instance_id, new_group_id_list)
    changed.nics[0]._group_set = list(changed.security_groups)
    return changed


@replacing(EC2Backend, "delete_subnet")
def delete_subnet(original: Any, self: Any, subnet_id: str) -> Any:
    """A subnet that goes leaves its route table and its network ACL (in moto neither can be deleted afterwards)."""
    gone = original(self, subnet_id)
    for table in list(self.route_tables.values()):
        table._associations = {k: v for k, v in table._associations.items() if v != subnet_id}
    for acl in list(self.network_acls.values()):
        acl._associations = {k: v for k, v in acl._associations.items() if v.subnet_id != subnet_id}
    return gone


@replacing(SecurityGroupBackend, "_verify_group_will_respect_rule_count_limit")
def rules_without_limit(original: Any, self: Any, *args: Any, **more: Any) -> None:
    """The quotas of the sandbox count rules; moto's limit cannot be set."""


@replacing(NetworkACLs, "_get_param")
def acl_parameter(original: Any, self: Any, name: str, *rest: Any, **more: Any) -> Any:
    """ICMP's type and code by the name they have in the request (moto drops them)."""
    return original(self, name.replace("Icmp.", "IcmpTypeCode."), *rest, **more)
