"""Train, test and explain a classifier of one transcription factor: python train.py tf=CTCF"""

from demo.commands.doors import main

if __name__ == "__main__":
    main("train")
