"""Functions of the AWS provider that programs call to find what already exists."""

import re

from ..kind import ApiError, Function
from ..values import Props
from .client import Aws, Gone
from .network import Ec2, Subnet, Vpc


def _get_ami(api: Aws, args: Props) -> Props:
    """One image by owner and filters; the newest with ``mostRecent``."""
    region = args.get("region") or api.region
    filters = [{"Name": f["name"], "Values": f["values"]} for f in args.get("filters") or ()]
    params = {"Filters": filters, "Owners": args.get("owners")}
    images = api.call("ec2", region, "describe_images", **{k: v for k, v in params.items() if v})["Images"]
    if args.get("nameRegex"):
        images = [i for i in images if re.search(args["nameRegex"], i.get("Name", ""))]
    if not images:
        raise ApiError("Your query returned no results. Please change your search criteria and try again.")
    if len(images) > 1 and not args.get("mostRecent"):
        raise ApiError(
            "Your query returned more than one result. Please try a more specific search criteria, or set "
            "`most_recent` attribute to true."
        )
    newest = max(images, key=lambda i: i.get("CreationDate", ""))
    members = {"id": "ImageId", "imageId": "ImageId", "name": "Name", "ownerId": "OwnerId", "state": "State",
               "architecture": "Architecture", "creationDate": "CreationDate", "description": "Description",
               "rootDeviceName": "RootDeviceName", "rootDeviceType": "RootDeviceType",
               "virtualizationType": "VirtualizationType"}  # fmt: skip
    return {**args, **{k: newest.get(m) for k, m in members.items()}, "region": region}


def _get_caller_identity(api: Aws, args: Props) -> Props:
    found = api.call("sts", None, "get_caller_identity")
    return {"id": found["Account"], "accountId": found["Account"], "arn": found["Arn"], "userId": found["UserId"]}


def _get_instance(api: Aws, args: Props) -> Props:
    """What an instance is and whose: state, place and tags."""
    region, wanted = args.get("region") or api.region, args["instanceId"]
    try:
        found = api.call("ec2", region, "describe_instances", InstanceIds=[wanted])["Reservations"][0]["Instances"][0]
    except Gone:
        raise ApiError(f"Your query returned no results: there is no instance {wanted}.") from None
    tags = {tag["Key"]: tag["Value"] for tag in found.get("Tags") or ()}
    members = {
        "ami": "ImageId",
        "instanceType": "InstanceType",
        "subnetId": "SubnetId",
        "privateIp": "PrivateIpAddress",
    }
    about = {"id": wanted, "instanceState": found["State"]["Name"], "tags": tags, "region": region}
    return {**args, **{k: found.get(m) for k, m in members.items()}, **about}


def _by_id(kind: Ec2, extra: dict[str, str]) -> Function:
    """A function that finds one resource of a kind by its id; ``extra`` names what only the function gives."""

    def call(api: Aws, args: Props) -> Props:
        if not args.get("id"):
            raise ApiError(f"The sandbox finds a {kind.noun} by its id only: give the argument 'id'.")
        found, item = kind.read(api, args["id"], args), kind.item(api, args["id"], args.get("region"))
        if found is None or item is None:
            raise ApiError(f"no matching EC2 {kind.noun} found: {args['id']}")
        tags = found.pop("tagsAll")
        return {**found, **{k: item.get(m) for k, m in extra.items()}, "id": args["id"], "tags": tags}

    return Function(call, frozenset({"id", "region"}))


_SUBNET = {"state": "State", "availableIpAddressCount": "AvailableIpAddressCount", "defaultForAz": "DefaultForAz"}
FUNCTIONS = {
    "aws:ec2/getAmi:getAmi": Function(_get_ami, frozenset({"filters", "owners", "nameRegex", "mostRecent", "region"})),
    "aws:ec2/getInstance:getInstance": Function(_get_instance, frozenset({"instanceId", "region"})),
    "aws:ec2/getSubnet:getSubnet": _by_id(Subnet(), _SUBNET),
    "aws:ec2/getVpc:getVpc": _by_id(Vpc(), {"state": "State", "default": "IsDefault"}),
    "aws:index/getCallerIdentity:getCallerIdentity": Function(_get_caller_identity, frozenset()),
}
