"""The plugins that come with pyauth. Each is imported on its own, from its module or from here.

Importing ``pyauth`` loads none of them.
"""

from pyauth.plugins.bearer import Bearer

__all__ = ["Bearer"]
