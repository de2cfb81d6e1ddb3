"""The extensions of the site, made once and set up by ``create_app``."""

from flask_wtf import CSRFProtect

from flask_pyauth import FlaskPyAuth
from pyauth import EmailAndPassword, EmailVerification, VerificationEmail


def print_mail(mail: VerificationEmail) -> None:
    """Write a mail to the console; a real site sends it."""
    print(f"\nTo: {mail.user.email}\nPlease confirm your address:\n{mail.url}\n", flush=True)


auth = FlaskPyAuth(
    login_view="pages.sign_in",
    reauth_view="pages.confirm_password",
    email_and_password=EmailAndPassword(enabled=True),
    email_verification=EmailVerification(
        send_verification_email=print_mail,
        send_on_sign_up=True,
    ),
)

csrf = CSRFProtect()
