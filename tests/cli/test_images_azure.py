"""Container images against a registry that stands in for Docker Hub: it answers as the registry API says."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gatepost.cli.images import app

DIGESTS = {"1": "sha256:" + "1a" * 32, "1.80.0": "sha256:" + "1a" * 32, "1.9.0": "sha256:" + "9c" * 32}
OTHER = "sha256:" + "2b" * 32
TOKEN = "a-token-for-nobody"
STACK = """config:
  gatepost:tenant: acme
  gatepost:fleet:
    remote_networks:
      office:
        sites:
          amsterdam:
            cloud: azure
            region: westeurope{image}
            network: {{create: {{cidr: 10.60.0.0/24, zones: ["1", "2"]}}}}
            exit: {{kind: nat, per: zone}}
            dns: [10.60.0.70]
            connectors: {{a: {{zone: "1"}}, b: {{zone: "2"}}}}
"""


class Registry:
    """Two pages of tags, and digests of manifests; both only for who has a token."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.status = 200
        self.private = False
        self.tags: list[list[str]] = [["1", "1.9.0", "latest"], ["1.80.0", "1.80", "dev-2.0.0"]]
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        registry = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                registry.answer(self)

            do_HEAD = do_GET

            def log_message(self, format: str, *args: Any) -> None:
                pass

        return Handler

    def answer(self, call: BaseHTTPRequestHandler) -> None:
        self.asked.append(f"{call.command} {call.path}")
        page, _, query = call.path.partition("?")
        headers, body, status = {}, b"{}", self.status
        if page == "/token" and not self.private:
            body = json.dumps({"token": TOKEN}).encode()
        elif status != 200:
            pass
        elif call.headers["Authorization"] != f"Bearer {TOKEN}":
            scope = 'service="registry",scope="repository:twingate/connector:pull"'
            status, headers = 401, {"WWW-Authenticate": f'Bearer realm="{self.address}/token",{scope}'}
        elif page == "/v2/twingate/connector/tags/list":
            number = int("page=2" in query)
            body = json.dumps({"name": "twingate/connector", "tags": self.tags[number]}).encode()
            if not number:
                headers = {"Link": '</v2/twingate/connector/tags/list?n=1000&page=2>; rel="next"'}
        else:
            digest = DIGESTS.get(page.removeprefix("/v2/twingate/connector/manifests/"))
            status, headers = (200, {"Docker-Content-Digest": digest}) if digest else (404, {})
        call.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            call.send_header(name, value)
        call.end_headers()
        if call.command == "GET":
            call.wfile.write(body)


@pytest.fixture
def registry() -> Iterator[Registry]:
    made = Registry()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


def stack(folder: Path, image: str | None) -> Path:
    file = folder / "Pulumi.prod.yaml"
    file.write_text(STACK.format(image=f"\n            image: {image}" if image else ""))
    return file


def asked(file: Path, registry: Registry, *more: str) -> Any:
    return CliRunner().invoke(app, ["azure", str(file), "--mirror", registry.address, *more])


HUB = "twingate/connector"


@pytest.mark.parametrize(
    ("image", "newest", "state", "status", "note"),
    [
        (f"{HUB}@{DIGESTS['1']}", f"{HUB}@{DIGESTS['1']}", "current", 0, ""),
        (f"{HUB}@{OTHER}", f"{HUB}@{DIGESTS['1']}", "older", 1, "twingate/connector:1 is another image today."),
        (f"{HUB}:1.80.0", f"{HUB}:1.80.0", "current", 0, ""),
        (f"docker.io/{HUB}:1.9.0", f"docker.io/{HUB}:1.80.0", "older", 1, ""),
        (
            f"{HUB}:1.9.0@{DIGESTS['1.9.0']}",
            f"{HUB}:1.80.0@{DIGESTS['1.80.0']}",
            "older",
            1,
            "twingate/connector:1.80.0 is another image today.",
        ),
        (f"{HUB}:1", f"{HUB}@{DIGESTS['1']}", "unpinned", 0, "The tag 1 moves: it is another image tomorrow."),
        (None, f"{HUB}@{DIGESTS['1']}", "unpinned", 0, ""),
        (
            f"acme.azurecr.io/{HUB}:1.9.0",
            None,
            "own",
            0,
            "It is not twingate/connector of Docker Hub. Only that is looked up.",
        ),
    ],
)
def test_a_pin_is_compared(
    tmp_path: Path, registry: Registry, image: str | None, newest: str | None, state: str, status: int, note: str
) -> None:
    said = asked(stack(tmp_path, image), registry, "--json")
    (row,) = json.loads(said.stdout)["images"]
    assert (said.exit_code, row) == (
        status,
        {
            "where": "remote_networks.office.sites.amsterdam.image",
            "sites": ["office/amsterdam"],
            "regions": ["westeurope"],
            "pinned": image,
            "newest": newest,
            "state": state,
            "note": note,
            "written": False,
        },
    )


