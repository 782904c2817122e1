"""Keys of KMS that other services are given by id, ARN or alias; moto stores whatever it gets."""

from typing import Any

from gatepost_sandbox.refusals.row import Found

STANDARD_VALUE_LIMIT = 4096
"""Characters of a parameter's value in the standard tier."""
_STATES = {"Disabled": "is disabled.", "PendingDeletion": "is pending deletion."}


def key_problem(backend: Any, key_id: str | None) -> str | None:
    """Why a key cannot be used by a service in the backend's account and region, in the words of KMS; or None."""
    from moto.kms.models import kms_backends  # noqa: PLC0415 - moto takes long to import

    if not key_id or "alias/aws/" in key_id or key_id == getattr(backend, "default_kms_key_id", None):
        return None
    kms = kms_backends[backend.account_id][backend.region_name]
    prefix = f"arn:{backend.partition}:kms:{backend.region_name}:{backend.account_id}:"
    full = key_id if key_id.startswith("arn:") else prefix + (key_id if "alias/" in key_id else f"key/{key_id}")
    alias = full.removeprefix(prefix) if ":alias/" in full else None
    raw_id = kms.get_key_id_from_alias(alias) if alias else full.removeprefix(f"{prefix}key/")
    key = kms.keys.get(raw_id)
    if key is None:
        return f"Alias {full} is not found." if alias else f"Key '{full}' does not exist"
    return f"{key.arn} {_STATES[key.key_state]}" if key.key_state in _STATES else None


def parameter_key_unusable(ssm: Any, call: Any) -> Found:
    """A parameter to be encrypted with a key that does not exist or cannot be used."""
    problem = key_problem(ssm, call.keyid) if call.parameter_type == "SecureString" else None
    return {"problem": problem} if problem else False


def value_too_long(ssm: Any, call: Any) -> Found:
    """More than 4096 characters in the standard tier."""
    standard = (call.tier or "Standard") == "Standard"
    return standard and bool(call.value) and len(call.value) > STANDARD_VALUE_LIMIT
