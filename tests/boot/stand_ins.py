"""Instance metadata service (IMDSv2) and Systems Manager, strict about what they are asked."""

import json
import socket
import ssl
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from unittest import mock

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

REGION = "eu-central-1"
SSM_NAME = f"ssm.{REGION}.amazonaws.com"
KEYS = {"AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": "wJalrXUtnFEMI", "Token": "session+token/of=the=role"}
PUT_TOKEN = "imds-session"


def botocore_headers(body: bytes, host: str, region: str, keys: dict[str, str], now: float) -> dict[str, str]:
    """What botocore, the AWS client library, sends for a signed GetParameter."""
    request = AWSRequest(
        method="POST",
        url=f"https://{host}/",
        data=body,
        headers={"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "AmazonSSM.GetParameter", "Host": host},
    )
    credentials = Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["Token"])
    moment = datetime.fromtimestamp(now, UTC)
    with mock.patch.object(botocore.auth, "get_current_datetime", return_value=moment):
        botocore.auth.SigV4Auth(credentials, "ssm", region).add_auth(request)
    return {name.lower(): value for name, value in request.headers.items()}


@dataclass
class Cloud:
    """What the stand-ins know, and what they were asked."""

    metadata: str = ""
    ssm: str = ""
    role: str | None = "frankfurt-a"
    credentials: str = json.dumps({"Code": "Success", **KEYS})
    parameters: dict[str, str] = field(default_factory=dict)
    troubles: list[tuple[int, str]] = field(default_factory=list)
    """Answers (status, body) that Systems Manager gives first, one for each request."""
    asked: list[str] = field(default_factory=list)


class Authority:
    """A certificate of a service, by its name, that nobody knows who is not told."""

    def __init__(self, service: str = SSM_NAME) -> None:
        key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, service)])
        self.certificate = (
            x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(1), now + timedelta(1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(service)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(key, hashes.SHA256())
            .public_bytes(serialization.Encoding.PEM)
        )
        private = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        self._key = key.private_bytes(serialization.Encoding.PEM, *private)

    def wrap(self, listening: socket.socket) -> socket.socket:
        """The socket, with TLS."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.NamedTemporaryFile() as file:
            file.write(self._key + self.certificate)
            file.flush()
            context.load_cert_chain(file.name)
        return context.wrap_socket(listening, server_side=True)


@contextmanager
def running() -> Generator[Cloud]:
    """Both services on 127.0.0.1, until the end of the block."""
    cloud = Cloud()
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    cloud.metadata, cloud.ssm = ("http://{}:{}".format(*listening.getsockname()) for listening in sockets)
    with serving(cloud, *sockets):
        yield cloud


@contextmanager
def serving(cloud: Cloud, metadata: socket.socket, ssm: socket.socket) -> Generator[None]:
    """Both services on sockets that listen already, until the end of the block, which closes them."""
    servers = [_server(cloud, _Metadata, metadata), _server(cloud, _Ssm, ssm)]
    threads = [Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}) for server in servers]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for server, thread in zip(servers, threads, strict=True):
            server.shutdown()
            thread.join()
            server.server_close()


def _server(cloud: Cloud, kind: type["_Base"], listening: socket.socket) -> ThreadingHTTPServer:
    server = ThreadingHTTPServer(("", 0), _handler(cloud, kind), bind_and_activate=False)
    server.socket.close()
    server.socket = listening
    return server


def _handler(cloud: Cloud, kind: type["_Base"]) -> type["_Base"]:
    return type(kind.__name__, (kind,), {"cloud": cloud})


class _Base(BaseHTTPRequestHandler):
    cloud: Cloud

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def reply(self, status: int, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())


class _Metadata(_Base):
    def do_PUT(self) -> None:
        self.cloud.asked.append(f"PUT {self.path}")
        asked_well = self.path == "/latest/api/token" and self.headers["X-aws-ec2-metadata-token-ttl-seconds"] == "60"
        self.reply(200 if asked_well else 400, PUT_TOKEN)

    def do_GET(self) -> None:
        self.cloud.asked.append(f"GET {self.path}")
        base = "/latest/meta-data/iam/security-credentials/"
        if self.headers["X-aws-ec2-metadata-token"] != PUT_TOKEN:
            self.reply(401, "")
        elif self.cloud.role is None:
            self.reply(404, "")
        elif self.path == base:
            self.reply(200, self.cloud.role)
        else:
            self.reply(200 if self.path == base + self.cloud.role else 404, self.cloud.credentials)


class _Ssm(_Base):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        asked = json.loads(body)
        self.cloud.asked.append(f"GetParameter {asked['Name']}")
        stamp = datetime.strptime(self.headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        signed = botocore_headers(body, self.headers["Host"], REGION, KEYS, stamp.timestamp())
        old = abs((datetime.now(UTC) - stamp).total_seconds()) > 300
        if self.cloud.troubles:
            self.reply(*self.cloud.troubles.pop(0))
        elif old or any(self.headers[name] != value for name, value in signed.items()):
            self.reply(400, '{"__type":"InvalidSignatureException"}')
        elif asked["Name"] not in self.cloud.parameters:
            self.reply(400, '{"__type":"com.amazonaws.ssm#ParameterNotFound"}')
        else:
            value = self.cloud.parameters[asked["Name"]] if asked["WithDecryption"] else "AQICAHh..."
            self.reply(200, json.dumps({"Parameter": {"Name": asked["Name"], "Value": value}}))
