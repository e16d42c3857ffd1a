"""Make a data set of one's own ChIP-seq peaks: python prepare.py peaks=peaks.narrowPeak genome=hg38.fa tf=MYTF"""

from demo.commands.doors import main

if __name__ == "__main__":
    main("prepare")
