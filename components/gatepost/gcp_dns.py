"""Which servers a policy of Cloud DNS may ask. Pure."""

from collections.abc import Iterable

from .rule import LINK_LOCAL, within


def policy_problems(servers: Iterable[str]) -> list[str]:
    """Sentences for servers that no policy may name, such as Google's own resolver, 169.254.169.254.

    Cloud DNS calls them prohibited forwarding targets: https://cloud.google.com/dns/docs/zones/zones-overview
    """
    return [
        f"The DNS server {server} is link-local, and Cloud DNS asks no such server. Remove it: a network without "
        "servers of its own is served by Google's resolver."
        for server in servers
        if within(server, LINK_LOCAL)
    ]
