import pytest

from chassis.commands.text import (
    LINE_BREAKS_AND_TAB,
    has_control_characters,
    has_direction_controls,
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


@pytest.mark.parametrize("character", [*map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))])
def test_a_direction_control_is_found(character: str) -> None:
    assert has_direction_controls(f"a{character}gnp.exe")


@pytest.mark.parametrize("text", ["أشعة 1.dcm", "CT \u200fצילום\u200e (2).zip", "\u061cصورة", "a\u200db"])
def test_a_name_with_direction_marks_has_no_direction_controls(text: str) -> None:
    assert not has_direction_controls(text)


@pytest.mark.parametrize("text", ["", "CT 1", "снимок", "é", "医療", "🩻"])
def test_a_visible_text_has_no_forbidden_characters(text: str) -> None:
    assert not has_control_characters(text)
    assert not has_unwritable_characters(text)
    assert not has_invisible_characters(text)
