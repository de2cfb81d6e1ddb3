"""Calling endpoints from Python, without HTTP: the same stops 7 to 9 of the pipeline."""

from collections.abc import Mapping
from typing import Any, ClassVar, Generic, Protocol, TypeVar, overload

from werkzeug import Request
from werkzeug.datastructures import Headers

from pyauth import codec, error_codes
from pyauth.errors import (
    APIError,
    ConfigurationError,
    ConflictError,
    ServiceUnavailable,
    StoreUnavailable,
)
from pyauth.http.base_url import find_headers_address
from pyauth.http.call import Call
from pyauth.http.endpoint import Endpoint
from pyauth.http.inputs import Input, Shape
from pyauth.http.outcome import Outcome
from pyauth.http.pipeline import Site, execute, find_rate_refusal, open_call
from pyauth.http.readers import check_params
from pyauth.http.registry import Operation
from pyauth.http.validation import ABSENT
from pyauth.routes import (
    accounts,
    email_change,
    email_verification,
    pages,
    password_change,
    password_reset,
    sessions,
    sign_in,
    sign_up,
    user_deletion,
    users,
)
from pyauth.state import call_opened

B = TypeVar("B", contravariant=True)
R = TypeVar("R", covariant=True)

Values = Mapping[str, Any]


class Caller(Protocol):
    """Whatever runs an endpoint by name: :class:`Api`, or a framework's wrapper around it."""

    def invoke(
        self,
        name: str,
        *,
        method: str | None,
        body: Any,
        query: Any,
        params: Mapping[str, str] | None,
        headers: Headers | Mapping[str, str] | None,
        request: Request | None,
        response_headers: Headers | None,
    ) -> Any:
        """Run the endpoint and return its result, or raise."""


class BoundEndpoint(Generic[B, R]):
    """One endpoint, ready to be called."""

    def __init__(self, caller: Caller, name: str) -> None:
        self._caller = caller
        self._name = name

    def __call__(
        self,
        *,
        body: B | Values | None = None,
        query: Input | Values | None = None,
        params: Mapping[str, str] | None = None,
        headers: Headers | Mapping[str, str] | None = None,
        request: Request | None = None,
        response_headers: Headers | None = None,
        method: str | None = None,
    ) -> R:
        """Run the endpoint with its hooks and validation.

        Args:
            body: the body under Python names; None leaves an attribute out, unless it takes a
                stored value away.
            query: the query under Python names.
            params: the values of the path's parameters.
            headers: request headers; the cookie among them says who is signed in.
            request: the request on whose behalf the call is made; it gives the headers and the
                client address, and is counted by the rate limit.
            response_headers: receives the headers of the answer, ``Set-Cookie`` among them.
            method: for an endpoint that has several: the HTTP method that the call stands for. By
                default its first one, or that of a ``request`` which leads to this very endpoint.

        Returns:
            The result as a record of Python names.

        Raises:
            APIError: the endpoint refused.
            ValueError: the endpoint has no such method.
        """
        result: R = self._caller.invoke(
            self._name,
            method=method,
            body=body,
            query=query,
            params=params,
            headers=headers,
            request=request,
            response_headers=response_headers,
        )
        return result


class ApiMethod(Generic[B, R]):
    """Declares an endpoint on an API class, typed over its body and result."""

    def __init__(self, endpoint: Endpoint[B, R]) -> None:
        self.endpoint = endpoint

    @overload
    def __get__(self, instance: None, owner: type) -> "ApiMethod[B, R]": ...
    @overload
    def __get__(self, instance: Caller, owner: type) -> BoundEndpoint[B, R]: ...
    def __get__(
        self, instance: Caller | None, owner: type
    ) -> "ApiMethod[B, R] | BoundEndpoint[B, R]":
        return self if instance is None else BoundEndpoint(instance, self.endpoint.name)


