from engine.conftest import cloud

__all__ = ["cloud"]
