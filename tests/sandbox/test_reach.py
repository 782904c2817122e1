"""Whether a Connector's host could open a destination: the step that decides, for each thing that can be in the way."""

from sandbox.lab import ANYWHERE, ZONE, Lab

FAR = "10.9.0.5"
DROP_IN = "/etc/systemd/system/twingate-connector.service.d/10-gatepost.conf"


def test_the_whole_way_to_a_public_address(lab: Lab) -> None:
    rules = lab.ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [lab.group]}])
    (rule,) = (r["SecurityGroupRuleId"] for r in rules["SecurityGroupRules"] if r.get("ToPort") == 443)
    found = lab.ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [lab.vpc]}])
    (acl,) = (acl["NetworkAclId"] for acl in found["NetworkAcls"])
    near, there = f"{acl} of {lab.private_subnet}", f"{acl} of {lab.public_subnet}"
    entry = "entry 100 (everything, 0.0.0.0/0)"
    assert lab.reach("203.0.113.7:443/TCP") == {
        "version": 1,
        "connector": f"{lab.name}-a",
        "state": "ALIVE",
        "network": lab.name,
        "site": "frankfurt",
        "slot": "a",
        "host_id": lab.host,
        "to": "203.0.113.7:443/tcp",
        "reached": True,
        "exit_ip": lab.exit_ip,
        "steps": [
            {"part": part, "ok": True, "text": text}
            for part, text in (
                ("host", f"{lab.host} runs in {ZONE}"),
                ("security group", f"rule {rule} of {lab.group} (TCP 443, 0.0.0.0/0) lets it out"),
                ("network ACL", f"{near} lets it out: {entry}"),
                ("network ACL", f"{near} lets the answers (TCP 32768-60999) in: {entry}"),
                ("network ACL", f"{there} lets the host's in: {entry}"),
                ("network ACL", f"{there} lets it out: {entry}"),
                ("network ACL", f"{there} lets the answers (TCP 1024-65535) in: {entry}"),
                ("network ACL", f"{there} lets the answers (TCP 32768-60999) out to the host: {entry}"),
                ("route", f"table {lab.private_table} of {lab.private_subnet} sends 0.0.0.0/0 to {lab.nat}"),
                ("route", f"table {lab.public_table} of {lab.public_subnet} sends 0.0.0.0/0 to {lab.igw}"),
                ("exit", f"{lab.exit_ip} is the address that the far side sees"),
            )
        ],
    }


def test_no_rule_of_the_group(lab: Lab) -> None:
    refused = f"security group {lab.group}: no rule lets TCP 5432 out to it"
    assert lab.decided(f"{FAR}:5432/tcp") == (False, refused)
    lab.allow("tcp", 5432, 5432, f"{FAR}/32")
    lab.peer("10.9.0.0/16")
    assert lab.decided(f"{FAR}:5432/tcp")[0] is True
    assert lab.decided("10.9.0.6:5432/tcp") == (False, refused)


def test_a_rule_may_name_a_prefix_list_or_a_group(lab: Lab) -> None:
    entries = [{"Cidr": "10.9.0.0/24"}]
    made = lab.ec2.create_managed_prefix_list(
        PrefixListName=f"{lab.name}-db", Entries=entries, MaxEntries=5, AddressFamily="IPv4"
    )
    rule = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432}
    listed = {**rule, "PrefixListIds": [{"PrefixListId": made["PrefixList"]["PrefixListId"]}]}
    members = {**rule, "UserIdGroupPairs": [{"GroupId": lab.group}]}
    lab.peer("10.9.0.0/16")
    other = lab.launch(SubnetId=lab.public_subnet, UserData=None)
    (machine,) = lab.ec2.describe_instances(InstanceIds=[other])["Reservations"][0]["Instances"]
    targets = (f"{FAR}:5432/tcp", f"{machine['PrivateIpAddress']}:5432/tcp")
    assert [lab.reach(to)["reached"] for to in targets] == [False, False]
    lab.ec2.authorize_security_group_egress(GroupId=lab.group, IpPermissions=[listed])
    assert [lab.reach(to)["reached"] for to in targets] == [True, False]
    lab.ec2.authorize_security_group_egress(GroupId=lab.group, IpPermissions=[members])
    assert [lab.reach(to)["reached"] for to in targets] == [True, True]


def test_inside_the_vpc(lab: Lab) -> None:
    lab.allow("tcp", 5432, 5432, "10.0.0.0/8")
    lab.own_acl(lab.private_subnet, (True, "6", 5432, 5432))
    assert lab.decided("10.40.1.9:5432/tcp")[0] is True
    inside = {"part": "network ACL", "ok": None, "text": f"is not asked inside {lab.private_subnet}"}
    assert inside in lab.reach("10.40.1.9:5432/tcp")["steps"]
    refused = f"network ACL {lab.acl} of {lab.private_subnet} does not let it out: entry 50 (TCP 5432, 0.0.0.0/0)"
    assert lab.decided("10.40.0.9:5432/tcp") == (False, refused)


