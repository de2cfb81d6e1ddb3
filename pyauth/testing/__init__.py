"""The kit for the tests of apps and plugins: an instance in memory, in one line.

Not for production: the hashes are cheap and nothing outlives the process.
"""

from pyauth.testing.browser import Browser
from pyauth.testing.clock import FrozenClock
from pyauth.testing.kit import AuthKit, cheap_passwords, make_kit
from pyauth.testing.outbox import Outbox
from pyauth.testing.sessions import open_session

__all__ = [
    "AuthKit",
    "Browser",
    "FrozenClock",
    "Outbox",
    "cheap_passwords",
    "make_kit",
    "open_session",
]
