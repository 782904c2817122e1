"""The built wheel: what is in it, what it asks for, and that one cloud's SDK is enough to use it."""

import email
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.engine  # a build; seconds

ROOT = Path(__file__).resolve().parents[2]
SDKS = {"aws": "pulumi-aws", "gcp": "pulumi-gcp", "azure": "pulumi-azure-native"}
OTHERS = ("pulumi_aws", "pulumi_gcp", "pulumi_azure_native", "gatepost_sandbox", "pydantic", "typer")
PROGRAM = """
import importlib.util, sys
absent = {absent!r}
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in absent:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Absent())
import gatepost.{cloud} as cloud
print(cloud.__file__)
print(cloud.ConnectorSite.__name__, cloud.ExitIps.__name__, cloud.Firewall.__name__)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built by hatchling from a copy of what the distribution is made of."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in ("components", "policies"):
        shutil.copytree(ROOT / name, folder / "source" / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md"):
        shutil.copy(ROOT / name, folder / "source")
    uv = Path(sys.executable).with_name("uv")  # hatchling is in its cache since the environment was made
    command = [str(uv), "build", "--offline", "--quiet", "--wheel", "--out-dir", str(folder), str(folder / "source")]
    done = subprocess.run(command, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    return built


def test_it_holds_the_packages_and_nothing_else(wheel: Path):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.partition("/")[0] for name in names} == {"gatepost", "gatepost_policies", "gatepost-0.1.0.dist-info"}
    assert {"gatepost/py.typed", "gatepost/aws/site.py", "gatepost/onprem/site.py"} <= set(names)
    assert [name for name in names if "test" in name or "sandbox" in name] == []


def test_each_extra_asks_for_one_cloud(wheel: Path):
    with zipfile.ZipFile(wheel) as archive:
        told = email.message_from_bytes(archive.read("gatepost-0.1.0.dist-info/METADATA"))
    asked = told.get_all("Requires-Dist") or []
    for extra, sdk in SDKS.items():
        of_extra = [line for line in asked if f"extra == '{extra}'" in line]
        assert [line.partition("<")[0] for line in of_extra] == [sdk]
    always = [line for line in asked if "extra ==" not in line]
    assert sorted(line.partition("<")[0] for line in always) == ["pulumi", "pulumi-twingate", "typeguard"]


@pytest.mark.parametrize("cloud", SDKS)
def test_one_cloud_is_used_without_the_others_and_without_this_repository(cloud: str, wheel: Path, tmp_path: Path):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    own = SDKS[cloud].replace("-", "_")
    program = PROGRAM.format(cloud=cloud, absent={name for name in OTHERS if name != own})
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "installed")},  # comes before this repository
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [
        str(tmp_path / "installed" / "gatepost" / cloud / "__init__.py"),
        "ConnectorSite",
        "ExitIps",
        "Firewall",
    ]
