import pytest

from gatepost.sizes import gcp_host_problems

IMAGE = "projects/debian-cloud/global/images/debian-12-bookworm-v20261110"
GOOD = ["e2-small", "f1-micro", "g1-small", "n1-standard-1", "custom-2-4096", "n2-custom-4-8192", "n2d-highcpu-2"]
GOOD += ["t2d-standard-1", "c2-standard-4", "c2d-highcpu-2", "c3-highcpu-4", "c3d-standard-4", "h3-standard-88"]
GOOD += ["m1-ultramem-40", "m2-ultramem-208", "m3-ultramem-32", "z3-highmem-88", "c3-standard-4-lssd"]


@pytest.mark.parametrize("size", GOOD)
def test_takes_every_family_that_boots_from_a_persistent_disk(size):
    assert gcp_host_problems(None, size) == []


@pytest.mark.parametrize("family", ["c4", "c4a", "c4d", "h4d", "m4", "n4", "n4a", "n4d", "x4"])
@pytest.mark.parametrize("image", [None, IMAGE])
def test_refuses_families_that_boot_from_hyperdisk_only(family, image):
    assert gcp_host_problems(image, f"{family}-standard-2") == [
        f"The size '{family}-standard-2' boots from Hyperdisk only, and hosts have a pd-balanced disk. Use another "
        "size such as e2-small."
    ]


@pytest.mark.parametrize(
    "size", ["a2-highgpu-1g", "a3-ultragpu-8g", "a4-highgpu-8g", "g2-standard-4", "g4-standard-48"]
)
def test_refuses_families_with_accelerators(size):
    assert gcp_host_problems(None, size) == [
        f"The size {size!r} has accelerators, which a Connector has no use for. Use a size such as e2-small."
    ]


def test_refuses_an_unknown_family_and_names_the_likely_one():
    known = "e2, f1, g1, n1, custom, n2, n2d, t2a, t2d, c2, c2d, c3, c3d, h3, m1, m2, m3, z3"
    assert gcp_host_problems(None, "n2x-standard-2") == [
        f"The machine family of the size 'n2x-standard-2', 'n2x' is not known. Allowed: {known}. Did you mean 'n2'?"
    ]


def test_arm_needs_an_image_of_ones_own():
    assert gcp_host_problems(IMAGE, "t2a-standard-1") == []
    assert gcp_host_problems(None, "t2a-standard-1") == [
        "The size 't2a-standard-1' is ARM, and the image debian-12 is for amd64. Use an amd64 size such as e2-small, "
        "or give an image of your own."
    ]
