"""Words of the settings that the components know too, values that no message shows, and what a line looks like."""

import copy
import subprocess
import sys
from dataclasses import fields
from typing import get_args

from stacks.settings_data import SITE, created, of_site

from gatepost import connector, egress, rule
from gatepost.aws_settings import AwsSite
from gatepost.explain import LONGEST, line, masked, path, shown
from gatepost.rollout import GateArgs
from gatepost.settings import GateSettings, RemoteNetworkSettings
from gatepost.twingate import LOCATIONS


def test_settings_know_the_words_that_the_components_know():
    assert sorted(GateSettings.model_fields) == sorted(field.name for field in fields(GateArgs))
    network, site = RemoteNetworkSettings.model_fields, AwsSite.model_fields
    assert get_args(get_args(network["location"].annotation)[0]) == LOCATIONS
    assert get_args(network["type"].annotation) == egress.NETWORK_TYPES
    assert get_args(rule.Protocol) == rule.PROTOCOLS
    assert get_args(site["log_level"].annotation) == tuple(connector.LOG_LEVELS)


def test_values_that_look_like_tokens_are_never_shown():
    jwt = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
    opaque = "A1b2-_" * 7
    hidden = "(hidden, it looks like a token)"
    assert masked(f"a {jwt} b {opaque} c") == f"a {hidden} b {hidden} c"
    assert masked("x" * 39) == "x" * 39
    assert shown(f"{'ab ' * 30}{jwt}") == f"'{'ab ' * 18}ab..."
    assert shown(f"{'ab ' * 8}{opaque}") == f"'{'ab ' * 8}{hidden}'"
    secret = copy.deepcopy(SITE) | {
        "image": jwt,
        "size": opaque,
        "region": f"Bearer {jwt}",
        "dns": [opaque],
        "reach": [{"cidr": jwt, "ports": opaque}],
        "connectors": {jwt: {}, opaque: {}},
        opaque: jwt,
        "log_level": jwt,
    }
    secret |= created(cidr=opaque, routes=[{"cidr": jwt, "via": opaque}])
    found = [*of_site(secret), *of_site(SITE | {"kms_key": jwt})]
    assert len(found) == 14
    for text in found:
        assert hidden in text
        assert "eyJ" not in text
        assert opaque[:20] not in text


def test_what_a_line_looks_like():
    assert path("at", ("a", 0, "b c", "é", "[key]")) == 'at.a[0]["b c"]["\\u00e9"]'
    assert path("", ("a", "b " * 25)) == f'a["{"b " * 18}b..."]'
    assert path("at", ("a", None)) == "at.a.null"
    assert line("at", "München \ud800.") == "at: München \\ud800."
    text = line("at", "word " * 200 + "end.")
    assert len(text) == LONGEST
    assert text.startswith("at: word word")
    assert text.endswith("word end.")
    assert shown({}) == "an empty map"
    assert shown("x " * 40) == f"'{'x ' * 28}..."


def test_settings_import_no_provider_sdk():
    script = "import sys, gatepost.settings; print(sorted(m for m in sys.modules if m.startswith('pulumi_')))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"
