"""Images of Google Cloud: the newest of the Debian family that hosts boot from.

Asked by the REST method images.getFromFamily: https://cloud.google.com/compute/docs/reference/rest/v1/images
"""

import json
import logging
import os
import re
import urllib.error
import urllib.request
from collections.abc import Iterable

from ..sizes import GCP_IMAGE_FAMILY, GCP_IMAGE_PROJECT
from .images_found import ImagesError, Verdict
from .images_pins import Pin

_API = "https://compute.googleapis.com/compute/v1/"
_SCOPE = "https://www.googleapis.com/auth/compute.readonly"
_NAME = re.compile(rf"(?:.*/)?projects/{GCP_IMAGE_PROJECT}/global/images/(debian-12-bookworm(-arm64)?-v[0-9]+)")
_SIGN_IN = "Sign in with `gcloud auth application-default login`, or set GOOGLE_OAUTH_ACCESS_TOKEN."


def judged(pins: Iterable[Pin]) -> list[Verdict]:
    """Each pin, judged. Raises ImagesError."""
    token, newest = _token(), dict[str, str]()
    verdicts = []
    for pin in pins:
        found = _NAME.fullmatch(pin.value or "")
        family = GCP_IMAGE_FAMILY + (found[2] or "" if found else "")
        if family not in newest:
            newest[family] = _newest(family, token)
        best = newest[family]
        if pin.value is None:
            state = "unpinned"
        elif found is None:
            state = "own"
        else:
            state = "older" if found[1] < best.rpartition("/")[2] else "current"
        note = f"It is not of the family {GCP_IMAGE_FAMILY} in {GCP_IMAGE_PROJECT}." if state == "own" else ""
        verdicts.append(Verdict(pin=pin, newest=best, state=state, note=note))
    return verdicts


def _newest(family: str, token: str) -> str:
    """Relative name of the newest image of a family, ``projects/debian-cloud/global/images/...``."""
    base = os.environ.get("GOOGLE_COMPUTE_CUSTOM_ENDPOINT") or _API
    address = f"{base.rstrip('/')}/projects/{GCP_IMAGE_PROJECT}/global/images/family/{family}"
    request = urllib.request.Request(address, headers={"Authorization": f"Bearer {token}"})  # noqa: S310 - Google's
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            link = str(json.load(answer)["selfLink"])
    except urllib.error.HTTPError as error:
        with error:
            hint = _SIGN_IN if error.code in (401, 403) else "Try again later."
            raise ImagesError(f"Google does not tell the newest image of {family} ({error.code}). {hint}") from None
    except (OSError, ValueError, KeyError) as problem:
        reason = getattr(problem, "reason", problem)
        raise ImagesError(f"Google cannot be asked: {reason}. Check the network.") from None
    return link[link.index("projects/") :]


def _token() -> str:
    """An access token: GOOGLE_OAUTH_ACCESS_TOKEN, else Application Default Credentials by google-auth."""
    given = os.environ.get("GOOGLE_OAUTH_ACCESS_TOKEN")
    if given:
        return given
    try:
        import google.auth
        import google.auth.exceptions
        import google.auth.transport.requests
    except ImportError:  # of google-auth, or of requests, which it asks by
        told = 'There are no Google credentials: pip install "google-auth[requests]" to use those of gcloud.'
        raise ImagesError(f"{told} {_SIGN_IN}") from None
    logging.getLogger("google.auth").setLevel(logging.ERROR)  # it warns of a project, which nothing here needs
    try:
        credentials, _ = google.auth.default(scopes=[_SCOPE])
        credentials.refresh(google.auth.transport.requests.Request())
    except google.auth.exceptions.TransportError:
        raise ImagesError("Google cannot be asked for an access token. Check the network.") from None
    except google.auth.exceptions.GoogleAuthError as problem:
        first = str(problem).partition(". ")[0].rstrip(".")
        raise ImagesError(f"There are no Google credentials ({first}). {_SIGN_IN}") from None
    return str(credentials.token)
