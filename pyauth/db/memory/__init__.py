"""The adapter that keeps rows in the memory of one process: for tests and first steps."""

from pyauth.db.memory.adapter import MemoryAdapter

__all__ = ["MemoryAdapter"]
