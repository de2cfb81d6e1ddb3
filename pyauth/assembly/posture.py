"""What contradicts itself, and what production does not allow: decided here, all at once.

Each rule looks at one matter and yields its findings. Errors stop the start-up, warnings are logged
at it, and ``doctor`` shows all.
"""

import logging

from pyauth.assembly.core_rules import CORE_RULES
from pyauth.assembly.findings import Finding, Setup, UnsafeConfiguration
from pyauth.assembly.parts import Parts
from pyauth.assembly.production_rules import PRODUCTION_RULES
from pyauth.crypto.secret_keys import SecretKeys
from pyauth.options import Options


def check_posture(options: Options, parts: Parts, keys: SecretKeys) -> None:
    """Refuse contradictions and what is unsafe in production; log what is doubtful.

    Raises:
        UnsafeConfiguration: with every finding.
    """
    findings = examine(options, parts, keys)
    if any(finding.level == "error" for finding in findings):
        raise UnsafeConfiguration(findings)
    _log_warnings(findings, parts.logger)


def examine(
    options: Options, parts: Parts, keys: SecretKeys, *, production: bool = False
) -> tuple[Finding, ...]:
    """Return what the configuration itself shows; nothing is asked of a database.

    Args:
        options: what was configured, with what plugins made of it.
        parts: what was given beside the options.
        keys: the secrets.
        production: judge as in production, whatever the mode.
    """
    if production:
        options = options.model_copy(update={"mode": "production"})
    setup = Setup(options, parts, keys)
    rules = (*CORE_RULES, *PRODUCTION_RULES) if options.is_production else CORE_RULES
    return tuple(finding for rule in rules for finding in rule(setup))


def _log_warnings(findings: tuple[Finding, ...], logger: logging.Logger) -> None:
    for finding in findings:
        if finding.level == "warn":
            logger.warning("%s (%s)", finding.message, finding.code)
