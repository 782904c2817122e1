"""The startup script of Google's hosts: its text, what decides the host's identity, and what is refused."""

import dataclasses
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from boot.gcp_variants import GOLDEN, SECRET, VARIANTS, golden_text
from boot.machine import HERE

from gatepost.boot.gcp import LIMIT, GcpBoot
from gatepost.boot.one_file import one_file

SMALL = VARIANTS["gcp-small"]
FILE = re.compile(r"^(?:\[ -e (?P<kept>\S+) \] \|\| )?file (?P<path>\S+) (?P<mode>\d+) <<'GATEPOST_END'$")
SHELLCHECK = Path(sys.executable).with_name("shellcheck")


def files(boot: GcpBoot) -> dict[str, str]:
    """What the script writes, by path."""
    found: dict[str, str] = {}
    lines = iter(boot.render(SECRET).splitlines())
    for line in lines:
        if start := FILE.match(line):
            found[start["path"]] = "".join(f"{text}\n" for text in iter(lambda: next(lines), "GATEPOST_END"))
    return found


@pytest.mark.parametrize("name", VARIANTS)
def test_the_text_is_the_golden_one(name: str) -> None:
    assert golden_text(VARIANTS[name]) == (GOLDEN / f"{name}.sh").read_text()


def test_every_golden_file_has_its_variant() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == set(VARIANTS)


