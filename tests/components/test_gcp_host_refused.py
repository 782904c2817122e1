import pytest
from components.gcp_hosts import KEY, SUBNET, host, spec


@pytest.mark.parametrize(
    ("over", "says"),
    [
        (
            {"zone": "europe-west3"},
            "'europe-west3' is not the name of a zone on gcp. A zone looks like 'europe-west3-b'",
        ),
        ({"subnet_id": "hosts"}, "HostSpec.subnet_id must be an id or self link like projects/acme/regions/"),
        (
            {"subnet_id": SUBNET.replace("west3", "west1")},
            "is in the region 'europe-west1', but the site is in 'europe-",
        ),
        ({"kms_key": "pairs"}, r"must be the id of a key, such as .*europe-west3.* \(without a version\), got 'pairs'"),
        ({"kms_key": f"{KEY}/cryptoKeyVersions/1"}, "must be the id of a key"),
        (
            {"kms_key": KEY.replace("west3", "west1")},
            "lies in europe-west1, but the host is in europe-west3. Use a key",
        ),
        ({"boot": 1}, "HostSpec.boot must be of type GcpBoot, got 1"),
        ({"generation": 0}, "generation must be a whole number from 1 upwards, got 0"),
        ({"image": 5}, r"HostSpec.image must be of type str \| None, got 5"),
        (
            {"image": "debian-12"},
            "The image must be one image, such as projects/.*, got 'debian-12'. A family is not one",
        ),
        ({"image": "projects/debian-cloud/global/images/family/debian-12"}, "The image must be one image"),
        ({"size": "t3a.micro"}, "The size must be a machine type such as e2-small, got 't3a.micro'"),
        ({"size": "t2a-standard-1", "image": None}, "'t2a-standard-1' is ARM, and the image debian-12 is for amd64"),
        ({"regional_pair": "yes"}, "HostSpec.regional_pair must be of type bool, got 'yes'"),
        ({"project": 5}, r"HostSpec.project must be of type str \| None, got 5"),
        ({"volume_gib": 9}, "volume_gib must be 10 to 1024 GiB, got 9"),
        ({"volume_gib": 1025}, "volume_gib must be 10 to 1024 GiB, got 1025"),
    ],
)
def test_refuses_a_host_that_could_not_work_before_anything_is_registered(deploy, over, says):
    def program():
        with pytest.raises(ValueError, match=says):
            host(**over)

    assert deploy(program).requests == []


def test_takes_arm_with_an_image_of_ones_own():
    assert spec(size="t2a-standard-1").region == "europe-west3"


def test_reports_every_problem_of_a_host_together():
    with pytest.raises(ValueError) as refused:
        spec(size="t3a.micro", image="debian-12", kms_key="pairs", subnet_id="hosts", volume_gib=4096, generation=0)
    assert len(str(refused.value).splitlines()) == 6
