"""Encoders of datasets in other transfer syntaxes, with the same stored values."""

import tempfile
from copy import deepcopy
from io import BytesIO
from pathlib import Path

import gdcm
import numpy as np
from PIL import Image
from pydicom import Dataset, dcmread, dcmwrite, uid
from pydicom.encaps import encapsulate

NATIVE = (
    uid.ImplicitVRLittleEndian,
    uid.ExplicitVRLittleEndian,
    uid.ExplicitVRBigEndian,
    uid.DeflatedExplicitVRLittleEndian,
)
ENCODERS = {uid.RLELossless: "pylibjpeg", uid.JPEG2000Lossless: "pylibjpeg", uid.JPEGLSLossless: "pyjpegls"}
JPEG_LOSSLESS = {
    uid.JPEGLossless: gdcm.TransferSyntax.JPEGLosslessProcess14,
    uid.JPEGLosslessSV1: gdcm.TransferSyntax.JPEGLosslessProcess14_1,
}
JPEG_OF_GDCM = {**JPEG_LOSSLESS, uid.JPEGExtended12Bit: gdcm.TransferSyntax.JPEGExtendedProcess2_4}
LOSSLESS = (*NATIVE, *ENCODERS, *JPEG_LOSSLESS)
BASELINE_SLOPE = 12
"""A baseline JPEG has 8 bits: HU is stored as (HU + 1024) / 12."""


def encoded(dataset: Dataset, syntax: uid.UID) -> Dataset:
    """Return a copy of an uncompressed little endian dataset in `syntax`: `LOSSLESS`, 8-bit or 12-bit JPEG.

    The JPEG 2000 encoder refuses images below 32 x 32.
    """
    dataset = deepcopy(dataset)
    if syntax == uid.JPEGExtended12Bit:
        dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 12, 11, 0
        dataset.LossyImageCompression = "01"
    if syntax in JPEG_OF_GDCM:
        return _with_gdcm(dataset, syntax)
    if syntax == uid.JPEGBaseline8Bit:
        return _baseline(dataset)
    if syntax in ENCODERS:
        dataset.compress(syntax, encoding_plugin=ENCODERS[syntax], generate_instance_uid=False)
    if syntax == uid.ExplicitVRBigEndian:
        dataset.PixelData = np.frombuffer(dataset.PixelData, "<i2").astype(">i2").tobytes()
        dataset["PixelData"].VR = "OW"
    dataset.file_meta.TransferSyntaxUID = syntax
    return dataset


def _with_gdcm(dataset: Dataset, syntax: uid.UID) -> Dataset:
    with tempfile.TemporaryDirectory() as folder:
        source, target = str(Path(folder) / "source"), str(Path(folder) / "target")
        dcmwrite(source, dataset, enforce_file_format=True)
        reader = gdcm.ImageReader()
        reader.SetFileName(source)
        if not reader.Read():
            raise ValueError("not readable")
        change = gdcm.ImageChangeTransferSyntax()
        change.SetTransferSyntax(gdcm.TransferSyntax(JPEG_OF_GDCM[syntax]))
        change.SetInput(reader.GetImage())
        if not change.Change():
            raise ValueError("not encodable")
        writer = gdcm.ImageWriter()
        writer.SetFileName(target)
        writer.SetFile(reader.GetFile())
        writer.SetImage(change.GetOutput())
        if not writer.Write():
            raise ValueError("not writable")
        return dcmread(BytesIO(Path(target).read_bytes()))


def _baseline(dataset: Dataset) -> Dataset:
    rows, columns = dataset.Rows, dataset.Columns
    stored = np.frombuffer(dataset.PixelData, "<i2").reshape(-1, rows, columns)
    frames: list[bytes] = []
    for frame in np.clip(np.rint(stored / BASELINE_SLOPE), 0, 255).astype(np.uint8):
        buffer = BytesIO()
        Image.fromarray(frame).save(buffer, "JPEG", quality=100)
        frames.append(buffer.getvalue())
    dataset.PixelData = encapsulate(frames)
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 8, 8, 7, 0
    for groups in dataset.get("PerFrameFunctionalGroupsSequence", []):
        groups.PixelValueTransformationSequence[0].RescaleSlope = str(BASELINE_SLOPE)
    if "RescaleSlope" in dataset:
        dataset.RescaleSlope = str(BASELINE_SLOPE)
    dataset.LossyImageCompression = "01"
    dataset.file_meta.TransferSyntaxUID = uid.JPEGBaseline8Bit
    return dataset
