"""Refusals as Azure Resource Manager sends them."""

from typing import Any


class Refusal(Exception):
    """A request that Azure does not do: HTTP status, Azure's code and its words."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message

    def envelope(self) -> dict[str, Any]:
        """The body of the answer."""
        return {"error": {"code": self.code, "message": self.message, "details": []}}


def bad(code: str, message: str) -> Refusal:
    """A request that is wrong in itself, or does not fit what is there."""
    return Refusal(400, code, message)


def not_modelled(what: str) -> Refusal:
    """Something that Azure has and the sandbox does not."""
    return Refusal(501, "NotImplemented", f"The sandbox does not model {what}.")


def broken(bug: Exception) -> Refusal:
    """A mistake of the sandbox itself."""
    return Refusal(500, "InternalServerError", f"This is a bug of the sandbox ({type(bug).__name__}: {bug}).")
