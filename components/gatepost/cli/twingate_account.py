"""Which Twingate account is asked, and with which token: from the environment, as Twingate's own provider has it."""

import os
import re

SANDBOX = "GATEPOST_SANDBOX_TWINGATE"
"""Where the sandbox's Twingate is; only an address of this machine counts."""


class AccountError(Exception):
    """Sentences for the person; no token is in them."""


def sandbox_address() -> str:
    """Where ``gatepost sandbox run`` leads to; empty elsewhere, and where it is no address of this machine."""
    given = os.environ.get(SANDBOX, "")
    return given if given.startswith("http://127.0.0.1:") else ""


def address(network: str) -> str:
    """Twingate of this machine's sandbox, else of the network ``acme``."""
    return sandbox_address() or f"https://{network}.twingate.com"


def account(tenant: str | None = None) -> tuple[str, str]:
    """Address and API token: of TWINGATE_NETWORK, or of the tenant of a stack. Raises AccountError.

    ``gatepost sandbox run`` leads to the sandbox, whatever the tenant.
    """
    token, network = os.environ.get("TWINGATE_API_TOKEN", ""), os.environ.get("TWINGATE_NETWORK", "")
    local = bool(sandbox_address())
    problems = []
    if not token:
        problems.append(
            "TWINGATE_API_TOKEN is not set. Make a token that may read in Twingate under Settings, API, or use the "
            "sandbox: gatepost sandbox run -- gatepost status"
        )
    if not (local or network or tenant):
        problems.append("TWINGATE_NETWORK is not set. It is the first part of your address, acme of acme.twingate.com.")
    elif not local and network and tenant and network != tenant:
        problems.append(
            f"TWINGATE_NETWORK is {network!r}, but the stack belongs to {tenant!r}. Set the network and token of that."
        )
    elif not local and not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?", network or str(tenant)):
        problems.append(f"The Twingate network {network or tenant!r} is not a name like acme of acme.twingate.com.")
    if problems:
        raise AccountError("\n".join(problems))
    return address(network or str(tenant)), token
