from pathlib import Path
from typing import Any

from demo.training.callbacks import MetricsTable


def test_the_table_of_a_run_that_is_resumed_after_its_last_epoch_is_written(tmp_path: Path) -> None:
    nobody: Any = None
    table = MetricsTable(tmp_path / "metrics.csv")
    table.load_state_dict({"rows": [dict.fromkeys(MetricsTable.COLUMNS, 1.0)]})
    table.on_fit_end(nobody, nobody)
    assert (tmp_path / "metrics.csv").read_text() == ",".join(MetricsTable.COLUMNS) + "\n1.0,1.0,1.0,1.0,1.0,1.0\n"
