"""Strategies for forms (multipart/form-data, RFC 7578) that break a rule here and there."""

from hypothesis import strategies as st

from tests.security.odd_strategies import TOKENS, mostly, rarely

BOUNDARY = b"multipart/form-data; boundary=x"
ODD_TYPES = st.sampled_from(
    [
        b'multipart/form-data; boundary="x"',
        b"multipart/form-data; boundary=",
        b"multipart/form-data",
        b"multipart/mixed; boundary=x",
        b"multipart/form-data; boundary=x; boundary=y",
        b"multipart/form-data; boundary=" + b"x" * 300,
        b"multipart/form-data; boundary=\xff",
    ]
)
TYPES = mostly(st.just(BOUNDARY), ODD_TYPES)
DELIMITERS = mostly(
    st.just(b"--x\r\n"), st.sampled_from([b"--x--\r\n", b"--x", b"--xx\r\n", b"--x \r\n", b"\r\n--x\r\n", b"-"])
)
DISPOSITIONS = st.sampled_from(
    [
        b'form-data; name="file"; filename="a.dcm"',
        b'form-data; name="file"; filename="../../a"',
        b"form-data; name=\"file\"; filename*=UTF-8''%ff%00",
        b'form-data; name="file"; filename="a" ; filename="b"',
        b'form-data; name="title"',
        b'form-data; name="description"',
        b'form-data; name="title"; name="file"',
        b"form-data",
        b"attachment; name=file",
        b'form-data; name="' + b"x" * 3000 + b'"',
    ]
).map(lambda value: b"Content-Disposition: " + value)
ODD_HEADERS = st.one_of(
    st.sampled_from([b"Content-Type: text/plain; charset=utf-16", b"Content-Transfer-Encoding: base64", b": x", b"x"]),
    TOKENS,
)
CONTENTS = st.one_of(st.binary(max_size=40), st.sampled_from([b"--x", b"\r\n--", b"\x00" * 100, b"a" * 20_000]))


@st.composite
def forms(draw: st.DrawFn) -> bytes:
    """Draw a form with the boundary `x`, perhaps cut."""
    drawn = b"".join(draw(st.lists(_parts(), max_size=6))) + draw(mostly(st.just(b"--x--\r\n"), TOKENS))
    return drawn[: draw(st.integers(0, len(drawn)))] if draw(rarely()) else drawn


@st.composite
def _parts(draw: st.DrawFn) -> bytes:
    headers = [draw(DISPOSITIONS), *([draw(ODD_HEADERS)] if draw(rarely()) else [])]
    end = draw(mostly(st.just(b"\r\n"), st.sampled_from([b"\n", b"", b"\r"])))
    return draw(DELIMITERS) + b"".join(header + b"\r\n" for header in headers) + end + draw(CONTENTS) + b"\r\n"
