"""Instance metadata service (IMDSv2) and Systems Manager on 127.0.0.1, strict about what they are asked."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from unittest import mock

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

REGION = "eu-central-1"
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


@contextmanager
def running() -> Generator[Cloud]:
    """Both services, until the end of the block."""
    cloud = Cloud()
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), _handler(cloud, kind)) for kind in (_Metadata, _Ssm)]
    cloud.metadata, cloud.ssm = (f"http://127.0.0.1:{server.server_port}" for server in servers)
    threads = [Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}) for server in servers]
    for thread in threads:
        thread.start()
    try:
        yield cloud
    finally:
        for server, thread in zip(servers, threads, strict=True):
            server.shutdown()
            thread.join()
            server.server_close()


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
