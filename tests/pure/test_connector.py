import pytest

from gatepost.connector import ConnectorSettings, conf_text


def test_the_least_settings():
    assert ConnectorSettings(network="acme").environment() == {
        "TWINGATE_LABEL_DEPLOYED_BY": "gatepost",
        "TWINGATE_LOG_LEVEL": "3",
        "TWINGATE_NETWORK": "acme",
    }


def test_every_setting_in_order():
    settings = ConnectorSettings(
        url="https://acme.twingate.com",
        dns=["10.0.0.2", "10.0.1.2"],
        log_level="debug",
        analytics="v2",
        metrics_port=9999,
        timestamp="absolute",
        labels={"site": "frankfurt", "slot": "a", "generation": 2, "cost-center": "4711"},
    )
    assert list(settings.environment().items()) == [
        ("TWINGATE_DNS", "10.0.0.2,10.0.1.2"),
        ("TWINGATE_LABEL_COST_CENTER", "4711"),
        ("TWINGATE_LABEL_DEPLOYED_BY", "gatepost"),
        ("TWINGATE_LABEL_GENERATION", "2"),
        ("TWINGATE_LABEL_SITE", "frankfurt"),
        ("TWINGATE_LABEL_SLOT", "a"),
        ("TWINGATE_LOG_ANALYTICS", "v2"),
        ("TWINGATE_LOG_LEVEL", "7"),
        ("TWINGATE_METRICS_PORT", "9999"),
        ("TWINGATE_TIMESTAMP_FORMAT", "2"),
        ("TWINGATE_URL", "https://acme.twingate.com"),
    ]


def test_the_caller_may_say_who_deployed_it():
    found = ConnectorSettings(network="acme", labels={"deployed_by": "platform team"}).environment()
    assert found["TWINGATE_LABEL_DEPLOYED_BY"] == "platform team"


@pytest.mark.parametrize(
    ("level", "number"), [("error", "3"), ("warn", "4"), ("info", "5"), ("debug", "7"), (-1, "-1"), (0, "0"), (7, "7")]
)
def test_log_levels(level, number):
    assert ConnectorSettings(network="acme", log_level=level).environment()["TWINGATE_LOG_LEVEL"] == number


@pytest.mark.parametrize(("timestamp", "number"), [("relative", "1"), ("absolute", "2")])
def test_timestamps(timestamp, number):
    found = ConnectorSettings(network="acme", timestamp=timestamp).environment()
    assert found["TWINGATE_TIMESTAMP_FORMAT"] == number


def test_only_metrics_ask_for_a_newer_connector():
    assert ConnectorSettings(network="acme").min_version is None
    assert ConnectorSettings(network="acme", metrics_port=1024).min_version == "1.80.0"


