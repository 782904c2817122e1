"""Refusals as Google's APIs send them."""

from typing import Any

# HTTP status -> canonical status, and the reason when none is given. Source: google/rpc/code.proto, Compute's errors.
_KINDS = {
    400: ("INVALID_ARGUMENT", "invalid"),
    403: ("PERMISSION_DENIED", "forbidden"),
    404: ("NOT_FOUND", "notFound"),
    409: ("ALREADY_EXISTS", "alreadyExists"),
    412: ("FAILED_PRECONDITION", "conditionNotMet"),
    501: ("UNIMPLEMENTED", "notImplemented"),
}


class Refusal(Exception):
    """A request that the API does not do. ``reason`` and ``status`` default to what fits ``code``."""

    def __init__(self, code: int, message: str, reason: str | None = None, status: str | None = None) -> None:
        super().__init__(message)
        self.code, self.message = code, message
        self.status, self.reason = status or _KINDS[code][0], reason or _KINDS[code][1]

    def envelope(self) -> dict[str, Any]:
        """The body of the answer."""
        error = {"message": self.message, "domain": "global", "reason": self.reason}
        return {"error": {"code": self.code, "message": self.message, "errors": [error], "status": self.status}}


def invalid(field: str, value: Any, why: str) -> Refusal:
    """Compute's way to refuse one field; ``field`` is a path below ``resource``."""
    return Refusal(400, f"Invalid value for field 'resource.{field}': '{value}'. {why}")


def not_modelled(what: str) -> Refusal:
    """Something that Google has and the sandbox does not."""
    return Refusal(501, f"The sandbox does not model {what}.")


def not_found(name: str) -> Refusal:
    """A resource that does not exist."""
    return Refusal(404, f"The resource '{name}' was not found")
