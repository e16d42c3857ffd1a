"""Show what a trained run has learned, and why it says what it says: python visualize.py run=<run directory>"""

import hydra
from omegaconf import DictConfig


@hydra.main(version_base="1.3", config_path="conf", config_name="visualize")
def main(config: DictConfig) -> None:
    from demo.cli import bad_input_ends
    from demo.commands import visualize_command

    with bad_input_ends("Stopped; what is written already stays."):
        visualize_command(config)


if __name__ == "__main__":
    from demo.cli import run

    run(main)
