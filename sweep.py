"""Search a model for each data set and compare the selected ones with DeepBind: python sweep.py tf=ELK1,MYC"""

from demo.commands.doors import main

if __name__ == "__main__":
    main("sweep")
