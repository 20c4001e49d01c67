"""
The tools on plain data: rows on stdin, one answer a row on stdout, given before the next row is read.

No Kafka and no configuration. Importing this must stay cheap (no river), as a person waits for it.
"""

from collections.abc import Callable
from typing import TextIO

from rollguard_detector.core.oddity.judgement import Judgement
from rollguard_detector.plain.rows import BadRow, Objective, is_header, read_objective, read_row

_NOTHING_KNOWN_SCORE = "0.000000\n"
_NOTHING_KNOWN_FORECAST = "0.000000,inf,inf,inf\n"


def score(source: TextIO, sink: TextIO, complaints: TextIO) -> int:
    """Answer every row with its score; a row that cannot be read scores 0 and is named. Return the number of such rows."""
    judgement = Judgement()
    return answer_rows(
        source, sink, complaints, lambda _at_seconds, value: f"{judgement.score_then_learn(value):.6f}\n", _NOTHING_KNOWN_SCORE
    )


def forecast(source: TextIO, sink: TextIO, complaints: TextIO, objective: Objective | None, *, probability_only: bool) -> int:
    """Answer every row with probability and quantiles of the time to the breach; a first line may state the objective."""
    from rollguard_detector.core.outlook.forecast import BreachForecaster  # noqa: PLC0415  # numpy is not needed to score

    forecaster = (
        None
        if objective is None
        else BreachForecaster(objective.bound, above=objective.above, horizon_seconds=objective.horizon_seconds)
    )

    def answer(at_seconds: float, value: float) -> str:
        if forecaster is None:
            raise BadRow("no bound is known: give --above or --below, or open with #slo threshold=X direction=above horizon_s=S")
        said = forecaster.forecast_then_learn(at_seconds, value)
        if probability_only:
            return f"{said.probability:.6f}\n"
        return f"{said.probability:.6f},{said.eta_p10_seconds:.0f},{said.eta_p50_seconds:.0f},{said.eta_p90_seconds:.0f}\n"

    def state(line: str) -> None:
        nonlocal forecaster
        told = read_objective(line)
        forecaster = BreachForecaster(told.bound, above=told.above, horizon_seconds=told.horizon_seconds)

    nothing = _NOTHING_KNOWN_SCORE if probability_only else _NOTHING_KNOWN_FORECAST
    return answer_rows(source, sink, complaints, answer, nothing, state=state)


def answer_rows(
    source: TextIO,
    sink: TextIO,
    complaints: TextIO,
    answer: Callable[[float, float], str],
    nothing_known: str,
    *,
    state: Callable[[str], None] | None = None,
) -> int:
    """
    Write one answer a row, flushed, before the next row is read; return how many rows could not be read.

    Such a row is named by its line and answered with `nothing_known`. A header and a line that opens with # get no answer; `state`
    hears the latter.
    """
    write, flush, bad, header_possible = sink.write, sink.flush, 0, True
    for number, line in enumerate(iter(source.readline, ""), start=1):
        try:
            if line.startswith("#"):
                if state is not None:
                    state(line)
                continue
            write(answer(*read_row(line)))
        except BadRow as problem:
            if header_possible and is_header(line):
                header_possible = False
                continue
            bad += 1
            print(f"line {number}: {problem}", file=complaints)
            write(nothing_known)
        header_possible = False
        flush()
    return bad
