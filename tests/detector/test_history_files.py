"""
A file as a history: in order however its rows lie, with every row that cannot be read named by its line.
"""

import json
from datetime import UTC, datetime

import pytest

from detector.histories import arrow, points_of, read, unread_of
from rollguard_detector.core.history import Span
from rollguard_detector.history.files import FileHistory
from rollguard_runtime.errors import Permanent, Temporary

EVER = Span(0.0, 1e10)
HEADER = "workload,metric,time,value,revision,labels\n"


@pytest.fixture
def write(tmp_path):
    def written(text, name="history.csv"):
        (tmp_path / name).write_text(text)
        return FileHistory(str(tmp_path / name))

    return written


async def _read(source, span=EVER):
    stretches = await read(source, span)
    return points_of(stretches), unread_of(stretches)


async def test_rows_come_out_in_event_time_whatever_their_order(write):
    points, unread = await _read(write(HEADER + "shop/a,m,30,3,,\nshop/b,m,10,1,,\nshop/a,m,20,2,,\nshop/a,m,10,0,,\n"))
    assert [(one.workload, one.time_unix_seconds, one.value) for one in points] == [
        ("shop/a", 10.0, 0.0),
        ("shop/b", 10.0, 1.0),
        ("shop/a", 20.0, 2.0),
        ("shop/a", 30.0, 3.0),
    ]
    assert unread == []


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("shop/a,m,noon,1,,", "time 'noon' is neither epoch seconds nor ISO 8601; write epoch seconds or ISO 8601"),
        ("shop/a,m,1700000000000,1,,", "is no instant of ours; write seconds, not milliseconds"),
        ("shop/a,m,-5,1,,", "is no instant of ours"),
        ("shop/a,m,5,much,,", "value 'much' is no number; write a finite number, or leave the row out: missing is no zero"),
        ("shop/a,m,5,NaN,,", "value nan is not finite"),
        ("a,m,5,1,,", "workload 'a' is not of the right form; write namespace/name, such as shop/fraud-scorer"),
        ("shop/a,,5,1,,", "missing required field `metric`"),
        ("shop/a,m,5,1,,shard", "labels 'shard' are no pairs of name=value; write name=value;name=value, or a JSON object"),
        ('shop/a,m,5,1,,"{""a"":[]}"', "are no JSON object of texts"),
        ("shop/a,m,5", "has 3 columns, fewer than the header; write as many cells"),
    ],
)
async def test_a_row_that_cannot_be_read_is_named_with_the_mend_and_the_rest_is_read(write, row, words):
    source = write(HEADER + "shop/a,m,1,1,,\n" + row + "\nshop/a,m,9,1,,\n")
    points, (unread,) = await _read(source)
    assert [one.time_unix_seconds for one in points] == [1.0, 9.0]
    assert unread.startswith(f"{source.name}: line 3: ")
    assert words in unread


async def test_columns_are_found_by_name_in_any_order_and_case_and_remarks_are_passed_over(write):
    points, _ = await _read(
        write("# exported\nValue,Kind,Timestamp,METRIC,Workload,team\n4,counter,1970-01-01T00:00:05Z,m,shop/a,x\n")
    )
    (one,) = points
    assert (one.value, one.kind, one.time_unix_seconds, one.metric, one.workload, one.labels) == (
        4,
        "counter",
        5,
        "m",
        "shop/a",
        {},
    )


@pytest.mark.parametrize("labels", ["shard=a; zone = b ", '"{""shard"": ""a"", ""zone"": ""b""}"'])
async def test_labels_are_written_as_pairs_or_as_json(write, labels):
    ((one,), _) = await _read(write(HEADER + f"shop/a,m,5,1,7,{labels}\n"))
    assert one.labels == {"shard": "a", "zone": "b"}
    assert one.revision == "7"


async def test_a_map_and_a_date_of_a_parquet_file_are_read(tmp_path):
    pa, parquet = arrow()
    table = pa.table(
        {
            "workload": ["shop/a", "shop/a", "shop/a"],
            "metric": ["m", "m", "m"],
            "time": pa.array([datetime(1970, 1, 1, 0, 0, second, tzinfo=UTC) for second in (2, 1, 3)]),
            "value": [2.0, 1.0, None],
            "labels": pa.array([{"shard": "a"}, None, None], pa.map_(pa.string(), pa.string())),
        }
    )
    parquet.write_table(table, tmp_path / "x.parquet")
    points, (unread,) = await _read(FileHistory(str(tmp_path / "x.parquet")))
    assert [(one.time_unix_seconds, one.labels) for one in points] == [(1.0, {}), (2.0, {"shard": "a"})]
    assert unread.endswith("x.parquet: row 3: value is missing; write a finite number, or leave the row out: missing is no zero")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty: begin with a line of column names"),
        ("time,value\n1,2\n", "has no column workload and no column metric, only time, value: name them so"),
    ],
)
async def test_a_file_that_is_no_history_is_given_up_with_the_mend(write, text, words):
    with pytest.raises(Permanent, match=words):
        await read(write(text))


async def test_a_file_that_is_not_there_may_come(tmp_path):
    with pytest.raises(Temporary, match="cannot be read: No such file"):
        await read(FileHistory(str(tmp_path / "none.csv")))


async def test_a_long_file_gives_signs_of_life_while_it_is_read_and_never_cuts_an_instant(write):
    rows = "".join(f"shop/a,m{number % 7000},{5 + number // 7000},1,,\n" for number in range(14_000))
    stretches = await read(write(HEADER + rows), EVER)
    assert [len(stretch.points) for stretch in stretches] == [0, 0, 0, 7000, 7000]
    assert json.dumps([stretch.until_seconds for stretch in stretches]) == "[0.0, 0.0, 0.0, 6.0, 10000000000.0]"
