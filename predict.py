"""Score new sequences, regions of a genome, or variants with a trained run: python predict.py run=<run> input=x.fa"""

from demo.commands.doors import main

if __name__ == "__main__":
    main("predict")
