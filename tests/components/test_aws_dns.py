import pytest

from gatepost.aws import Dns, DnsArgs
from gatepost.labels import Labels

LABELS = Labels(environment="dev", network="payments", site="frankfurt")


def test_dns_puts_the_servers_into_the_vpcs_dhcp_options(deploy):
    args_ = DnsArgs(region="eu-central-1", labels=LABELS, vpc_id="vpc-1", servers=["10.40.0.2", "10.40.0.3"])
    seen = deploy(lambda: Dns("dns", args_))
    assert seen.only("aws:ec2/vpcDhcpOptions:VpcDhcpOptions")["domainNameServers"] == ["10.40.0.2", "10.40.0.3"]
    link = seen.only("aws:ec2/vpcDhcpOptionsAssociation:VpcDhcpOptionsAssociation")
    assert (link["vpcId"], link["dhcpOptionsId"]) == ("vpc-1", "dns-options-id")


def test_dns_takes_one_to_four_ipv4_addresses():
    with pytest.raises(ValueError) as refused:
        DnsArgs(
            region="eu-central-1", labels=LABELS, vpc_id="vpc-1", servers=["ns"] + [f"10.0.0.{i}" for i in range(4)]
        )
    assert "'ns' is not an IPv4 address" in str(refused.value)
    assert "A VPC takes one to four DNS servers, got 5" in str(refused.value)
