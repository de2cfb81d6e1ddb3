"""Which providers of identities are trusted for one call."""

from pyauth.http.call import Call
from pyauth.options.listed import ask_functions, functions_of, texts_of
from pyauth.state import define_state

_providers = define_state("trusted_providers", lambda: frozenset[str]())


def resolve_trusted_providers(call: Call) -> frozenset[str]:
    """Return the ids of the providers that are trusted for a call.

    The option's function is asked at most once per call.

    Raises:
        APIError: 500 ``INTERNAL_SERVER_ERROR``: the option's function failed.

    Source: Better Auth 1.6.9, ``context/helpers.ts``.
    """
    if not _providers.is_set(call):
        listed = call.context.options.account.account_linking.trusted_providers
        asked = ask_functions(
            functions_of(listed),
            call.request_info,
            option="account.account_linking.trusted_providers",
            logger=call.context.logger,
        )
        _providers.set(call, frozenset((*texts_of(listed), *asked)))
    return _providers.get(call)
