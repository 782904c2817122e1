from collections import Counter
from ipaddress import IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatepost.placement import (
    Move,
    SubnetRanges,
    first_overlap,
    moves,
    overlaps,
    place,
    spread_problem,
    subnet_ranges,
    zone_region,
)

A, B, C = "eu-central-1a", "eu-central-1b", "eu-central-1c"
KEYS = [*"abcdefgh"]
SLOTS = st.integers(0, 8).flatmap(
    lambda n: st.lists(st.sampled_from([None, A, B, C]), min_size=n, max_size=n).map(
        lambda pins: dict(zip(KEYS, pins, strict=False))
    )
)


@pytest.mark.parametrize(
    ("slots", "zones", "placed"),
    [
        ({}, [A], {}),
        ({}, [], {}),
        ({"a": None}, [A, B], {"a": A}),
        ({"a": None, "b": None, "c": None}, [A, B], {"a": A, "b": B, "c": A}),
        ({"b": None, "a": None}, [A, B], {"a": A, "b": B}),
        ({"a": B, "b": None, "c": None}, [A, B], {"a": B, "b": A, "c": A}),
        ({"a": A, "b": A, "c": None, "d": None}, [A, B], {"a": A, "b": A, "c": B, "d": B}),
        ({"c10": None, "c2": None, "c1": None}, [A, B], {"c1": A, "c2": B, "c10": A}),
        ({"a": None, "b": None}, ["2", "1"], {"a": "2", "b": "1"}),
    ],
)
def test_place(slots, zones, placed):
    found = place(slots, zones)
    assert found == placed
    assert list(found) == list(placed)


@given(SLOTS, st.sampled_from([None, A, B, C]))
def test_a_slot_added_after_the_others_moves_none(slots, pin):
    before = place(slots, [A, B, C])
    assert moves(before, place({**slots, "z": pin}, [A, B, C])) == []


@given(SLOTS, st.sets(st.sampled_from(KEYS)))
def test_a_pin_to_the_present_zone_moves_none(slots, pinned):
    before = place(slots, [A, B, C])
    after = {slot: before[slot] if slot in pinned else zone for slot, zone in slots.items()}
    assert place(after, [A, B, C]) == before


@given(SLOTS)
def test_the_order_in_the_file_plays_no_part(slots):
    assert place(dict(reversed(slots.items())), [A, B, C]) == place(slots, [A, B, C])


@given(st.integers(0, 8), st.integers(1, 3))
def test_slots_without_pins_spread_evenly(count, width):
    zones = [A, B, C][:width]
    load = Counter(place(dict.fromkeys(KEYS[:count]), zones).values())
    assert max((load[z] for z in zones), default=0) - min(load[z] for z in zones) <= 1


@given(SLOTS)
def test_a_pinned_slot_is_where_it_says(slots):
    placed = place(slots, [A, B, C])
    assert {slot: placed[slot] for slot, zone in slots.items() if zone} == {s: z for s, z in slots.items() if z}


@pytest.mark.parametrize(
    ("slots", "zones", "problems"),
    [
        ({"a": None}, [], ["There is no zone to place Connectors in. List at least one under `zones`."]),
        ({"a": None}, [A, A], [f"The zone '{A}' is listed twice. Remove one."]),
        (
            {"a": "eu-central1a", "b": "", "c": None},
            [A, B],
            [
                f"Slot 'a' names the zone 'eu-central1a'. Allowed: {A}, {B}. Did you mean '{A}'?",
                f"Slot 'b' names the zone ''. Allowed: {A}, {B}.",
            ],
        ),
    ],
)
def test_place_refuses_with_every_problem(slots, zones, problems):
    with pytest.raises(ValueError, match="zone") as caught:
        place(slots, zones)
    assert str(caught.value).splitlines() == problems


def test_moves_name_the_slots_and_the_line_that_pins_them():
    before = place(dict.fromkeys("bcd"), [A, B])
    after = place(dict.fromkeys("abcd"), [A, B])
    assert moves(before, after) == [
        Move(slot="b", before=A, after=B),
        Move(slot="c", before=B, after=A),
        Move(slot="d", before=A, after=B),
    ]
    assert str(moves(before, after)[0]) == (
        f"Slot 'b' would move from {A} to {B}. To keep it there, write: connectors: {{b: {{zone: {A}}}}}"
    )


def test_slots_that_come_or_go_do_not_move():
    assert moves({"a": A, "b": B}, {"b": B, "c": A}) == []


@pytest.mark.parametrize("placed", [{}, {"a": A}, {"a": A, "b": B}])
def test_spread_is_fine(placed):
    assert spread_problem(placed) is None


def test_spread_names_the_one_zone():
    assert spread_problem({"b": A, "a": A}) == (
        f"All 2 Connectors (a, b) are in the zone {A}. When it fails, none is left. "
        "List a second zone, or pin one of them to another."
    )


@pytest.mark.parametrize(
    ("cidr", "zones", "ranges"),
    [
        (
            "10.40.0.0/22",
            [A, B],
            {A: ("10.40.0.0/26", "10.40.2.0/26"), B: ("10.40.0.64/26", "10.40.2.64/26")},
        ),
        ("10.0.0.0/24", ["us-east-1h"], {"us-east-1h": ("10.0.0.112/28", "10.0.0.240/28")}),
        ("10.0.0.0/16", [C], {C: ("10.0.32.0/20", "10.0.160.0/20")}),
        ("10.0.0.0/24", ["us-west-2-lax-1b"], {"us-west-2-lax-1b": ("10.0.0.16/28", "10.0.0.144/28")}),
    ],
)
def test_subnet_ranges(cidr, zones, ranges):
    assert subnet_ranges(cidr, zones) == {z: SubnetRanges(private=p, public=q) for z, (p, q) in ranges.items()}


