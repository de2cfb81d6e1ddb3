"""Building one instance: options, secrets, schema, stores, endpoints; checked together, once."""

from pyauth.assembly.build import assemble
from pyauth.assembly.parts import Database, Parts, RunnerFactory

__all__ = ["Database", "Parts", "RunnerFactory", "assemble"]
