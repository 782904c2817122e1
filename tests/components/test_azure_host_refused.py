import pytest
from components.azure_hosts import ACR, HUB, spec

from gatepost.azure import Registry

DOCKER = "twingate/connector"


@pytest.mark.parametrize(
    ("over", "says"),
    [
        ({"cpu": 0.5}, "cpu must be 1 to 4 CPUs, which container groups have everywhere, got 0.5."),
        ({"cpu": 5.0}, "cpu must be 1 to 4 CPUs, which container groups have everywhere, got 5."),
        ({"memory_gb": 0.5}, "memory_gb must be 1 to 16 GB, which container groups have everywhere, got 0.5."),
        ({"memory_gb": 32.0}, "memory_gb must be 1 to 16 GB, which container groups have everywhere, got 32."),
        ({"cpu": "1"}, "HostSpec.cpu must be of type float, got '1'."),
        (
            {"image": DOCKER},
            "The image must be the Connector's with a tag or a digest, such as twingate/connector:1 or",
        ),
        (
            {"image": "Twingate:1"},
            "The image must be the Connector's with a tag or a digest, such as twingate/connecto",
        ),
        (
            {"image": ACR, "registry": HUB},
            "The credentials are for the registry 'index.docker.io', but the image is pulled from 'acme.azurecr.io'.",
        ),
        ({"registry": "acme"}, "HostSpec.registry must be of type Registry | None, got 'acme'."),
        ({"log_analytics": 5}, "HostSpec.log_analytics must be of type LogAnalytics | None, got 5."),
        ({"zone": "4"}, "'4' is not the name of a zone on azure."),
        ({"region": "westus"}, "The region 'westus' has no zones. Give 'regional' in place of 2."),
        (
            {"subnet_id": "hosts"},
            "HostSpec.subnet_id must be the id of a subnet like /subscriptions/0000-1111/resource",
        ),
        ({"dns": ["dns"]}, "The DNS server 'dns' is not an IPv4 address like 10.0.0.2."),
        ({"generation": 0}, "generation must be a whole number from 1 upwards, got 0."),
        (
            {"settings": {"TWINGATE_ACCESS_TOKEN": "hunter2"}},
            "The setting 'TWINGATE_ACCESS_TOKEN' is a secret. The host adds its own tokens at boot.",
        ),
        ({"settings": {"A": 1}}, "HostSpec.settings must be of type Mapping[str, str], got a dict."),
    ],
)
def test_refuses_what_could_not_work(over, says):
    with pytest.raises(ValueError) as refused:
        spec(**over)
    assert str(refused.value).startswith(says)


@pytest.mark.parametrize(
    "image",
    [
        f"{DOCKER}@sha256:{'0' * 64}",
        f"{DOCKER}:1.80.0",
        f"localhost.acme:5000/{DOCKER}:1",
        f"{DOCKER}:1@sha256:{'a' * 64}",
    ],
)
def test_takes_images_by_tag_or_digest(image):
    assert spec(image=image).image == image
    assert spec(image=ACR, registry=Registry(server="acme.azurecr.io", username="u", password="p")).image == ACR
