"""moto as the sandbox's AWS: its flags, Twingate's images, and what ``refusals`` adds.

Written for the pinned moto; facts about its behaviour stand next to the code that needs them.
"""

import gc
import os
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Any

from gatepost_sandbox.clock import Clock
from gatepost_sandbox.refusals import regions

FLAGS = {
    "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",
    "MOTO_ENABLE_AMI_VALIDATION": "true",
    "MOTO_EC2_ENABLE_INSTANCE_TYPE_VALIDATION": "true",
    "MOTO_ALLOW_NONEXISTENT_REGION": "true",
}

# Owner and name pattern: the AWS deployment guide of Twingate/terraform-provider-twingate. The dates are made up.
IMAGE_OWNER = "617935088040"
IMAGES = {
    "ami-0617935088040a001": datetime(2026, 8, 11, tzinfo=UTC),
    "ami-0617935088040a002": datetime(2026, 10, 6, tzinfo=UTC),
}


class MotoApp:
    """The WSGI application of moto, loaded by ``load``.

    moto takes two seconds to import. So the daemon listens first and loads in a thread; requests wait for it, and fail
    loudly if it failed.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._app: Future[Callable[..., Any]] = Future()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Answer one request."""
        refused = regions.answer(environ, start_response)
        return self._app.result()(environ, start_response) if refused is None else refused

    def wait(self) -> None:
        """Wait until moto is loaded. Raises what kept it from loading."""
        self._app.result()

    def load(self) -> None:
        """Import moto, with the sandbox's flags and additions."""
        try:
            os.environ.update(FLAGS)
            from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app  # noqa: PLC0415

            from gatepost_sandbox import moto_clock  # noqa: PLC0415

            _extend()
            moto_clock.install(self._clock)
            _warm_up()
            gc.freeze()  # what moto brings along stays for ever: looking through it takes a third of a second
            self._app.set_result(DomainDispatcherApplication(create_backend_app))
        except BaseException as error:
            self._app.set_exception(error)
            raise


def _extend() -> None:
    """Add Twingate's images to every region, and to moto what AWS refuses: importing repairs or the index does."""
    from moto.ec2.exceptions import EC2ClientError  # noqa: PLC0415
    from moto.ec2.models import EC2Backend  # noqa: PLC0415
    from moto.ec2.models.amis import Ami  # noqa: PLC0415
    from moto.ssm.exceptions import SSMException  # noqa: PLC0415
    from moto.ssm.models import SimpleSystemManagerBackend  # noqa: PLC0415

    from gatepost_sandbox import moto_index  # noqa: F401, PLC0415
    from gatepost_sandbox.refusals import public_ips, repairs, row, table  # noqa: F401, PLC0415
    from gatepost_sandbox.refusals.replacing import replacing  # noqa: PLC0415

    @replacing(EC2Backend, "_load_amis")
    def with_images(original: Callable[..., Any], self: Any) -> None:
        original(self)
        for image_id, date in IMAGES.items():
            self.amis[image_id] = image(Ami, self, image_id, date)

    ec2, ssm = row.Service(EC2Backend, EC2ClientError), row.Service(SimpleSystemManagerBackend, SSMException)
    row.install(table.ROWS, {"ec2": ec2, "ssm": ssm})


def _warm_up() -> None:
    """Make what the first requests would otherwise wait for: the managed policies, and EC2's list of regions."""
    from moto.backends import get_backend  # noqa: PLC0415
    from moto.core import DEFAULT_ACCOUNT_ID  # noqa: PLC0415
    from moto.iam.models import get_account_id_from  # noqa: PLC0415

    get_account_id_from("")
    get_backend("ec2")[DEFAULT_ACCOUNT_ID]


def image(ami: Callable[..., Any], backend: Any, image_id: str, date: datetime) -> Any:
    """An image of Twingate's, for a backend's region; ``ami`` is moto's class."""
    return ami(
        backend,
        ami_id=image_id,
        name=f"twingate/images/hvm-ssd/twingate-amd64-{date:%Y%m%d%H%M%S}",
        description="Twingate Connector (sandbox)",
        owner_id=IMAGE_OWNER,
        public=True,
        virtualization_type="hvm",
        architecture="x86_64",
        creation_date=date.replace(tzinfo=None),
        image_location=f"{IMAGE_OWNER}/twingate-amd64",
        hypervisor="xen",
        root_device_type="ebs",
        root_device_name="/dev/sda1",
        region_name=backend.region_name,
    )
