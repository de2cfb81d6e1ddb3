"""Conditions on a whole step: what upstream showed, what pyauth showed."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from tests.parity.differences.difference import Condition


def tells_of_a_deleted_session(up: Mapping[str, Any], own: Mapping[str, Any]) -> bool:
    theirs, mine = ([message["kind"] for message in side["sent"]] for side in (up, own))
    return bool(mine == [*theirs, "session deleted"])


def mails_no_token(up: Mapping[str, Any], own: Mapping[str, Any]) -> bool:
    theirs, mine = ([message["kind"] for message in side["sent"]] for side in (up, own))
    return bool(theirs == [*mine, "reset"])


def row_has_expired(up: Mapping[str, Any], own: Mapping[str, Any]) -> bool:
    (_, theirs), (_, mine) = (side["rows"]["session"] for side in (up, own))
    return bool(mine["expiresAt"] == mine["updatedAt"] and theirs["expiresAt"] > mine["expiresAt"])


def one_session_is_left(up: Mapping[str, Any], own: Mapping[str, Any]) -> bool:
    return len(up["rows"]["session"]) > len(own["rows"]["session"]) == 1


def lives_longer(up: Mapping[str, Any], own: Mapping[str, Any]) -> bool:
    theirs, mine = (
        side["body"]["session"] if "body" in side else side["rows"]["session"][0]
        for side in (up, own)
    )
    return bool(theirs["expiresAt"] < mine["expiresAt"])


def code(answer: Mapping[str, Any]) -> object:
    body = answer.get("body")
    return body.get("code") if isinstance(body, Mapping) else None


def answers(upstream: int | tuple[int, ...], pyauth: int, *codes: str) -> Condition:
    """Both statuses, and the code of pyauth's answer."""
    theirs = (upstream,) if isinstance(upstream, int) else upstream

    def holds(up: Mapping[str, Any], own: Mapping[str, Any]) -> bool:
        fits = up.get("status") in theirs and own.get("status") == pyauth
        return fits and (not codes or code(own) in codes)

    return holds


def is_error(upstream: Mapping[str, Any], pyauth: Mapping[str, Any]) -> bool:
    status = upstream.get("status")
    return isinstance(status, int) and status >= 400 and status == pyauth.get("status")


def cookies_twice(upstream: Mapping[str, Any], pyauth: Mapping[str, Any]) -> bool:
    theirs, ours = (
        [(cookie["name"], cookie["attributes"]) for cookie in side["cookies"]]
        for side in (upstream, pyauth)
    )
    return theirs == ours * 2


def renewed(upstream: Mapping[str, Any], pyauth: Mapping[str, Any]) -> bool:
    return not upstream["cookies"] and [
        (cookie["name"], "signed" in cookie["value"]) for cookie in pyauth["cookies"]
    ] == [("better-auth.session_token", True)]


def expired(upstream: Mapping[str, Any], pyauth: Mapping[str, Any]) -> bool:
    return not upstream["cookies"] and [
        (cookie["name"], cookie["value"]) for cookie in pyauth["cookies"]
    ] == [
        (f"better-auth.{name}", "") for name in ("session_token", "session_data", "dont_remember")
    ]


def plain_one_too(upstream: Mapping[str, Any], pyauth: Mapping[str, Any]) -> bool:
    *ours, last = pyauth["cookies"]
    same = [cookie["name"] for cookie in ours] == [cookie["name"] for cookie in upstream["cookies"]]
    return same and (last["name"], last["value"]) == ("better-auth.session_token", "")


def told_once(upstream: Mapping[str, Any], pyauth: Mapping[str, Any]) -> bool:
    last = {cookie["name"]: cookie["attributes"] for cookie in upstream["cookies"]}
    ours = {cookie["name"]: cookie["attributes"] for cookie in pyauth["cookies"]}
    return last == ours and len(pyauth["cookies"]) == len(ours) < len(upstream["cookies"])


def marked_first(upstream: Mapping[str, Any], pyauth: Mapping[str, Any]) -> bool:
    ours = [cookie["name"] for cookie in pyauth["cookies"]]
    return ours == ["before", *(cookie["name"] for cookie in upstream["cookies"])]


def cached_anew(upstream: Mapping[str, Any], pyauth: Mapping[str, Any]) -> bool:
    return (
        upstream["status"] == 200
        and not upstream["cookies"]
        and [(cookie["name"], bool(cookie["value"])) for cookie in pyauth["cookies"]]
        == [("better-auth.session_data", True)]
    )


def cache_expired(upstream: Mapping[str, Any], pyauth: Mapping[str, Any]) -> bool:
    return not upstream["cookies"] and [
        (cookie["name"], cookie["value"]) for cookie in pyauth["cookies"]
    ] == [("better-auth.session_data", "")]


def fell_back(upstream: Mapping[str, Any], pyauth: Mapping[str, Any]) -> bool:
    answered = upstream.get("status") == 200 and upstream.get("body") is None
    return answered and isinstance(pyauth.get("body"), Mapping)


def same_links(upstream: Mapping[str, Any], pyauth: Mapping[str, Any]) -> bool:
    """Whether the mailed links say the same but for the user and the escaping of the callback."""

    def links(side: Mapping[str, Any]) -> list[list[str]]:
        found = []
        for message in side["sent"]:
            head, _, callback = message.get("url", "").partition("&callbackURL=")
            bare = [
                re.sub(r'"sub": "[^"]*", ', "", text) for text in (head, message.get("token", ""))
            ]
            found.append([*bare, unquote(callback)])
        return found

    return links(upstream) == links(pyauth)


NO_ROUTE = answers(404, 404)
LIMITED = answers(429, 429)
