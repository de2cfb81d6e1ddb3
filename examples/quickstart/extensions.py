"""The extensions of the site, made once and set up by ``create_app``."""

from flask_wtf import CSRFProtect

from flask_pyauth import FlaskPyAuth
from pyauth import (
    ChangeEmail,
    DeleteUser,
    EmailAndPassword,
    EmailVerification,
    ResetPasswordEmail,
    UserOptions,
    VerificationEmail,
)


def print_mail(address: str, text: str, url: str) -> None:
    """Write a mail to the console; a real site sends it."""
    print(f"\nTo: {address}\n{text}\n{url}\n", flush=True)


def send_verification(mail: VerificationEmail) -> None:
    print_mail(mail.user.email, "Please confirm your address:", mail.url)


def send_password_reset(mail: ResetPasswordEmail) -> None:
    print_mail(mail.user.email, "Choose a new password within an hour:", mail.url)


auth = FlaskPyAuth(
    login_view="pages.sign_in",
    reauth_view="account.confirm_password",
    email_and_password=EmailAndPassword(
        enabled=True,
        send_reset_password=send_password_reset,
        revoke_sessions_on_password_reset=True,
    ),
    email_verification=EmailVerification(
        send_verification_email=send_verification,
        send_on_sign_up=True,
    ),
    user=UserOptions(
        change_email=ChangeEmail(enabled=True),
        delete_user=DeleteUser(enabled=True),
    ),
)

csrf = CSRFProtect()
