"""What tests of the command share."""

import copy

import pytest
import yaml
from cli.plan_data import DEV


@pytest.fixture
def edited(tmp_path):
    """Write the dev settings with a change to ``Pulumi.dev.yaml`` somewhere else."""

    def write(change):
        data = copy.deepcopy(yaml.safe_load(DEV.read_text()))
        change(data["config"])
        file = tmp_path / "Pulumi.dev.yaml"
        file.write_text(yaml.safe_dump(data))
        return file

    return write
