"""How one request travels. Each stop is a function, in the order in which they run:

1. enter: a front hands a request to :func:`answer`
2. :func:`open_call`, and :func:`refuse_disabled`
3. :func:`limit_rate`
4. :func:`run_on_request`
5. :func:`match`
6. :func:`guard`
7. :func:`run_before_hooks`
8. :func:`run_handler`: validation, the endpoint's guards, the handler, the output filter
9. :func:`run_after_hooks`
10. :func:`finalise`

Stops 7 to 9 are :func:`execute`, which ``auth.api`` shares. The order is observable; it is that of
Better Auth 1.6.9, with the rate limit ahead of plugins' handlers as its releases since 1.6.21.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException

from pyauth import error_codes
from pyauth.context import AuthContext
from pyauth.errors import (
    APIError,
    ReferenceViolation,
    ServiceUnavailable,
    StoreUnavailable,
    UnfitValue,
    UniqueViolation,
)
from pyauth.events import ErrorInfo
from pyauth.http.addresses import find_client_address
from pyauth.http.base_url import find_address
from pyauth.http.call import Call
from pyauth.http.origin_checks import check_origin, check_redirect_fields, check_redirect_inputs
from pyauth.http.outcome import Outcome
from pyauth.http.pacing import paced
from pyauth.http.rate_limit import RateLimiter, RuleBook
from pyauth.http.readers import check_params, read_body, read_query
from pyauth.http.registry import Operation, Registry
from pyauth.http.rendering import filter_output
from pyauth.http.responses import Write, put_headers, render_error, render_outcome
from pyauth.http.validation import validate
from pyauth.state import call_opened


@dataclass(frozen=True, slots=True)
class Site:
    """What the pipeline of one instance works with.

    Attributes:
        context: everything configured.
        registry: what can run.
        rules: which limit applies to which path, where requests are counted.
        limiter: counts requests; None where they are not counted.
        encode: turns one object that JSON does not know into one that it does.
        write: turns a whole result into JSON text.
    """

    context: AuthContext
    registry: Registry
    rules: RuleBook
    limiter: RateLimiter | None
    encode: Callable[[Any], Any]
    write: Write


def answer(site: Site, request: Request) -> Response:
    """Answer one request. Every failure is a response.

    Raises:
        Exception: what nobody expected, under ``on_api_error.throw`` alone.
    """
    try:
        call = open_call(site, request)
    except APIError as exc:
        return render_error(site.write, exc)
    except HTTPException as exc:
        # A request that Werkzeug itself refuses, such as one with an impossible host.
        return render_error(site.write, APIError(error_codes.BAD_REQUEST, status=exc.code))
    except Exception as exc:
        if site.context.options.on_api_error.throw:
            raise
        site.context.logger.error("an error nobody expected, before the call", exc_info=exc)
        return render_error(site.write, APIError(error_codes.INTERNAL_SERVER_ERROR))
    with paced(call), call_opened(call):
        try:
            early = (
                refuse_disabled(site, call) or limit_rate(site, call) or run_on_request(site, call)
            )
            if early is not None:
                return early
            operation = match(site, call)
            guard(call, operation)
            outcome = execute(site, call, operation)
        except APIError as exc:
            outcome = _refused(site, call, exc)
        except StoreUnavailable as exc:
            outcome = _unavailable(site, call, exc)
        except Exception as exc:
            outcome = _unexpected(site, call, exc)
        try:
            return finalise(site, call, outcome)
        except Exception as exc:
            return render_outcome(site.write, _unexpected(site, call, exc))


def open_call(site: Site, request: Request) -> Call:
    """Find out under which address the request is answered, and whom it may be trusted from.

    Raises:
        APIError: 400: the request's host is not allowed.
    """
    address = find_address(site.context, request)
    context = address.context
    return Call(
        context,
        method=request.method,
        path=path_below(context.options.base_path, request.path) or "",
        headers=request.headers,
        base_url=address.base_url,
        trusted_origins=address.trusted_origins,
        ip=_client_address(context, request),
        request=request,
        declare=site.registry.router.declared_path,
    )


def refuse_disabled(site: Site, call: Call) -> Response | None:
    """Answer a disabled path as if it did not exist."""
    disabled = site.registry.contributed.disabled_paths
    if not disabled or disabled.isdisjoint({_without_slash(call.path), _place_of(site, call)}):
        return None
    return render_error(site.write, APIError(error_codes.NOT_FOUND))


def limit_rate(site: Site, call: Call) -> Response | None:
    """Count the request, unknown paths too, and refuse it when there were too many."""
    refusal = find_rate_refusal(site, call)
    return None if refusal is None else render_error(site.write, refusal)


def find_rate_refusal(site: Site, call: Call) -> APIError | None:
    """Count the request and return the refusal that it earns, 429 or 503, or None."""
    if site.limiter is None:
        return None
    try:
        site.limiter.check(call)
    except APIError as refusal:
        return refusal
    return None


def run_on_request(site: Site, call: Call) -> Response | None:
    """Let plugins replace the request or answer it."""
    for handler in site.registry.contributed.on_request:
        result = handler(_request_of(call), site.context)
        if isinstance(result, Response):
            return result
        if result is not None:
            path = path_below(site.context.options.base_path, result.path) or ""
            call.replace_request(result, path)
    return None


def match(site: Site, call: Call) -> Operation:
    """Find the endpoint and read the body.

    Raises:
        APIError: 404, 413, 415 or 400.
    """
    path = call.path
    if site.context.options.advanced.skip_trailing_slashes:
        path = path.removesuffix("/")
    found = site.registry.router.find(call.method, path)
    if found is None:
        raise APIError(error_codes.NOT_FOUND)
    operation = site.registry.operations[found.endpoint.name]
    request, endpoint = _request_of(call), found.endpoint
    call.endpoint, call.params = endpoint, found.params
    check_params(found.params)
    call.query = operation.query_names.to_python(read_query(request))
    if call.method not in {"GET", "HEAD"}:
        body = read_body(
            request,
            endpoint.media_types,
            max_size=site.context.options.advanced.max_body_size,
        )
        call.body = operation.body_names.to_python(body)
    return operation


def guard(call: Call, operation: Operation) -> None:
    """Check where the request comes from and where it may lead, then run path middlewares.

    Raises:
        APIError: the refusal; no hook sees it.
    """
    check_origin(call)
    check_redirect_fields(call)
    for middleware in operation.middlewares:
        middleware.handler(call)


def execute(site: Site, call: Call, operation: Operation) -> Outcome:
    """Run stops 7 to 9, then let the queued deliveries start.

    Raises:
        APIError: a before-hook refused the call.
        StoreUnavailable: the store failed a hook.
    """
    try:
        early = run_before_hooks(call, operation)
        if early is not None:
            return Outcome(filter_output(early, site.context.schema))
        outcome = run_handler(site, call, operation)
        if isinstance(outcome.result, Response):
            return outcome
        return run_after_hooks(site, call, operation, outcome)
    finally:
        call.release_deliveries()


def run_before_hooks(call: Call, operation: Operation) -> Any:
    """Run the before-hooks on the raw body; return the answer of the first that has one.

    What a hook sets of headers and cookies stays on the answer. differs: Better Auth 1.6.9 drops
    it, and sends the request's headers back with a hook's own answer.
    """
    for hook in operation.before:
        if hook.when is None or hook.when(call):
            result = hook.handler(call)
            if result is not None:
                return result
    return None


def run_handler(site: Site, call: Call, operation: Operation) -> Outcome:
    """Validate the input, run the endpoint's guards and its handler, filter the result."""
    endpoint = operation.endpoint
    try:
        inputs = _read_inputs(call, operation)
        for check in endpoint.guards:
            check(call)
        result = endpoint.handler(call, *inputs)
    except APIError as exc:
        return Outcome(error=exc)
    except UniqueViolation:
        return Outcome(error=APIError(error_codes.CONFLICT))
    except ReferenceViolation:
        # Such as an app's own row that forbids the deletion of its user.
        site.context.logger.warning("a reference between records stood against %s", endpoint.name)
        message = "A record names another one that is not there, or stands against it"
        return Outcome(error=APIError(error_codes.CONFLICT, message=message))
    except UnfitValue:
        site.context.logger.exception("the store refused a value")
        message = "A value does not fit its field"
        return Outcome(error=APIError(error_codes.BAD_REQUEST, message=message))
    except StoreUnavailable as exc:
        return _unavailable(site, call, exc)
    return Outcome(filter_output(result, site.context.schema))


