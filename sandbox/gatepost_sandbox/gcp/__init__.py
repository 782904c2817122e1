"""Google Cloud in the sandbox: its REST APIs on one port, requests checked against Google's discovery documents.

``Api`` is the WSGI application, ``State`` what it knows, ``gcp_hosts`` its instances as hosts, and
``gcp_sights`` the same for a look that asks for what changed.
"""

from .api import Api
from .host import gcp_hosts, gcp_sights
from .state import State

__all__ = ["Api", "State", "gcp_hosts", "gcp_sights"]
