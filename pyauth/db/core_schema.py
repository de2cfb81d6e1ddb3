"""The four models of the core.

Source: contract of Better Auth 1.6.9 (``getAuthTables``).
"""

from pyauth.clock import Clock
from pyauth.db.schema import ModelSchema
from pyauth.options.fields import Field, Reference


def core_models(clock: Clock) -> tuple[ModelSchema, ...]:
    """Return the core's models; defaults that are moments ask ``clock``."""
    identifier = Field(type="string", input=False)
    created = Field(type="date", default=clock)
    updated = Field(type="date", default=clock, on_update=clock)
    owner = Field(type="string", index=True, references=Reference(model="user"))
    text = Field(type="string")
    optional = Field(type="string", required=False)
    secret = Field(type="string", required=False, returned=False)
    secret_moment = Field(type="date", required=False, returned=False)
    return (
        ModelSchema(
            "user",
            {
                "name": text,
                "email": Field(type="string", unique=True),
                "email_verified": Field(type="boolean", default=False, input=False),
                "image": optional,
                "created_at": created,
                "updated_at": updated,
                "id": identifier,
            },
        ),
        ModelSchema(
            "session",
            {
                "expires_at": Field(type="date"),
                "token": Field(type="string", unique=True),
                "created_at": created,
                "updated_at": updated,
                "ip_address": optional,
                "user_agent": optional,
                "user_id": owner,
                "id": identifier,
            },
        ),
        ModelSchema(
            "account",
            {
                "account_id": text,
                "provider_id": text,
                "user_id": owner,
                "access_token": secret,
                "refresh_token": secret,
                "id_token": secret,
                "access_token_expires_at": secret_moment,
                "refresh_token_expires_at": secret_moment,
                "scope": optional,
                "password": secret,
                "created_at": created,
                "updated_at": updated,
                "id": identifier,
            },
        ),
        ModelSchema(
            "verification",
            {
                "identifier": Field(type="string", index=True),
                "value": text,
                "expires_at": Field(type="date"),
                "created_at": created,
                "updated_at": updated,
                "id": identifier,
            },
        ),
    )
