"""What a stack program hands to a fleet beside the settings: providers of other accounts, secrets of Azure sites."""

import json
from typing import Any

import pulumi_aws as aws
import pulumi_gcp as gcp
import pytest
from components.test_azure_host import without_secrets
from google.protobuf import json_format
from recorder import record

from gatepost.fleet import Fleet, FleetArgs
from gatepost.settings import parse, parse_azure

AWS: dict[str, Any] = {
    "cloud": "aws",
    "region": "eu-central-1",
    "network": {"create": {"cidr": "10.40.0.0/24", "zones": ["eu-central-1a", "eu-central-1b"]}},
    "image": "ami-0123abcd",
    "connectors": {"a": {}, "b": {"image": "ami-4567abcd", "log_level": "debug"}},
}
WORKSPACE = "01234567-89ab-cdef-0123-456789abcdef"
AZURE: dict[str, Any] = {
    "cloud": "azure",
    "region": "westeurope",
    "network": {"create": {"cidr": "10.60.0.0/24", "zones": ["1", "2"]}},
    "image": "acme.azurecr.io/twingate/connector:1",
    "registry": "acme.azurecr.io",
    "log_analytics": WORKSPACE,
    "connectors": {"a": {}, "b": {}},
}
SECRETS = {
    "registries": {"acme.azurecr.io": {"username": "puller", "password": "open sesame"}},
    "workspaces": {WORKSPACE: "a key of the workspace"},
}
HIDDEN = ("open sesame", "a key of the workspace")
INSTANCE = "aws:ec2/instance:Instance"


def settings_of(**sites: Any):
    fleet, lines = parse({"remote_networks": {"payments": {"sites": sites}}}, environment="prod")
    assert lines == []
    return fleet


def args(sites: dict[str, Any], **more: Any) -> FleetArgs:
    return FleetArgs(settings=settings_of(**sites), environment="prod", tenant="acme", **more)


def test_a_site_of_another_account_is_made_by_its_provider(event_loop_per_test):
    other = AWS | {"network": {"create": AWS["network"]["create"] | {"cidr": "10.41.0.0/24"}}, "account": "shop"}

    def program() -> None:
        shop = aws.Provider("shop", region="eu-central-1")
        Fleet("fleet", args({"own": AWS, "shop": other}, providers={"shop": shop}))

    seen = record(program, preview=True)
    by_site: dict[str, set[str]] = {"own": set(), "shop": set()}
    for request in seen.requests:
        if request.type.startswith("aws:") and request.custom:
            by_site[request.name.split("-")[1]].add(request.provider.split("::")[-2] if request.provider else "")
    assert by_site == {"own": {""}, "shop": {"shop"}}
    assert {r.provider for r in seen.requests if r.type.startswith("twingate:")} == {""}


@pytest.mark.parametrize(
    ("providers", "told"),
    [
        (
            lambda: {},
            "The account 'shop' of the site payments/own has no provider. Handed in: none. Write for example "
            "fleet_from_config(providers={'shop': pulumi_aws.Provider(...)}), or remove the account.",
        ),
        (
            lambda: {"shop": gcp.Provider("shop", project="acme-prod")},
            "The account 'shop' of the site payments/own has a provider of gcp, but the site needs one of aws.",
        ),
    ],
)
def test_an_account_needs_a_provider_of_its_cloud(event_loop_per_test, providers, told):
    said = []

    def program() -> None:
        with pytest.raises(ValueError, match="The account") as wrong:
            args({"own": AWS | {"account": "shop"}}, providers=providers())
        said.append(str(wrong.value))

    record(program)
    assert said == [told]


def test_secrets_that_azure_sites_name_and_nobody_wrote():
    with pytest.raises(ValueError, match="has no credentials") as wrong:
        args({"west": AZURE})
    command = "pulumi config set --secret --path"
    path = 'gatepost:azure.registries["acme.azurecr.io"]'
    assert str(wrong.value).splitlines() == [
        "The registry 'acme.azurecr.io' of the site payments/west has no credentials. Write them with "
        f"{command} '{path}.username' and '{path}.password'.",
        f"The workspace '{WORKSPACE}' of the site payments/west has no key. Write it with {command} "
        f"'gatepost:azure.workspaces[\"{WORKSPACE}\"]'.",
    ]


def test_secrets_of_azure_sites_stay_secret(event_loop_per_test):
    azure, lines = parse_azure(SECRETS)
    assert lines == []
    seen = record(lambda: Fleet("fleet", args({"west": AZURE}, azure=azure)), preview=True)
    groups = seen.of("azure-native:containerinstance:ContainerGroup")
    assert len(groups) == 2
    for request in seen.requests:
        sent = json_format.MessageToDict(request.object)
        assert {secret for secret in HIDDEN if secret in json.dumps(without_secrets(sent))} == set()
        if request.type.endswith("ContainerGroup"):
            assert {secret for secret in HIDDEN if secret in json.dumps(sent)} == set(HIDDEN)


def test_wrong_secrets_are_told_without_their_values():
    found, lines = parse_azure({"registries": {"acme.azurecr.io": {"username": 4711, "pasword": "open sesame"}}})
    assert found.registries == {}
    at = 'gatepost:azure.registries["acme.azurecr.io"]'
    assert lines == [
        f"{at}.username: Found another value. Allowed: text. In YAML, write it in quotes.",
        f"{at}.password: This setting is needed and missing.",
        f"{at}.pasword: There is no such setting. Allowed here: username, password. Did you mean 'password'?",
    ]


def test_one_connector_may_try_an_image_first(event_loop_per_test):
    seen = record(lambda: Fleet("fleet", args({"own": AWS})), preview=True)
    assert {name: one["ami"] for name, one in seen.of(INSTANCE).items()} == {
        "payments-own-a-host-instance": "ami-0123abcd",
        "payments-own-b-host-instance": "ami-4567abcd",
    }
