"""Azure in the sandbox: Azure Resource Manager on one port, bodies checked against Microsoft's own models.

``Api`` is the WSGI application, ``State`` what it knows, ``azure_hosts`` its container groups as hosts, and
``azure_sights`` the same for a look that asks for what changed.
"""

from .api import Api
from .host import azure_hosts, azure_sights
from .state import State

__all__ = ["Api", "State", "azure_hosts", "azure_sights"]
