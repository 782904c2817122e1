"""Azure in the sandbox: Azure Resource Manager on one port, bodies checked against Microsoft's own models.

``Api`` is the WSGI application, ``State`` what it knows, ``azure_hosts`` its container groups as hosts.
"""

from .api import Api
from .host import azure_hosts
from .state import State

__all__ = ["Api", "State", "azure_hosts"]
