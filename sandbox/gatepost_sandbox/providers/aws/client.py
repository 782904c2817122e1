"""boto3 against the sandbox: one place for regions, default tags, errors and the checks that botocore leaves out."""

import json
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from time import monotonic, sleep
from typing import Any, ClassVar

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from ..kind import ApiError
from ..retries import told
from ..values import Props
from .patience import MOTO_FAILED, Patience

_GONE = ("NoSuchEntity", "ParameterNotFound")
_NOT_THERE = "the sandbox's AWS does not implement this operation."
_LOCAL = "http://127.0.0.1:"
_PAUSE = 0.25  # seconds between two attempts to delete what is still used


class Refused(ApiError):
    """The API refused a call, with a code of its own."""

    def __init__(self, text: str, code: str) -> None:
        super().__init__(text)
        self.code = code


class Gone(Refused):
    """The API says that the resource does not exist (any more)."""


class Aws:
    """The client that every AWS kind gets. Calls go to ``AWS_ENDPOINT_URL`` only."""

    patience: ClassVar[float] = 120.0
    """Seconds to wait for what still uses a thing to be deleted; the vendor's provider waits up to 20 minutes."""

    def __init__(self, region: str, default_tags: Mapping[str, str]) -> None:
        self.region, self.default_tags = region, dict(default_tags)
        self._session, self._patience = boto3.Session(), Patience()
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()

    @classmethod
    def connect(cls, config: Props) -> "Aws":
        """A client from the provider's settings and the environment."""
        endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
        if not endpoint.startswith(_LOCAL):
            raise ApiError(
                f"AWS_ENDPOINT_URL is {endpoint!r}, but this provider only talks to a sandbox on http://127.0.0.1. "
                "Run the command through `gatepost sandbox run --`."
            )
        region = config.get("region") or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
        if not region:
            raise ApiError("The AWS provider needs a region: set aws:region or AWS_REGION.")
        return cls(region, _default_tags(config.get("defaultTags")))

    def call(self, service: str, region: str | None, operation: str, **params: Any) -> Any:
        """One API call; a refusal becomes an ApiError in the words of the API."""
        name = "".join(part.capitalize() for part in operation.split("_"))
        try:
            return getattr(self._client(service, region or self.region), operation)(**params)
        except ClientError as refused:
            error = refused.response.get("Error", {})
            code = str(error.get("Code", ""))
            if code == MOTO_FAILED:
                raise ApiError(f"{name}: {_NOT_THERE}") from None
            gone = code in _GONE or code.endswith(("NotFound", "NotFoundException"))
            tried = told(1 + refused.response["ResponseMetadata"].get("RetryAttempts", 0))
            raise (Gone if gone else Refused)(f"{name}: {code}: {error.get('Message', '')}{tried}", code) from None
        except ResponseParserError:
            raise ApiError(f"{name}: {_NOT_THERE}") from None
        except BotoCoreError as wrong:
            raise ApiError(f"{name}: {wrong}{''.join(getattr(wrong, '__notes__', ()))}") from None

    def call_when_free(self, service: str, region: str | None, operation: str, **params: Any) -> Any:
        """The same, for something that others may still use: the vendor's provider waits for them, so this does too."""
        until = monotonic() + self.patience
        while True:
            try:
                return self.call(service, region, operation, **params)
            except Refused as refused:
                if refused.code != "DependencyViolation" or monotonic() >= until:
                    raise
            sleep(_PAUSE)

    @cached_property
    def account(self) -> str:
        """The account's id."""
        return self.call("sts", None, "get_caller_identity")["Account"]

    def all_tags(self, tags: Mapping[str, str] | None) -> dict[str, str]:
        """A resource's tags on top of the provider's default tags."""
        return {**self.default_tags, **(tags or {})}

    def read_tags(self, found: Iterable[Mapping[str, str]] | None, known: Props) -> Props:
        """``tags`` and ``tagsAll`` as the provider stores them, from an API's list of keys and values."""
        everything = {t["Key"]: t["Value"] for t in found or () if not t["Key"].startswith("aws:")}
        own = known.get("tags") or {}
        tags = {k: v for k, v in everything.items() if k in own or self.default_tags.get(k) != v}
        return {"tags": tags, "tagsAll": everything}

    def _client(self, service: str, region: str) -> Any:
        with self._lock:
            if (service, region) not in self._clients:
                # One attempt: when to make another one is for Patience to say, not for botocore.
                config = Config(retries={"total_max_attempts": 1, "mode": "standard"}, max_pool_connections=32)
                client = self._session.client(service, region_name=region, config=config)
                client.meta.events.register("before-parameter-build", _check_enums)
                client.meta.events.register("needs-retry", self._patience.wait)
                self._clients[service, region] = client
            return self._clients[service, region]


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags in the API's form."""
    return [{"Key": k, "Value": v} for k, v in sorted(tags.items())]


def _default_tags(setting: Any) -> Mapping[str, str]:
    """Provider settings that are objects arrive as JSON text."""
    return (json.loads(setting) if isinstance(setting, str) else setting or {}).get("tags") or {}


def _check_enums(params: Props, model: Any, **_: Any) -> None:
    """Values outside the service model's enums, which neither boto3 nor moto refuses."""
    problems = list(_enum_problems(model.input_shape, params, ""))
    if problems:
        raise ApiError(f"{model.name}: {' '.join(problems)}")


def _enum_problems(shape: Any, value: Any, path: str) -> Iterator[str]:
    if shape is None or value is None:
        return
    if shape.type_name == "structure" and isinstance(value, dict):
        for key, item in sorted(value.items()):
            yield from _enum_problems(shape.members.get(key), item, f"{path}.{key}" if path else key)
    elif shape.type_name == "list" and isinstance(value, list):
        for i, item in enumerate(value):
            yield from _enum_problems(shape.member, item, f"{path}[{i}]")
    elif shape.type_name == "string" and getattr(shape, "enum", None) and value not in shape.enum:
        allowed = ", ".join(shape.enum) if len(shape.enum) < 12 else f"one of {len(shape.enum)} values of the API"
        yield f"InvalidParameterValue: {path} is {value!r}; allowed: {allowed}."
