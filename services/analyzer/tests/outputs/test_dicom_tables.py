from highdicom._standard_utils import get_iod_module_map, get_module_attribute_map, get_sop_class_iod_map

from analyzer.outputs.dicom_tables import load_dicom_tables


def test_the_tables_that_writing_needs_are_read_before_an_analysis() -> None:
    tables = (get_sop_class_iod_map, get_iod_module_map, get_module_attribute_map)
    for table in tables:
        table.cache_clear()
    load_dicom_tables()
    assert [table.cache_info().currsize for table in tables] == [1, 1, 1]
