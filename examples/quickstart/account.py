"""The pages of who is signed in: his account, and how he changes and leaves it."""

from flask import Blueprint, flash, redirect, render_template, request, url_for

from examples.quickstart.extensions import auth
from examples.quickstart.pages import Page
from examples.quickstart.words import explain
from flask_pyauth import (
    current_session,
    current_user,
    fresh_session_required,
    login_required,
    next_path,
)
from pyauth import APIError

account = Blueprint("account", __name__)


@account.get("/account")
@fresh_session_required
def show() -> Page:
    sessions = sorted(
        auth.api.list_sessions(),
        key=lambda session: (session.id == current_session.id, session.created_at),
        reverse=True,
    )
    return render_template("account.html", sessions=sessions)


@account.post("/account/sessions/<session_id>/end")
@fresh_session_required
def end_session(session_id: str) -> Page:
    # The page names sessions by id; tokens never leave the server.
    tokens = [item.token for item in auth.api.list_sessions() if item.id == session_id]
    for token in tokens:
        auth.api.revoke_session(body={"token": token})
        flash("That session is ended.")
    return redirect(url_for("account.show"))


@account.post("/account/sessions/end-others")
@fresh_session_required
def end_other_sessions() -> Page:
    auth.api.revoke_other_sessions()
    flash("All other sessions are ended.")
    return redirect(url_for("account.show"))


@account.post("/account/confirmation-mail")
@login_required
def send_confirmation_mail() -> Page:
    try:
        auth.api.send_verification_email(
            body={"email": current_user.email, "callback_url": url_for("pages.email_verified")}
        )
    except APIError as error:
        flash(" ".join(explain(error).values()))
    else:
        flash("Another link is on its way.")
    return redirect(url_for("account.show"))


@account.get("/account/name")
@login_required
def change_name() -> Page:
    return render_template("change_name.html", errors={}, values=current_user)


@account.post("/account/name")
@login_required
def submit_change_name() -> Page:
    name = request.form.get("name", "").strip()
    if not name:
        errors = {"name": "Enter your name."}
        return render_template("change_name.html", errors=errors, values=request.form), 400
    try:
        auth.api.update_user(body={"name": name})
    except APIError as error:
        page = render_template("change_name.html", errors=explain(error), values=request.form)
        return page, error.status
    flash(f"You are {current_user.name} now.")
    return redirect(url_for("account.show"))


@account.get("/account/email")
@fresh_session_required
def change_email() -> Page:
    return render_template("change_email.html", errors={}, values={})


@account.post("/account/email")
@fresh_session_required
def submit_change_email() -> Page:
    email = request.form.get("email", "").strip()
    try:
        auth.api.change_email(
            body={"new_email": email, "callback_url": url_for("pages.email_verified")}
        )
    except APIError as error:
        page = render_template("change_email.html", errors=explain(error), values=request.form)
        return page, error.status
    flash(f"Look into the mails of {email}: your address changes when you open the link there.")
    return redirect(url_for("account.show"))


@account.get("/account/password")
@login_required
def change_password() -> Page:
    return render_template("change_password.html", errors={}, values={})


@account.post("/account/password")
@login_required
def submit_change_password() -> Page:
    everywhere = "sign_out_others" in request.form
    try:
        auth.api.change_password(
            body={
                "current_password": request.form.get("current_password", ""),
                "new_password": request.form.get("password", ""),
                "revoke_other_sessions": everywhere,
            }
        )
    except APIError as error:
        page = render_template("change_password.html", errors=explain(error), values=request.form)
        return page, error.status
    flash("You have a new password." + " All other devices are signed out." * everywhere)
    return redirect(url_for("account.show"))


@account.get("/account/delete")
@login_required
def delete() -> Page:
    return render_template("delete_account.html", errors={})


@account.post("/account/delete")
@login_required
def submit_delete() -> Page:
    password = request.form.get("current_password", "")
    if not password:  # without one, a session that is fresh would do
        errors = {"current_password": "Enter your password."}
        return render_template("delete_account.html", errors=errors), 400
    try:
        auth.api.delete_user(body={"password": password})
    except APIError as error:
        return render_template("delete_account.html", errors=explain(error)), error.status
    flash("Your account is deleted.")
    return redirect(url_for("pages.home"))


@account.get("/confirm-password")
@login_required
def confirm_password() -> Page:
    return render_template("confirm_password.html", errors={})


@account.post("/confirm-password")
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
    return redirect(next_path(url_for("account.show")))
