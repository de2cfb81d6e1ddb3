"""What an option's function trusts for one call: origins, and providers of identities.

A function is asked at most once per call, and only where its answer matters. One that fails ends
the call: nothing is trusted because of an error.
"""

from collections.abc import Iterable, Iterator
from logging import Logger
from typing import TYPE_CHECKING

from pyauth import error_codes
from pyauth.errors import APIError
from pyauth.events import RequestInfo
from pyauth.options.listed import PerRequest, functions_of, texts_of
from pyauth.state import define_state

if TYPE_CHECKING:
    from pyauth.http.call import Call

_providers = define_state("trusted_providers", lambda: frozenset[str]())


def ask_functions(
    functions: Iterable[PerRequest], request: RequestInfo | None, *, option: str, logger: Logger
) -> tuple[str, ...]:
    """Return what the functions of an option list for a call.

    Args:
        functions: the functions, in order.
        request: the request of the call, or None without one.
        option: the option's name, for the log.
        logger: told of a function that fails.

    Raises:
        APIError: 500 ``INTERNAL_SERVER_ERROR``: one of them failed; it is logged.
    """
    try:
        return tuple(entry for ask in functions for entry in _entries(ask(request)))
    except Exception as exc:
        logger.exception("the function of the option %s failed", option)
        raise APIError(error_codes.INTERNAL_SERVER_ERROR) from exc


def resolve_trusted_providers(call: "Call") -> frozenset[str]:
    """Return the ids of the providers that are trusted for a call.

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


def _entries(answer: Iterable[str | None] | None) -> Iterator[str]:
    if isinstance(answer, str | bytes):
        raise TypeError(f"the function returned a {type(answer).__name__}, not a list of texts")
    for entry in answer or ():
        if not isinstance(entry, str | None):
            raise TypeError(f"the function listed a {type(entry).__name__}, not a text")
        if entry:
            yield entry
