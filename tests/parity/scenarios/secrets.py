"""Secrets that rotate: what the current one, an older one and the one of old are good for."""

from datetime import datetime, timedelta

from pyauth.crypto.jwe import TokenCipher
from pyauth.crypto.secret_keys import SecretKeys
from tests.parity.people import ADA, SESSION_COOKIE, sign_in, sign_up
from tests.parity.play import Play
from tests.parity.scenario import scenario
from tests.parity.scenarios.cookie_cache import CACHE_COOKIE
from tests.parity.sides import SECRET, Both
from tests.parity.tokens import make_token, sign_cookie

_NEW = "the-newest-parity-secret-9876543210-QWERTZ"
_OLD = "an-older-parity-secret-55443322-YXCVBNMASD"
_EMAIL = {"emailAndPassword": {"enabled": True}}
_ROTATED = {
    **_EMAIL,
    "secret": SECRET,
    "secrets": [{"version": 2, "value": _NEW}, {"version": 1, "value": _OLD}],
}


def _cached(strategy: str) -> dict[str, object]:
    return {**_ROTATED, "session": {"cookieCache": {"enabled": True, "strategy": strategy}}}


def _signed_with(play: Play, token: Both, secret: str) -> None:
    play.drop_cookies()
    play.put_cookie(SESSION_COOKIE, token.text(lambda text: sign_cookie(text, secret=secret)))


@scenario(options=_ROTATED, smoke=True)
def the_first_secret_signs(play: Play) -> None:
    token = sign_up(play)["token"]
    play.get("/get-session")
    sign_in(play, rememberMe=False)
    play.get("/get-session")
    _signed_with(play, token, _NEW)
    play.get("/get-session", note="signed by hand")


@scenario(options={**_EMAIL, "secrets": [{"version": 1, "value": _NEW}]})
def one_numbered_secret(play: Play) -> None:
    sign_up(play)
    play.get("/get-session")


@scenario(options=_ROTATED)
def a_cookie_of_an_older_secret(play: Play) -> None:
    _signed_with(play, sign_up(play)["token"], _OLD)
    play.get("/get-session", note="older secret")


@scenario(options=_ROTATED)
def a_cookie_of_the_legacy_secret(play: Play) -> None:
    _signed_with(play, sign_up(play)["token"], SECRET)
    play.get("/get-session", note="legacy secret")


@scenario(options=_ROTATED)
def a_cookie_of_an_unknown_secret(play: Play) -> None:
    _signed_with(play, sign_up(play)["token"], "a-secret-that-was-retired-0123456789-ABC")
    play.get("/get-session")
    play.get("/list-sessions")


@scenario(variants={strategy: _cached(strategy) for strategy in ("compact", "jwt", "jwe")})
def caches_under_the_first_secret(play: Play) -> None:
    sign_up(play)
    play.update("user", {"email": ADA["email"]}, name="Changed")
    play.get("/get-session", note="from the cache")
    play.travel(seconds=301)
    play.get("/get-session", note="anew")


def _encrypt(content: dict[str, object], secret: str, now: datetime) -> str:
    cipher = TokenCipher(SecretKeys(secret), salt="better-auth-session")
    claims = {**content, "updatedAt": int(now.timestamp() * 1000), "version": "1"}
    return cipher.encrypt(claims, now=now, expires_in=timedelta(minutes=5))


def _show_cached(play: Play, secret: str) -> None:
    sign_up(play)
    content = play.get("/get-session?disableCookieCache=true").json
    play.update("user", {"email": ADA["email"]}, name="Changed")
    play.put_cookie(CACHE_COOKIE, content.map(lambda it: _encrypt(it, secret, play.now), dict))
    play.get("/get-session", note="encrypted by hand")


@scenario(options=_cached("jwe"))
def an_encrypted_cache_of_the_current_secret(play: Play) -> None:
    _show_cached(play, _NEW)


@scenario(options=_cached("jwe"))
def an_encrypted_cache_of_an_older_secret(play: Play) -> None:
    _show_cached(play, _OLD)


@scenario(options=_cached("jwe"))
def an_encrypted_cache_of_the_legacy_secret(play: Play) -> None:
    _show_cached(play, SECRET)


@scenario(options=_cached("jwe"))
def an_encrypted_cache_of_an_unknown_secret(play: Play) -> None:
    _show_cached(play, "a-secret-that-was-retired-0123456789-ABC")


@scenario(options=_ROTATED, presets=["verificationMail"])
def mailed_links_hold_under_the_first_secret(play: Play) -> None:
    sign_up(play)
    play.post("/send-verification-email", {"email": ADA["email"]})
    play.mail()
    now = int(play.now.timestamp())
    for secret in (SECRET, _OLD, _NEW):
        payload = {"email": ADA["email"], "iat": now, "exp": now + 600}
        play.get("/verify-email", query={"token": make_token(payload, secret=secret)})
    play.rows("user")
