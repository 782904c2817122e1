#!/usr/bin/python3
"""Write the configuration of this host's Connector: its settings, and its token pair from AWS Systems Manager.

Runs as root each time the Connector starts. It needs the standard library of Python 3.8 only: the image has no AWS
client, so requests are signed here (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
When the pair cannot be had and the file holds one from an earlier start, that one stays, so that a Connector starts
without the network too. No token and no credential is ever printed. Exit code 0 when the file is written (with a
warning when the pair in it is the earlier one), 1 with one sentence otherwise.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import os
import re
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

METADATA = "http://169.254.169.254"
DEADLINE = 120.0  # seconds; roles and policies made a moment ago may take that long to work
KEPT_DEADLINE = 15.0  # seconds, with a pair from an earlier start at hand
SUFFIXES = {"cn": "amazonaws.com.cn", "eusc": "amazonaws.eu"}  # partitions whose names do not end in amazonaws.com
KEYS = {"access_token": "TWINGATE_ACCESS_TOKEN", "refresh_token": "TWINGATE_REFRESH_TOKEN"}
HINTS = {
    "AccessDeniedException": "Allow this role ssm:GetParameter on this parameter, and kms:Decrypt on its key.",
    "InvalidKeyId": "Enable the key that encrypts the parameter.",
    "InvalidSignatureException": "Check the clock of this host.",
    "ParameterNotFound": "Check the parameter's name and region, then deploy again.",
    "ThrottlingException": "Too many hosts ask at once: wait.",
}


class Failed(Exception):
    """A sentence for the journal; waiting does not help."""


class NotYet(Failed):
    """As above, but trying again may help."""


def backoff(attempt: int) -> float:
    """Seconds to wait after the given attempt (from 0): 0.25, 0.5, 1, ... 8, 8."""
    return min(0.25 * 2**attempt, 8.0)


def read_env(path: Path) -> dict[str, str]:
    """The variables of a file, one a line, without quotes."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def ssm_endpoint(region: str) -> str:
    """Where Systems Manager answers in a region."""
    return f"https://ssm.{region}.{SUFFIXES.get(region.split('-')[0], 'amazonaws.com')}"


def sign(body: bytes, host: str, region: str, keys: Mapping[str, str], now: float) -> dict[str, str]:
    """Headers of a signed POST of `body` to AmazonSSM.GetParameter; `now` in seconds since 1970 (SigV4)."""
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    headers = {
        "content-type": "application/x-amz-json-1.1",
        "host": host,
        "x-amz-date": stamp,
        "x-amz-security-token": keys["Token"],
        "x-amz-target": "AmazonSSM.GetParameter",
    }
    names = ";".join(headers)  # sorted already, as the signature wants them
    lines = [f"{name}:{value}" for name, value in headers.items()]
    request = "\n".join(["POST", "/", "", *lines, "", names, hashlib.sha256(body).hexdigest()])
    scope = [stamp[:8], region, "ssm", "aws4_request"]
    text = "\n".join(["AWS4-HMAC-SHA256", stamp, "/".join(scope), hashlib.sha256(request.encode()).hexdigest()])
    key = b"AWS4" + keys["SecretAccessKey"].encode()
    for part in [*scope, text]:
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    credential = "/".join([keys["AccessKeyId"], *scope])
    signature = f"Credential={credential}, SignedHeaders={names}, Signature={key.hex()}"
    return {**headers, "authorization": f"AWS4-HMAC-SHA256 {signature}"}


def call(method: str, endpoint: str, path: str, headers: Mapping[str, str], body: bytes | None = None) -> bytes:
    """One HTTP request: no proxy, no redirect. Raises NotYet without an answer, or for an error."""
    scheme, host = endpoint.split("://")
    kind = http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
    connection = kind(host, timeout=5)
    try:
        connection.request(method, path, body, dict(headers))
        answer = connection.getresponse()
        text = answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise NotYet(str(error) or type(error).__name__) from None
    finally:
        connection.close()
    if answer.status != 200:
        found = re.search(rb'"__type"\s*:\s*"(?:[\w.]+#)?(\w+)"', text)
        raise NotYet(found.group(1).decode() if found else f"HTTP {answer.status}")
    return text


def credentials(endpoint: str) -> tuple[str, dict[str, str]]:
    """The role of this host and its temporary keys, from the instance metadata service (IMDSv2)."""
    roles = "/latest/meta-data/iam/security-credentials/"
    try:
        seconds = {"X-aws-ec2-metadata-token-ttl-seconds": "60"}
        token = {"X-aws-ec2-metadata-token": call("PUT", endpoint, "/latest/api/token", seconds).decode()}
        role = call("GET", endpoint, roles, token).decode().strip()
        keys = json.loads(call("GET", endpoint, roles + role, token))
        return role, {name: str(keys[name]) for name in ("AccessKeyId", "SecretAccessKey", "Token")}
    except (NotYet, ValueError, KeyError, TypeError) as problem:
        reason = problem if isinstance(problem, NotYet) else "unreadable answer"
        raise NotYet(
            f"The metadata service at {endpoint} gives no credentials ({reason}). "
            "Check that it is enabled for this instance, and that the instance has a profile with a role."
        ) from None


