"""Settings whose boot text for Google Cloud is kept in golden_gcp/.

`python -m boot.gcp_variants` in the folder of the tests writes the files anew: read the diff.
"""

from pathlib import Path

from gatepost.boot.gcp import GcpBoot
from gatepost.boot.one_file import one_file

GOLDEN = Path(__file__).parent / "golden_gcp"
SECRET = "projects/acme/secrets/payments-frankfurt-a-pair-1f3c"

VARIANTS = {
    "gcp-small": GcpBoot(settings={"TWINGATE_NETWORK": "acme"}),
    "gcp-usual": GcpBoot(
        settings={
            "TWINGATE_URL": "https://acme.twingate.com",
            "TWINGATE_LOG_ANALYTICS": "v2",
            "TWINGATE_DNS": "10.40.0.2,10.40.0.3",
            "TWINGATE_LABEL_DEPLOYED_BY": "gatepost",
            "TWINGATE_LABEL_SITE": "payments in Frankfurt: $(50%) `1` #1",
        },
        dns=("10.40.0.2", "10.40.0.3"),
        upgrade_hour=13,
    ),
    "gcp-pinned": GcpBoot(
        settings={"TWINGATE_NETWORK": "acme", "TWINGATE_METRICS_PORT": "9999"},
        nofile=65536,
        local_ports=(20000, 60000),
        version="1.80.0",
    ),
}


def golden_text(boot: GcpBoot) -> str:
    """The startup script, with the fetch script (tested on its own) left out."""
    return boot.render(SECRET).replace(one_file("fetch_pair_gcp"), "(fetch_pair_gcp.py)\n")


if __name__ == "__main__":
    for name, boot in VARIANTS.items():
        (GOLDEN / f"{name}.sh").write_text(golden_text(boot))
