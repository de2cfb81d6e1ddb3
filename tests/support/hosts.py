"""An instance under several hosts, whose mails tell which one it took for its own."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from tests.support.app import Answer, Outbox, Visitor, make_auth

HOSTS = ("app.example.com", "*.preview.example.com", "localhost:3000")
PERSON = {"name": "Ada", "email": "ada@example.com", "password": "correct horse"}


class Site:
    """An instance whose verification mails tell which address it took for its own."""

    def __init__(self, **options: Any) -> None:
        self.outbox = Outbox()
        chosen = {"base_url": {"allowed_hosts": HOSTS}, **options}
        self.auth = make_auth(
            verification=self.outbox, email_verification={"send_on_sign_up": True}, **chosen
        )

    def sign_up(
        self,
        url: str = "https://app.example.com",
        headers: Mapping[str, str] | None = None,
        **body: Any,
    ) -> Answer:
        """Sign up under a URL; further headers may contradict it."""
        parts = urlsplit(url)
        return Visitor(self.auth, origin=None).post(
            "/sign-up/email",
            {**PERSON, **body},
            headers={"Host": parts.netloc, **(headers or {})},
            environ={"wsgi.url_scheme": parts.scheme, "SCRIPT_NAME": parts.path},
        )

    @property
    def link(self) -> str:
        """The newest mailed link, without its query."""
        url: str = self.outbox.last.url
        return url.partition("?")[0]

    def link_under(self, url: str, headers: Mapping[str, str] | None = None) -> str:
        """Return the origin of the link that a sign-up under a URL mails."""
        assert self.sign_up(url, headers).status == 200
        return self.link.removesuffix("/api/auth/verify-email")
