"""Show what a trained run has learned, and why it says what it says: python visualize.py run=<run directory>"""

from demo.commands.doors import main

if __name__ == "__main__":
    main("visualize")
