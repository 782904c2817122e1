"""`gatepost images aws` and `gatepost images gcp` against the sandbox's clouds."""

import json
from pathlib import Path

import pytest
from cli.audit_lab import sandbox
from cli.images_lab import DEBIAN, NEW, OLD, STACK, WHERE, asked, inside, stack
from sandbox.helpers import gatepost

__all__ = ["inside", "sandbox"]


@pytest.mark.parametrize(
    ("cloud", "image", "newest", "state", "status", "note"),
    [
        ("aws", NEW, NEW, "current", 0, ""),
        ("aws", OLD, NEW, "older", 1, "It is of 2026-08-11, the newest of 2026-10-06."),
        ("aws", None, NEW, "unpinned", 0, ""),
        ("aws", "ami-1e749f67", NEW, "own", 0, "It is not one of Twingate's images."),
        (
            *("aws", "ami-0123456789abcdef0", NEW, "missing", 1),
            "There is no image ami-0123456789abcdef0 in eu-central-1 that this account sees. Change this line by hand.",
        ),
        ("gcp", f"{DEBIAN}-v20261006", f"{DEBIAN}-v20261006", "current", 0, ""),
        ("gcp", f"{DEBIAN}-v20260811", f"{DEBIAN}-v20261006", "older", 1, ""),
        ("gcp", f"{DEBIAN}-arm64-v20260811", f"{DEBIAN}-arm64-v20261006", "older", 1, ""),
        (
            *("gcp", f"https://www.googleapis.com/compute/v1/{DEBIAN}-v20260811", f"{DEBIAN}-v20261006", "older", 1),
            "",
        ),
        ("gcp", None, f"{DEBIAN}-v20261006", "unpinned", 0, ""),
        (
            *("gcp", "projects/acme/global/images/hardened-3", f"{DEBIAN}-v20261006", "own", 0),
            "It is not of the family debian-12 in debian-cloud.",
        ),
    ],
)
@pytest.mark.usefixtures("inside")
def test_a_pin_is_compared(
    tmp_path: Path, cloud: str, image: str | None, newest: str, state: str, status: int, note: str
) -> None:
    said = asked(cloud, stack(tmp_path, **{cloud: image}), "--json")
    (row,) = json.loads(said.stdout)["images"]
    seen = (row["pinned"], row["newest"], row["state"], row["note"], row["written"])
    assert (said.exit_code, *seen) == (status, image, newest, state, note, False)


@pytest.mark.parametrize(("cloud", "old", "new"), [("aws", OLD, NEW), ("gcp", f"{DEBIAN}-v20260811", "")])
@pytest.mark.usefixtures("inside")
def test_it_says_what_it_would_write_and_writes_it(tmp_path: Path, cloud: str, old: str, new: str) -> None:
    new = new or f"{DEBIAN}-v20261006"
    file = stack(tmp_path, **{cloud: old})
    file.chmod(0o640)
    before = file.read_text()
    said = asked(cloud, file)
    note = ["            It is of 2026-08-11, the newest of 2026-10-06."] if cloud == "aws" else []
    told = [f"OLDER       {WHERE[cloud]}", f"            pinned {old}", f"            newest {new}", *note]
    assert (said.exit_code, said.stdout.splitlines()) == (1, [*told, f"--write would put 1 pin into {file}."])
    assert file.read_text() == before
    said = asked(cloud, file, "--write")
    last = f"Written to {file}: 1 pin. The next update replaces these hosts."
    assert (said.exit_code, said.stdout.splitlines()) == (0, [*told, last])
    assert (file.read_text(), file.stat().st_mode & 0o777) == (before.replace(old, new), 0o640)
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


@pytest.mark.usefixtures("inside")
def test_without_a_pin_it_says_what_it_would_write(tmp_path: Path) -> None:
    file = stack(tmp_path)
    said = asked("aws", file)
    assert (said.exit_code, said.stdout.splitlines()) == (
        0,
        [f"not pinned  {WHERE['aws']}", f"            newest {NEW}", f"--write would put 1 pin into {file}."],
    )
    assert asked("aws", file, "--write").exit_code == 0
    assert file.read_text() == STACK.format(aws=f"\n            image: {NEW}", gcp="")


@pytest.mark.usefixtures("inside")
def test_what_is_gone_is_left_alone_and_stays_a_finding(tmp_path: Path) -> None:
    file = stack(tmp_path, aws="ami-0123456789abcdef0")
    before = file.read_text()
    assert (asked("aws", file, "--write").exit_code, file.read_text()) == (1, before)


@pytest.mark.usefixtures("inside")
def test_one_ami_for_two_regions_is_a_finding(tmp_path: Path) -> None:
    site = (
        "          dublin: {cloud: aws, region: eu-west-1, exit: {kind: nat, per: site}, "
        "network: {create: {cidr: 10.41.0.0/22, zones: [eu-west-1a]}}, connectors: {a: {zone: eu-west-1a}}}\n"
    )
    defaults = f"    defaults: {{aws: {{image: {NEW}}}}}\n    remote_networks:\n"
    file = stack(tmp_path)
    file.write_text(file.read_text().replace("    remote_networks:\n", defaults) + site)
    said = asked("aws", file, "--json")
    (row,) = json.loads(said.stdout)["images"]
    assert (said.exit_code, row["where"], row["regions"], row["note"]) == (
        1,
        "defaults.aws.image",
        ["eu-west-1", "eu-central-1"],
        "An AMI belongs to one region, and this line serves eu-west-1 and eu-central-1. Pin it at each site.",
    )


@pytest.mark.usefixtures("inside")
def test_a_fleet_without_such_a_site(tmp_path: Path) -> None:
    file = stack(tmp_path)
    said = asked("azure", file)
    assert (said.exit_code, said.stdout) == (0, f"{file} has no site on azure.\n")


@pytest.mark.parametrize("cloud", ["aws", "gcp", "azure"])
def test_settings_that_cannot_be_used(tmp_path: Path, cloud: str) -> None:
    file = stack(tmp_path, aws="latest")
    said = asked(cloud, file)
    assert (said.exit_code, said.stdout) == (1, "")
    assert "The image must be an AMI id such as ami-0123456789abcdef0, got 'latest'." in said.stderr


def test_without_a_file_or_stack_it_is_wrong_usage() -> None:
    shown = gatepost("images", "aws")
    assert (shown.returncode, shown.stdout) == (2, "")
    assert "Name a settings file, or a stack with --stack." in shown.stderr


def test_an_unknown_stack_is_wrong_usage() -> None:
    shown = gatepost("images", "gcp", "--stack", "prd", "--cwd", str(Path(__file__).resolve().parents[2]))
    assert (shown.returncode, "no settings file of a stack 'prd'. Known: dev, prod, staging." in shown.stderr) == (
        2,
        True,
    )
