"""The plugin contract: every contribution takes effect, and every conflict names both sides."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from werkzeug import Request, Response
from werkzeug.datastructures import Headers

from pyauth import (
    APIError,
    ConfigurationError,
    ConflictError,
    Contributions,
    DatabaseEvent,
    Plugin,
    ServiceUnavailable,
    StoreUnavailable,
)
from pyauth.api import ApiMethod, PluginApi
from pyauth.context import AuthContext
from pyauth.db.adapter import Adapter
from pyauth.http.call import Call
from pyauth.http.inputs import Body
from pyauth.options import Options
from pyauth.plugin import (
    AfterHook,
    BeforeHook,
    DatabaseHook,
    DeliveryKind,
    Endpoint,
    ErrorCode,
    Field,
    ModelSchema,
    NamedMigration,
    PathMiddleware,
    RateRule,
    Reference,
    define_state,
    endpoint,
)
from tests.pyauth.conftest import MakeAuth
from tests.support.app import FOREIGN, Visitor, make_auth, rows_of

NO_WIDGET = ErrorCode("NO_WIDGET", "There is no such widget", 404)
WEAK_PASSWORD = ErrorCode("WEAK_PASSWORD", "Choose another password", 422)
COUNT = define_state("widgets made", list[str])


class NewWidget(Body):
    label: str


@endpoint("POST", "/widgets/new", body=NewWidget, errors=(NO_WIDGET,))
def make_widget(call: Call, body: NewWidget) -> Mapping[str, Any]:
    """Make a widget."""
    row = call.context.adapter.create(
        "widget", {"label": body.label, "owner_id": call.get_session().user.id}
    )
    COUNT.get(call).append(body.label)
    call.deliver("widget-made", {"label": body.label})
    return {"id": row["id"], "made": len(COUNT.get(call))}


@endpoint("GET", "/widgets/:label")
def find_widget(call: Call) -> str:
    """Find a widget."""
    label = call.params["label"]
    if not any(row["label"] == label for row in call.context.adapter.find_many("widget")):
        raise APIError(NO_WIDGET)
    return label


@endpoint("GET", "/ok", name="ok", replaces=True)
def friendly_ok(call: Call) -> str:
    return "Fine, thank you"


@endpoint("POST", None)
def count_widgets(call: Call) -> int:
    """For server code only."""
    return call.context.adapter.count("widget")


class WidgetApi(PluginApi):
    make_widget = ApiMethod(make_widget)


class Widgets(Plugin):
    """Uses every contribution there is."""

    id = "widgets"
    api_class = WidgetApi

    def __init__(self) -> None:
        self.sent: list[Mapping[str, Any]] = []
        self.started: AuthContext | None = None
        self.seen: list[str] = []

    def configure(self, options: Options) -> Options:
        return options.model_copy(update={"app_name": "Widgets Inc."})

    def start(self, context: AuthContext) -> None:
        self.started = context

    def contribute(self) -> Contributions:
        return Contributions(
            schema=[
                ModelSchema(
                    "widget",
                    {
                        "label": Field(type="string", unique=True),
                        "owner_id": Field(type="string", references=Reference(model="user")),
                    },
                    table="gadgets",
                ),
                ModelSchema(
                    "widget_part",
                    {"widget_id": Field(type="string", references=Reference(model="widget"))},
                ),
                ModelSchema("user", {"widget_count": Field(type="number", default=0, input=False)}),
            ],
            migrations=[NamedMigration("label-them", _no_work)],
            endpoints=[make_widget, find_widget, friendly_ok, count_widgets],
            before=[BeforeHook(self._note("before"), frozenset({"make_widget"}))],
            after=[AfterHook(self._note("after"), frozenset({"make_widget"}))],
            middlewares=[PathMiddleware(self._note("middleware"), "/widgets")],
            on_request=[self._on_request],
            on_response=[self._on_response],
            rate_rules=[RateRule(max=1, window=timedelta(minutes=1), paths=("/widgets/rare",))],
            error_codes=[NO_WIDGET, WEAK_PASSWORD],
            database_hooks=[DatabaseHook("user", "create", before=self._before_user)],
            password_validators=[self._check_password],
            trusted_origins=["https://widgets.example"],
            disabled_paths=["/list-sessions"],
            delivery_kinds=[DeliveryKind("widget-made", self.sent.append, source="widgets")],
            social_providers={"widgetry": object()},
            openapi={"tags": [{"name": "widgets"}]},
        )

    def _note(self, what: str) -> Callable[[Call], None]:
        return lambda call: self.seen.append(what)

    def _on_request(self, request: Request, context: AuthContext) -> None:
        self.seen.append("request")

    def _on_response(self, response: Response, context: AuthContext) -> None:
        response.headers["X-Widgets"] = "1"

    def _before_user(self, event: DatabaseEvent) -> Mapping[str, Any]:
        return {"name": f"{event.data['name']} of Widgets"}

    def _check_password(self, path: str, password: str) -> None:
        if password == "widgets!":
            raise APIError(WEAK_PASSWORD, details={"path": path})


def _no_work(adapter: Adapter) -> None: ...


def test_every_contribution_takes_effect(new_auth: MakeAuth) -> None:
    plugin = Widgets()
    auth = new_auth(plugins=[plugin], rate_limit={"enabled": True})
    context = auth.context
    visitor = Visitor(auth)

    # configure, start, error codes
    assert context.options.app_name == "Widgets Inc."
    assert plugin.started is context
    assert context.find_plugin(Widgets) is plugin
    assert context.error_codes["NO_WIDGET"] is NO_WIDGET
    # password validator, database hook, schema of an existing model, on_response
    weak = visitor.sign_up(password="widgets!")
    assert weak.refusal == (422, "WEAK_PASSWORD")
    assert weak.json["path"] == "/sign-up/email"
    signed_up = visitor.sign_up(widget_count=99)
    assert (signed_up.json["user"]["name"], signed_up.json["user"]["widgetCount"]) == (
        "Ada of Widgets",
        0,
    )
    assert signed_up.headers["X-Widgets"] == "1"
    # endpoints, hooks, middleware, on_request, state, delivery
    plugin.seen.clear()
    made = visitor.post("/widgets/new", {"label": "w1"})
    assert (made.status, made.json["made"]) == (200, 1)
    assert plugin.seen == ["request", "middleware", "before", "after"]
    assert plugin.sent == [{"label": "w1"}]
    assert context.schema.model("widget").table == "gadgets"
    assert [row["label"] for row in rows_of(auth, "widget")] == ["w1"]
    # path parameters, a replaced endpoint, one without a route, a disabled path
    assert visitor.get("/widgets/w1").text == "w1"
    assert visitor.get("/widgets/w2").refusal == (404, "NO_WIDGET")
    assert visitor.get("/ok").text == auth.api.ok() == "Fine, thank you"
    assert auth.api.count_widgets() == 1
    assert visitor.post("/count-widgets").status == 404
    assert visitor.get("/list-sessions").refusal == (404, "NOT_FOUND")
    # trusted origin, rate rule
    theirs = {"Origin": "https://widgets.example"}
    assert visitor.post("/sign-out", headers=theirs).status == 200
    assert [visitor.get("/widgets/rare").status for _ in range(2)] == [404, 429]


def test_the_declared_places_are_kept_for_what_reads_them() -> None:
    contributions = Widgets().contribute()
    assert set(contributions.social_providers) == {"widgetry"}
    assert contributions.openapi == {"tags": [{"name": "widgets"}]}
    assert [migration.name for migration in contributions.migrations] == ["label-them"]


def test_a_plugins_endpoints_are_reached_by_name_and_typed() -> None:
    auth = make_auth(plugins=[Widgets()])
    visitor = Visitor(auth)
    visitor.sign_up()
    headers = {"Cookie": visitor.cookie_header}
    assert auth.api.make_widget(body={"label": "a"}, headers=headers)["made"] == 1
    typed = auth.api.plugin(Widgets)
    assert typed.make_widget(body=NewWidget(label="b"), headers=headers)["made"] == 1
    assert auth.api.find_widget(params={"label": "b"}) == "b"
    with pytest.raises(AttributeError, match="there is no endpoint 'nope'"):
        auth.api.nope()
    with pytest.raises(ConfigurationError, match="'widgets' is not configured"):
        make_auth().api.plugin(Widgets)


def test_a_plugin_serves_several_instances() -> None:
    plugin = Widgets()
    first, second = make_auth(plugins=[plugin]), make_auth(plugins=[plugin])
    Visitor(first).sign_up()
    assert rows_of(second, "user") == []


def test_what_is_not_trusted_by_a_plugin_stays_foreign() -> None:
    visitor = Visitor(make_auth(plugins=[Widgets()]))
    visitor.sign_up()
    assert visitor.post("/sign-out", headers={"Origin": FOREIGN}).status == 403


# Conflicts ----------------------------------------------------------------------------------------


def plugin_of(id: str, **contributions: Any) -> Plugin:
    class Made(Plugin):
        def contribute(self) -> Contributions:
            return Contributions(**contributions)

    Made.id = id
    return Made()


def make(name: str, path: str | None, **facts: Any) -> Endpoint[Any, Any]:
    return Endpoint(name=name, methods=("GET",), path=path, handler=lambda call: None, **facts)


def kind(name: str) -> DeliveryKind:
    return DeliveryKind(name, lambda payload: None, source="whatever it says")


TEXT = Field(type="string", required=False)

CONFLICTS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "an endpoint's name": (
        {"endpoints": [make("same", "/a")]},
        {"endpoints": [make("same", "/b")]},
        "endpoint 'same'",
    ),
    "a path": (
        {"endpoints": [make("a", "/same")]},
        {"endpoints": [make("b", "/same")]},
        "endpoint GET /same",
    ),
    "a path with a parameter": (
        {"endpoints": [make("a", "/same/:x")]},
        {"endpoints": [make("b", "/same/:y")]},
        "endpoint GET /same/:y",
    ),
    "a replacement": (
        {"endpoints": [make("ok", "/ok", replaces=True)]},
        {"endpoints": [make("ok", "/ok", replaces=True)]},
        "endpoint 'ok'",
    ),
    "a field": (
        {"schema": [ModelSchema("user", {"same": TEXT})]},
        {"schema": [ModelSchema("user", {"same": TEXT})]},
        "field 'same' of model 'user'",
    ),
    "a field of a new model": (
        {"schema": [ModelSchema("thing", {"same": TEXT})]},
        {"schema": [ModelSchema("thing", {"same": TEXT})]},
        "field 'same' of model 'thing'",
    ),
    "a table": (
        {"schema": [ModelSchema("one", {"x": TEXT}, table="same")]},
        {"schema": [ModelSchema("two", {"x": TEXT}, table="same")]},
        "table 'same'",
    ),
    "an error code": (
        {"error_codes": [ErrorCode("SAME", "one")]},
        {"error_codes": [ErrorCode("SAME", "two")]},
        "error code SAME",
    ),
    "a delivery kind": (
        {"delivery_kinds": [kind("same")]},
        {"delivery_kinds": [kind("same")]},
        "delivery kind 'same'",
    ),
}


@pytest.mark.parametrize("what", CONFLICTS)
def test_two_plugins_that_claim_one_thing_stop_the_start_and_are_named(what: str) -> None:
    first, second, message = CONFLICTS[what]
    with pytest.raises(ConfigurationError) as caught:
        make_auth(plugins=[plugin_of("first", **first), plugin_of("second", **second)])
    text = str(caught.value)
    assert message in text
    assert "plugin first" in text
    assert "plugin second" in text


@pytest.mark.parametrize(
    ("contributions", "message"),
    [
        ({"endpoints": [make("ok", "/fine")]}, "endpoint 'ok'"),
        ({"endpoints": [make("fine", "/ok")]}, "endpoint GET /ok"),
        ({"endpoints": [make("invoke", "/x")]}, "the name auth.api.invoke"),
        ({"endpoints": [make("plugin", None)]}, "the name auth.api.plugin"),
        ({"schema": [ModelSchema("user", {"email": TEXT})]}, "field 'email' of model 'user'"),
        ({"schema": [ModelSchema("thing", {"x": TEXT}, table="users")]}, "table 'users'"),
        ({"error_codes": [ErrorCode("INVALID_TOKEN", "other words")]}, "error code INVALID_TOKEN"),
    ],
)
def test_a_plugin_that_claims_what_the_core_has_is_named(
    contributions: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConflictError, match=message) as caught:
        make_auth(plugins=[plugin_of("greedy", **contributions)])
    assert "core" in caught.value.first
    assert "plugin greedy" in caught.value.second


def test_options_and_plugins_conflict_too() -> None:
    with pytest.raises(ConflictError, match=r"option additional_fields.*plugin late"):
        make_auth(
            user={"additional_fields": {"same": {"type": "string", "required": False}}},
            plugins=[plugin_of("late", schema=[ModelSchema("user", {"same": TEXT})])],
        )


def test_the_same_error_code_in_the_same_words_is_shared() -> None:
    code = ErrorCode("SAME", "one")
    plugins = [plugin_of("a", error_codes=[code]), plugin_of("b", error_codes=[code])]
    assert make_auth(plugins=plugins).context.error_codes["SAME"] is code


def test_one_id_is_one_plugin() -> None:
    with pytest.raises(ConflictError, match="plugin id 'same'"):
        make_auth(plugins=[plugin_of("same"), plugin_of("same")])
    with pytest.raises(ConfigurationError, match="Made has no id"):
        make_auth(plugins=[plugin_of("")])


def test_a_hook_on_nothing_names_its_plugin() -> None:
    hook = BeforeHook(lambda call: None, frozenset({"sing_in_email"}))
    with pytest.raises(ConfigurationError, match="plugin typo names the endpoint 'sing_in_email'"):
        make_auth(plugins=[plugin_of("typo", before=[hook])])


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"keys": TEXT}, "reserved name"),
        ({"camelCase": TEXT}, "not a snake_case name"),
        ({"_hidden": TEXT}, "not a snake_case name"),
        ({"a_b": TEXT, "ab": Field(type="string", wire_name="aB")}, "same wire name 'aB'"),
        ({"a": TEXT, "b": Field(type="string", field_name="a")}, "same column 'a'"),
        ({"a": Field(type="string", field_name="a; DROP TABLE users")}, "cannot name a table"),
        ({"a": Field(type="string", references=Reference(model="nope"))}, "nope.id"),
        (
            {"a": Field(type="string", references=Reference(model="user", field="nope"))},
            "user.nope",
        ),
    ],
)
def test_odd_fields_are_refused(fields: dict[str, Field], message: str) -> None:
    plugin = plugin_of("odd", schema=[ModelSchema("thing", fields)])
    with pytest.raises(ConfigurationError, match=message):
        make_auth(plugins=[plugin])


@pytest.mark.parametrize("models", [["a", "b"], ["b", "a"]])
def test_models_of_a_plugin_may_refer_to_one_another_in_any_order(models: Sequence[str]) -> None:
    to_alpha = Field(type="string", references=Reference(model="alpha"))
    schemas = {
        "a": ModelSchema("alpha", {"x": TEXT}),
        "b": ModelSchema("beta", {"alpha_id": to_alpha}),
    }
    auth = make_auth(
        database="sqlite://", plugins=[plugin_of("p", schema=[schemas[name] for name in models])]
    )
    assert {"alphas", "betas"} <= set(auth.metadata.tables)
    auth.close()


def test_a_plugin_may_be_a_dataclass() -> None:
    @dataclass
    class Data(Plugin):
        id = "data"
        size: int = 3

    assert make_auth(plugins=[Data()]).context.find_plugin(Data) == Data()


def test_a_database_hook_on_a_model_that_is_not_there_stops_the_start() -> None:
    class Misspelt(Plugin):
        id = "misspelt"

        def contribute(self) -> Contributions:
            return Contributions(database_hooks=[DatabaseHook("usr", "create")])

    with pytest.raises(ConfigurationError, match="unknown model 'usr'; there are: account"):
        make_auth(plugins=[Misspelt()])


def test_a_rate_rule_for_nothing_stops_the_start() -> None:
    class Idle(Plugin):
        id = "idle"

        def contribute(self) -> Contributions:
            return Contributions(rate_rules=[RateRule(max=1, window=timedelta(seconds=1))])

    with pytest.raises(ConfigurationError, match="a rate rule of plugin idle names no paths"):
        make_auth(plugins=[Idle()], rate_limit={"enabled": True})


def test_a_configure_that_returns_nothing_is_named() -> None:
    class Forgetful(Plugin):
        id = "forgetful"

        def configure(self, options: Options) -> Options:
            return None  # type: ignore[return-value]

    with pytest.raises(ConfigurationError, match=r"configure\(\) of plugin forgetful must return"):
        make_auth(plugins=[Forgetful()])


def test_a_store_that_fails_a_hook_is_a_503_in_process_too() -> None:
    class Failing(Plugin):
        id = "failing"

        def contribute(self) -> Contributions:
            return Contributions(after=[AfterHook(self._fail)])

        def _fail(self, call: Call) -> None:
            raise StoreUnavailable("down")

    with pytest.raises(ServiceUnavailable):
        make_auth(plugins=[Failing()]).api.ok()


def test_headers_set_before_a_refusal_reach_callers_in_process() -> None:
    class Refusing(Plugin):
        id = "refusing"

        def contribute(self) -> Contributions:
            return Contributions(before=[BeforeHook(self._refuse)])

        def _refuse(self, call: Call) -> None:
            call.set_header("X-Why", "because")
            raise APIError(NO_WIDGET)

    headers = Headers()
    with pytest.raises(APIError):
        make_auth(plugins=[Refusing()]).api.ok(response_headers=headers)
    assert headers["X-Why"] == "because"