def test_no_manifest_is_pulled(tmp_path: Path, registry: Registry) -> None:
    asked(stack(tmp_path, f"{HUB}@{OTHER}"), registry)
    query = "service=registry&scope=repository%3Atwingate%2Fconnector%3Apull"
    manifest = f"HEAD /v2/{HUB}/manifests/1"
    assert registry.asked == [manifest, f"GET /token?{query}", manifest]


def test_it_is_written_and_then_current(tmp_path: Path, registry: Registry) -> None:
    file = stack(tmp_path, f"{HUB}@{OTHER}")
    said = asked(file, registry, "--write")
    assert (said.exit_code, file.read_text()) == (0, STACK.format(image=f"\n            image: {HUB}@{DIGESTS['1']}"))
    assert said.stdout.splitlines()[-1] == f"Written to {file}: 1 pin. The next update replaces these hosts."
    again = asked(file, registry)
    assert (again.exit_code, again.stdout.splitlines()) == (
        0,
        [
            "current     remote_networks.office.sites.amsterdam.image  (westeurope)",
            f"            pinned {HUB}@{DIGESTS['1']}",
        ],
    )


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (404, "It has no such image. Does it mirror twingate/connector?"),
        (429, "Its limit of requests is reached. Try again in an hour."),
        (503, "Try again later."),
    ],
)
def test_a_registry_that_refuses(tmp_path: Path, registry: Registry, status: int, sentence: str) -> None:
    registry.status = status
    said = asked(stack(tmp_path, None), registry)
    message = f"gatepost: The registry {registry.address} answers {status}. {sentence}\n"
    assert (said.exit_code, said.stdout, said.stderr) == (1, "", message)


def test_a_registry_that_wants_an_account(tmp_path: Path, registry: Registry) -> None:
    registry.private = True
    said = asked(stack(tmp_path, None), registry)
    hint = "It lets nobody in without an account. Name another one by --mirror."
    assert (said.exit_code, said.stderr) == (1, f"gatepost: The registry {registry.address} answers 401. {hint}\n")


def test_a_registry_without_a_version(tmp_path: Path, registry: Registry) -> None:
    registry.tags = [["1"], []]
    said = asked(stack(tmp_path, f"{HUB}:1.9.0"), registry)
    told = f"gatepost: The registry {registry.address} has no version of twingate/connector.\n"
    assert (said.exit_code, said.stderr) == (1, told)


def test_without_a_network(tmp_path: Path, registry: Registry) -> None:
    file = stack(tmp_path, None)
    said = CliRunner().invoke(app, ["azure", str(file), "--mirror", "http://127.0.0.1:1"])
    assert (said.exit_code, said.stdout) == (1, "")
    assert said.stderr.startswith("gatepost: The registry http://127.0.0.1:1 cannot be asked: ")
    assert said.stderr.endswith("Connection refused. Check the network, or --mirror.\n")


def test_a_mirror_without_encryption_is_wrong_usage(tmp_path: Path) -> None:
    said = CliRunner().invoke(app, ["azure", str(stack(tmp_path, None)), "--mirror", "http://mirror.acme.example"])
    assert (said.exit_code, "must be an https:// address" in " ".join(said.stderr.split())) == (2, True)
