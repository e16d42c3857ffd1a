"""Download ENCODE data sets as DeepBind cut them: python fetch.py tf=CTCF"""

from demo.commands.doors import main

if __name__ == "__main__":
    main("fetch")
