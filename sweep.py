"""Search a model for each data set and compare the selected ones with DeepBind: python sweep.py tf=ELK1,MYC"""

from typing import Any

import hydra
from omegaconf import DictConfig


@hydra.main(version_base="1.3", config_path="conf", config_name="sweep")
def main(config: DictConfig) -> Any:
    from demo.sweep.jobs import sweep_job

    return sweep_job(config)


if __name__ == "__main__":
    from demo.cli import run

    run(main)
