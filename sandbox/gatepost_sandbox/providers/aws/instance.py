"""EC2 instances."""

import base64
from collections.abc import Iterable
from typing import Any, ClassVar

from ..schema import Problem
from ..values import UNKNOWN, Props
from .base import Tagged
from .client import Aws, Gone, tag_list

_USER_DATA_LIMIT = 16384  # bytes, before base64: the limit of RunInstances, which moto does not check
_METADATA = {"httpEndpoint": "HttpEndpoint", "httpTokens": "HttpTokens", "instanceMetadataTags": "InstanceMetadataTags",
             "httpPutResponseHopLimit": "HttpPutResponseHopLimit"}  # fmt: skip
_SIZES = {"volumeSize": "Size", "volumeType": "VolumeType", "iops": "Iops", "throughput": "Throughput"}
_VOLUME = {"volumeSize": "VolumeSize", "volumeType": "VolumeType", "iops": "Iops", "throughput": "Throughput",
           "encrypted": "Encrypted", "kmsKeyId": "KmsKeyId", "deleteOnTermination": "DeleteOnTermination"}  # fmt: skip


class Instance(Tagged):
    """A virtual machine. Its type and its user data are changed with the machine stopped."""

    token = "aws:ec2/instance:Instance"
    source = "internal/service/ec2/ec2_instance.go"
    members: ClassVar = {"ami": "ImageId", "instanceType": "InstanceType", "keyName": "KeyName"}
    place: ClassVar = {"subnetId": "SubnetId", "privateIp": "PrivateIpAddress"}
    inputs = frozenset(
        {*members, *place, "vpcSecurityGroupIds", "iamInstanceProfile", "userData", "userDataReplaceOnChange",
         "associatePublicIpAddress", "availabilityZone", "metadataOptions", "rootBlockDevice", "creditSpecification",
         "monitoring", "disableApiTermination", "forceDestroy", "region", "tags"}
    )  # fmt: skip
    nested: ClassVar = {
        "metadataOptions": frozenset(_METADATA),
        "rootBlockDevice": frozenset(_VOLUME),
        "creditSpecification": frozenset({"cpuCredits"}),
    }
    needs = frozenset({"ami", "instanceType"})
    outputs = frozenset(
        {*members, *place, "arn", "instanceState", "privateDns", "publicIp", "publicDns", "primaryNetworkInterfaceId",
         "vpcSecurityGroupIds", "iamInstanceProfile", "associatePublicIpAddress", "availabilityZone",
         "metadataOptions", "rootBlockDevice", "monitoring", "disableApiTermination", "region", "tagsAll"}
    )  # fmt: skip
    recomputed: ClassVar = {
        **Tagged.recomputed,
        "publicIp": frozenset({"instanceType", "userData"}),
        "publicDns": frozenset({"instanceType", "userData"}),
    }
    replaces = frozenset(
        {"ami", "subnetId", "availabilityZone", "associatePublicIpAddress", "keyName", "privateIp", "region"}
    )
    sometimes: ClassVar = {
        "instanceType": "when the new type has another processor architecture",
        "rootBlockDevice": "when encrypted or kmsKeyId changes",
        "userData": "when userDataReplaceOnChange is true",
    }
    defaults: ClassVar = {"userDataReplaceOnChange": False, "forceDestroy": False}
    unreadable = frozenset({"userDataReplaceOnChange", "forceDestroy", "creditSpecification"})

    def rules(self, news: Props) -> Iterable[Problem]:
        text = news.get("userData")
        size = len(text.encode()) if isinstance(text, str) else 0
        if size > _USER_DATA_LIMIT:
            yield "userData", f"User data may have {_USER_DATA_LIMIT} bytes, got {size}. Let the host fetch the rest."

    def forces_replacement(self, api: Aws, changed: list[str], olds: Props, news: Props) -> frozenset[str]:
        forced = set(self.replaces)
        if news.get("userDataReplaceOnChange"):
            forced.add("userData")
        old, new = olds.get("rootBlockDevice") or {}, news.get("rootBlockDevice") or {}
        if new != UNKNOWN and any(k in new and old.get(k) != new[k] for k in ("encrypted", "kmsKeyId")):
            forced.add("rootBlockDevice")
        if "instanceType" in changed and news["instanceType"] != UNKNOWN:
            types = [olds["instanceType"], news["instanceType"]]
            found = api.call("ec2", news.get("region"), "describe_instance_types", InstanceTypes=types)["InstanceTypes"]
            if not set.intersection(*(set(t["ProcessorInfo"]["SupportedArchitectures"]) for t in found)):
                forced.add("instanceType")
        return frozenset(forced)

    # --- create

    def create(self, api: Aws, news: Props) -> str:
        params: Props = {m: news[k] for k, m in self.members.items() if news.get(k)} | self._network(news)
        if news.get("iamInstanceProfile"):
            params["IamInstanceProfile"] = {"Name": news["iamInstanceProfile"]}
        if news.get("userData"):
            params["UserData"] = news["userData"]
        if news.get("metadataOptions"):
            params["MetadataOptions"] = _named(_METADATA, news["metadataOptions"])
        if news.get("rootBlockDevice"):
            params["BlockDeviceMappings"] = [self._root(api, news)]
        if news.get("creditSpecification"):
            params["CreditSpecification"] = {"CpuCredits": news["creditSpecification"].get("cpuCredits")}
        if news.get("monitoring") is not None:
            params["Monitoring"] = {"Enabled": news["monitoring"]}
        if news.get("availabilityZone"):
            params["Placement"] = {"AvailabilityZone": news["availabilityZone"]}
        tags = tag_list(api.all_tags(news.get("tags")))
        params["TagSpecifications"] = [{"ResourceType": "instance", "Tags": tags}] if tags else []
        if news.get("disableApiTermination"):
            params["DisableApiTermination"] = True
        made = api.call("ec2", news.get("region"), "run_instances", MinCount=1, MaxCount=1, **params)
        return made["Instances"][0]["InstanceId"]

    def _network(self, news: Props) -> Props:
        """A stated public address needs the interface form of the call; otherwise the plain form does."""
        params: Props = {m: news[k] for k, m in self.place.items() if news.get(k)}
        groups = news.get("vpcSecurityGroupIds") or []
        if news.get("associatePublicIpAddress") is None:
            return params | ({"SecurityGroupIds": groups} if groups else {})
        interface = {"DeviceIndex": 0, "AssociatePublicIpAddress": news["associatePublicIpAddress"], **params}
        return {"NetworkInterfaces": [interface | ({"Groups": groups} if groups else {})]}

    @staticmethod
    def _root(api: Aws, news: Props) -> Props:
        image = api.call("ec2", news.get("region"), "describe_images", ImageIds=[news["ami"]])["Images"][0]
        size = {"VolumeSize": 8}  # moto asks for a size; AWS takes the image's
        return {"DeviceName": _root_name(image), "Ebs": size | _named(_VOLUME, news["rootBlockDevice"])}

    # --- read

    def read(self, api: Aws, rid: str, known: Props) -> Props | None:
        region = known.get("region") or api.region
        try:
            found = api.call("ec2", region, "describe_instances", InstanceIds=[rid])["Reservations"]
        except Gone:
            return None
        machine = found[0]["Instances"][0]
        if machine["State"]["Name"] in ("terminated", "shutting-down"):
            return None
        members = {**self.members, **self.place, "privateDns": "PrivateDnsName", "publicIp": "PublicIpAddress",
                   "publicDns": "PublicDnsName"}  # fmt: skip
        interface = (machine.get("NetworkInterfaces") or [{}])[0]
        groups = machine.get("SecurityGroups") or interface.get("Groups") or []
        options, volume = machine.get("MetadataOptions") or {}, self._volume(api, machine, region)

        def attribute(name: str, member: str) -> Any:
            answer = api.call("ec2", region, "describe_instance_attribute", InstanceId=rid, Attribute=name)
            return answer.get(member, {}).get("Value")

        user_data = attribute("userData", "UserData")
        return {k: machine.get(m) for k, m in members.items()} | {
            "vpcSecurityGroupIds": _as_known(sorted(g["GroupId"] for g in groups), known.get("vpcSecurityGroupIds")),
            "iamInstanceProfile": (machine.get("IamInstanceProfile") or {}).get("Arn", "").rpartition("/")[2] or None,
            "userData": base64.b64decode(user_data).decode() if user_data else None,
            "associatePublicIpAddress": bool(machine.get("PublicIpAddress")),
            "availabilityZone": machine["Placement"]["AvailabilityZone"],
            "metadataOptions": {k: options[m] for k, m in _METADATA.items() if options.get(m) is not None},
            "rootBlockDevice": volume or None,
            "monitoring": (machine.get("Monitoring") or {}).get("State") == "enabled",
            "disableApiTermination": attribute("disableApiTermination", "DisableApiTermination"),
            "instanceState": machine["State"]["Name"],
            "primaryNetworkInterfaceId": interface.get("NetworkInterfaceId"),
            "arn": f"arn:aws:ec2:{region}:{api.account}:instance/{rid}",
            "region": region,
            **api.read_tags(machine.get("Tags"), known),
        }

    @staticmethod
    def _volume(api: Aws, machine: Props, region: str) -> Props:
        for mapping in machine.get("BlockDeviceMappings") or ():
            if mapping["DeviceName"] == _root_name(machine) or len(machine["BlockDeviceMappings"]) == 1:
                ids = [mapping["Ebs"]["VolumeId"]]
                volume = api.call("ec2", region, "describe_volumes", VolumeIds=ids)["Volumes"][0]
                found = {k: volume.get(m) for k, m in {**_VOLUME, **_SIZES}.items()}
                found |= {"deleteOnTermination": mapping["Ebs"].get("DeleteOnTermination"), "volumeId": ids[0]}
                return {k: v for k, v in found.items() if v is not None} | {"deviceName": mapping["DeviceName"]}
        return {}

    # --- update and delete

    def change(self, api: Aws, rid: str, state: Props, news: Props, changed: list[str]) -> None:
        region, stopped = news.get("region"), [k for k in ("instanceType", "userData") if k in changed]
        if stopped:
            api.call("ec2", region, "stop_instances", InstanceIds=[rid])
        for key in changed:
            value = news.get(key)
            match key:
                case "instanceType":
                    self._modify(api, rid, news, InstanceType={"Value": value})
                case "userData":  # moto stores what it is given, although boto3 has encoded it once already
                    self._modify(api, rid, news, UserData={"Value": base64.b64encode((value or "").encode())})
                case "vpcSecurityGroupIds":
                    self._modify(api, rid, news, Groups=value)
                case "disableApiTermination":
                    self._modify(api, rid, news, DisableApiTermination={"Value": bool(value)})
                case "metadataOptions":
                    options = _named(_METADATA, value)
                    api.call("ec2", region, "modify_instance_metadata_options", InstanceId=rid, **options)
                case "rootBlockDevice":
                    self._change_root(api, rid, state[key], news)
                case "iamInstanceProfile":
                    self._change_profile(api, rid, news)
                case "monitoring":
                    api.call("ec2", region, "monitor_instances" if value else "unmonitor_instances", InstanceIds=[rid])
                case "creditSpecification":
                    wanted = [{"InstanceId": rid, "CpuCredits": (value or {}).get("cpuCredits", "standard")}]
                    api.call("ec2", region, "modify_instance_credit_specification", InstanceCreditSpecifications=wanted)
        if stopped:
            api.call("ec2", region, "start_instances", InstanceIds=[rid])

    def _change_root(self, api: Aws, rid: str, old: Props, news: Props) -> None:
        new = {k: v for k, v in news["rootBlockDevice"].items() if v is not None and v != old.get(k)}
        if not new.keys().isdisjoint(_SIZES):
            api.call("ec2", news.get("region"), "modify_volume", VolumeId=old["volumeId"], **_named(_SIZES, new))
        if "deleteOnTermination" in new:
            ebs = {"DeleteOnTermination": new["deleteOnTermination"]}
            self._modify(api, rid, news, BlockDeviceMappings=[{"DeviceName": old["deviceName"], "Ebs": ebs}])

    @staticmethod
    def _change_profile(api: Aws, rid: str, news: Props) -> None:
        """As the provider does it for a stopped instance: moto's replace call leaves the old one on the instance."""
        region, filters = news.get("region"), [{"Name": "instance-id", "Values": [rid]}]
        held = api.call("ec2", region, "describe_iam_instance_profile_associations", Filters=filters)
        for old in held["IamInstanceProfileAssociations"]:
            api.call("ec2", region, "disassociate_iam_instance_profile", AssociationId=old["AssociationId"])
        profile = {"Name": news["iamInstanceProfile"]}
        api.call("ec2", region, "associate_iam_instance_profile", InstanceId=rid, IamInstanceProfile=profile)

    def delete(self, api: Aws, rid: str, state: Props) -> None:
        try:
            if state.get("forceDestroy"):
                self._modify(api, rid, state, DisableApiTermination={"Value": False})
            api.call("ec2", state.get("region"), "terminate_instances", InstanceIds=[rid])
        except Gone:
            return

    @staticmethod
    def _modify(api: Aws, rid: str, props: Props, **change: Any) -> None:
        api.call("ec2", props.get("region"), "modify_instance_attribute", InstanceId=rid, **change)


def _named(names: Props, given: Props | None) -> Props:
    """What is given, by the API's names."""
    return {member: given[k] for k, member in names.items() if given and given.get(k) is not None}


def _root_name(about: Props) -> str:
    return about.get("RootDeviceName") or "/dev/sda1"


def _as_known(found: list[str], known: Any) -> list[str]:
    """Sets come back in any order: keep the program's when it says the same."""
    return known if isinstance(known, list) and sorted(known) == found else found
