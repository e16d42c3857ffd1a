"""Download ENCODE data sets as DeepBind cut them: python fetch.py tf=CTCF"""

import hydra
from omegaconf import DictConfig


@hydra.main(version_base="1.3", config_path="conf", config_name="fetch")
def main(config: DictConfig) -> None:
    from demo.cli import bad_input_ends
    from demo.fetch import fetch_command

    with bad_input_ends():
        fetch_command(config)


if __name__ == "__main__":
    from demo.cli import run

    run(main)
