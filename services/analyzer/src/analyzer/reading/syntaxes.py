"""Supported transfer syntaxes, with one decoder each: different decoders can return different values."""

from pydicom import uid

NATIVE = frozenset(
    {
        uid.ImplicitVRLittleEndian,
        uid.ExplicitVRLittleEndian,
        uid.ExplicitVRBigEndian,
        uid.DeflatedExplicitVRLittleEndian,
    }
)
JPEG = frozenset({uid.JPEGBaseline8Bit, uid.JPEGLossless, uid.JPEGLosslessSV1})
JPEG_LS = frozenset({uid.JPEGLSLossless, uid.JPEGLSNearLossless})
JPEG_2000 = frozenset({uid.JPEG2000Lossless, uid.JPEG2000})

PLUGINS = (
    {uid.RLELossless: "pylibjpeg"}
    | dict.fromkeys(JPEG, "gdcm")
    | dict.fromkeys(JPEG_LS, "pyjpegls")
    | dict.fromkeys(JPEG_2000, "pylibjpeg")
)
