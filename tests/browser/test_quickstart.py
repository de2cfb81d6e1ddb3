"""People use the quickstart with a browser."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser

PASSWORD = "correct horse"
NEW_PASSWORD = "battery staple"
EMAIL = "ada@example.com"
PHONE = {"width": 320, "height": 640}


@pytest.fixture
def context(browser: Any) -> Iterator[Any]:
    opened = browser.new_context()
    yield opened
    opened.close()


@pytest.fixture
def page(context: Any) -> Any:
    page = context.new_page()
    page.set_default_timeout(15_000)
    return page


def sign_up(page: Any, site: str, email: str = EMAIL) -> None:
    page.goto(f"{site}/sign-up")
    page.get_by_label("Name").fill("Ada Lovelace")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    page.wait_for_url(f"{site}/account")


def sign_in(page: Any, site: str, password: str = PASSWORD) -> None:
    page.goto(f"{site}/sign-in")
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def link_of(mails: Any, kind: str) -> str:
    """Return the link within the newest mail of a kind."""
    url: str = mails.of_kind(kind)[-1].payload["url"]
    return url


def open_elsewhere(browser: Any, site: str) -> Any:
    page = browser.new_context(
        user_agent="Mozilla/5.0 (X11; Linux x86_64) Firefox/144.0"
    ).new_page()
    sign_in(page, site)
    page.wait_for_url(f"{site}/account")
    return page


def scrolls_sideways(page: Any) -> bool:
    return bool(
        page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    )


def test_a_visitor_signs_up_and_sees_his_account(page: Any, site: str, screenshots: Path) -> None:
    page.goto(site)
    page.screenshot(path=screenshots / "home.png")
    page.get_by_role("link", name="Create an account").click()
    page.screenshot(path=screenshots / "sign-up.png")

    sign_up(page, site)

    assert page.get_by_role("heading", name="Your account").is_visible()
    assert page.get_by_text(EMAIL).is_visible()
    assert page.get_by_text("Not confirmed").is_visible()
    assert page.get_by_text("This device").is_visible()
    page.screenshot(path=screenshots / "account.png", full_page=True)


def test_a_session_elsewhere_is_seen_and_ended(
    browser: Any, page: Any, site: str, screenshots: Path
) -> None:
    sign_up(page, site)
    elsewhere = open_elsewhere(browser, site)

    page.reload()
    assert page.get_by_text("Firefox on Linux").is_visible()
    page.screenshot(path=screenshots / "account-two-sessions.png", full_page=True)
    page.get_by_role("button", name="End the session of Firefox on Linux").click()

    assert page.get_by_role("status").inner_text() == "That session is ended."
    assert page.get_by_text("Firefox on Linux").count() == 0
    elsewhere.reload()
    assert elsewhere.url.startswith(f"{site}/sign-in")
    elsewhere.context.close()


def test_all_other_sessions_are_ended_at_once(browser: Any, page: Any, site: str) -> None:
    sign_up(page, site)
    others = [open_elsewhere(browser, site) for _ in range(2)]

    page.reload()
    page.get_by_role("button", name="End all other sessions").click()

    assert page.get_by_text("This device").is_visible()
    for other in others:
        other.reload()
        assert other.url.startswith(f"{site}/sign-in")
        other.context.close()


def test_signing_out_and_in_again_leads_back_to_the_page(page: Any, site: str) -> None:
    sign_up(page, site)

    page.get_by_role("button", name="Sign out").click()
    assert page.get_by_role("status").inner_text() == "You are signed out."
    page.goto(f"{site}/account")
    assert page.url == f"{site}/sign-in?next=/account"

    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site}/account")


def test_a_wrong_password_is_explained(page: Any, site: str, screenshots: Path) -> None:
    sign_up(page, site)
    page.context.clear_cookies()

    sign_in(page, site, password="not my password")

    alert = page.get_by_role("alert").inner_text()
    assert alert == "The e-mail address or the password is wrong."
    assert page.get_by_label("E-mail address").input_value() == EMAIL
    assert page.get_by_label("Password").input_value() == ""
    page.screenshot(path=screenshots / "wrong-password.png")


def test_mistakes_are_explained_at_their_fields(page: Any, site: str, screenshots: Path) -> None:
    page.goto(f"{site}/sign-up")
    page.get_by_label("Name").fill("Ada")
    page.get_by_label("E-mail address").fill("nonsense")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()

    field = page.get_by_label("E-mail address")
    assert field.get_attribute("aria-invalid") == "true"
    note = page.locator(f"#{field.get_attribute('aria-describedby')}")
    assert note.inner_text() == "Enter an e-mail address such as ada@example.com."
    page.screenshot(path=screenshots / "mistake.png")


def test_the_forms_can_be_used_by_keyboard_alone(page: Any, site: str) -> None:
    page.goto(f"{site}/sign-up")
    page.get_by_label("Name").focus()
    for text in ("Ada Lovelace", EMAIL, PASSWORD):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent.trim()") == "Create account"
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site}/account")


def test_an_account_from_its_beginning_to_its_end(
    page: Any, site: str, mails: Any, screenshots: Path
) -> None:
    sign_up(page, site)
    page.goto(link_of(mails, "verification-email"))
    assert page.get_by_role("heading").inner_text() == "Your address is confirmed"

    page.get_by_role("button", name="Sign out").click()
    sign_in(page, site)
    page.wait_for_url(f"{site}/account")
    assert page.get_by_text("Confirmed", exact=True).is_visible()

    page.get_by_role("link", name="Change your name").click()
    page.get_by_label("Name").fill("Countess Lovelace")
    page.screenshot(path=screenshots / "change-name.png")
    page.get_by_role("button", name="Save the name").click()
    assert page.get_by_role("status").inner_text() == "You are Countess Lovelace now."
    page.screenshot(path=screenshots / "account-changed.png", full_page=True)

    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{site}/sign-in")
    page.get_by_role("link", name="Forgot your password?").click()
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_role("button", name="Send the link").click()
    assert "a link to a new password is on its way" in page.get_by_role("status").inner_text()
    page.goto(link_of(mails, "reset-password-email"))
    page.get_by_label("New password").fill(NEW_PASSWORD)
    page.screenshot(path=screenshots / "new-password.png")
    page.get_by_role("button", name="Save the password").click()
    assert page.get_by_role("status").inner_text() == "You have a new password. Sign in with it."

    sign_in(page, site, NEW_PASSWORD)
    page.wait_for_url(f"{site}/account")
    page.get_by_role("link", name="Delete your account").click()
    page.get_by_label("Your password").fill(NEW_PASSWORD)
    page.screenshot(path=screenshots / "delete-account.png")
    page.get_by_role("button", name="Delete my account").click()
    assert page.get_by_role("status").inner_text() == "Your account is deleted."

    sign_in(page, site, NEW_PASSWORD)
    alert = page.get_by_role("alert").inner_text()
    assert alert == "The e-mail address or the password is wrong."


def test_a_changed_password_signs_the_other_devices_out(
    browser: Any, page: Any, site: str, screenshots: Path
) -> None:
    sign_up(page, site)
    elsewhere = open_elsewhere(browser, site)

    page.get_by_role("link", name="Change your password").click()
    page.get_by_label("Present password").fill(PASSWORD)
    page.get_by_label("New password").fill(NEW_PASSWORD)
    page.screenshot(path=screenshots / "change-password.png")
    page.get_by_role("button", name="Save the password").click()

    status = page.get_by_role("status").inner_text()
    assert status == "You have a new password. All other devices are signed out."
    elsewhere.reload()
    assert elsewhere.url.startswith(f"{site}/sign-in")
    elsewhere.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_fit_a_phone(browser: Any, site: str, screenshots: Path, scheme: str) -> None:
    context = browser.new_context(viewport=PHONE, color_scheme=scheme, is_mobile=True)
    page = context.new_page()
    long_address = f"{'a' * 60}@a-rather-long-name-of-a-host.example.com"
    for path in ("/", "/sign-in", "/sign-up", "/forgot-password", "/new-password?token=x"):
        page.goto(f"{site}{path}")
        assert not scrolls_sideways(page), path
        name = path.strip("/").partition("?")[0] or "home"
        page.screenshot(path=screenshots / f"phone-{scheme}-{name}.png")

    sign_up(page, site, email=long_address)

    for name in ("account", "account/name", "account/email", "account/password", "account/delete"):
        page.goto(f"{site}/{name}")
        assert not scrolls_sideways(page), name
        picture = f"phone-{scheme}-{name.replace('/', '-')}.png"
        page.screenshot(path=screenshots / picture, full_page=True)
    context.close()
