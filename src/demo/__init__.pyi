"""The public names, which are imported on first use, for type checkers and editors."""

from demo.commands.api import prepare as prepare
from demo.commands.api import sweep as sweep
from demo.commands.api import train as train
from demo.compare import ama as ama
from demo.compare import tomtom as tomtom
from demo.interpret.attribution.gradients import integrated_gradients as integrated_gradients
from demo.interpret.attribution.gradients import saliency as saliency
from demo.interpret.attribution.mutagenesis import in_silico_mutagenesis as in_silico_mutagenesis
from demo.interpret.run_motifs import class_motif as class_motif
from demo.motifs import Motif as Motif
from demo.motifs import read_meme as read_meme
from demo.motifs import read_motifs as read_motifs
from demo.runs.trained_model import TrainedModel as TrainedModel
from demo.runs.trained_model import load as load
from demo.scoring.predict import predict as predict
from demo.sequences import encode as encode
from demo.sequences import read_seq_gz as read_seq_gz
from demo.utils.errors import DemoError as DemoError

__version__: str