def run_after_hooks(site: Site, call: Call, operation: Operation, outcome: Outcome) -> Outcome:
    """Run the after-hooks in order; each sees what the one before left.

    A result that takes the place of an error keeps the error's status: a hook that dresses every
    answer must not make a failed sign-in look like one that worked. An error has its own. differs:
    in Better Auth 1.6.9 a second error keeps the first one's status.
    """
    call.outcome = outcome
    for hook in operation.after:
        if hook.when is not None and not hook.when(call):
            continue
        try:
            result = hook.handler(call)
        except APIError as exc:
            call.outcome = Outcome(error=exc)
        else:
            if result is not None:
                result = filter_output(result, site.context.schema)
                call.outcome = Outcome(result, status=call.outcome.answered_status)
    return call.outcome


def finalise(site: Site, call: Call, outcome: Outcome) -> Response:
    """Render the outcome, with the call's headers, and let plugins replace the response."""
    response = render_outcome(site.write, outcome)
    put_headers(response, call.response_headers)
    for handler in site.registry.contributed.on_response:
        replacement = handler(response, site.context)
        if replacement is not None:
            return replacement
    return response


def path_below(base_path: str, path: str) -> str | None:
    """Return the part of a path below the base path, or None for a path elsewhere."""
    if not base_path:
        return path
    if path.startswith(base_path) and path[len(base_path) : len(base_path) + 1] in {"", "/"}:
        return path[len(base_path) :]
    return None


