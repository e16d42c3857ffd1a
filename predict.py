"""Score new sequences, places in a genome, or variants with a trained run: python predict.py run=<run> input=x.fa"""

import hydra
from omegaconf import DictConfig


@hydra.main(version_base="1.3", config_path="conf", config_name="predict")
def main(config: DictConfig) -> None:
    from demo.cli import bad_input_ends
    from demo.scoring.predict import predict_command

    with bad_input_ends("Stopped; no output was written."):
        predict_command(config)


if __name__ == "__main__":
    from demo.cli import run

    run(main)