class PluginApi:
    """The base of a plugin's own API class, whose lines are :class:`ApiMethod` declarations."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def invoke(self, name: str, **arguments: Any) -> Any:
        """Run an endpoint by name."""
        return self._caller.invoke(name, **arguments)


A = TypeVar("A", bound=PluginApi, covariant=True)


class HasApi(Protocol[A]):
    """A plugin class that types its endpoints."""

    id: ClassVar[str]

    @property
    def api_class(self) -> type[A]:
        """The API class of its endpoints."""


class Api:
    """The endpoints of one instance, called in process.

    The same input models, hooks, rules and errors as over HTTP; results are records, errors are
    raised as :class:`~pyauth.errors.APIError`. Endpoints of plugins are attributes too, and
    typed through :meth:`plugin`.
    """

    sign_up_email = ApiMethod(sign_up.sign_up_email)
    sign_in_email = ApiMethod(sign_in.sign_in_email)
    sign_out = ApiMethod(sign_in.sign_out)
    get_session = ApiMethod(sessions.get_session)
    list_sessions = ApiMethod(sessions.list_sessions)
    revoke_session = ApiMethod(sessions.revoke_session)
    revoke_sessions = ApiMethod(sessions.revoke_sessions)
    revoke_other_sessions = ApiMethod(sessions.revoke_other_sessions)
    update_session = ApiMethod(sessions.update_session)
    send_verification_email = ApiMethod(email_verification.send_verification_email)
    verify_email = ApiMethod(email_verification.verify_email)
    change_email = ApiMethod(email_change.change_email)
    update_user = ApiMethod(users.update_user)
    delete_user = ApiMethod(user_deletion.delete_user)
    delete_user_callback = ApiMethod(user_deletion.delete_user_callback)
    request_password_reset = ApiMethod(password_reset.request_password_reset)
    request_password_reset_callback = ApiMethod(password_reset.request_password_reset_callback)
    reset_password = ApiMethod(password_reset.reset_password)
    change_password = ApiMethod(password_change.change_password)
    set_password = ApiMethod(password_change.set_password)
    verify_password = ApiMethod(password_change.verify_password)
    list_user_accounts = ApiMethod(accounts.list_user_accounts)
    unlink_account = ApiMethod(accounts.unlink_account)
    ok = ApiMethod(pages.ok)
    error = ApiMethod(pages.error)

    def __init__(self, site: Site) -> None:
        self._site = site
        for name, operation in site.registry.operations.items():
            if not isinstance(getattr(type(self), name, None), ApiMethod | None):
                raise ConflictError(
                    f"the name auth.api.{name}", first="core", second=operation.endpoint.source
                )

    def __getattr__(self, name: str) -> BoundEndpoint[Any, Any]:
        """Return an endpoint that a plugin contributes."""
        if name.startswith("_") or not self.knows(name):
            raise AttributeError(f"there is no endpoint {name!r}")
        return BoundEndpoint(self, name)

    def knows(self, name: str) -> bool:
        """Return whether there is an endpoint of that name."""
        return self._site.registry.find(name) is not None

    def plugin(self, plugin: type[HasApi[A]]) -> A:
        """Return the typed endpoints of a configured plugin.

        Raises:
            ConfigurationError: the instance has no such plugin.
        """
        found = self._site.context.find_plugin(plugin)
        if found is None:
            raise ConfigurationError(f"the plugin {plugin.id!r} is not configured")
        api: A = found.api_class(self)
        return api

    def invoke(
        self,
        name: str,
        *,
        method: str | None = None,
        body: Any = None,
        query: Any = None,
        params: Mapping[str, str] | None = None,
        headers: Headers | Mapping[str, str] | None = None,
        request: Request | None = None,
        response_headers: Headers | None = None,
    ) -> Any:
        """Run an endpoint by name; see :class:`BoundEndpoint` for the arguments."""
        operation = self._site.registry.operations[name]
        endpoint = operation.endpoint
        if method is not None and method not in endpoint.methods:
            known = " or ".join(endpoint.methods)
            raise ValueError(f"auth.api.{name} is called by {known}, not by {method!r}")
        call = self._open(operation, headers, request)
        call.method = method or self._method_of(call, endpoint)
        call.path, call.endpoint = endpoint.path or "", endpoint
        call.params = params or {}
        check_params(call.params)
        call.body = _raw_input(body, endpoint.body_shape, absent=ABSENT)
        call.query = _raw_input(query, endpoint.query_shape, absent={})
        with call_opened(call):
            return self._run(call, operation, response_headers)

    def _open(
        self,
        operation: Operation,
        headers: Headers | Mapping[str, str] | None,
        request: Request | None,
    ) -> Call:
        endpoint = operation.endpoint
        context = self._site.context
        if request is not None:
            call = open_call(self._site, request)
            call.headers = request.headers if headers is None else Headers(headers)
        else:
            sent = headers if isinstance(headers, Headers) else Headers(headers)
            address = find_headers_address(context, sent)
            call = Call(
                address.context,
                method=endpoint.methods[0],
                path="",
                headers=sent,
                base_url=address.base_url,
                trusted_origins=address.trusted_origins,
                ip=None,
            )
        return call

    def _method_of(self, call: Call, endpoint: Endpoint[Any, Any]) -> str:
        """Return the method of a request to this very endpoint; that of any other says nothing."""
        found = self._site.registry.router.find(call.method, call.path)
        leads_here = found is not None and found.endpoint is endpoint
        return call.method if leads_here else endpoint.methods[0]

    def _run(self, call: Call, operation: Operation, response_headers: Headers | None) -> Any:
        if call.request is not None:
            refusal = find_rate_refusal(self._site, call)
            if refusal is not None:
                raise refusal
        try:
            outcome = execute(self._site, call, operation)
        except APIError as exc:
            outcome = Outcome(error=exc)
        except StoreUnavailable as exc:
            raise ServiceUnavailable from exc
        if response_headers is not None:
            response_headers.extend(call.response_headers)
            if outcome.error is not None:
                response_headers.extend(Headers(outcome.error.headers))
        if outcome.error is not None:
            raise outcome.error
        return outcome.result


def _raw_input(value: Any, shape: Shape | None, *, absent: Any) -> Any:
    """Return an input under Python names, held to what the readers of HTTP accept."""
    if value is None or shape is None:
        return absent
    if isinstance(value, Input):
        value = value.model_dump(exclude_unset=True)
    if isinstance(value, Mapping):
        value = {
            name: item
            for name, item in value.items()
            if item is not None or name not in shape.omittable
        }
    try:
        codec.check_value(value)
    except codec.UnreadableText as exc:
        raise APIError(error_codes.BAD_REQUEST, message=f"Unreadable input: {exc}") from exc
    return value
