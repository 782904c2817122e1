"""The sandbox of the engine tests, for tests that build sites outside the clouds."""

from real_stack import cloud

__all__ = ["cloud"]
