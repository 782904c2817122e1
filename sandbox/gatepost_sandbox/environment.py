"""The environment of a program that runs against a sandbox."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from gatepost_sandbox.home import HOME_VARIABLE, Home, Running, project_folder

RUN_VARIABLE = "GATEPOST_SANDBOX_RUN"
LOCAL = ("127.0.0.1", "localhost")

# Where Pulumi keeps things, and what it must not ask the network for.
_PULUMI = {
    "PULUMI_CONFIG_PASSPHRASE": "sandbox",
    "PULUMI_SKIP_UPDATE_CHECK": "true",
    "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    "PULUMI_DISABLE_REGISTRY_RESOLVE": "true",
    "PULUMI_SUPPRESS_NEO_LINK": "true",
    "PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "true",
    "PULUMI_CREDENTIAL_STORE": "plaintext",
    "PULUMI_ERROR_OUTPUT_STRING": "1",
    # A real provider plugin on PATH would be taken before ours.
    "PULUMI_IGNORE_AMBIENT_PLUGINS": "true",
}

# The key that AWS's own documentation uses as its example.
_AWS = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AWS_EC2_METADATA_DISABLED": "true",
}

# A project of the sandbox's Google Cloud; every project that is spelt like one exists there.
_GOOGLE = {"GOOGLE_PROJECT": "gatepost-sandbox"}

# How the vendor's Google plugin finds an API: https://registry.terraform.io/providers/hashicorp/google/latest/docs/guides/
# provider_reference. Each name stands between GOOGLE_ and _CUSTOM_ENDPOINT.
_GOOGLE_APIS = {
    "COMPUTE": "/compute/v1/",
    "DNS": "/dns/v1/",
    "IAM": "/v1/",
    "RESOURCE_MANAGER": "/v1/",
    "SECRET_MANAGER": "/v1/",
}

# Any subscription exists in the sandbox's Azure; this one is nobody's.
_AZURE = {"ARM_SUBSCRIPTION_ID": "00000000-0000-4000-8000-000000000001"}

# Variables, or beginnings of names (with a star), that would lead a program elsewhere.
_REMOVED = (
    "ARM_*",
    "AZURE_*",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CA_BUNDLE",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_CONTAINER_*",
    "AWS_ENDPOINT_URL*",
    "CLOUDSDK_*",
    "GCLOUD_*",
    "GOOGLE_*",
    "PULUMI_ACCESS_TOKEN",
    "PULUMI_API",
    "PULUMI_BACKEND_URL",
    "PULUMI_CONFIG_PASSPHRASE_FILE",
    "PULUMI_DEBUG_PROVIDERS",
    "PULUMI_STACK",
    "TWINGATE_*",
)


def environment(home: Home, running: Running, base: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The whole environment, made from ``base``: every cloud, Twingate and Pulumi lead to the sandbox and nowhere else.

    ``AWS_REGION`` stays as it is; where it is unset it becomes that of ``AWS_DEFAULT_REGION``, else us-east-1. boto3
    reads only ``AWS_DEFAULT_REGION``, which gets the same value where it is unset.
    """
    region = base.get("AWS_REGION") or base.get("AWS_DEFAULT_REGION") or "us-east-1"
    kept = {name: value for name, value in base.items() if not any(_fits(name, pattern) for pattern in _REMOVED)}
    projects = [project_folder(Path.cwd()), project_folder(home.path)]
    tools = [str(project / ".gatepost" / "bin") for project in dict.fromkeys(projects) if project != home.path]
    path = [*tools, str(Path(sys.executable).parent), *filter(None, [base.get("PATH")])]
    return {
        "AWS_DEFAULT_REGION": region,
        **kept,
        "AWS_REGION": region,
        **_PULUMI,
        **_AWS,
        **_AZURE,
        **_google(running),
        "PATH": os.pathsep.join(path),
        "PULUMI_HOME": str(home.pulumi_home),
        "PULUMI_BACKEND_URL": f"file://{home.state}",
        "PULUMI_PYTHON_CMD": sys.executable,
        "AWS_ENDPOINT_URL": running.aws,
        "TWINGATE_NETWORK": "sandbox",
        "TWINGATE_API_TOKEN": running.api_token,
        "GATEPOST_SANDBOX_TWINGATE": running.twingate,
        **{f"GATEPOST_SANDBOX_{name.upper()}": address for name, address in running.clouds.items()},
        HOME_VARIABLE: str(home.path),
        RUN_VARIABLE: running.run,
        "NO_PROXY": _without_proxy(base.get("NO_PROXY", "")),
        "no_proxy": _without_proxy(base.get("no_proxy", "")),
    }


def _google(running: Running) -> dict[str, str]:
    where = running.clouds.get("gcp")
    if where is None:
        return _GOOGLE
    apis = {f"GOOGLE_{name}_CUSTOM_ENDPOINT": where + path for name, path in _GOOGLE_APIS.items()}
    return {**_GOOGLE, "GOOGLE_OAUTH_ACCESS_TOKEN": "sandbox", **apis}


def _fits(name: str, pattern: str) -> bool:
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern


def _without_proxy(before: str) -> str:
    hosts = [host.strip() for host in before.split(",") if host.strip()]
    return ",".join([*hosts, *(host for host in LOCAL if host not in hosts)])
