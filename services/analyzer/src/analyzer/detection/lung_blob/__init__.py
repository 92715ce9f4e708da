from analyzer.detection.lung_blob.segmenter import LungBlob

__all__ = ["LungBlob"]