REFUSED = [
    ({"network": None}, "A Connector needs exactly one of network and url, neither is given."),
    ({"url": "https://acme.twingate.com"}, "A Connector needs exactly one of network and url, both is given."),
    ({"network": "https://acme.twingate.com"}, "For https://acme.twingate.com it is acme."),
    ({"network": "Acme"}, "The network 'Acme' is not the name of a Twingate tenant."),
    ({"network": None, "url": "http://acme.twingate.com"}, "The url 'http://acme.twingate.com' is not the address"),
    ({"network": None, "url": "https://acme.twingate.com.evil.org"}, "is not the address of a Twingate tenant"),
    ({"network": None, "url": "https://acme.twingate.com/"}, "is not the address of a Twingate tenant"),
    ({"dns": "10.0.0.2"}, "The DNS servers '10.0.0.2' must be a list. Write [10.0.0.2]."),
    ({"dns": ["10.0.0"]}, "The DNS server '10.0.0' is not an IPv4 address like 10.0.0.2."),
    ({"dns": ["2001:db8::1"]}, "The DNS server '2001:db8::1' is not an IPv4 address like 10.0.0.2."),
    ({"dns": ["10.0.0.2", "10.0.0.2"]}, "The DNS server '10.0.0.2' is listed twice. Remove one."),
    ({"log_level": "INFO"}, "The log level 'INFO' is not known."),
    ({"log_level": "INFO"}, "Did you mean 'info'?"),
    ({"log_level": 8}, "The log level 8 is not known."),
    ({"log_level": True}, "The log level True is not known."),
    ({"analytics": "v3"}, "The version of analytics 'v3' is not known. Allowed: v1, v2."),
    ({"timestamp": "utc"}, "The timestamp format 'utc' is not known. Allowed: relative, absolute."),
    ({"metrics_port": 1023}, "The metrics port 1023 is not allowed. Use 1024-65535, for example 9999."),
    ({"metrics_port": "9999"}, "The metrics port '9999' is not allowed."),
    ({"labels": {"1st": "a"}}, "The label '1st' must be 1 to 63 letters, digits, - and _, with a letter first."),
    ({"labels": {"a-b": "1", "A_b": "2"}}, "The labels 'a-b' and 'A_b' are one and the same."),
    ({"labels": {"access_token": "x"}}, "The label 'access_token' sounds like a secret."),
    ({"labels": {"a": "x\ny"}}, "The value of the label 'a' contains '\\n'."),
    ({"labels": {"a": 'x"'}}, "The value of the label 'a' contains '\"'."),
    ({"labels": {"a": "$(x)\\"}}, "The value of the label 'a' contains '$' '\\\\'."),
    ({"labels": {"a": ""}}, "The value of the label 'a' must have 1 to 255 characters and no blank at either end."),
    ({"labels": {"a": " b"}}, "The value of the label 'a' must have 1 to 255 characters and no blank at either end."),
    ({"labels": {"a": True}}, "The value of the label 'a' must be text or a number."),
]


@pytest.mark.parametrize(("over", "problem"), REFUSED)
def test_what_is_refused(over, problem):
    with pytest.raises(ValueError, match=r"\.") as caught:
        ConnectorSettings(**({"network": "acme"} | over))
    assert problem in str(caught.value)


def test_all_problems_come_together():
    with pytest.raises(ValueError, match="exactly one") as caught:
        ConnectorSettings(
            dns=["x"], log_level="loud", analytics="v9", timestamp="now", metrics_port=1, labels={"-": ""}
        )
    assert len(str(caught.value).splitlines()) == 8


def test_a_token_put_into_a_label_is_refused_and_never_shown():
    token = "eyJhbGciOiJFUzI1NiJ9.c2VjcmV0"
    with pytest.raises(ValueError, match="looks like a token") as caught:
        ConnectorSettings(network="acme", labels={"site": token})
    assert token not in str(caught.value)
    with pytest.raises(ValueError, match="contains") as caught:
        ConnectorSettings(network="acme", labels={"site": "hidden$hidden"})
    assert "hidden" not in str(caught.value)


def test_conf_text_is_sorted_lines():
    assert conf_text({"TWINGATE_URL": "https://acme.twingate.com", "TWINGATE_DNS": "10.0.0.2,10.0.1.2"}) == (
        "TWINGATE_DNS=10.0.0.2,10.0.1.2\nTWINGATE_URL=https://acme.twingate.com\n"
    )


def test_conf_text_refuses_tokens_other_keys_and_unsafe_values_together():
    env = {"TWINGATE_ACCESS_TOKEN": "s3cr3t", "PATH": "/bin", "TWINGATE_DNS": "a\nb"}
    with pytest.raises(ValueError, match="secret") as caught:
        conf_text(env)
    assert str(caught.value).splitlines() == [
        "The setting 'TWINGATE_ACCESS_TOKEN' is a secret. The host adds its own tokens at boot.",
        "The setting 'PATH' is not a TWINGATE_ one.",
        "The value of TWINGATE_DNS contains '\\n'. Allowed: letters, digits, blanks and ._:/@,+=()-",
    ]


def test_what_settings_give_conf_text_takes():
    settings = ConnectorSettings(network="acme", dns=["10.0.0.2"], labels={"site": "a b"}, metrics_port=9999)
    assert conf_text(settings.environment()).splitlines()[1] == "TWINGATE_LABEL_DEPLOYED_BY=gatepost"
