"""Completion in the shell: ``eval "$(deep-motif completion bash)"``.

Hydra has a script of its own for each command, which knows nothing of a command within another; what a command can be
told still comes from Hydra, so that options of the user's folder and settings of chosen options are among it.
"""

import os
import sys
from itertools import pairwise
from pathlib import Path

from demo.commands.cli import bad_input_ends
from demo.commands.doors import COMMANDS, DOORS
from demo.utils.environment import typed
from demo.utils.errors import DemoError

_QUERY = "query"
_FLAGS = ("--help ", "--config-dir ", "--cfg job ")

_BASH = """\
_deep_motif() {
    local line=${COMP_LINE:0:COMP_POINT} IFS=$'\\n' word before= i
    word=${line##* }
    # Where = separates words, only what stands behind it is completed.
    [[ $COMP_WORDBREAKS == *=* && $word == *=* ]] && before=${word%"${word##*=}"}
    COMPREPLY=($(deep-motif completion query "$line" 2>/dev/null))
    for i in "${!COMPREPLY[@]}"; do COMPREPLY[$i]=${COMPREPLY[$i]#"$before"}; done
}
complete -o nospace -o default -F _deep_motif deep-motif
"""

_ZSH = """\
_deep_motif() {
    local -a found
    found=("${(@f)$(deep-motif completion query "${LBUFFER}" 2>/dev/null)}")
    if [[ -n ${found[1]} ]]; then compadd -S '' -a found; else compset -P '*='; _files; fi
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
compdef _deep_motif deep-motif
"""

_FISH = """\
complete -c deep-motif -a '(deep-motif completion query (commandline -cp) | string trim)'
"""

_SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}

_INSTALL = {
    "bash": 'eval "$(deep-motif completion bash)"   # in ~/.bashrc',
    "zsh": 'eval "$(deep-motif completion zsh)"    # in ~/.zshrc',
    "fish": "deep-motif completion fish | source    # in ~/.config/fish/config.fish",
}


def main(_: str) -> None:
    """Print the script of a shell or, for that script, what a line may be continued with."""
    with bad_input_ends():
        match sys.argv[1:]:
            case [shell] if shell in _SCRIPTS:
                print(_SCRIPTS[shell], end="")
            case [query, line] if query == _QUERY:
                print(*continued(line), sep="\n")
            case [] | ["--help"]:
                print("Complete commands, settings and their values with Tab:\n", *_INSTALL.values(), sep="\n  ")
            case [shell, *_]:
                fix = f"{typed('completion')} bash"
                raise DemoError(f"There is no completion for {shell!r}.", exists=_SCRIPTS, fix=fix)


def continued(line: str) -> list[str]:
    """What the last word of a command line may become.

    Args:
        line: as typed, up to the cursor: ``deep-motif train mod``.

    Returns:
        Whole words, with a space behind those that are complete; none where the shell should complete a file's name.
    """
    *before, word = line.split(" ")
    words = [each for each in before if each][1:]
    if not words:
        return [f"{command} " for command in COMMANDS if command.startswith(word)]
    command = words[0]
    if command == "completion":
        return [f"{shell} " for shell in _SCRIPTS if shell.startswith(word)]
    if command not in DOORS:
        return []
    if word.startswith("-"):
        return [flag for flag in _FLAGS if flag.startswith(word)]
    if word.startswith("tf="):
        return [f"tf={name} " for name in _data_sets() if name.lower().startswith(word[3:].lower())]
    return [each if each[-1] in "=./" else f"{each} " for each in _of_hydra(command, words[1:], word)]


def _of_hydra(command: str, words: list[str], word: str) -> list[str]:
    """Options of groups and settings that begin with ``word``, where these words stand before it."""
    from hydra import initialize_config_dir
    from hydra._internal.core_plugins.bash_completion import BashCompletion
    from hydra.core.global_hydra import GlobalHydra

    from demo.commands.command_line import CONF, as_text, is_path

    if is_path(word):
        return []
    # Hydra completes without the user's own folder.
    folders = [folder for flag, folder in pairwise(words) if flag in ("--config-dir", "-cd")]
    search = [f"hydra.searchpath=[{','.join(f'file://{Path(folder).absolute()}' for folder in folders)}]"]
    settings = [as_text(each) for each in words if "=" in each]
    with initialize_config_dir(str(CONF), version_base="1.3"):
        hydra = BashCompletion(GlobalHydra.instance().config_loader())
        found = hydra._query(command, " ".join([*(search if folders else []), *settings, word]))
    ours = [each for each in found if word.startswith("hydra") or not each.startswith("hydra")]
    # Nothing is said of "study=": the shell may know more.
    return sorted(each for each in ours if each != word or not word.endswith("="))


def _data_sets() -> list[str]:
    """What ``tf=`` may name: the factors of the data sets on disk, if any, otherwise of all that are published."""
    from demo.data.catalogue import on_disk, published
    from demo.data.sources import data_folder

    here = on_disk(data_folder(os.environ.get("DEMO_DATA")))
    return sorted({each.tf for each in here or published()})