def test_an_address_of_the_vpc_that_no_subnet_holds(lab: Lab) -> None:
    lab.allow("tcp", 5432, 5432, "10.0.0.0/8")
    to = f"route table {lab.private_table} of {lab.private_subnet} sends 10.40.0.0/22 to the VPC itself"
    assert lab.decided("10.40.3.9:5432/tcp") == (False, f"{to}, and no subnet holds it")


def test_icmp_has_types_in_the_place_of_ports(lab: Lab) -> None:
    lab.allow("icmp", 0, -1)
    assert lab.decided("1.1.1.1/icmp") == (False, f"security group {lab.group}: no rule lets ICMP out to it")
    lab.allow("icmp", 8, -1)
    assert (lab.reach("1.1.1.1/icmp")["reached"], lab.reach("1.1.1.1/icmp")["exit_ip"]) == (True, lab.exit_ip)
    acl = lab.own_acl(lab.private_subnet)
    lab.acl_entry(acl, 60, False, "1", "deny", IcmpTypeCode={"Type": 0, "Code": -1})
    answers = f"network ACL {acl} of {lab.private_subnet} does not let the answers (ICMP) in: "
    assert lab.decided("1.1.1.1/icmp") == (False, f"{answers}entry 60 (ICMP, {ANYWHERE})")


def test_the_metadata_service_is_shut_by_the_boot_text_only(lab: Lab) -> None:
    metadata = "169.254.169.254:80/tcp"
    unfiltered = "platform 169.254.169.254 is the metadata service: no group, ACL or route stands before it"
    assert lab.decided(metadata) == (True, unfiltered)
    lab.files[DROP_IN] = "[Service]\nIPAddressDeny=169.254.169.254\n"
    lab.relaunch()
    denied = "boot text keeps twingate-connector.service from 169.254.169.254 (IPAddressDeny)"
    assert lab.decided(metadata) == (False, denied)
    lab.files.clear()
    lab.relaunch(MetadataOptions={"HttpEndpoint": "disabled"})
    disabled = "platform 169.254.169.254 is the metadata service, which this host has disabled"
    assert lab.decided(metadata) == (False, disabled)


def test_other_link_local_addresses_have_no_route(lab: Lab) -> None:
    link_local = "route 169.254.1.1 is a link-local address, which no route leads to"
    assert lab.decided("169.254.1.1:443/tcp") == (False, link_local)


def test_the_resolver_and_the_host_itself_are_not_filtered(lab: Lab) -> None:
    (machine,) = lab.ec2.describe_instances(InstanceIds=[lab.host])["Reservations"][0]["Instances"]
    itself = f"host {lab.host} is at 127.0.0.1 itself: no group, ACL or route stands before it"
    assert lab.decided("127.0.0.1:22/tcp") == (True, itself)
    assert lab.decided(f"{machine['PrivateIpAddress']}:22/tcp")[0] is True
    resolver = "platform 10.40.0.2 is the resolver of the VPC: no group, ACL or route stands before it"
    assert lab.decided("10.40.0.2:53/tcp") == (True, resolver)


def test_a_host_in_a_public_subnet_needs_an_address_of_its_own(lab: Lab) -> None:
    lab.relaunch(SubnetId=lab.public_subnet)
    none = f"route it goes to {lab.igw}, but the host has no public address"
    assert lab.decided("1.1.1.1:443/tcp") == (False, none)
    address = lab.ec2.allocate_address(Domain="vpc")
    lab.ec2.associate_address(InstanceId=lab.host, AllocationId=address["AllocationId"])
    assert lab.reach("1.1.1.1:443/tcp")["exit_ip"] == address["PublicIp"]


def test_a_private_nat_gateway_leads_to_no_public_address(lab: Lab) -> None:
    made = lab.ec2.create_nat_gateway(SubnetId=lab.public_subnet, ConnectivityType="private")
    nat = made["NatGateway"]["NatGatewayId"]
    lab.route("1.0.0.0/8", NatGatewayId=nat)
    none = f"route it goes to {lab.igw}, but {nat} has no public address"
    assert lab.decided("1.1.1.1:443/tcp") == (False, none)


def test_a_stopped_host_reaches_nothing(lab: Lab) -> None:
    lab.ec2.stop_instances(InstanceIds=[lab.host])
    assert lab.decided("1.1.1.1:443/tcp") == (False, f"host {lab.host} is stopped, not running")


def test_a_connector_without_a_host_reaches_nothing(lab: Lab) -> None:
    lab.ec2.terminate_instances(InstanceIds=[lab.host])
    assert lab.decided("1.1.1.1:443/tcp") == (False, "host there is none: no host uses its token pair")


def test_a_dead_connector_is_remarked_and_its_host_judged(lab: Lab) -> None:
    lab.forbid("udp", 1, 65535)
    answer = lab.reach("1.1.1.1:443/tcp")
    assert (answer["reached"], answer["state"]) == (True, "DEAD_NO_RELAYS")
    assert answer["steps"][1]["ok"] is None
    assert answer["steps"][1]["text"].startswith(f"is DEAD_NO_RELAYS now: {lab.host} may not dial UDP 1-65535")