def _read_inputs(call: Call, operation: Operation) -> list[Any]:
    endpoint = operation.endpoint
    inputs: list[Any] = []
    for model, shape, raw, where in (
        (endpoint.body, endpoint.body_shape, call.body, "body"),
        (endpoint.query, endpoint.query_shape, call.query, "query"),
    ):
        if model is None or shape is None:
            continue
        values = validate(model, shape, raw, where=where)
        check_redirect_inputs(call, shape, values)
        inputs.append(values)
    return inputs


def _refused(site: Site, call: Call, error: APIError) -> Outcome:
    """Take a refusal from before the endpoint; a path that leads nowhere is nothing to tell of."""
    if call.endpoint is not None:
        _tell_of(site, call, error)
    return Outcome(error=error)


def _unavailable(site: Site, call: Call, error: StoreUnavailable) -> Outcome:
    """Answer 503 where the store failed, with nothing of what was to be handed over."""
    site.context.logger.error("the store is unavailable", exc_info=error)
    call.take_back()
    _tell_of(site, call, error)
    return Outcome(error=ServiceUnavailable())


def _unexpected(site: Site, call: Call, error: Exception) -> Outcome:
    """Answer 500, without a session that a hook might have been about to withhold."""
    if site.context.options.on_api_error.throw:
        raise error
    logger = site.context.logger
    place = _place_of(site, call)
    logger.error("an error nobody expected, at %s %s", call.method, place, exc_info=error)
    call.take_back()
    _tell_of(site, call, error)
    return Outcome(error=APIError(error_codes.INTERNAL_SERVER_ERROR))


def _tell_of(site: Site, call: Call, error: Exception) -> None:
    """Tell the app of an error; whatever it does with it, the answer stays."""
    on_error = site.context.options.on_api_error.on_error
    if on_error is None:
        return
    try:
        on_error(error, ErrorInfo(call.method, _place_of(site, call), call.request_info))
    except Exception:
        site.context.logger.exception("on_api_error.on_error failed")


def _place_of(site: Site, call: Call) -> str:
    """Return the path as its endpoint declares it: what a parameter stands for may be a token."""
    return site.registry.router.declared_path(call.method, call.path)


def _request_of(call: Call) -> Request:
    assert call.request is not None  # noqa: S101 - only calls by HTTP come here
    return call.request


def _without_slash(path: str) -> str:
    return path.rstrip("/") or "/"


def _client_address(context: AuthContext, request: Request) -> str | None:
    options = context.options.advanced.ip_address
    address = find_client_address(request.remote_addr, request.headers, options)
    if address is None and not context.options.is_production:
        return "127.0.0.1"
    return address
