"""The ``gatepost`` command."""
