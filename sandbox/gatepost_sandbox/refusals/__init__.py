"""What AWS refuses and moto does not, for every client of the sandbox; and the quotas that a person can set.

``table.ROWS`` lists the refusals, one row each, with AWS's code and words and the page they were read on. Importing
this package does not import moto.
"""

from gatepost_sandbox.refusals.limits import quotas

__all__ = ["quotas"]
