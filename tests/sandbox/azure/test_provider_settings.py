"""The provider's settings, and what is refused before any call."""

from collections.abc import Iterator

import pytest
from sandbox.azure.cloud import SUBSCRIPTION, Place
from sandbox.gcp.seen import refusal
from sandbox.providers.engine import Engine, Made, Props

from gatepost_sandbox.providers.azure_native import provider

CONTAINERS = "azure-native:containerinstance:ContainerGroup"
GROUP = "azure-native:resources:ResourceGroup"
SUBNET = "azure-native:network:Subnet"


@pytest.mark.parametrize("endpoint", ["", "https://management.azure.com", "http://10.0.0.1:80"])
def test_the_provider_talks_to_a_sandbox_only(monkeypatch: pytest.MonkeyPatch, endpoint: str) -> None:
    monkeypatch.setenv("GATEPOST_SANDBOX_AZURE", endpoint)
    with Engine(provider()) as engine:
        told = refusal(engine.configure)
    assert told == (
        f"GATEPOST_SANDBOX_AZURE is {endpoint!r}, but this provider only talks to a sandbox on http://127.0.0.1. "
        "Run the command through `gatepost sandbox run --`."
    )


@pytest.fixture
def elsewhere(in_cloud: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """A provider without a subscription."""
    monkeypatch.delenv("ARM_SUBSCRIPTION_ID")
    with Engine(provider()) as engine:
        yield engine


def test_a_subscription_must_be_known(elsewhere: Engine, place: Place) -> None:
    elsewhere.configure()
    told = refusal(elsewhere.create, GROUP, {"location": "westeurope"})
    text = "The subscription is not known. Set azure-native:subscriptionId or ARM_SUBSCRIPTION_ID."
    assert told == f"creating thing: {text}"
    elsewhere.configure(subscriptionId=SUBSCRIPTION)
    made: Made = elsewhere.create(GROUP, {"location": "westeurope", "resourceGroupName": "rg"})
    assert made.id == f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"


def test_settings_that_the_sandbox_would_ignore_are_refused(azure: Engine) -> None:
    assert azure.check_config(location="westeurope", subscriptionId="x") == {}
    assert list(azure.check_config(partnerId="x")) == ["partnerId"]


def test_an_id_of_another_type_is_refused(azure: Engine, place: Place) -> None:
    told = refusal(azure.find, SUBNET, place.network())
    assert "does not fit /subscriptions/{subscription}/resourceGroups/{resourceGroupName}/providers/" in told


@pytest.mark.parametrize(
    ("token", "inputs", "failures"),
    [
        (
            CONTAINERS,
            {"resourceGroupName": "g", "location": "x",
             "containers": [{"name": "c", "volumeMounts": [],
                             "environmentVariables": [{"name": "A", "secureValueReference": "x"}]}]},
            {
                "containers[0].volumeMounts": "The sandbox does not model the input 'containers[0].volumeMounts' of "
                f"{CONTAINERS}. It models command, environmentVariables, image, livenessProbe, name, ports, "
                "readinessProbe, resources, securityContext.",
                "containers[0].environmentVariables[0].secureValueReference": "The sandbox does not model the input "
                f"'containers[0].environmentVariables[0].secureValueReference' of {CONTAINERS}. It models name, "
                "secureValue, value.",
            },
        ),
        (
            SUBNET,
            {"resourceGroupName": "g", "virtualNetworkName": "v", "natGateway": {"idd": "x"}, "adressPrefix": "y",
             "networkSecurityGroup": {"securityRules": []}},
            {
                "adressPrefix": f"{SUBNET} has no input 'adressPrefix'. Did you mean 'addressPrefix'?",
                "natGateway.idd": f"{SUBNET} has no input 'natGateway.idd'. Did you mean 'natGateway.id'?",
                "networkSecurityGroup.securityRules": "The sandbox does not model the input "
                f"'networkSecurityGroup.securityRules' of {SUBNET}. It models networkSecurityGroup.id.",
            },
        ),
    ],
)  # fmt: skip
def test_checks(azure: Engine, token: str, inputs: Props, failures: Props) -> None:
    assert azure.check(token, inputs)[1] == failures
