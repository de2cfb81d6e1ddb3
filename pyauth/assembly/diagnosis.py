"""The examination of a built instance: its configuration and its database."""

from pyauth.assembly.database_checks import examine_database
from pyauth.assembly.findings import Finding
from pyauth.assembly.parts import Parts
from pyauth.assembly.posture import examine
from pyauth.context import AuthContext


def diagnose(
    context: AuthContext, parts: Parts, *, production: bool = False
) -> tuple[Finding, ...]:
    """Return everything that is to be said of an instance; nothing is changed.

    Args:
        context: the instance.
        parts: what it was made of.
        production: judge as in production, whatever the mode.
    """
    return (
        *examine(context.options, parts, context.keys, production=production),
        *examine_database(context.adapter, parts.database),
    )
