"""Google's metadata server and Secret Manager, strict about what they are asked."""

import base64
import json
import socket
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread

from boot.stand_ins import _Base, _server

SECRETS_NAME = "secretmanager.googleapis.com"
ACCOUNT = "payments-fran-1a2b3c4d@acme.iam.gserviceaccount.com"
TOKEN = "ya29.c.session-of-the-account"
_BASE = "/computeMetadata/v1/instance/service-accounts/default/"


@dataclass
class GoogleCloud:
    """What the stand-ins know, and what they were asked."""

    metadata: str = ""
    secrets: str = ""
    account: str | None = ACCOUNT
    token: str = json.dumps({"access_token": TOKEN, "expires_in": 3599, "token_type": "Bearer"})
    values: dict[str, str] = field(default_factory=dict)
    """Newest version by the secret's name."""
    troubles: list[tuple[int, str]] = field(default_factory=list)
    """Answers (status, body) that Secret Manager gives first, one for each request."""
    asked: list[str] = field(default_factory=list)


@contextmanager
def running() -> Generator[GoogleCloud]:
    """Both services on 127.0.0.1, until the end of the block."""
    cloud = GoogleCloud()
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    cloud.metadata, cloud.secrets = ("http://{}:{}".format(*listening.getsockname()) for listening in sockets)
    with serving(cloud, *sockets):
        yield cloud


@contextmanager
def serving(cloud: GoogleCloud, metadata: socket.socket, secrets: socket.socket) -> Generator[None]:
    """Both services on sockets that listen already, until the end of the block, which closes them."""
    servers = [_server(cloud, _Metadata, metadata), _server(cloud, _Secrets, secrets)]  # ty: ignore[invalid-argument-type]
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


class _Metadata(_Base):
    cloud: GoogleCloud  # ty: ignore[incompatible-attribute-override]

    def do_GET(self) -> None:
        self.cloud.asked.append(f"GET {self.path}")
        answers = {f"{_BASE}email": self.cloud.account, f"{_BASE}token": self.cloud.token}
        if self.headers["Metadata-Flavor"] != "Google":
            self.reply(403, "")
        elif self.cloud.account is None or self.path not in answers:
            self.reply(404, "")
        else:
            self.reply(200, answers[self.path] or "")


class _Secrets(_Base):
    cloud: GoogleCloud  # ty: ignore[incompatible-attribute-override]

    def do_GET(self) -> None:
        self.cloud.asked.append(f"GET {self.path}")
        name = self.path.removeprefix("/v1/").removesuffix("/versions/latest:access")
        if self.cloud.troubles:
            self.reply(*self.cloud.troubles.pop(0))
        elif self.headers["Authorization"] != f"Bearer {TOKEN}":
            self.reply(401, _error(401, "UNAUTHENTICATED"))
        elif f"/v1/{name}/versions/latest:access" != self.path or name not in self.cloud.values:
            self.reply(404, _error(404, "NOT_FOUND"))
        else:
            data = base64.b64encode(self.cloud.values[name].encode()).decode()
            self.reply(200, json.dumps({"name": f"{name}/versions/1", "payload": {"data": data}}))


def _error(code: int, status: str) -> str:
    return json.dumps({"error": {"code": code, "message": "no", "status": status}})


DENIED = (403, _error(403, "PERMISSION_DENIED"))
DISABLED = (400, _error(400, "FAILED_PRECONDITION"))
THROTTLED = (429, _error(429, "RESOURCE_EXHAUSTED"))
