"""The validation of a profile's fields."""

from collections.abc import Callable

import pytest

from chassis.commands.errors import InvalidValue
from chassis.commands.message import Message
from identity import messages
from identity.domain import profile


def assert_refused(validate: Callable[[str], str], text: str, *expected: Message) -> None:
    with pytest.raises(InvalidValue) as refused:
        validate(text)
    assert refused.value.message in expected


@pytest.mark.parametrize("control", "\u202a\u202b\u202d\u202e\u2066\u2067\u2068")
def test_a_full_name_reverses_no_letters(control: str):
    assert profile.full_name("Dr. Иван O'Neil-Müller") == "Dr. Иван O'Neil-Müller"
    assert_refused(profile.full_name, f"a{control}gnp.exe", messages.NAME_WITH_DIRECTION_CONTROLS)
    assert_refused(profile.full_name, "a\nb", messages.LINE_WITH_CONTROL_CHARACTERS)


def test_emails_are_compared_without_case():
    assert profile.email_key("Doctor@EXAMPLE.com") == profile.email_key("doctor@example.com")


@pytest.mark.parametrize("address", ["", "a", "a@", "@b.com", "a b@c.com", "a@b", "a@b.com\x00", "Eve <e@b.com>"])
def test_an_invalid_email_is_refused(address: str):
    assert_refused(profile.email, address, messages.INVALID_EMAIL)


def test_a_text_may_have_line_breaks_and_tabs_but_no_other_control_characters():
    assert profile.plain_text("one\ntwo\tthree") == "one\ntwo\tthree"
    assert_refused(profile.plain_text, "one\x00two", messages.TEXT_WITH_CONTROL_CHARACTERS)
    assert_refused(profile.one_line, "one\ntwo", messages.LINE_WITH_CONTROL_CHARACTERS)


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "/etc/passwd", "https://a b", "http://a\n"]
)
def test_an_avatar_must_be_an_http_url(address: str):
    assert_refused(profile.web_address, address, messages.NOT_A_WEB_ADDRESS)
