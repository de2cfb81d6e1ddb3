"""The mail that carries a link to verify an address, and telling the app that one was opened.

Source: Better Auth 1.6.9, ``api/routes/email-verification.ts``.
"""

from functools import partial

from pyauth.events import EmailVerificationEvent, VerificationEmail
from pyauth.http.call import Call
from pyauth.models import User
from pyauth.outbound import EventKind
from pyauth.routes.verification_links import MailedLink, link_to_verify

VERIFICATION_EMAIL = EventKind("verification-email", VerificationEmail)


def can_send_verification_email(call: Call) -> bool:
    """Return whether the app can send the mail."""
    return call.context.options.email_verification.send_verification_email is not None


def queue_verification_email(call: Call, user: User, callback_url: str | None) -> None:
    """Queue the mail that asks a user to verify his address; nothing without a sender.

    Args:
        call: the call that causes it.
        user: whose address it is.
        callback_url: where the opened link leads in the end; the site's root by default.
    """
    if can_send_verification_email(call):
        queue_link(call, user, link_to_verify(call, user.email, callback_url))


def queue_link(call: Call, user: User, link: MailedLink) -> None:
    """Queue the mail with a link that was made for it.

    Args:
        call: the call that causes it.
        user: with the address to write to.
        link: the link.
    """
    mail = VerificationEmail(user, url=link.url, token=link.token, request=call.request_info)
    call.tell(VERIFICATION_EMAIL, mail)


def tell_of_verification(call: Call, user: User) -> None:
    """Tell the app, once it is committed, that a user's address is verified."""
    tell = call.context.options.email_verification.after_email_verification
    if tell is not None:
        event = EmailVerificationEvent(user, call.request_info)
        call.context.adapter.after_commit(partial(tell, event))
