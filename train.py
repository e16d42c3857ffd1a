"""Train, test and explain a classifier of one transcription factor: python train.py tf=CTCF"""

import hydra
from omegaconf import DictConfig


@hydra.main(version_base="1.3", config_path="conf", config_name="train")
def main(config: DictConfig) -> None:
    from demo.cli import bad_input_ends
    from demo.commands import train_command

    with bad_input_ends():
        train_command(config)


if __name__ == "__main__":
    from demo.cli import run

    run(main)
