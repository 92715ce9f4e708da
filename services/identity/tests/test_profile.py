import pytest

from identity.domain import profile


@pytest.mark.parametrize("name", ["doctor", "Иванов", "a b", "李", "O'Neil", "user@example.com", "é"])
def test_a_username_is_any_visible_text(name: str):
    assert profile.username(name) == name


def test_names_that_look_the_same_are_the_same():
    assert profile.username("e\u0301") == "é"


@pytest.mark.parametrize("name", [" a", "a ", "a\x00", "a\nb", "a\u200bb", "a\u202eb", "\x7f", "a\u2028b", "\ud800"])
def test_a_username_shows_all_of_itself(name: str):
    with pytest.raises(ValueError, match="имя"):
        profile.username(name)


def test_addresses_are_compared_without_case():
    assert profile.email_key("Doctor@EXAMPLE.com") == profile.email_key("doctor@example.com")


@pytest.mark.parametrize("address", ["", "a", "a@", "@b.com", "a b@c.com", "a@b", "a@b.com\x00", "Eve <e@b.com>"])
def test_what_is_no_address_is_refused(address: str):
    with pytest.raises(ValueError, match="адрес"):
        profile.email(address)


def test_texts_may_have_line_breaks_and_nothing_else_invisible():
    assert profile.plain_text("one\ntwo\tthree") == "one\ntwo\tthree"
    with pytest.raises(ValueError, match="текст"):
        profile.plain_text("one\x00two")
    with pytest.raises(ValueError, match="строка"):
        profile.one_line("one\ntwo")


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "/etc/passwd", "https://a b", "http://a\n"]
)
def test_an_avatar_is_on_the_web(address: str):
    with pytest.raises(ValueError, match="http"):
        profile.web_address(address)
