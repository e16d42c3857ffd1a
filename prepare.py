"""Make a data set of one's own ChIP-seq peaks: python prepare.py peaks=peaks.narrowPeak genome=hg38.fa tf=MYTF"""

import hydra
from omegaconf import DictConfig


@hydra.main(version_base="1.3", config_path="conf", config_name="prepare")
def main(config: DictConfig) -> None:
    from demo.cli import bad_input_ends
    from demo.prepare import prepare_command

    with bad_input_ends():
        prepare_command(config)


if __name__ == "__main__":
    from demo.cli import run

    run(main)