@given(st.integers(16, 24), st.sets(st.sampled_from("abcdefgh"), min_size=1), st.sampled_from("abcdefgh"))
def test_ranges_fit_are_disjoint_and_a_new_zone_moves_none(prefix, letters, new):
    cidr = f"10.0.0.0/{prefix}"
    zones = [f"eu-west-1{letter}" for letter in sorted(letters)]
    ranges = subnet_ranges(cidr, zones)
    flat = {f"{z} {kind}": block for z, r in ranges.items() for kind, block in vars(r).items()}
    assert overlaps(flat) == []
    assert all(IPv4Network(block).subnet_of(IPv4Network(cidr)) for block in flat.values())
    grown = subnet_ranges(cidr, [*dict.fromkeys([f"eu-west-1{new}", *zones])])
    assert {zone: grown[zone] for zone in zones} == ranges


@pytest.mark.parametrize(
    ("cidr", "zones", "problem"),
    [
        ("10.0.0.0/25", [A], "The network 10.0.0.0/25 is not within /16 and /24"),
        ("10.0.0.0/15", [A], "The network 10.0.0.0/15 is not within /16 and /24"),
        ("10.0.0.1/24", [A], "The network '10.0.0.1/24' is not an IPv4 block"),
        ("fd00::/64", [A], "The network 'fd00::/64' is not an IPv4 block"),
        ("10.0.0.0/24", [], "The network has no zone. List at least one under `zones`."),
        ("10.0.0.0/24", [A, A], f"The zone '{A}' is listed twice. Remove one."),
        ("10.0.0.0/24", ["use1-az1"], "'use1-az1' is not the name of a zone on aws."),
        ("10.0.0.0/24", ["us-east-1i"], "The zone 'us-east-1i' must end in a letter from a to h"),
        ("10.0.0.0/24", ["us-east-1-wl1-bos-wlz-1"], "must end in a letter from a to h"),
        (
            "10.0.0.0/24",
            ["us-west-2a", "us-west-2-lax-1a"],
            "The zones 'us-west-2a' and 'us-west-2-lax-1a' both end in 'a', which decides their range. Keep one.",
        ),
        ("10.0.0.0/24", [A, "eu-west-1b"], "The zones lie in several regions: eu-central-1, eu-west-1."),
    ],
)
def test_subnet_ranges_refuse(cidr, zones, problem):
    with pytest.raises(ValueError, match=r"\.") as caught:
        subnet_ranges(cidr, zones)
    (line,) = str(caught.value).splitlines()
    assert problem in line


def test_subnet_ranges_report_all_problems_at_once():
    with pytest.raises(ValueError, match="not within") as caught:
        subnet_ranges("10.0.0.0/28", [A, A, "x"])
    assert len(str(caught.value).splitlines()) == 3


def test_overlaps():
    ranges = {"vpc": "10.0.0.0/16", "office": "10.1.0.0/16", "lab": "10.0.128.0/17", "v6": "fd00::/8"}
    assert overlaps(ranges | {"all": "10.0.0.0/8"}) == [
        ("vpc", "lab"),
        ("vpc", "all"),
        ("office", "all"),
        ("lab", "all"),
    ]
    assert first_overlap(ranges) == ("vpc", "lab")
    assert first_overlap({"a": "10.0.0.0/16", "b": "10.1.0.0/16"}) is None


@pytest.mark.parametrize(
    ("cloud", "zone", "region"),
    [
        ("aws", "eu-central-1a", "eu-central-1"),
        ("aws", "us-west-2-lax-1a", "us-west-2"),
        ("aws", "us-gov-west-1b", "us-gov-west-1"),
        ("aws", "us-east-1-wl1-bos-wlz-1", "us-east-1"),
        ("gcp", "europe-west3-b", "europe-west3"),
        ("gcp", "northamerica-northeast1-a", "northamerica-northeast1"),
        ("azure", "1", None),
        ("azure", "3", None),
    ],
)
def test_zone_region(cloud, zone, region):
    assert zone_region(cloud, zone) == region


@pytest.mark.parametrize(
    ("cloud", "zone", "problem"),
    [
        ("aws", "eu-central-1", "'eu-central-1' is not the name of a zone on aws. A zone looks like 'eu-central-1a'."),
        ("aws", "euc1-az2", "'euc1-az2' is not the name of a zone on aws."),
        ("gcp", "europe-west3", "'europe-west3' is not the name of a zone on gcp. A zone looks like 'europe-west3-b'."),
        ("azure", "4", "'4' is not the name of a zone on azure. A zone looks like '1'."),
        ("asw", "1", "The cloud 'asw' is not known. Allowed: aws, gcp, azure. Did you mean 'aws'?"),
    ],
)
def test_zone_region_refuses(cloud, zone, problem):
    with pytest.raises(ValueError, match=r"\.") as caught:
        zone_region(cloud, zone)
    assert problem in str(caught.value)
