"""The process behind a sandbox: each cloud and the Twingate stand-in on a port of its own, on this machine only.

Started by ``lifecycle.start`` as ``python -m gatepost_sandbox.daemon HOME RUN LOCK_FD READY_FD``.
"""

import logging
import os
import secrets
import signal
import sys
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from werkzeug.serving import BaseWSGIServer, make_server

from gatepost_sandbox import azure, gcp
from gatepost_sandbox.aws_host import aws_hosts
from gatepost_sandbox.clock import Clock
from gatepost_sandbox.history import History
from gatepost_sandbox.home import Home, Running
from gatepost_sandbox.moto_setup import MotoApp
from gatepost_sandbox.prepare.aws import Aws
from gatepost_sandbox.prepare.azure import Azure
from gatepost_sandbox.prepare.gcp import Gcp
from gatepost_sandbox.prepare.twingate import Twingate
from gatepost_sandbox.sights import Sight
from gatepost_sandbox.twingate.api import Api
from gatepost_sandbox.twingate.store import Store
from gatepost_sandbox.world import World

LOOK_AT_HOME = 3.0  # seconds between two looks whether the home is still ours


def main(home: Home, run: str, ready: int) -> None:
    """Serve until SIGTERM or SIGINT, or until the home is gone."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    key = secrets.token_urlsafe(48)
    clock = Clock()
    moto = MotoApp(clock)

    google, arm = gcp.State(clock=clock.now), azure.State(clock=clock.now)

    def aws_sights() -> Iterable[Sight]:
        moto.wait()
        return aws_hosts()

    hosts = {
        "aws": aws_sights,
        "gcp": gcp.gcp_sights(google),
        "azure": azure.azure_sights(arm),
    }
    world = World(Store(clock), hosts)
    history = History(world)
    aws = serve(history.watch("aws", moto))
    makers = {"aws": Aws(moto.wait), "gcp": Gcp(google), "azure": Azure(arm), "twingate": Twingate(world.store)}
    twingate = serve(history.watch("twingate", Api(world, history, key, makers)))
    apps = {"azure": azure.Api(arm), "gcp": gcp.Api(google)}
    clouds = {name: serve(history.watch(name, app)) for name, app in apps.items()}
    started = datetime.now(UTC).isoformat(timespec="seconds")
    others = {name: url(server) for name, server in clouds.items()}
    home.announce(Running(os.getpid(), run, url(aws), url(twingate), key, started, others))
    os.write(ready, b"ready\n")
    os.close(ready)
    threading.Thread(target=moto.load, daemon=True).start()
    while not stop.wait(LOOK_AT_HOME):
        here = home.last_run()
        if here is None or here.run != run:
            break


def serve(app: Callable[..., Any]) -> BaseWSGIServer:
    """Serve a WSGI application on a free port of 127.0.0.1, a thread per request."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def url(server: BaseWSGIServer) -> str:
    """Where a server listens."""
    return f"http://127.0.0.1:{server.server_port}"


if __name__ == "__main__":
    home_path, run_id, lock_fd, ready_fd = sys.argv[1:]
    for descriptor in (int(lock_fd), int(ready_fd)):
        os.set_inheritable(descriptor, False)
    main(Home(Path(home_path)), run_id, int(ready_fd))
    os._exit(0)  # requests under way and a second of tidying up matter to nobody