@pytest.mark.parametrize("name", VARIANTS)
def test_shellcheck_has_nothing_to_say(name: str) -> None:
    text = VARIANTS[name].render(SECRET)
    done = subprocess.run([SHELLCHECK, "--norc", "-"], input=text, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")
    broken = text.replace('"$mark"', "$mark", 1).replace("#!/bin/sh", "#!/bin/sh\ndeclare -A a", 1)
    assert subprocess.run([SHELLCHECK, "--norc", "-"], input=broken, capture_output=True, text=True).returncode == 1


def test_the_contract_with_readers_of_startup_scripts() -> None:
    text = SMALL.render(SECRET)
    assert text.startswith("#!/bin/sh\n")
    assert f"\nGATEPOST_PLATFORM=gcp\nGATEPOST_SECRET={SECRET}/versions/latest\n" in text
    assert "\nTWINGATE_NETWORK=acme\n" in text


@pytest.mark.parametrize("name", VARIANTS)
def test_files_arrive_as_they_are(name: str) -> None:
    boot = VARIANTS[name]
    found = files(boot)
    assert found["/usr/local/lib/gatepost/fetch_pair"] == one_file("fetch_pair_gcp")
    lines = found["/etc/gatepost/connector.env"].splitlines()
    assert dict(line.split("=", 1) for line in lines) == boot.settings
    assert boot.render(SECRET).isascii()


@pytest.mark.parametrize("name", VARIANTS)
def test_nothing_in_the_text_looks_like_a_token(name: str) -> None:
    text = VARIANTS[name].render(SECRET).replace("GATEPOST_SECRET=", "")
    assert re.findall(r"(?i)(?:token|secret|password|key)=\S+|eyJ\S+", text) == []


def test_the_service_is_kept_from_tcp_only_so_that_names_resolve() -> None:
    drop_in = files(SMALL)["/etc/systemd/system/twingate-connector.service.d/10-gatepost.conf"]
    assert "IPAddressDeny" not in drop_in
    assert drop_in.endswith("Slice=system.slice\nExecStartPre=+/usr/sbin/nft -f /etc/gatepost/metadata.nft\n")


@pytest.mark.parametrize(("name", "hour", "upgraded"), [("gcp-usual", "13", True), ("gcp-pinned", "03", False)])
def test_packages_are_upgraded_in_the_hour_of_the_slot(name: str, hour: str, upgraded: bool) -> None:
    found = files(VARIANTS[name])
    timer = found["/etc/systemd/system/apt-daily-upgrade.timer.d/10-gatepost.conf"]
    assert f"\nOnCalendar=\nOnCalendar=*-*-* {hour}:00 UTC\nRandomizedDelaySec=30m\nPersistent=false\n" in timer
    origins = 'Unattended-Upgrade::Origins-Pattern { "site=packages.twingate.com"; };\n'
    assert (origins in found["/etc/apt/apt.conf.d/60gatepost"]) is upgraded


@pytest.mark.skipif(sys.platform != "linux", reason="a part of Linux")
@pytest.mark.parametrize("replaced", [True, False])
def test_a_program_that_was_replaced_under_the_connector_is_started_anew(tmp_path: Path, replaced: bool) -> None:
    """The command that apt runs after dpkg, with a process whose file goes away and a systemctl that takes notes."""
    (hook,) = re.findall(r'DPkg::Post-Invoke \{ "(.*)"; \};', files(SMALL)["/etc/apt/apt.conf.d/60gatepost"])
    program = tmp_path / "connectord"
    shutil.copy(str(shutil.which("cat")), program)
    with subprocess.Popen([program], stdin=subprocess.PIPE) as process:
        assert process.stdin
        systemctl = tmp_path / "systemctl"
        systemctl.write_text(f'#!/bin/sh\n[ "$1" = show ] && echo {process.pid} || echo "$@" >>{tmp_path}/asked\n')
        systemctl.chmod(0o755)
        if replaced:
            program.unlink()
        path = f"{tmp_path}:/usr/bin:/bin"
        assert subprocess.run(["/bin/sh", "-c", hook], env={"PATH": path}).returncode == 0
        process.stdin.close()
    asked = tmp_path / "asked"
    assert asked.exists() is replaced
    assert not replaced or asked.read_text() == "restart --no-block twingate-connector.service\n"


@pytest.mark.skipif(sys.platform != "linux", reason="systemd is a part of Linux")
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    shutil.copytree(HERE / "image", tmp_path, dirs_exist_ok=True)
    (tmp_path / "bin").symlink_to("usr/bin")
    (tmp_path / "run").mkdir()
    (tmp_path / "usr/sbin").mkdir()
    shutil.copy(HERE / "image_gcp/var/packages/nftables/usr/sbin/nft", tmp_path / "usr/sbin/nft")
    units = tmp_path / "usr/lib/systemd/system"
    for name in ("basic", "multi-user", "network-online", "shutdown", "sysinit", "timers", "time-set", "time-sync"):
        (units / f"{name}.target").write_text("[Unit]\n")
    (units / "apt-daily-upgrade.timer").write_text("[Timer]\nOnCalendar=*-*-* 6:00\n")
    (units / "apt-daily-upgrade.service").write_text("[Service]\nExecStart=/usr/bin/systemctl\n")
    for path, text in files(VARIANTS["gcp-usual"]).items():
        file = tmp_path / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (tmp_path / "usr/local/lib/gatepost/fetch_pair").chmod(0o755)
    names = ["gatepost-pair.service", "twingate-connector.service", "apt-daily-upgrade.timer"]
    command = [str(shutil.which("systemd-analyze")), "verify", "--man=no", f"--root={tmp_path}", *names]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.stderr, done.returncode) == ("", 0)


def test_rendering_twice_gives_the_same_text() -> None:
    usual = VARIANTS["gcp-usual"]
    turned = dataclasses.replace(usual, settings=dict(reversed(list(usual.settings.items()))))
    assert turned.render(SECRET) == usual.render(SECRET)
    assert turned.identity() == usual.identity()


