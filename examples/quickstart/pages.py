"""The pages for everybody. Forms post to these views, which call ``auth.api``."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from examples.quickstart.extensions import auth
from examples.quickstart.words import VERIFICATION_ERRORS, explain
from flask_pyauth import current_user, next_path
from pyauth import APIError

pages = Blueprint("pages", __name__)

Page = str | tuple[str, int] | Response


@pages.get("/")
def home() -> Page:
    return render_template("home.html")


@pages.get("/sign-up")
def sign_up() -> Page:
    if current_user:
        return redirect(url_for("account.show"))
    return render_template("sign_up.html", errors={}, values={})


@pages.post("/sign-up")
def submit_sign_up() -> Page:
    name, email = request.form.get("name", "").strip(), request.form.get("email", "").strip()
    if not name:
        errors = {"name": "Enter your name."}
        return render_template("sign_up.html", errors=errors, values=request.form), 400
    try:
        auth.api.sign_up_email(
            body={
                "name": name,
                "email": email,
                "password": request.form.get("password", ""),
                "callback_url": url_for("pages.email_verified"),
            }
        )
    except APIError as error:
        page = render_template("sign_up.html", errors=explain(error), values=request.form)
        return page, error.status
    return redirect(url_for("account.show"))


@pages.get("/sign-in")
def sign_in() -> Page:
    if current_user:
        return redirect(next_path(url_for("account.show")))
    return render_template("sign_in.html", errors={}, values={})


@pages.post("/sign-in")
def submit_sign_in() -> Page:
    try:
        auth.api.sign_in_email(
            body={
                "email": request.form.get("email", "").strip(),
                "password": request.form.get("password", ""),
                "remember_me": "remember" in request.form,
            }
        )
    except APIError as error:
        page = render_template("sign_in.html", errors=explain(error), values=request.form)
        return page, error.status
    return redirect(next_path(url_for("account.show")))


@pages.post("/sign-out")
def sign_out() -> Page:
    auth.api.sign_out()
    flash("You are signed out.")
    return redirect(url_for("pages.home"))


@pages.get("/email-verified")
def email_verified() -> Page:
    error = request.args.get("error")
    if error is None:
        return render_template(
            "notice.html",
            heading="Your address is confirmed",
            message="Thank you. There is nothing else to do.",
        )
    message = VERIFICATION_ERRORS.get(error, VERIFICATION_ERRORS["INVALID_TOKEN"])
    return render_template("notice.html", heading="That link does not work", message=message), 400


@pages.get("/forgot-password")
def forgot_password() -> Page:
    return render_template("forgot_password.html", errors={}, values={})


@pages.post("/forgot-password")
def submit_forgot_password() -> Page:
    email = request.form.get("email", "").strip()
    try:
        auth.api.request_password_reset(
            body={"email": email, "redirect_to": url_for("pages.new_password")}
        )
    except APIError as error:
        page = render_template("forgot_password.html", errors=explain(error), values=request.form)
        return page, error.status
    flash(f"If {email} has an account here, a link to a new password is on its way there.")
    return redirect(url_for("pages.sign_in"))


@pages.get("/new-password")
def new_password() -> Page:
    # The mailed link leads here, with a token as long as it works.
    token = request.args.get("token")
    if not token:
        return ask_for_another_link()
    return render_template("new_password.html", errors={}, token=token)


@pages.post("/new-password")
def submit_new_password() -> Page:
    token = request.form.get("token", "")
    try:
        auth.api.reset_password(
            body={"token": token, "new_password": request.form.get("password", "")}
        )
    except APIError as error:
        if error.code in {"INVALID_TOKEN", "USER_NOT_FOUND"}:
            return ask_for_another_link()
        page = render_template("new_password.html", errors=explain(error), token=token)
        return page, error.status
    flash("You have a new password. Sign in with it.")
    return redirect(url_for("pages.sign_in"))


def ask_for_another_link() -> Page:
    flash("That link has expired or was used already. Ask for another one.")
    return redirect(url_for("pages.forgot_password"))
