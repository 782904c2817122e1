"""The account and the regions that an audit looks at. What is wrong here ends it with sentences, before it begins."""

import os

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, PartialCredentialsError, SSOError

from ..words import nearest
from .calls import CONFIG, Reader
from .report import AuditError

HOME = "us-east-1"
"""Region that is asked where nobody names one: it is always enabled in the standard partition."""
_KEYS = "https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html"


def connect(profile: str | None) -> boto3.Session:
    """Return a session of a profile of AWS's configuration, None: as the environment says. Raises AuditError."""
    try:
        names = botocore.session.Session().available_profiles
    except BotoCoreError as problem:
        raise AuditError(f"The AWS configuration cannot be used: {problem}. See {_KEYS}.") from None
    profile = profile or os.environ.get("AWS_PROFILE") or os.environ.get("AWS_DEFAULT_PROFILE") or None
    if profile is not None and profile not in names:
        guess = nearest(profile, names)
        hint = f" Did you mean {guess!r}?" if guess else ""
        known = f"Known are {', '.join(names)}." if names else "AWS's configuration has no profile."
        raise AuditError(f"There is no profile {profile!r}. {known}{hint} See {_KEYS}.")
    try:
        return boto3.Session(profile_name=profile)
    except BotoCoreError as problem:
        raise AuditError(f"The AWS configuration cannot be used: {problem}. See {_KEYS}.") from None


def account(session: boto3.Session) -> str:
    """Return the id of the account. Raises AuditError for credentials that are missing or wrong.

    GetCallerIdentity needs no permission (https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html).
    """
    try:
        client = session.client("sts", region_name=session.region_name or HOME, config=Config(**CONFIG))
        return str(client.get_caller_identity()["Account"])
    except (NoCredentialsError, PartialCredentialsError):
        told = "There are no AWS credentials. Set AWS_PROFILE or --profile, or sign in with `aws sso login`."
        raise AuditError(f"{told} See {_KEYS}.") from None
    except ClientError as problem:
        error = problem.response.get("Error", {})
        told = f"({error.get('Code')}: {error.get('Message')})"
        if problem.response.get("ResponseMetadata", {}).get("HTTPStatusCode") in (400, 401, 403):
            told = f"AWS refuses the credentials {told}. Sign in again, or choose another profile by --profile."
        else:
            told = f"AWS cannot say whose credentials these are {told}. Try again later."
        raise AuditError(told) from None
    except SSOError as problem:
        raise AuditError(f"The sign-in is over or was never made ({problem}). Run `aws sso login`.") from None
    except (BotoCoreError, ValueError) as problem:  # ValueError: AWS_ENDPOINT_URL is no URL
        told = str(problem).rstrip(".")
        raise AuditError(f"AWS cannot be asked: {told}. Check the network, the profile and its region.") from None


def regions(session: boto3.Session, asked: list[str]) -> tuple[list[str], bool]:
    """Return the regions to look at, and whether these are all that are enabled. Raises AuditError for unknown ones."""
    reader = Reader(session, session.region_name or HOME)
    answer = reader.ask("DescribeRegions")
    if answer is None:
        note = reader.notes["DescribeRegions"]
        if asked:
            known = [r for p in session.get_available_partitions() for r in session.get_available_regions("ec2", p)]
            return _chosen(asked, known), False
        told = f"The enabled regions cannot be listed ({note.reason}). Name the regions with --region"
        raise AuditError(f"{told}, or allow {note.action}." if note.action else f"{told}.")
    enabled = sorted(region["RegionName"] for region in answer)
    if not asked:
        return enabled, True
    chosen = _chosen(asked, enabled)
    return chosen, set(chosen) == set(enabled)


def _chosen(asked: list[str], known: list[str]) -> list[str]:
    problems = []
    for region in asked:
        if region not in known:
            guess = nearest(region, known)
            hint = f" Did you mean {guess!r}?" if guess else f" Known are {', '.join(sorted(known))}."
            problems.append(f"The region {region!r} is not known, or not enabled in this account.{hint}")
    if problems:
        raise AuditError("\n".join(problems))
    return list(dict.fromkeys(asked))
