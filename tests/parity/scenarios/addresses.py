"""``advanced.ipAddress``: which addresses are kept, and which count as one."""

from tests.parity.people import sign_in, sign_up
from tests.parity.play import Play
from tests.parity.scenario import scenario

_EMAIL = {"emailAndPassword": {"enabled": True}}


def _addresses(**options: object) -> dict[str, object]:
    return {**_EMAIL, "advanced": {"ipAddress": options}}


def _counted(**options: object) -> dict[str, object]:
    # In the memory, upstream would count the clients of all scenarios together.
    limit = {"enabled": True, "window": 60, "max": 1, "storage": "database"}
    return {**_addresses(**options), "rateLimit": limit}


@scenario(options=_addresses(disableIpTracking=True))
def are_not_kept(play: Play) -> None:
    sign_up(play)
    sign_in(play)
    play.get("/get-session")
    play.rows("session")


@scenario(options=_counted(disableIpTracking=True))
def are_not_counted(play: Play) -> None:
    for _ in range(3):
        play.get("/ok")
    for _ in range(5):
        play.post("/sign-in/email", {"email": "x", "password": "y"})


@scenario(options=_addresses(disableIpTracking=False))
def are_kept(play: Play) -> None:
    sign_up(play)
    play.rows("session")


@scenario(variants={str(prefix): _counted(ipv6Subnet=prefix) for prefix in (32, 48, 64, 128)})
def count_by_their_subnet(play: Play) -> None:
    for rest in ("1:1::1", "1:1::1", "1:1::2", "1:2::1", "2:1::1"):
        play.get("/ok", ip=f"2001:d88:{rest}", note=rest)
    play.get("/ok", ip="2001:d89:1:1::1", note="another network")


@scenario(options=_addresses(ipv6Subnet=48))
def of_ipv6_are_kept(play: Play) -> None:
    body = {"name": "Ada", "email": "ada@example.com", "password": "correct horse battery"}
    play.post("/sign-up/email", body, ip="2001:db8:aaaa:bbbb::1")
    play.rows("session")
