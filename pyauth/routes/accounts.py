"""The ways of a user to sign in: listing them, and removing one.

Source: Better Auth 1.6.9, ``api/routes/account.ts``; differs: of simultaneous removals none takes
the last account.
"""

from pyauth import error_codes
from pyauth.errors import APIError
from pyauth.http.call import Call
from pyauth.http.endpoint import endpoint
from pyauth.http.guards import require_fresh_session, require_session
from pyauth.http.inputs import Body, Omittable
from pyauth.models import Account
from pyauth.routes.results import LinkedAccount, StatusResult


class UnlinkAccount(Body):
    """Which account goes: the first of a provider, or the one with the provider's id."""

    provider_id: str
    account_id: Omittable[str] = None

    def names(self, account: Account) -> bool:
        """Return whether an account is the one, or one of those, that are meant."""
        fits = account.provider_id == self.provider_id
        return fits and (not self.account_id or account.account_id == self.account_id)


@endpoint(
    "GET",
    "/list-accounts",
    guards=(require_session,),
    operation_id="listUserAccounts",
    errors=(error_codes.UNAUTHORIZED,),
)
def list_user_accounts(call: Call) -> list[LinkedAccount]:
    """Return the ways of the signed-in user to sign in, without secrets."""
    accounts = call.context.accounts.list_of_user(call.get_session().user.id)
    return [_show(account) for account in accounts]


@endpoint(
    "POST",
    "/unlink-account",
    body=UnlinkAccount,
    guards=(require_fresh_session,),
    operation_id="unlinkAccount",
    errors=(
        error_codes.UNAUTHORIZED,
        error_codes.SESSION_NOT_FRESH,
        error_codes.FAILED_TO_UNLINK_LAST_ACCOUNT,
        error_codes.ACCOUNT_NOT_FOUND,
    ),
)
def unlink_account(call: Call, body: UnlinkAccount) -> StatusResult:
    """Remove a way of the signed-in user to sign in, unless it is his last."""
    context, user_id = call.context, call.get_session().user.id
    may_be_last = context.options.account.account_linking.allow_unlinking_all
    with context.adapter.transaction():
        context.users.lock(user_id)
        accounts = context.accounts.list_of_user(user_id)
        if len(accounts) == 1 and not may_be_last:
            raise APIError(error_codes.FAILED_TO_UNLINK_LAST_ACCOUNT)
        chosen = next((account for account in accounts if body.names(account)), None)
        if chosen is None:
            raise APIError(error_codes.ACCOUNT_NOT_FOUND)
        if not context.accounts.delete(chosen):
            raise APIError(error_codes.BAD_REQUEST, message="The account is kept")
    return StatusResult()


def _show(account: Account) -> LinkedAccount:
    values = dict(account)
    scope = values.pop("scope", None) or ""
    scopes = [item.strip() for item in scope.split(",")]
    return LinkedAccount({**values, "scopes": [item for item in scopes if item]})
