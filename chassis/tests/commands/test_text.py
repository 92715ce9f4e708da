import pytest

from chassis.commands.text import (
    LINE_BREAKS_AND_TAB,
    has_control_characters,
    has_invisible_characters,
    has_unwritable_characters,
    nfc,
)


def test_nfc_makes_canonically_equivalent_texts_equal() -> None:
    assert nfc("e\u0301") == nfc("é") == "é"


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x7f", "\n", "\r", "\t"])
def test_a_control_character_is_found(character: str) -> None:
    assert has_control_characters(f"a{character}b")
    assert has_control_characters(f"a{character}b", allowed=LINE_BREAKS_AND_TAB) == (character not in "\n\r\t")


@pytest.mark.parametrize("character", ["\x00", "\n", "\ud800", "\u2028", "\u2029"])
def test_an_unwritable_character_is_found(character: str) -> None:
    assert has_unwritable_characters(f"a{character}b")
    assert has_invisible_characters(f"a{character}b")


@pytest.mark.parametrize("character", ["\u200b", "\u202e", "\ue000", "\u0378"])
def test_an_invisible_character_is_found_although_it_can_be_written(character: str) -> None:
    assert has_invisible_characters(f"a{character}b")
    assert not has_unwritable_characters(f"a{character}b")


@pytest.mark.parametrize("text", ["", "CT 1", "снимок", "é", "医療", "🩻"])
def test_a_visible_text_has_no_forbidden_characters(text: str) -> None:
    assert not has_control_characters(text)
    assert not has_unwritable_characters(text)
    assert not has_invisible_characters(text)
