"""Building one instance: options, secrets, schema, stores, endpoints; checked together, once."""

from pyauth.assembly.build import assemble
from pyauth.assembly.diagnosis import diagnose
from pyauth.assembly.findings import Finding, Level, UnsafeConfiguration
from pyauth.assembly.parts import Database, Parts, RunnerFactory, choose_logger

__all__ = [
    "Database",
    "Finding",
    "Level",
    "Parts",
    "RunnerFactory",
    "UnsafeConfiguration",
    "assemble",
    "choose_logger",
    "diagnose",
]
