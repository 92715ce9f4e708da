from analyzer.reading.limits import ReadingLimits
from analyzer.reading.study_reader import Progress, read_study

__all__ = ["Progress", "ReadingLimits", "read_study"]
