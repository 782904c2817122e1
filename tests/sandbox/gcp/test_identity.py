"""Service accounts, secrets, and who may read them."""

import base64

import pytest
from sandbox.gcp.cloud import PROJECT, Cloud, refusal

ACCESSOR = "roles/secretmanager.secretAccessor"


def data(cloud: Cloud, version: str) -> str:
    payload = cloud.secrets.versions().access(name=version).execute()["payload"]
    return base64.b64decode(payload["data"]).decode()


# --- service accounts


def test_an_account_has_an_address_made_of_its_id_and_project(cloud: Cloud, name: str) -> None:
    email = cloud.account(f"host-{name}")
    assert email == f"host-{name}@{PROJECT}.iam.gserviceaccount.com"
    assert cloud.iam.get(name=f"projects/-/serviceAccounts/{email}").execute()["projectId"] == PROJECT


def test_an_account_is_made_once(cloud: Cloud, name: str) -> None:
    cloud.account(f"host-{name}")
    again = cloud.iam.create(name=f"projects/{PROJECT}", body={"accountId": f"host-{name}"})
    text = f"Service account host-{name} already exists within project projects/{PROJECT}."
    assert refusal(again) == (409, "alreadyExists", text)


@pytest.mark.parametrize("wanted", ["short", "Upper-case", "x" * 31, "1number"])
def test_an_account_id_has_a_form(cloud: Cloud, wanted: str) -> None:
    asked = cloud.iam.create(name=f"projects/{PROJECT}", body={"accountId": wanted})
    text = f"Invalid account id '{wanted}': it must have 6 to 30 lowercase letters, digits and dashes."
    assert refusal(asked) == (400, "invalid", text)


def test_only_named_fields_of_an_account_change(cloud: Cloud, name: str) -> None:
    path = f"projects/{PROJECT}/serviceAccounts/{cloud.account(f'host-{name}')}"
    body = {"serviceAccount": {"displayName": "one", "description": "two"}, "updateMask": "displayName"}
    cloud.iam.patch(name=path, body=body).execute()
    found = cloud.iam.get(name=path).execute()
    assert (found["displayName"], found.get("description")) == ("one", None)


def test_a_new_account_inherits_nothing_from_one_that_is_gone(cloud: Cloud, name: str) -> None:
    email, secret = cloud.account(f"host-{name}"), cloud.secret(name)
    number = cloud.iam.get(name=f"projects/-/serviceAccounts/{email}").execute()["uniqueId"]
    cloud.grant(secret, f"serviceAccount:{email}")
    cloud.iam.delete(name=f"projects/{PROJECT}/serviceAccounts/{email}").execute()
    cloud.account(f"host-{name}")
    (binding,) = cloud.secrets.getIamPolicy(resource=secret).execute()["bindings"]
    assert binding["members"] == [f"deleted:serviceAccount:{email}?uid={number}"]


# --- secrets


def test_the_newest_version_is_the_latest(cloud: Cloud, name: str) -> None:
    secret = cloud.secret(name, "one")
    second = cloud.add_version(secret, "two")
    assert second == f"{secret}/versions/2"
    assert (data(cloud, f"{secret}/versions/latest"), data(cloud, f"{secret}/versions/1")) == ("two", "one")
    shown = cloud.secrets.versions().get(name=second).execute()
    assert (shown["state"], [k for k in shown if k.startswith("_")]) == ("ENABLED", [])


@pytest.mark.parametrize(("verb", "state"), [("disable", "DISABLED"), ("destroy", "DESTROYED")])
def test_a_version_that_is_off_gives_nothing(cloud: Cloud, name: str, verb: str, state: str) -> None:
    secret = cloud.secret(name, "one")
    second = cloud.add_version(secret, "two")
    getattr(cloud.secrets.versions(), verb)(name=second, body={}).execute()
    for asked in (second, f"{secret}/versions/latest"):
        answer = refusal(cloud.secrets.versions().access(name=asked))
        assert answer == (400, "failedPrecondition", f"Secret Version [{second}] is in {state} state.")
    assert data(cloud, f"{secret}/versions/1") == "one"


