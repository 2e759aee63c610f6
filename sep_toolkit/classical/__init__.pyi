# The public names of this room: read by the package itself (lazy_loader) and by editors.
from . import factorisation as factorisation
from . import hpss as hpss
from . import masks as masks
from . import nmf as nmf
from .factorisation import (
    DIVERGENCES as DIVERGENCES,
    EPS as EPS,
    Factorisation as Factorisation,
    MOST_ITERATIONS as MOST_ITERATIONS,
    STRETCHES as STRETCHES,
    divergence as divergence,
    spectrogram as spectrogram,
    unit_of as unit_of,
    update as update,
)
from .hpss import (
    HPSS as HPSS,
)
from .masks import (
    CombMask as CombMask,
    F0Table as F0Table,
    LOWEST_HZ as LOWEST_HZ,
    ORACLES as ORACLES,
    OVERLAPS as OVERLAPS,
    OracleMask as OracleMask,
    apply_masks as apply_masks,
    check_f0 as check_f0,
    check_window as check_window,
    f0_at as f0_at,
    frame_f0 as frame_f0,
    mask_spectrum as mask_spectrum,
    oracle_masks as oracle_masks,
    share as share,
    slope as slope,
    teeth as teeth,
    tell_gap as tell_gap,
)
from .nmf import (
    DictionaryNMF as DictionaryNMF,
    Informed as Informed,
    InformedNMF as InformedNMF,
    NMF as NMF,
    SourceFilterNMF as SourceFilterNMF,
    check_clips as check_clips,
    group as group,
    learn_atoms as learn_atoms,
    rolled as rolled,
    smooth_basis as smooth_basis,
    templates as templates,
)