def get_parameter(endpoint: str, region: str, name: str, role: str, keys: Mapping[str, str]) -> str:
    """The decrypted value of a parameter."""
    body = json.dumps({"Name": name, "WithDecryption": True}).encode()
    try:
        answer = call("POST", endpoint, "/", sign(body, endpoint.split("://")[1], region, keys, time.time()), body)
        return str(json.loads(answer)["Parameter"]["Value"])
    except (NotYet, ValueError, KeyError, TypeError) as problem:
        reason = str(problem) if isinstance(problem, NotYet) else "unreadable answer"
        raise NotYet(
            f"AWS Systems Manager at {endpoint} does not give the parameter {name} to the role {role} ({reason}). "
            + HINTS.get(reason, "Check DNS, the route and TCP 443 from this host, and the endpoint of the VPC if any.")
        ) from None


def token_lines(variables: Mapping[str, str]) -> str:
    """The two token lines of the configuration. Raises KeyError, TypeError or ValueError without two usable tokens."""
    if not all(re.fullmatch(r"[!#-&(-\[\]-~]+", variables[key]) for key in KEYS.values()):
        raise ValueError
    return "".join(f"{key}={variables[key]}\n" for key in KEYS.values())


def kept_lines(path: Path) -> str:
    """The token lines that an earlier start left, or an empty text."""
    try:
        return token_lines(read_env(path))
    except (OSError, ValueError, KeyError):
        return ""


def parse_pair(name: str, value: str) -> str:
    """The two lines of configuration that a parameter's value stands for."""
    try:
        pair = json.loads(value)
        lines = token_lines({variable: pair[key] for key, variable in KEYS.items()})
    except (ValueError, KeyError, TypeError):
        raise Failed(
            f'The parameter {name} holds no token pair. It must be JSON with two texts, "access_token" and '
            '"refresh_token", without blanks or quotes. Deploy again so that it is written anew.'
        ) from None
    return lines


def write(path: Path, text: str) -> None:
    """Replace a file in one step: mode 0600, in a directory of mode 0700."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def fetch(host: Mapping[str, str], longest: float, pause: Callable[[int], float]) -> str:
    """The two token lines, tried again until GATEPOST_DEADLINE seconds have passed, or `longest`."""
    missing = [key for key in ("GATEPOST_REGION", "GATEPOST_SECRET_PARAMETER") if key not in host]
    if missing:
        raise Failed(f"/etc/gatepost/host.env has no line {missing[0]}=. Deploy again so that it is written anew.")
    region, name = host["GATEPOST_REGION"], host["GATEPOST_SECRET_PARAMETER"]
    ssm = host.get("GATEPOST_SSM_ENDPOINT", ssm_endpoint(region))
    metadata = host.get("GATEPOST_METADATA_ENDPOINT", METADATA)
    limit = min(float(host.get("GATEPOST_DEADLINE", longest)), longest)
    end = time.monotonic() + limit
    attempts = 0
    while True:
        try:
            return parse_pair(name, get_parameter(ssm, region, name, *credentials(metadata)))
        except NotYet as problem:
            wait, attempts = pause(attempts), attempts + 1
            if time.monotonic() + wait > end:
                raise Failed(f"{problem} Gave up after {limit:g} seconds (attempts: {attempts}).") from None
            time.sleep(wait)


def main(environ: Mapping[str, str], pause: Callable[[int], float] = backoff) -> int:
    """Fetch and write. GATEPOST_* variables in `environ` win over those in /etc/gatepost/host.env."""
    root = Path(environ.get("GATEPOST_ROOT", "/"))
    target = root / "etc/twingate/connector.conf"
    kept = kept_lines(target)
    code, out, text = 0, sys.stdout, f"wrote the settings and the token pair to {target}."
    try:
        host = {**read_env(root / "etc/gatepost/host.env"), **environ}
        settings = (root / "etc/gatepost/connector.env").read_text(encoding="utf-8")
        try:
            lines = fetch(host, KEPT_DEADLINE if kept else DEADLINE, pause)
        except Failed as problem:
            if not kept:
                raise
            lines, out, text = kept, sys.stderr, f"{problem} The token pair of an earlier start stays in use."
        write(target, settings + lines)
    except (Failed, OSError, ValueError) as error:
        code, out = 1, sys.stderr
        text = f"A file cannot be read or written: {error}." if isinstance(error, OSError) else str(error)
    out.write(f"gatepost: {text}\n")
    return code


if __name__ == "__main__":
    sys.exit(main(os.environ))
