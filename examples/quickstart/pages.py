"""The site's pages. Forms post to these views, which call ``auth.api``."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from examples.quickstart.extensions import auth
from examples.quickstart.words import VERIFICATION_ERRORS, explain
from flask_pyauth import (
    current_session,
    current_user,
    fresh_session_required,
    login_required,
    next_path,
)
from pyauth import APIError

pages = Blueprint("pages", __name__)

Page = str | tuple[str, int] | Response


@pages.get("/")
def home() -> Page:
    return render_template("home.html")


@pages.get("/sign-up")
def sign_up() -> Page:
    if current_user:
        return redirect(url_for("pages.account"))
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
    return redirect(url_for("pages.account"))


@pages.get("/sign-in")
def sign_in() -> Page:
    if current_user:
        return redirect(next_path(url_for("pages.account")))
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
    return redirect(next_path(url_for("pages.account")))


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


@pages.get("/account")
@fresh_session_required
def account() -> Page:
    sessions = sorted(
        auth.api.list_sessions(),
        key=lambda session: (session.id == current_session.id, session.created_at),
        reverse=True,
    )
    return render_template("account.html", sessions=sessions)


@pages.post("/account/sessions/<session_id>/end")
@fresh_session_required
def end_session(session_id: str) -> Page:
    # The page names sessions by id; tokens never leave the server.
    tokens = [item.token for item in auth.api.list_sessions() if item.id == session_id]
    for token in tokens:
        auth.api.revoke_session(body={"token": token})
        flash("That session is ended.")
    return redirect(url_for("pages.account"))


@pages.post("/account/sessions/end-others")
@fresh_session_required
def end_other_sessions() -> Page:
    auth.api.revoke_other_sessions()
    flash("All other sessions are ended.")
    return redirect(url_for("pages.account"))


@pages.get("/confirm-password")
@login_required
def confirm_password() -> Page:
    return render_template("confirm_password.html", errors={})


@pages.post("/confirm-password")
@login_required
def submit_confirm_password() -> Page:
    old_token = current_session.token
    short_lived = auth.context.cookies.dont_remember.name in request.cookies
    try:
        auth.api.sign_in_email(
            body={
                "email": current_user.email,
                "password": request.form.get("password", ""),
                "remember_me": not short_lived,
            }
        )
    except APIError as error:
        errors = explain(error)
        if error.code == "INVALID_EMAIL_OR_PASSWORD":
            errors = {"password": "That is not your password."}
        return render_template("confirm_password.html", errors=errors), error.status
    auth.api.revoke_session(body={"token": old_token})
    return redirect(next_path(url_for("pages.account")))
