"""Supported transfer syntaxes, with one decoder each: different decoders can return different values."""

from pydicom import uid
from pydicom.uid import UID

NATIVE = frozenset(
    {
        uid.ImplicitVRLittleEndian,
        uid.ExplicitVRLittleEndian,
        uid.ExplicitVRBigEndian,
        uid.DeflatedExplicitVRLittleEndian,
    }
)
JPEG = frozenset({uid.JPEGBaseline8Bit, uid.JPEGExtended12Bit, uid.JPEGLossless, uid.JPEGLosslessSV1})
JPEG_LS = frozenset({uid.JPEGLSLossless, uid.JPEGLSNearLossless})
HIGH_THROUGHPUT = frozenset({uid.HTJ2KLossless, uid.HTJ2KLosslessRPCL, uid.HTJ2K})
JPEG_2000 = frozenset({uid.JPEG2000Lossless, uid.JPEG2000}) | HIGH_THROUGHPUT

PLUGINS = (
    {uid.RLELossless: "pylibjpeg"}
    | dict.fromkeys(JPEG, "gdcm")
    | dict.fromkeys(JPEG_LS, "pyjpegls")
    | dict.fromkeys(JPEG_2000, "pylibjpeg")
)


def decoder_syntax(syntax: UID) -> UID:
    """Return the syntax under which the decoder is called.

    gdcm reads every process from the codestream and decodes 12-bit JPEG, but pydicom refuses to ask it by that name.
    """
    return uid.JPEGLosslessSV1 if syntax == uid.JPEGExtended12Bit else syntax
