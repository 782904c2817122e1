"""The install scripts for Docker Compose and for Twingate's Helm chart, with stand-ins for their programs."""

import stat
import sys
from pathlib import Path

import pytest
import yaml
from onprem.machine import BUNDLE, OTHER, RENEWED, TOKENS, Machine, lines, pair

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="namespaces are a part of Linux")

NAME = BUNDLE.name
DOCKER, HELM = "docker/install.sh", "helm/install.sh"
FOLDER = f"/etc/gatepost/docker/{NAME}"
COMPOSE = f"docker compose --project-directory {FOLDER}"
RUNS = f"gatepost: {NAME} runs. Twingate's console shows it connected within a minute.\n"
FOREIGN = (
    f"gatepost: The pair is that of the Connector {OTHER.connector_id}, and this bundle is for {BUNDLE.connector_id}. "
    f"Get its own: gatepost pair {NAME}\n"
)
UPGRADE = (
    f"helm upgrade --install {NAME} connector --repo https://twingate.github.io/helm-charts --namespace twingate "
    f"--values /home/{NAME}/helm/values.yaml --wait"
)
LOOK = f"kubectl get deployment --namespace twingate --selector app.kubernetes.io/instance={NAME} --output name"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = Machine(tmp_path / "root", "none")
    made.path("/var/ntp").write_text("yes\n")
    return made


def test_docker_gets_the_files_and_a_pair_that_only_its_owner_reads(machine: Machine) -> None:
    done = machine.run("--pair", "-", given=pair(), script=DOCKER)
    assert (done.returncode, done.stderr, done.stdout) == (0, "", RUNS)
    assert [call for call in machine.calls() if call.startswith("docker")] == [
        "docker compose version",
        f"{COMPOSE} pull --quiet",
        f"{COMPOSE} up --detach --remove-orphans",
    ]
    assert machine.path("/var/running").read_text() == lines(TOKENS)
    machine.path("/var/running").unlink()
    assert [machine.holding(token) for token in TOKENS.values()] == [[f"{FOLDER}/pair.env"]] * 2
    modes = [stat.S_IMODE(machine.path(path).stat().st_mode) for path in (f"{FOLDER}/pair.env", FOLDER)]
    assert modes == [0o600, 0o700]
    for name, path in {"compose.yaml": "docker/compose.yaml", "connector.env": "connector.env"}.items():
        assert machine.path(f"{FOLDER}/{name}").read_text() == BUNDLE.files()[path][0]


def test_docker_again_keeps_the_pair_and_two_connectors_have_folders_of_their_own(machine: Machine) -> None:
    machine.run("--pair", "-", given=pair(), script=DOCKER)
    assert machine.run(script=DOCKER).stdout == RUNS
    machine.run("--pair", "-", given=pair(OTHER, RENEWED), bundle=OTHER, script=DOCKER)
    assert machine.path(f"{FOLDER}/pair.env").read_text() == lines(TOKENS)
    assert machine.path(f"/etc/gatepost/docker/{OTHER.name}/pair.env").read_text() == lines(RENEWED)


def test_docker_without_a_pair_or_with_a_foreign_one_starts_nothing(machine: Machine) -> None:
    done = machine.run(script=DOCKER)
    assert (done.returncode, done.stderr) == (
        1,
        f"gatepost: The Connector has no pair yet. Run: gatepost pair {NAME} | ssh HOST sudo sh "
        f"/home/{NAME}/docker/install.sh --pair -\n",
    )
    done = machine.run("--pair", "-", given=pair(OTHER), script=DOCKER)
    assert (done.returncode, done.stderr) == (1, FOREIGN)
    assert set(machine.calls()) == {"docker compose version"}
    assert not machine.path("/etc/gatepost").exists()


def test_docker_tells_of_a_clock_that_nobody_sets_and_of_an_image_that_cannot_be_had(machine: Machine) -> None:
    machine.path("/var/ntp").write_text("no\n")
    machine.path("/var/network").unlink()
    done = machine.run("--pair", "-", given=pair(), script=DOCKER)
    assert (done.returncode, done.stderr) == (
        1,
        "gatepost: The clock of this host is not synchronized. Five seconds off make a Connector flap: install "
        "chrony.\n"
        "gatepost: The image cannot be had. Check DNS, and TCP 443 from this host to Docker Hub (firewall.md). "
        "Then run "
        "this again.\n",
    )


def test_helm_gets_the_pair_as_a_secret_of_the_cluster(machine: Machine) -> None:
    done = machine.run("--pair", "-", given=pair(), script=HELM)
    assert (done.returncode, done.stderr, done.stdout) == (0, "", RUNS)
    assert machine.calls() == [
        LOOK,
        "kubectl get namespace twingate",
        "kubectl apply --server-side --namespace twingate --filename -",
        UPGRADE,
    ]
    secret = yaml.safe_load(machine.path("/var/applied").read_text())
    assert secret == {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": f"{NAME}-pair",
            "labels": {"app.kubernetes.io/managed-by": "gatepost"},
            "annotations": {"gatepost/connector-id": BUNDLE.connector_id},
        },
        "type": "Opaque",
        "stringData": TOKENS,
    }
    assert yaml.safe_load(BUNDLE.files()["helm/values.yaml"][0])["connector"]["existingSecret"] == f"{NAME}-pair"


def test_helm_restarts_what_runs_when_it_gets_another_pair(machine: Machine) -> None:
    machine.path("/var/deployment").write_text("deployment.apps/x\n")
    assert machine.run("--pair", "-", given=pair(), script=HELM).stdout == RUNS
    assert machine.calls()[-1] == (
        f"kubectl rollout restart deployment --namespace twingate --selector app.kubernetes.io/instance={NAME}"
    )


def test_helm_again_keeps_the_pair_but_not_that_of_another_connector(machine: Machine) -> None:
    machine.path("/var/annotation").write_text(BUNDLE.connector_id)
    assert machine.run(script=HELM).stdout == RUNS
    assert machine.calls()[-1] == UPGRADE
    machine.path("/var/annotation").write_text(OTHER.connector_id)
    machine.forget()
    done = machine.run(script=HELM)
    assert (done.returncode, done.stderr) == (
        1,
        f"gatepost: The Secret {NAME}-pair of the namespace twingate has no pair of {BUNDLE.connector_id}. Run: "
        f"gatepost pair {NAME} | sh /home/{NAME}/helm/install.sh --pair -\n",
    )
    assert [call for call in machine.calls() if call.startswith("helm")] == []


@pytest.mark.parametrize(("way", "what"), [(DOCKER, "folder and a container"), (HELM, "release")])
def test_replacing_is_for_hosts_with_one_connector(machine: Machine, way: str, what: str) -> None:
    done = machine.run("--replace", script=way)
    assert (done.returncode, done.stderr) == (
        1,
        f"gatepost: --replace is for install.sh. Here each Connector has a {what} of its own.\n",
    )