def test_a_destroyed_version_never_comes_back(cloud: Cloud, name: str) -> None:
    version = f"{cloud.secret(name, 'one')}/versions/1"
    versions = cloud.secrets.versions()
    versions.disable(name=version, body={}).execute()
    assert versions.enable(name=version, body={}).execute()["state"] == "ENABLED"
    versions.destroy(name=version, body={}).execute()
    text = f"Secret Version [{version}] is in DESTROYED state."
    assert refusal(versions.enable(name=version, body={})) == (400, "failedPrecondition", text)


def test_a_secret_goes_with_its_versions(cloud: Cloud, name: str) -> None:
    secret = cloud.secret(name, "one")
    cloud.secrets.delete(name=secret).execute()
    assert refusal(cloud.secrets.get(name=secret)) == (404, "notFound", f"Secret [{secret}] not found.")
    cloud.secret(name)
    assert refusal(cloud.secrets.versions().get(name=f"{secret}/versions/1"))[0] == 404


@pytest.mark.parametrize(
    ("ident", "body", "problem"),
    [
        ("no spaces", {"replication": {"automatic": {}}}, "The secret id 'no spaces' must have 1 to 255 "
         "letters, digits, dashes and underscores."),
        ("fine", {}, "The replication of a secret must be either automatic or userManaged."),
        ("fine", {"replication": {"userManaged": {"replicas": [{"location": "mars"}]}}},
         "The replicas of a secret must be in regions of Google Cloud, got ['mars']."),
    ],
)  # fmt: skip
def test_secrets_are_checked(cloud: Cloud, ident: str, body: object, problem: str) -> None:
    asked = cloud.secrets.create(parent=f"projects/{PROJECT}", secretId=ident, body=body)
    assert refusal(asked) == (400, "invalid", problem)


def test_a_version_has_a_limit(cloud: Cloud, name: str) -> None:
    secret = cloud.secret(name)
    assert cloud.add_version(secret, "x" * 65536).endswith("/1")
    body = {"payload": {"data": base64.b64encode(b"x" * 65537).decode()}}
    text = "The payload of a secret version has at most 65536 bytes, got 65537."
    assert refusal(cloud.secrets.addVersion(parent=secret, body=body))[2] == text


# --- policies


def test_a_policy_is_changed_by_those_who_saw_it(cloud: Cloud, name: str) -> None:
    secret, email = cloud.secret(name), cloud.account(f"host-{name}")
    seen = cloud.secrets.getIamPolicy(resource=secret).execute()
    cloud.grant(secret, f"serviceAccount:{email}")
    late = cloud.secrets.setIamPolicy(resource=secret, body={"policy": {**seen, "bindings": []}})
    text = "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff."
    assert refusal(late) == (409, "aborted", text)
    now = cloud.secrets.getIamPolicy(resource=secret).execute()
    assert now["bindings"] == [{"role": ACCESSOR, "members": [f"serviceAccount:{email}"]}]


@pytest.mark.parametrize(
    ("role", "member", "problem"),
    [
        ("roles/secretmanager.reader", "user:a@example.com", "Role roles/secretmanager.reader is not supported "
         "for this "),
        (ACCESSOR, "a@example.com", "Invalid member a@example.com: write it as user:..., group:... or "
         "serviceAccount:...."),
        (ACCESSOR, "serviceAccount:none@example.com", "Service account none@example.com does not exist."),
    ],
)  # fmt: skip
def test_a_policy_names_what_exists(cloud: Cloud, name: str, role: str, member: str, problem: str) -> None:
    policy = {"policy": {"bindings": [{"role": role, "members": [member]}]}}
    code, _, message = refusal(cloud.secrets.setIamPolicy(resource=cloud.secret(name), body=policy))
    assert (code, message[: len(problem)]) == (400, problem)


def test_a_project_has_a_policy_too(cloud: Cloud) -> None:
    project = "other-project"
    policy = {"bindings": [{"role": "roles/logging.logWriter", "members": ["user:a@example.com"]}]}
    cloud.projects.setIamPolicy(resource=project, body={"policy": policy}).execute()
    assert cloud.projects.getIamPolicy(resource=project, body={}).execute()["bindings"] == policy["bindings"]
    assert cloud.projects.get(projectId=project).execute()["lifecycleState"] == "ACTIVE"
