"""AMIs: Twingate's own, by owner and name as the components look them up, in each region that the settings use."""

from collections.abc import Iterable, Mapping
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, PartialCredentialsError

from ..audit.calls import DENIED
from ..audit.report import AuditError
from ..audit.session import connect
from ..sizes import AWS_IMAGE_NAME, AWS_IMAGE_OWNER
from .images_found import ImagesError, Verdict
from .images_pins import Pin

_CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 3}, connect_timeout=10, read_timeout=30)


def judged(pins: Iterable[Pin], profile: str | None) -> list[Verdict]:
    """Each pin, judged. Raises ImagesError."""
    try:
        session = connect(profile)
    except AuditError as problem:
        raise ImagesError(str(problem)) from None
    newest: dict[str, Mapping[str, Any]] = {}
    return [_judged(session, pin, newest) for pin in pins]


def _judged(session: Any, pin: Pin, newest: dict[str, Mapping[str, Any]]) -> Verdict:
    if len(pin.regions) > 1:
        told = f"An AMI belongs to one region, and this line serves {' and '.join(pin.regions)}. Pin it at each site."
        return Verdict(pin=pin, newest=None, state="missing", note=told)
    (region,) = pin.regions
    if region not in newest:
        newest[region] = _newest(session, region)
    best = newest[region]
    if pin.value is None:
        return Verdict(pin=pin, newest=best["ImageId"], state="unpinned")
    if pin.value == best["ImageId"]:
        return Verdict(pin=pin, newest=best["ImageId"], state="current")
    found = _ask(session, region, ImageIds=[pin.value])
    if not found:
        told = f"There is no image {pin.value} in {region} that this account sees. Change this line by hand."
        return Verdict(pin=pin, newest=best["ImageId"], state="missing", note=told)
    if found[0]["OwnerId"] != AWS_IMAGE_OWNER:
        return Verdict(pin=pin, newest=best["ImageId"], state="own", note="It is not one of Twingate's images.")
    told = f"It is of {_day(found[0])}, the newest of {_day(best)}."
    return Verdict(pin=pin, newest=best["ImageId"], state="older", note=told)


def _newest(session: Any, region: str) -> Mapping[str, Any]:
    filters = [{"Name": "name", "Values": [AWS_IMAGE_NAME]}]
    found = _ask(session, region, Owners=[AWS_IMAGE_OWNER], Filters=filters)
    if not found:
        raise ImagesError(f"AWS has no image of Twingate's in {region}. Pin one of your own there.")
    return max(found, key=lambda image: image["CreationDate"])


def _day(image: Mapping[str, Any]) -> str:
    return str(image["CreationDate"])[:10]


def _ask(session: Any, region: str, **asked: Any) -> list[Any]:
    """Images; none for an id that does not exist. Raises ImagesError."""
    try:
        client = session.client("ec2", region_name=region, config=_CONFIG)
        return client.describe_images(**asked)["Images"]
    except (NoCredentialsError, PartialCredentialsError):
        told = "There are no AWS credentials. Set AWS_PROFILE or --profile, or sign in with `aws sso login`."
        raise ImagesError(told) from None
    except ClientError as problem:
        error = problem.response.get("Error", {})
        code = str(error.get("Code"))
        if code.startswith("InvalidAMIID"):
            return []
        if code in ("AuthFailure", "OptInRequired"):
            told = f"AWS refuses the credentials in {region} ({code}). Sign in again, or enable the region."
            raise ImagesError(told) from None
        hint = "Allow ec2:DescribeImages" if code in DENIED else "Try again later"
        told = f"AWS does not list images in {region} ({code}: {str(error.get('Message')).rstrip('.')}). {hint}."
        raise ImagesError(told) from None
    except BotoCoreError as problem:
        told = f"AWS cannot be asked in {region}: {problem}. Check the region's name, the network and the profile."
        raise ImagesError(told) from None
