"""The question of ``gatepost sandbox reach``: what a destination is, and how a Connector is named."""

import pytest

from gatepost_sandbox import naming, reach
from gatepost_sandbox.addresses import Destination

FORMS = "Give its name, NETWORK/SITE/SLOT, SITE/SLOT or the beginning of its name."
DESTINATION = "Write IP:PORT/PROTO, such as 10.0.0.5:443/tcp or 10.0.0.5/icmp."


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("10.0.0.5:443/tcp", Destination("10.0.0.5", "tcp", 443)),
        ("10.0.0.5:65535/UDP", Destination("10.0.0.5", "udp", 65535)),
        ("10.0.0.5/icmp", Destination("10.0.0.5", "icmp")),
        ("10.0.0.5:0/icmp", Destination("10.0.0.5", "icmp")),
    ],
)
def test_destinations(text: str, asked: Destination) -> None:
    assert reach.parse(text) == asked


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("10.0.0.5:443", f"The destination '10.0.0.5:443' names no protocol. {DESTINATION}"),
        ("10.0.0.5/tcp", f"The destination '10.0.0.5/tcp' has no port, and tcp needs one. {DESTINATION}"),
        ("10.0.0.5:0/udp", "The port '0' is not allowed. Write a whole number from 1 to 65535."),
        ("10.0.0.5:8/icmp", "The port 8 makes no sense with icmp. Write 10.0.0.5/icmp."),
        ("10.0.0.5:1/sctp", "The protocol 'sctp' is not known here. Allowed: tcp, udp, icmp."),
        (
            "db.corp:70000/tcp",
            "'db.corp' is not an IPv4 address. Names are not looked up: give an address such as 10.0.0.5.\n"
            "The port '70000' is not allowed. Write a whole number from 1 to 65535.",
        ),
        (
            "[fd00::1]:443/tcp",
            "'[fd00::1]' is an IPv6 address, and hosts dial over IPv4 only. Give the destination's IPv4 address.",
        ),
        (
            "224.0.0.1:443/tcp",
            "'224.0.0.1' is not the address of one machine, so nobody can open a connection to it.",
        ),
        (
            "0.0.0.0:443/tcp",
            "'0.0.0.0' is not the address of one machine, so nobody can open a connection to it.",
        ),
    ],
)
def test_what_is_no_destination(text: str, sentences: str) -> None:
    with pytest.raises(naming.QuestionError) as raised:
        reach.parse(text)
    assert str(raised.value) == sentences


def line(name: str, site: str | None = None, slot: str | None = None) -> dict[str, str | None]:
    return {"name": name, "network": name.partition("-")[0], "site": site, "slot": slot, "state": "ALIVE"}


LINES = [
    line("pay-frankfurt-a", "frankfurt", "a"),
    line("pay-frankfurt-b", "frankfurt", "b"),
    line("pay-frankfurt-b-2", "frankfurt", "b"),
    line("web", "iowa", "a"),
    line("web-spare"),
]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("web", "web"),
        ("web-", "web-spare"),
        ("frankfurt/a", "pay-frankfurt-a"),
        ("pay/frankfurt/a", "pay-frankfurt-a"),
        ("pay-frankfurt-a", "pay-frankfurt-a"),
    ],
)
def test_a_connector_is_found_by_name_place_or_beginning(text: str, name: str) -> None:
    assert naming.find(LINES, text)["name"] == name


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "frankfurt/b",
            "'frankfurt/b' fits 2 Connectors: pay-frankfurt-b (ALIVE), pay-frankfurt-b-2 (ALIVE). Give a whole name.",
        ),
        (
            "pay",
            "'pay' fits 3 Connectors: pay-frankfurt-a (ALIVE), pay-frankfurt-b (ALIVE), pay-frankfurt-b-2 (ALIVE). "
            "Give a whole name.",
        ),
        ("wep-spare", f"There is no Connector 'wep-spare'. The nearest: web-spare. {FORMS}"),
        (
            "pay/frankfrt/a",
            "There is no Connector 'pay/frankfrt/a'. The nearest: pay/frankfurt/a, pay/frankfurt/b, pay-frankfurt-a, "
            f"pay-frankfurt-b, pay-frankfurt-b-2. {FORMS}",
        ),
        (
            "",
            "There is no Connector ''. There are: pay-frankfurt-a, pay-frankfurt-b, pay-frankfurt-b-2, web, web-spare. "
            f"{FORMS}",
        ),
    ],
)
def test_a_connector_that_is_not_found(text: str, sentence: str) -> None:
    with pytest.raises(naming.QuestionError) as raised:
        naming.find(LINES, text)
    assert str(raised.value) == sentence


def test_there_may_be_no_connector_at_all() -> None:
    with pytest.raises(naming.QuestionError, match=r"^There is no Connector 'web': the sandbox has none yet\.$"):
        naming.find([], "web")
