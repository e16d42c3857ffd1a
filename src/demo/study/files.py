"""A study on disk and in W&B."""

from pathlib import Path

from demo.study.figure import figure_2a, save
from demo.study.rows import Study
from demo.study.table import as_csv, as_markdown, columns, values
from demo.utils.files import write_text

CSV, MARKDOWN, FIGURE = "study.csv", "study.md", "figure_2a.png"


def write_study(study: Study, folder: Path) -> list[Path]:
    """Write ``study.csv``, ``study.md`` and, where something was published to compare with, ``figure_2a.png`` and
    ``.pdf``; each is replaced whole.

    Returns:
        What was written.

    Raises:
        DemoError: a file cannot be written.
    """
    for name, text in ((CSV, as_csv(study)), (MARKDOWN, as_markdown(study))):
        write_text(folder / name, text)
    pictures = [folder / FIGURE, (folder / FIGURE).with_suffix(".pdf")]
    figure = figure_2a(study)
    if figure is None:
        # One of an earlier study would be taken for this one's.
        for path in pictures:
            path.unlink(missing_ok=True)
        pictures = []
    else:
        save(figure, folder / FIGURE)
    return [folder / CSV, folder / MARKDOWN, *pictures]


def log_study(study: Study, folder: Path, project: str, group: str | None) -> None:
    """Log the table, the picture and the counts to W&B, as the run ``study``; offline unless the user is logged in.

    Args:
        study: as written by ``write_study``.
        folder: where it was written; W&B's files go there too.
        project: the W&B project.
        group: of the runs that it is about.
    """
    import wandb

    from demo.utils.wandb import start

    run = start(folder, "study", project=project, group=group, config={}, tags=["study"]).experiment
    names = columns(study)
    rows = [[values(row).get(name) for name in names] for row in (*study.real, *study.simulated)]
    run.log({"study": wandb.Table(columns=list(names), data=rows)})
    if (folder / FIGURE).exists():
        run.log({"figure_2a": wandb.Image(str(folder / FIGURE))})
    if study.comparison:
        numbers = study.comparison
        run.summary.update({"wins": numbers.wins, "losses": numbers.losses, "ties": numbers.ties})
        run.summary.update({"median_auroc": numbers.median, "median_deepbind": numbers.published_median})
        run.summary.update({"mean_difference": numbers.mean_difference, "coverage": study.coverage})
    run.finish()
