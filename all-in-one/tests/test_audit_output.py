"""CSV of the audit: no text from users is a formula to a spreadsheet, whatever separates its cells."""

import csv
import io

import pytest

from california_gold.audit.output import state_text
from california_gold.cli.output_format import OutputFormat

_FORMULA_STARTS = tuple("=+-@＝＋－＠﹦﹢﹣﹫\t\r\n")


def cells(as_csv: str, delimiter: str) -> list[str]:
    return [cell for row in csv.reader(io.StringIO(as_csv, newline=""), delimiter=delimiter) for cell in row]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize(
    "before", ["", " ", "\u00a0", "\n", "\t", "\r", '"', "'", ' "', "\ufeff", "a;", "a; ", "a\t", "a\n"]
)
@pytest.mark.parametrize("start", "=+-@＝＋－＠﹦﹢﹣﹫")
def test_a_formula_of_a_user_is_text(start: str, before: str, delimiter: str) -> None:
    as_csv = state_text({"title": f'{before}{start}HYPERLINK("x")'}, {}, OutputFormat.CSV)
    assert not [cell for cell in cells(as_csv, delimiter) if cell.lstrip(' \u00a0\ufeff"').startswith(_FORMULA_STARTS)]


@pytest.mark.parametrize("text", ["\tCT", "\rCT", "\nCT"])
def test_a_text_that_begins_with_a_control_character_is_preceded_by_an_apostrophe(text: str) -> None:
    assert cells(state_text({"title": text}, {}, OutputFormat.CSV), ",")[-1] == f"'{text}"


@pytest.mark.parametrize("text", ["CT 1", "a=b", "снимок-1", "a@b.example", "1 - 2", "a; b", '{"a": -1}', "'quoted'"])
def test_other_texts_are_printed_as_they_are(text: str) -> None:
    assert cells(state_text({"title": text}, {}, OutputFormat.CSV), ",")[-1] == text