@pytest.mark.parametrize(
    "change",
    [
        {"settings": {"TWINGATE_NETWORK": "other"}},
        {"dns": ("10.40.0.2",)},
        {"nofile": 65536},
        {"local_ports": (10240, 65000)},
        {"version": "1.80.0"},
        {"upgrade_hour": 4},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_input_is_part_of_the_identity(change: dict[str, Any]) -> None:
    assert dataclasses.replace(SMALL, **change).identity() != SMALL.identity()


def test_the_fetch_script_is_part_of_the_identity(monkeypatch: pytest.MonkeyPatch) -> None:
    before = SMALL.identity()
    monkeypatch.setattr("gatepost.boot.gcp.one_file", lambda name: "#!/usr/bin/python3\n")
    assert SMALL.identity() != before


def test_the_name_of_the_secret_is_on_one_line_only_and_not_in_the_identity() -> None:
    one, two = (SMALL.render(f"projects/acme/secrets/{name}").splitlines() for name in ("one", "two"))
    assert [pair for pair in zip(one, two, strict=True) if len(set(pair)) == 2] == [
        tuple(f"GATEPOST_SECRET=projects/acme/secrets/{name}/versions/latest" for name in ("one", "two"))
    ]
    assert re.fullmatch("[0-9a-f]{64}", SMALL.identity())


def test_settings_edited_later_change_nothing() -> None:
    settings = {"TWINGATE_NETWORK": "acme"}
    boot = GcpBoot(settings=settings)
    settings["TWINGATE_NETWORK"] = "other"
    assert boot.render(SECRET) == SMALL.render(SECRET)


def test_a_text_larger_than_google_takes_is_refused_before_anything_is_made() -> None:
    longest = "projects/acme/secrets/" + "s" * 378
    label = "TWINGATE_LABEL_NOTE"
    room = LIMIT - len(SMALL.render(longest)) - len(f"{label}=\n")
    full = GcpBoot(settings={"TWINGATE_NETWORK": "acme", label: "x" * room})
    assert len(full.render(longest)) == 262144
    with pytest.raises(ValueError, match=r".") as caught:
        GcpBoot(settings={"TWINGATE_NETWORK": "acme", label: "x" * (room + 1)})
    settings = len("TWINGATE_NETWORK=acme\n") + len(label) + room + 3
    assert str(caught.value) == (
        "The boot text can have 262145 bytes (400 of them for the name of the secret), Google takes 262144. "
        f"Shorten the settings by 1 bytes: they have {settings}."
    )


@pytest.mark.parametrize("name", ["projects/acme/secrets/a_B-1", "projects/123456789012/secrets/a"])
def test_secrets_are_named_with_their_project(name: str) -> None:
    assert f"\nGATEPOST_SECRET={name}/versions/latest\n" in SMALL.render(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "a",
        "projects/acme/secrets/a/versions/1",
        "projects/acme/secrets/a b",
        "projects/acme/secrets/a\n",
        "projects/acme/secrets/" + "s" * 379,
    ],
)
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        SMALL.render(name)
    assert str(caught.value) == (
        f"The secret {name!r} is not one of Secret Manager, such as 'projects/acme/secrets/pair-a' (up to 400 "
        "characters, without a version)."
    )


def refusal(**change: Any) -> list[str]:
    with pytest.raises(ValueError, match=r".") as caught:
        dataclasses.replace(SMALL, **change)
    return str(caught.value).split("\n")


def test_all_problems_are_told_at_once() -> None:
    assert refusal(settings={}, dns=("ns1",), nofile=0, local_ports=(9, 8), version="latest", upgrade_hour=24) == [
        "The settings have neither TWINGATE_NETWORK nor TWINGATE_URL: the Connector needs exactly one of them.",
        "The DNS server 'ns1' is not the IPv4 address of a server, such as '10.40.0.2'.",
        "nofile is 0: it must be 1024 to 1048576 file descriptors.",
        "local_ports is 9 to 8: both must be 1024 to 65535, the first below the last.",
        "The version 'latest' is not one of a Debian package, such as '1.80.0'.",
        "upgrade_hour is 24: it must be 0 to 23, an hour of the day in UTC.",
    ]


@pytest.mark.parametrize("version", ["1.80.0 -o x", "1.80.0;reboot", "1.80.0\n", "$(x)", "-1", ""])
def test_what_a_shell_would_run_is_no_version(version: str) -> None:
    assert refusal(version=version) == [f"The version {version!r} is not one of a Debian package, such as '1.80.0'."]


def test_an_hour_is_one_of_a_day() -> None:
    assert refusal(upgrade_hour=-1) == ["upgrade_hour is -1: it must be 0 to 23, an hour of the day in UTC."]
    assert "OnCalendar=*-*-* 00:00 UTC\n" in dataclasses.replace(SMALL, upgrade_hour=0).render(SECRET)


def test_secrets_are_refused_and_not_repeated() -> None:
    assert refusal(settings={"TWINGATE_NETWORK": "acme", "TWINGATE_ACCESS_TOKEN": "s3cret"}) == [
        "The setting TWINGATE_ACCESS_TOKEN carries a secret. Tokens go to the secret store, never into boot text."
    ]
