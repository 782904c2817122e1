"""`gatepost images` without credentials, permissions or a network: sentences that say what to do."""

import json
import os
import sys
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from cli.audit_lab import sandbox
from cli.images_lab import DEBIAN, asked, inside, stack
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from sandbox.helpers import Sandbox

__all__ = ["inside", "sandbox"]


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No credentials anywhere, and no way to a cloud."""
    for name in os.environ:
        if name.startswith(("AWS_", "GOOGLE_", "CLOUDSDK_", "GCLOUD_")):
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")


@pytest.mark.usefixtures("alone")
def test_without_aws_credentials(tmp_path: Path) -> None:
    told = "There are no AWS credentials. Set AWS_PROFILE or --profile, or sign in with `aws sso login`."
    said = asked("aws", stack(tmp_path))
    assert (said.exit_code, said.stdout, said.stderr) == (1, "", f"gatepost: {told}\n")


@pytest.mark.usefixtures("alone")
def test_aws_without_a_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
    said = asked("aws", stack(tmp_path))
    told = 'AWS cannot be asked in eu-central-1: Could not connect to the endpoint URL: "http://127.0.0.1:1/".'
    hint = "Check the region's name, the network and the profile."
    assert (said.exit_code, said.stdout, said.stderr) == (1, "", f"gatepost: {told} {hint}\n")


@pytest.fixture
def guarded(sandbox: Sandbox, inside: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The sandbox asks for permissions, and this process is a user who has none."""
    iam = sandbox.client("iam")
    iam.create_user(UserName="nobody")
    key = iam.create_access_key(UserName="nobody")["AccessKey"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
    enforced(sandbox, "0")
    yield
    enforced(sandbox, "1e9")
    iam.delete_access_key(UserName="nobody", AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName="nobody")


def enforced(sandbox: Sandbox, after: str) -> None:
    """Whether permissions are asked for, from so many calls on."""
    page = f"{sandbox.running.aws}/moto-api/reset-auth"
    request = urllib.request.Request(page, after.encode(), {"Content-Type": "text/plain"})  # noqa: S310
    urllib.request.urlopen(request).close()  # noqa: S310


@pytest.mark.usefixtures("guarded")
def test_a_permission_that_is_missing_is_named(tmp_path: Path) -> None:
    said = asked("aws", stack(tmp_path))
    assert (said.exit_code, said.stdout) == (1, "")
    assert said.stderr.startswith(
        "gatepost: AWS does not list images in eu-central-1 (AccessDenied: User: arn:aws:iam::"
    )
    assert said.stderr.endswith("Allow ec2:DescribeImages.\n")


@pytest.mark.usefixtures("guarded")
def test_credentials_that_aws_does_not_know(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    told = "AWS refuses the credentials in eu-central-1 (AuthFailure). Sign in again, or enable the region."
    said = asked("aws", stack(tmp_path))
    assert (said.exit_code, said.stdout, said.stderr) == (1, "", f"gatepost: {told}\n")


@pytest.mark.usefixtures("alone")
def test_with_a_profile_that_does_not_exist(tmp_path: Path) -> None:
    said = asked("aws", stack(tmp_path), "--profile", "prod")
    told = "gatepost: There is no profile 'prod'. AWS's configuration has no profile."
    assert (said.exit_code, said.stderr.startswith(told)) == (1, True)


@pytest.mark.usefixtures("alone")
def test_without_google_credentials(tmp_path: Path) -> None:
    said = asked("gcp", stack(tmp_path))
    assert (said.exit_code, said.stdout) == (1, "")
    assert said.stderr == (
        "gatepost: There are no Google credentials (Your default credentials were not found). "
        "Sign in with `gcloud auth application-default login`, or set GOOGLE_OAUTH_ACCESS_TOKEN.\n"
    )


@pytest.mark.usefixtures("alone")
def test_without_google_auth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "google.auth", None)  # as if it were not installed
    said = asked("gcp", stack(tmp_path))
    assert (said.exit_code, said.stdout) == (1, "")
    assert said.stderr == (
        'gatepost: There are no Google credentials: pip install "google-auth[requests]" to use those of gcloud. '
        "Sign in with `gcloud auth application-default login`, or set GOOGLE_OAUTH_ACCESS_TOKEN.\n"
    )


def robot() -> dict[str, str]:
    """A service account with a key of its own."""
    kind = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(*kind).decode()
    return {"client_email": "gatepost@acme.iam.gserviceaccount.com", "private_key_id": "1", "private_key": key}


class Tokens(BaseHTTPRequestHandler):
    """Google's token server: it lets everybody in."""

    asked: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        self.asked.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
        body = json.dumps({"access_token": "made-for-you", "expires_in": 3600, "token_type": "Bearer"}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.mark.usefixtures("alone")
def test_without_a_network_for_google_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "credentials.json"
    file.write_text(json.dumps({"type": "service_account", "token_uri": "http://127.0.0.1:1/token", **robot()}))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))
    said = asked("gcp", stack(tmp_path))
    told = "gatepost: Google cannot be asked for an access token. Check the network.\n"
    assert (said.exit_code, said.stdout, said.stderr) == (1, "", told)


@pytest.mark.usefixtures("inside")
def test_application_default_credentials_are_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Tokens) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        where = f"http://127.0.0.1:{server.server_port}/token"
        file = tmp_path / "credentials.json"
        file.write_text(json.dumps({"type": "service_account", "token_uri": where, **robot()}))
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))
        monkeypatch.delenv("GOOGLE_OAUTH_ACCESS_TOKEN")
        said = asked("gcp", stack(tmp_path, gcp=f"{DEBIAN}-v20261006"))
        server.shutdown()
        thread.join()
    assert (said.stderr, said.exit_code) == ("", 0)
    (form,) = Tokens.asked
    assert "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer" in form.split("&")


@pytest.mark.usefixtures("alone")
def test_google_without_a_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", "sandbox")
    monkeypatch.setenv("GOOGLE_COMPUTE_CUSTOM_ENDPOINT", "http://127.0.0.1:1/compute/v1/")
    said = asked("gcp", stack(tmp_path))
    assert (said.exit_code, said.stdout) == (1, "")
    assert said.stderr.startswith("gatepost: Google cannot be asked: ")
    assert said.stderr.endswith("Connection refused. Check the network.\n")


@pytest.mark.usefixtures("inside")
def test_a_region_that_does_not_exist(tmp_path: Path) -> None:
    file = stack(tmp_path)
    text = file.read_text().replace("eu-central-1", "eu-north-9")
    file.write_text(text.replace("    remote_networks:", "    more_regions: [eu-north-9]\n    remote_networks:"))
    said = asked("aws", file)
    assert (said.exit_code, said.stdout) == (1, "")
    assert said.stderr.startswith("gatepost: AWS does not list images in eu-north-9 (")
    assert "there is no AWS region eu-north-9. Did you mean eu-north-1?" in said.stderr
