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
        APIError Account AccountOptions Advanced ConfigurationError ConflictError Contributions
        DatabaseEvent DatabaseHooks Delivery EmailAndPassword EmailVerification
        EmailVerificationEvent ErrorCode ErrorPage ExistingUserSignUp Field Hooks OnAPIError
        PasswordOptions Plugin PyAuth
        PyAuthError PyAuthMiddleware RateLimit Record RequestInfo ServiceUnavailable Session
        SessionOptions SignedIn StoreError StoreUnavailable SyntheticUser UniqueViolation User
        UserOptions ValidationFailed Verification VerificationEmail VerificationOptions
        __version__
    """,
    "pyauth.plugin": """
        AfterHook BeforeHook Contributions DatabaseHook DeliveryKind Endpoint ErrorCode Field
        ModelSchema NamedMigration OnRequest OnResponse PasswordValidator PathMiddleware Plugin
        RateRule Reference State define_state endpoint
    """,
    "pyauth.plugins": "Bearer",
    "pyauth.db": "Adapter MemoryAdapter Row SQLAlchemyAdapter SortBy Where",
    "pyauth.http": """
        Body Call EmailAddress Endpoint FORM JSON OMIT_NONE Omittable Outcome Query QueryFlag
        Redirect RedirectURL endpoint require_fresh_session require_live_session require_session
    """,
    "pyauth.outbound": """
        CapturingRunner Delivery DeliveryKind DeliveryStats Dispatcher DrainingRunner FullPolicy
        InlineRunner Runner ThreadRunner UnknownDeliveryKind UnreadableDelivery index_kinds
    """,
    "pyauth.sessions": "Issued Resolution SessionManager SignedIn",
    "pyauth.stores": """
        AccountStore CREDENTIAL SessionStore Store UserStore VerificationStore normalize_email
    """,
    "pyauth.options": """
        AccountOptions Advanced CookieAttributes CookieOptions CrossSubDomainCookies DatabaseHooks
        DatabaseOptions EmailAndPassword EmailVerification Environment ErrorPage Field Hooks
        IPAddressOptions Mode ModelHooks OnAPIError Options PasswordOptions RateLimit RecordOptions
        Reference SessionOptions UserOptions VerificationOptions WriteHooks read_environment
        read_options
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
        "verify_email",
        "ok",
        "error",
    }
    assert all(name in vars(Api) for name in operations)


UNWANTED = {
    "flask", "flask_pyauth", "blinker", "redis", "alembic", "psycopg", "pymysql", "sqlite3",
    "MySQLdb", "requests", "click", "jinja2",
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
