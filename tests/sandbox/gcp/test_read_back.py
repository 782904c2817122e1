"""What the provider made and told, read back with Google's own client."""

from sandbox.gcp.cloud import PROJECT, REGION, ZONE, Cloud
from sandbox.gcp.rows import IMAGE
from sandbox.providers.engine import Engine

METADATA = {"block-project-ssh-keys": "TRUE", "enable-oslogin": "TRUE", "serial-port-enable": "FALSE"}


def test_googles_client_reads_what_the_outputs_say(gcp: Engine, cloud: Cloud, name: str) -> None:
    here = {"project": PROJECT, "region": REGION}
    compute = cloud.compute

    network = gcp.create("gcp:compute/network:Network", {"name": name, "autoCreateSubnetworks": False})
    subnetwork = gcp.create(
        "gcp:compute/subnetwork:Subnetwork", {"name": name, "network": network.id, "ipCidrRange": "10.77.0.0/24"}
    )
    exits = [gcp.create("gcp:compute/address:Address", {"name": f"{name}-{n}"}) for n in range(2)]
    for address in exits:
        found = compute.addresses().get(**here, address=address.state["name"]).execute()
        assert found["address"] == address.state["address"]
        assert found["selfLink"] == address.state["selfLink"]
        assert found["labels"] == address.state["effectiveLabels"] == {"goog-pulumi-provisioned": "true"}

    router = gcp.create("gcp:compute/router:Router", {"name": name, "network": network.id})
    made = gcp.create(
        "gcp:compute/routerNat:RouterNat",
        {
            "name": "exit",
            "router": router.state["name"],
            "natIpAllocateOption": "MANUAL_ONLY",
            "natIps": [exits[0].state["selfLink"]],
            "sourceSubnetworkIpRangesToNat": "LIST_OF_SUBNETWORKS",
            "subnetworks": [{"name": subnetwork.id, "sourceIpRangesToNats": ["ALL_IP_RANGES"]}],
            "minPortsPerVm": 1024,
            "enableEndpointIndependentMapping": True,
        },
    )
    (nat,) = compute.routers().get(**here, router=name).execute()["nats"]
    assert nat["natIps"] == made.state["natIps"] == [exits[0].state["selfLink"]]
    assert nat["minPortsPerVm"] == made.state["minPortsPerVm"] == 1024
    assert nat["enableEndpointIndependentMapping"] is made.state["enableEndpointIndependentMapping"] is True
    assert [s["name"] for s in nat["subnetworks"]] == [subnetwork.state["selfLink"]]
    in_use = compute.addresses().get(**here, address=f"{name}-0").execute()
    assert (in_use["status"], in_use["users"]) == ("IN_USE", [router.state["selfLink"]])

    rules = {"allow": (900, "allows", "tcp", ["443"]), "deny": (65000, "denies", "all", None)}
    for key, (priority, what, protocol, ports) in rules.items():
        entry = {"protocol": protocol, **({"ports": ports} if ports else {})}
        inputs = {"name": f"{name}-{key}", "network": network.id, "direction": "EGRESS", what: [entry]}
        firewall = gcp.create(
            "gcp:compute/firewall:Firewall", {**inputs, "priority": priority, "targetTags": ["connector"]}
        )
        rule = compute.firewalls().get(project=PROJECT, firewall=f"{name}-{key}").execute()
        assert rule["priority"] == firewall.state["priority"] == priority
        assert rule["allowed" if key == "allow" else "denied"] == [
            {"IPProtocol": protocol, **({"ports": ports} if ports else {})}
        ]
        assert rule["targetTags"] == firewall.state["targetTags"] == ["connector"]
        assert rule["destinationRanges"] == firewall.state["destinationRanges"] == ["0.0.0.0/0"]

    host = gcp.create(
        "gcp:compute/instance:Instance",
        {
            "name": name,
            "machineType": "e2-small",
            "zone": ZONE,
            "bootDisk": {"initializeParams": {"image": IMAGE}},
            "networkInterfaces": [
                {"subnetwork": subnetwork.id, "accessConfigs": [{"natIp": exits[1].state["address"]}]}
            ],
            "metadata": METADATA,
            "metadataStartupScript": "echo one",
            "tags": ["connector"],
        },
    )
    instance = compute.instances().get(project=PROJECT, zone=ZONE, instance=name).execute()
    assert {item["key"]: item["value"] for item in instance["metadata"]["items"]} == {
        **METADATA,
        "startup-script": "echo one",
    }
    assert (host.state["metadata"], host.state["metadataStartupScript"]) == (METADATA, "echo one")
    (there,), (told,) = instance["networkInterfaces"], host.state["networkInterfaces"]
    assert there["networkIP"] == told["networkIp"] == "10.77.0.2"
    assert there["accessConfigs"][0]["natIP"] == told["accessConfigs"][0]["natIp"] == exits[1].state["address"]
    assert instance["tags"]["items"] == host.state["tags"] == ["connector"]
    assert instance["selfLink"] == host.state["selfLink"]
