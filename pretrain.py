"""Pretrain a trunk on several data sets, to fine-tune with train.py pretrained=base: python pretrain.py"""

from demo.commands.doors import main

if __name__ == "__main__":
    main("pretrain")
