"""The names that a release promises, and what an import costs."""

import importlib
import json
import subprocess
import sys

import pytest

import pyauth
from pyauth.api import Api

PUBLIC = {
    "pyauth": """
        APIError Account AccountLinking AccountOptions Advanced ChangeEmail ChangeEmailConfirmation
        ConfigurationError ConflictError Contributions CookieCache
        DatabaseEvent DatabaseHooks Delivery DynamicBaseURL EmailAndPassword EmailVerification
        EmailVerificationEvent ErrorCode ErrorInfo ErrorPage ExistingUserSignUp Field Finding Hooks
        OnAPIError PasswordOptions Plugin PyAuth
        PasswordReset PyAuthError PyAuthMiddleware RateLimit RateLimitRule
        RateLimitStore Record RequestInfo ResetPasswordEmail ServiceUnavailable Session
        SessionOptions SignedIn StoreError StoreUnavailable SyntheticUser UniqueViolation User
        UserDeletion UserOptions ValidationFailed DeleteAccountVerification DeleteUser
        Verification VerificationEmail VerificationOptions VersionedSecret
        __version__
    """,
    "pyauth.plugin": """
        AfterHook BeforeHook Contributions DatabaseHook DeliveryKind Endpoint ErrorCode Field
        ModelSchema NamedMigration OnRequest OnResponse PasswordValidator PathMiddleware Plugin
        RateRule Reference State define_state endpoint
    """,
    "pyauth.plugins": "Bearer",
    "pyauth.db": "Adapter MemoryAdapter Plan Row SQLAlchemyAdapter SortBy Where",
    "pyauth.http": """
        Body Call Clearable EmailAddress Endpoint FORM JSON OMIT_NONE Omittable Outcome Query
        QueryFlag Redirect RedirectURL count_attempt endpoint get_owned_resource
        require_fresh_session require_live_session require_resource_ownership require_session
    """,
    "pyauth.outbound": """
        CapturingRunner Delivery DeliveryKind DeliveryStats Dispatcher DrainingRunner EventKind
        FullPolicy InlineRunner Runner ThreadRunner UnknownDeliveryKind UnreadableDelivery
        index_kinds
    """,
    "pyauth.outbound.http": """
        AddressRefused ConnectionFailed Form GuardedClient HttpClient HttpResponse OutboundError
        OutboundTimeout RedirectRefused Redirects Resolver ResponseTooLarge UnreadableResponse
        UrlRefused
    """,
    "pyauth.sessions": "Issued Reading Resolution SessionManager SignedIn build_session_cache",
    "pyauth.storage": "MemoryStorage RedisStorage SecondaryStorage",
    "pyauth.stores": """
        AccountStore CREDENTIAL SessionStore Store UserStore VerificationStore normalize_email
    """,
    "pyauth.options": """
        AccountLinking AccountOptions Advanced ChangeEmail CookieAttributes CookieCache DeleteUser
        CookieOptions CrossSubDomainCookies DatabaseHooks DynamicBaseURL
        DatabaseOptions EmailAndPassword EmailVerification Environment ErrorPage Field Hooks
        ErrorPageColors ErrorPageFonts ErrorPageSizes
        IPAddressOptions Mode ModelHooks OnAPIError Options PasswordOptions RateLimit RecordOptions
        HybridRateLimit IdentifierHash IdentifierRules RateLimitRule RateLimitStore
        Reference RefreshCache SessionOptions UserOptions VerificationOptions
        VersionedSecret WriteHooks
        read_environment read_options
    """,
}


@pytest.mark.parametrize("module", PUBLIC)
def test_the_public_names_are_these(module: str) -> None:
    found = importlib.import_module(module)
    assert set(found.__all__) == set(PUBLIC[module].split())
    assert all(hasattr(found, name) for name in found.__all__)
    assert len(found.__all__) == len(set(found.__all__))


def test_every_endpoint_has_an_entry_on_the_api() -> None:
    operations = pyauth.PyAuth(mode="test").site.registry.operations
    assert set(operations) == {
        "sign_up_email",
        "sign_in_email",
        "sign_out",
        "get_session",
        "list_sessions",
        "revoke_session",
        "revoke_sessions",
        "revoke_other_sessions",
        "update_session",
        "send_verification_email",
        "verify_email",
        "change_email",
        "update_user",
        "delete_user",
        "delete_user_callback",
        "request_password_reset",
        "request_password_reset_callback",
        "reset_password",
        "change_password",
        "set_password",
        "verify_password",
        "list_user_accounts",
        "unlink_account",
        "ok",
        "error",
    }
    assert all(name in vars(Api) for name in operations)


UNWANTED = {
    "flask", "flask_pyauth", "blinker", "redis", "alembic", "psycopg", "pymysql", "sqlite3",
    "MySQLdb", "requests", "click", "jinja2", "joserfc",
}  # fmt: skip


def test_importing_loads_no_plugin_driver_or_framework() -> None:
    code = "import sys, json, pyauth; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = set(json.loads(done.stdout))
    assert not loaded & UNWANTED
    assert not [name for name in loaded if name.startswith(("pyauth.plugins", "pyauth.cli"))]
    assert "pyauth" in loaded


def test_the_version_is_one() -> None:
    assert pyauth.__version__.count(".") == 2
