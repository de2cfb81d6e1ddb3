"""Sessions in one real Redis, opened by upstream and served by pyauth, and the other way round."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.parity.people import ADA
from tests.parity.play import START
from tests.parity.pyauth_side import PyAuthSide
from tests.parity.sides import BASE_PATH, ORIGIN, SECRET, Answer, Json, Request, Setup, Side
from tests.parity.upstream_side import UpstreamServer, UpstreamSide
from tests.support.redis import RedisServer, new_prefix, own_redis

pytestmark = pytest.mark.node

SidesByName = dict[str, Side]


@pytest.fixture(scope="module")
def upstream(upstream_folder: Path) -> Iterator[UpstreamServer]:
    server = UpstreamServer(upstream_folder, "development")
    yield server
    server.close()


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with own_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def sides(upstream: UpstreamServer, redis: RedisServer) -> Iterator[SidesByName]:
    """Both servers with databases of their own, one secret and one Redis."""
    place = {"port": redis.port, "prefix": new_prefix()}
    setup = Setup(
        options={"secret": SECRET, "emailAndPassword": {"enabled": True}},
        plugins=(),
        presets=[("resetMail", None), ("redisStorage", place)],
        url=ORIGIN,
        environment="development",
        now=START,
    )
    made: SidesByName = {
        "upstream": UpstreamSide(upstream, setup),
        "pyauth": PyAuthSide(setup, "sqlite://"),
    }
    yield made
    for side in made.values():
        side.close()


@pytest.fixture(params=["upstream", "pyauth"])
def writer(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture
def reader(writer: str) -> str:
    return "pyauth" if writer == "upstream" else "upstream"


def ask(side: Side, method: str, path: str, body: Json = None, cookie: str = "") -> Answer:
    headers = [("origin", ORIGIN), ("cookie", cookie), ("user-agent", "shared")]
    content = None
    if body is not None:
        headers.append(("content-type", "application/json"))
        content = json.dumps(body).encode()
    sent = tuple((name, value) for name, value in headers if value)
    return side.request(Request(method, BASE_PATH + path, sent, content, "198.51.100.7", START))


def sign_up(side: Side) -> tuple[str, Json]:
    """Return the cookie of a new session and the session as its own server shows it."""
    answer = ask(side, "POST", "/sign-up/email", dict(ADA))
    assert answer.status == 200, answer.body
    (cookie,) = [text.partition(";")[0] for text in answer.get_all("set-cookie")]
    return cookie, get_session(side, cookie)


def get_session(side: Side, cookie: str) -> Json:
    answer = ask(side, "GET", "/get-session", cookie=cookie)
    assert answer.status == 200, answer.body
    return json.loads(answer.body)


def test_a_session_of_one_is_served_by_the_other(
    sides: SidesByName, writer: str, reader: str
) -> None:
    cookie, own = sign_up(sides[writer])
    assert own["user"]["email"] == ADA["email"]
    assert get_session(sides[reader], cookie) == own
    listed = json.loads(ask(sides[reader], "GET", "/list-sessions", cookie=cookie).body)
    assert listed == [own["session"]]


@pytest.mark.parametrize("path", ["/sign-out", "/revoke-sessions"])
def test_a_session_that_the_other_ends_has_ended(
    sides: SidesByName, writer: str, reader: str, path: str
) -> None:
    cookie, _ = sign_up(sides[writer])
    assert ask(sides[reader], "POST", path, {}, cookie).status == 200
    assert get_session(sides[writer], cookie) is None
    assert get_session(sides[reader], cookie) is None


def test_a_session_that_the_other_extends_lives_on(
    sides: SidesByName, writer: str, reader: str
) -> None:
    cookie, own = sign_up(sides[writer])
    later = START.replace(day=START.day + 2)
    asked = Request(
        "GET", f"{BASE_PATH}/get-session", (("cookie", cookie),), None, "198.51.100.7", later
    )
    extended = json.loads(sides[reader].request(asked).body)
    assert extended["session"]["expiresAt"] > own["session"]["expiresAt"]
    assert get_session(sides[writer], cookie) == extended


def test_a_value_of_one_is_known_to_the_other(sides: SidesByName, writer: str, reader: str) -> None:
    """A link that one has mailed leads on at the other; nobody is found there by its user's id."""
    sign_up(sides[writer])
    asked = {"email": ADA["email"], "redirectTo": "/reset"}
    assert ask(sides[writer], "POST", "/request-password-reset", asked).status == 200
    token = sides[writer].outbox()[-1]["token"]
    for path in (f"/reset-password/{token}", "/reset-password/made-up"):
        answers = [
            ask(side, "GET", f"{path}?callbackURL=/reset").get_all("location")
            for side in sides.values()
        ]
        assert answers[0] == answers[1]
        assert ("token=" in answers[0][0]) == path.endswith(token)
