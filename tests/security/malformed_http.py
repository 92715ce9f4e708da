"""Strategies for HTTP/1.1 requests that break a rule here and there: in the request line, the head, or the framing."""

from hypothesis import strategies as st

from tests.security.odd_strategies import TOKENS, mostly, rarely

METHODS = st.sampled_from([b"GET", b"POST", b"PUT", b"DELETE", b"HEAD"])
ODD_METHODS = st.one_of(st.sampled_from([b"TRACE", b"CONNECT", b"PRI", b"get"]), TOKENS)
TARGETS = st.sampled_from([b"/auth/login", b"/auth/register", b"/jobs", b"/upload", b"/users/1", b"/health"])
ODD_TARGETS = st.one_of(
    st.sampled_from([b"*", b"http://x/jobs", b"//jobs", b"/jobs?limit=%FF", b"/./jobs", b"/jobs;a"]),
    TOKENS.map(lambda odd: b"/jobs/" + odd),
    TOKENS,
)
ODD_VERSIONS = st.one_of(st.sampled_from([b"HTTP/1.0", b"HTTP/0.9", b"HTTP/2.0", b"HTTP/1.1 x"]), TOKENS)
ODD_ENDS = st.sampled_from([b"\n", b"\r", b"\r\n ", b"\n\r"])

HEADERS = st.sampled_from(
    [
        b"Content-Type: application/json",
        b"Content-Type: multipart/form-data; boundary=x",
        b"Content-Type: application/json; charset=utf-7",
        b"Expect: 100-continue",
        b"Expect: 200-ok",
        b"Upgrade: h2c",
        b"Authorization: Bearer a.b.c",
        b"Accept-Language: en;q=nan, \xff",
        b"Accept-Encoding: \xff;q=2",
        b"Range: bytes=-0,0-,5-1",
        b"If-Modified-Since: 99 Foo 99999",
        b"Idempotency-Key: " + b"k" * 300,
        b"X-Min-Revision: 9" + b"9" * 400,
        b"X-Forwarded-For: a:b:zz",
        b"X-Request-ID: \xff",
        b'Cookie: a="',
        b"traceparent: 00-" + b"0" * 32,
    ]
)
ODD_HEADERS = st.one_of(st.tuples(TOKENS, TOKENS).map(b": ".join), TOKENS)
ODD_FRAMING = st.sampled_from(
    [
        b"Content-Length: -1",
        b"Content-Length: +5",
        b"Content-Length: 5, 6",
        b"Content-Length: 0x5",
        b"Content-Length: 99999999999999999999999",
        b"Transfer-Encoding : chunked",
        b"Transfer-Encoding: xchunked",
        b"Transfer-Encoding:\tchunked",
        b"Transfer-Encoding: chunked, identity",
        b"Transfer-Encoding: identity",
        b"Trailer: Content-Length",
    ]
)
BODIES = st.one_of(
    st.binary(max_size=64),
    st.sampled_from([b'{"username": "a", "password": "b"}', b"{}", b"[" * 2000, b'{"username": 1e999}', b'"\\ud800"']),
)
ODD_SIZES = st.sampled_from([b"-1", b"0x1", b" 1", b"1 ", b"1;a=b", b"1;" + b"x" * 9000, b"F" * 17, b"z", b"0" * 40])
LAST_CHUNKS = st.sampled_from([b"0\r\n\r\n", b"0\r\nContent-Length: 5\r\n\r\n", b"0\r\n" + b"a: b\r\n" * 50 + b"\r\n"])


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """Draw some requests on one connection, the last one perhaps cut."""
    drawn = b"".join(draw(st.lists(_request(), min_size=1, max_size=3)))
    return drawn[: draw(st.integers(1, len(drawn)))] if draw(rarely()) else drawn


@st.composite
def _request(draw: st.DrawFn) -> bytes:
    end = draw(mostly(st.just(b"\r\n"), ODD_ENDS))
    version = draw(mostly(st.just(b"HTTP/1.1"), ODD_VERSIONS))
    line = b" ".join((draw(mostly(METHODS, ODD_METHODS)), draw(mostly(TARGETS, ODD_TARGETS)), version))
    headers = draw(st.lists(mostly(HEADERS, ODD_HEADERS), max_size=5))
    framing, body = draw(_framed())
    return end.join([line, b"Host: x", *headers, *framing, b"", b""]) + body


@st.composite
def _framed(draw: st.DrawFn) -> tuple[list[bytes], bytes]:
    """Draw the headers that say where a body ends, and the body."""
    body = draw(BODIES)
    odd = [draw(ODD_FRAMING)] if draw(rarely()) else []
    if draw(st.booleans()):
        length = max(0, len(body) + draw(mostly(st.just(0), st.sampled_from([-1, 1, 1000]))))
        return [b"Content-Length: %d" % length, *odd], body
    size = draw(mostly(st.just(b"%x" % len(body)), ODD_SIZES))
    chunk = size + b"\r\n" + body + draw(mostly(st.just(b"\r\n"), ODD_ENDS))
    return [b"Transfer-Encoding: chunked", *odd], (chunk if body else b"") + draw(LAST_CHUNKS)
