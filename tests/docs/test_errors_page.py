"""docs/errors.md lists every code of the core, and each route's codes are on its page."""

import re
from pathlib import Path
from typing import Any

import pytest

from pyauth import PyAuthError, errors
from pyauth.error_codes import CORE_ERROR_CODES, ErrorCode
from pyauth.http import Endpoint
from pyauth.routes import CORE_ENDPOINTS

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "errors.md").read_text(encoding="utf-8")
_ROW = re.compile(r"^\| `([A-Z_]+)` \| (\d{3}) \| (.+?) \| (.+?) \|$", re.MULTILINE)
LISTED = {code: (int(status), message) for code, status, message, _ in _ROW.findall(PAGE)}

PAGES = {
    "sign_up_email": "signing-in.md",
    "sign_in_email": "signing-in.md",
    "sign_out": "signing-in.md",
    "get_session": "sessions.md",
    "list_sessions": "sessions.md",
    "revoke_session": "sessions.md",
    "revoke_sessions": "sessions.md",
    "revoke_other_sessions": "sessions.md",
    "update_session": "sessions.md",
    "send_verification_email": "email-verification.md",
    "verify_email": "email-verification.md",
    "change_email": "users.md",
    "update_user": "users.md",
    "delete_user": "users.md",
    "delete_user_callback": "users.md",
    "request_password_reset": "passwords.md",
    "request_password_reset_callback": "passwords.md",
    "reset_password": "passwords.md",
    "change_password": "passwords.md",
    "set_password": "passwords.md",
    "verify_password": "passwords.md",
    "list_user_accounts": "accounts.md",
    "unlink_account": "accounts.md",
}
"""Which page tells of which endpoint."""


@pytest.mark.parametrize("code", CORE_ERROR_CODES.values(), ids=lambda code: code.code)
def test_every_code_is_listed_with_its_status_and_message(code: ErrorCode) -> None:
    assert LISTED.get(code.code) == (code.status, code.message)


def test_nothing_else_is_listed_and_nothing_twice() -> None:
    assert sorted(code for code, *_ in _ROW.findall(PAGE)) == sorted(CORE_ERROR_CODES)


@pytest.mark.parametrize("endpoint", CORE_ENDPOINTS, ids=lambda endpoint: endpoint.name)
def test_the_page_of_an_endpoint_names_its_codes(endpoint: Endpoint[Any, Any]) -> None:
    if not endpoint.errors:
        return
    page = (DOCS / PAGES[endpoint.name]).read_text(encoding="utf-8")
    assert [code.code for code in endpoint.errors if f"`{code.code}`" not in page] == []


def test_the_tree_names_every_error_of_the_package() -> None:
    classes = [
        item
        for item in vars(errors).values()
        if isinstance(item, type) and issubclass(item, PyAuthError)
    ]
    tree = PAGE.partition("```text\n")[2].partition("```")[0]
    named = re.findall(r"^[│├└─ ]*([A-Z]\w+)", tree, re.MULTILINE)
    assert sorted(named) == sorted(item.__name__ for item in classes)
