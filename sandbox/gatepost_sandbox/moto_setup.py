"""moto as the sandbox's AWS: its flags, Twingate's images, and one repair.

Written for the pinned moto; facts about its behaviour stand next to the code that needs them.
"""

import os
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime
from ipaddress import IPv4Network
from typing import Any

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


ADDRESSES = IPv4Network("198.18.0.0/15")
"""Elastic IP addresses come from the range for benchmarks (RFC 2544): in use by nobody, and none is given out twice."""


class MotoApp:
    """The WSGI application of moto, loaded by ``load``.

    moto takes two seconds to import. So the daemon listens first and loads in a thread; requests wait for it, and fail
    loudly if it failed.
    """

    def __init__(self) -> None:
        self._app: Future[Callable[..., Any]] = Future()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Answer one request."""
        return self._app.result()(environ, start_response)

    def wait(self) -> None:
        """Wait until moto is loaded. Raises what kept it from loading."""
        self._app.result()

    def load(self) -> None:
        """Import moto, with the sandbox's flags and additions."""
        try:
            os.environ.update(FLAGS)
            from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app  # noqa: PLC0415

            _extend_ec2()
            _warm_up()
            self._app.set_result(DomainDispatcherApplication(create_backend_app))
        except BaseException as error:
            self._app.set_exception(error)
            raise


def _extend_ec2() -> None:
    """Add Twingate's images to every region, keep a host's groups right, and give out addresses that look public."""
    from moto.ec2.models import EC2Backend, elastic_ip_addresses  # noqa: PLC0415
    from moto.ec2.models.amis import Ami  # noqa: PLC0415
    from moto.ec2.models.instances import Instance  # noqa: PLC0415

    addresses = (str(address) for address in ADDRESSES.hosts())
    # moto's own are 127.x.y.z, and now and then one comes twice.
    elastic_ip_addresses.random_ip = lambda: next(addresses)  # ty: ignore[invalid-assignment]

    load_amis, modify_interface = EC2Backend._load_amis, EC2Backend.modify_network_interface_attribute

    def with_images(self: Any) -> None:
        load_amis(self)
        for image_id, date in IMAGES.items():
            self.amis[image_id] = _image(Ami, self, image_id, date)

    def modify(self: Any, eni_id: str, group_ids: list[str], *rest: Any, **more: Any) -> None:
        # moto leaves the instance with its old groups: DescribeInstances would show those for ever.
        modify_interface(self, eni_id, group_ids, *rest, **more)
        eni = self.get_network_interface(eni_id)
        if group_ids and eni.instance and eni.device_index == 0:
            eni.instance.security_groups = list(eni._group_set)

    def booting(boot: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def booted(self: Any) -> Any:
            self.launch_time = datetime.now(UTC).replace(tzinfo=None)  # moto keeps the first launch for ever
            return boot(self)

        return booted

    # A host reads its secret when it boots. (AWS leaves LaunchTime alone at a reboot; here it stands for the boot.)
    Instance.start, Instance.reboot = booting(Instance.start), booting(Instance.reboot)  # ty: ignore[invalid-assignment]
    EC2Backend._load_amis = with_images
    EC2Backend.modify_network_interface_attribute = modify


def _warm_up() -> None:
    """Make what the first requests would otherwise wait for: the managed policies, and EC2's list of regions."""
    from moto.backends import get_backend  # noqa: PLC0415
    from moto.core import DEFAULT_ACCOUNT_ID  # noqa: PLC0415
    from moto.iam.models import get_account_id_from  # noqa: PLC0415

    get_account_id_from("")
    get_backend("ec2")[DEFAULT_ACCOUNT_ID]


def _image(ami: Callable[..., Any], backend: Any, image_id: str, date: datetime) -> Any:
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
