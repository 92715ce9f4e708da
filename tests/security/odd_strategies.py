"""What the strategies of the fuzzing tests are made of: odd tokens, and how rarely they are drawn."""

from typing import TypeVar

from hypothesis import strategies as st

T = TypeVar("T")

ODD = st.sampled_from(
    [b"", b" ", b"\t", b"\x00", b"\r", b"\n", b"\xff\xfe", "\u202e".encode(), b"%", b"%00", b"'", b"\\"]
)
LONG = st.sampled_from([b"x" * 300, b"x" * 9000, b"/.." * 500, b"9" * 500])
TOKENS = st.one_of(ODD, LONG, st.binary(max_size=12))


def mostly(valid: st.SearchStrategy[T], odd: st.SearchStrategy[T]) -> st.SearchStrategy[T]:
    """Return a strategy that draws what is valid, and rarely what is odd."""
    return rarely().flatmap(lambda breaks: odd if breaks else valid)


def rarely() -> st.SearchStrategy[bool]:
    """Return a strategy that rarely draws True."""
    return st.integers(0, 14).map(lambda number: number == 7)
