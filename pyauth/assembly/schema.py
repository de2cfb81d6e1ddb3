"""The effective schema of one instance."""

from pyauth.assembly.limits import limit_models, limit_renamings
from pyauth.assembly.plugins import ByPlugin, flatten
from pyauth.clock import Clock
from pyauth.db.core_schema import core_models
from pyauth.db.migration.named import ledger_model
from pyauth.db.schema import ModelSchema, Renaming, Schema, build_schema
from pyauth.errors import ConfigurationError
from pyauth.options import Options


def build_effective_schema(options: Options, contributions: ByPlugin, clock: Clock) -> Schema:
    """Return the core's models with additional fields and what plugins contribute, merged.

    Raises:
        ConflictError: two contributors define one field or table.
        ConfigurationError: a field cannot work.
    """
    groups = {
        "user": options.user,
        "session": options.session,
        "account": options.account,
        "verification": options.verification,
    }
    additions = [
        ModelSchema(model, group.additional_fields, source="option additional_fields")
        for model, group in groups.items()
        if group.additional_fields
    ]
    additions += flatten(item.schema for item in contributions.values())
    renamings = {model: Renaming(group.model_name, group.fields) for model, group in groups.items()}
    renamings |= limit_renamings(options)
    core = [*core_models(clock), *limit_models(options, clock)]
    if any(item.migrations for item in contributions.values()):
        core.append(ledger_model(clock))
    schema = build_schema(
        core,
        additions,
        naming=options.naming,
        table_prefix=options.advanced.database.table_prefix,
        renamings=renamings,
    )
    _check_own_records(schema)
    return schema


_MADE_BY_THE_SERVER = ("session", "account", "verification")


def _check_own_records(schema: Schema) -> None:
    """Refuse fields without which no record could ever be made: clients do not fill these."""
    problems = [
        f"field {item.name!r} of model {model!r} ({item.source}) is required and has no default; "
        "give it a default, or required=False"
        for model in _MADE_BY_THE_SERVER
        for item in schema.model(model).additional
        if item.spec.required and not item.spec.has_default
    ]
    if problems:
        raise ConfigurationError(problems)
