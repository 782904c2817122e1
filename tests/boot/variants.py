"""Settings whose boot text is kept in golden/. `python tests/boot/variants.py` writes the files anew: read the diff."""

from pathlib import Path

from gatepost.boot.aws import AwsBoot

GOLDEN = Path(__file__).parent / "golden"
SCRIPT = Path(__file__).parents[2] / "components/gatepost/boot/fetch_pair.py"
PARAMETER = "/gatepost/payments/frankfurt/a-1f3c"

VARIANTS = {
    "aws-small": AwsBoot(settings={"TWINGATE_NETWORK": "acme"}, region="eu-central-1"),
    "aws-usual": AwsBoot(
        settings={
            "TWINGATE_URL": "https://acme.twingate.com",
            "TWINGATE_LOG_ANALYTICS": "v2",
            "TWINGATE_DNS": "10.40.0.2,10.40.0.3",
            "TWINGATE_LABEL_DEPLOYED_BY": "gatepost",
            "TWINGATE_LABEL_SITE": "payments in Frankfurt: 50% #1",
        },
        region="eu-central-1",
        dns=("10.40.0.2", "10.40.0.3"),
    ),
    "aws-china": AwsBoot(
        settings={"TWINGATE_NETWORK": "acme", "TWINGATE_METRICS_PORT": "9999"},
        region="cn-northwest-1",
        nofile=65536,
        local_ports=(20000, 60000),
    ),
}


def indented(text: str) -> str:
    """A text as it stands in a literal block of the user data."""
    return "".join(f"      {line}\n" if line else "\n" for line in text.splitlines())


def golden_text(boot: AwsBoot) -> str:
    """The user data, with the script (tested on its own) left out."""
    return boot.render(PARAMETER).replace(indented(SCRIPT.read_text()), "      (fetch_pair.py)\n")


if __name__ == "__main__":
    for name, boot in VARIANTS.items():
        (GOLDEN / f"{name}.yaml").write_text(golden_text(boot))
