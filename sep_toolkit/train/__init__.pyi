# The public names of this room: read by the package itself (lazy_loader) and by editors.
from . import clips as clips
from . import command as command
from . import identification as identification
from . import loop as loop
from . import losses as losses
from . import packs as packs
from . import priors as priors
from . import speech as speech
from . import voices as voices
from .clips import (
    clips_pack as clips_pack,
    held_clips as held_clips,
    loud_spans as loud_spans,
    rhythm as rhythm,
    source as source,
    sum_of_clicks as sum_of_clicks,
    toy_clips as toy_clips,
)
from .command import (
    ARGUMENTS as ARGUMENTS,
    main as main,
    train_enhancer as train_enhancer,
    train_priors as train_priors,
)
from .identification import (
    kind_wins as kind_wins,
    knows_its_own as knows_its_own,
    matrix_facts as matrix_facts,
    winners as winners,
)
from .loop import (
    BEST as BEST,
    BLOCK_OF_SEEDS as BLOCK_OF_SEEDS,
    CHECKPOINT as CHECKPOINT,
    Curves as Curves,
    HISTORY as HISTORY,
    LAST_SEED as LAST_SEED,
    MAY_CHANGE as MAY_CHANGE,
    Plan as Plan,
    Training as Training,
    TrainingTask as TrainingTask,
    average_runs as average_runs,
    best_line as best_line,
    best_model as best_model,
    draw_history as draw_history,
    held_signals as held_signals,
    print_line as print_line,
    read_checkpoint as read_checkpoint,
)
from .losses import (
    batch_si_sdr_db as batch_si_sdr_db,
    batch_snr_db as batch_snr_db,
    spectral_distance as spectral_distance,
)
from .packs import (
    NOISES as NOISES,
    Pack as Pack,
    clicks as clicks,
    colour as colour,
    crop as crop,
    envelope as envelope,
    hum as hum,
    mixture as mixture,
    mixtures as mixtures,
    mu_law as mu_law,
    noise as noise,
    pick as pick,
    read_pack as read_pack,
    stretch as stretch,
    uniform as uniform,
    unit as unit,
    wave as wave,
    write_pack as write_pack,
)
from .priors import (
    ABSENT as ABSENT,
    RIVAL_DB as RIVAL_DB,
    Samples as Samples,
    TILT as TILT,
    begin_from as begin_from,
    finish_prior as finish_prior,
    first_look as first_look,
    knows as knows,
    label_weights as label_weights,
    mean_spectra as mean_spectra,
    palettes as palettes,
    prior_batch as prior_batch,
    prior_card as prior_card,
    prior_loss as prior_loss,
    prior_of as prior_of,
    prior_task as prior_task,
    rival as rival,
    train_prior as train_prior,
    write_wav as write_wav,
)
from .speech import (
    enhancer_loss as enhancer_loss,
    enhancer_task as enhancer_task,
    finish_enhancer as finish_enhancer,
    si_sdr_gain as si_sdr_gain,
)
from .voices import (
    F0_SCALE_HZ as F0_SCALE_HZ,
    choir_batch as choir_batch,
    choir_excerpt as choir_excerpt,
    finish_voice_net as finish_voice_net,
    held_out as held_out,
    source_filter_loss as source_filter_loss,
    source_filter_task as source_filter_task,
    sung as sung,
)
