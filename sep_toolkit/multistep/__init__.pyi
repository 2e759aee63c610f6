# The public names of this room: read by the package itself (lazy_loader) and by editors.
from . import analysis as analysis
from . import base as base
from . import guard as guard
from . import method as method
from . import refinement as refinement
from . import search as search
from . import tiles as tiles
from .analysis import (
    Band as Band,
    BestOf as BestOf,
    curve as curve,
    fair_table as fair_table,
    lipschitz_band as lipschitz_band,
    positions as positions,
    regret as regret,
    rescore as rescore,
    score_noise as score_noise,
)
from .base import (
    CACHE_MB as CACHE_MB,
    Case as Case,
    Estimate as Estimate,
    Judged as Judged,
    Known as Known,
    SWAPPED as SWAPPED,
    blend as blend,
    candidate as candidate,
    project as project,
    state_of as state_of,
    timed as timed,
)
from .guard import (
    GUARD_DB as GUARD_DB,
    guard_margin as guard_margin,
    holds as holds,
)
from .method import (
    CHANNELS as CHANNELS,
    COUPLINGS as COUPLINGS,
    MultiStep as MultiStep,
    PUBLISHED_SETTINGS as PUBLISHED_SETTINGS,
    faded_in as faded_in,
    published as published,
)
from .refinement import (
    candidates as candidates,
    line_steps as line_steps,
    refined_steps as refined_steps,
)
from .search import (
    Adaptive as Adaptive,
    FIRST_RATIOS as FIRST_RATIOS,
    GRIDS as GRIDS,
    HALVINGS as HALVINGS,
    Listed as Listed,
    SEARCHES as SEARCHES,
    check_ratios as check_ratios,
    grid_ratios as grid_ratios,
    halved as halved,
    make_search as make_search,
    vertex as vertex,
)
from .tiles import (
    ROUNDS as ROUNDS,
    TileSteps as TileSteps,
    band_masks as band_masks,
    choose_tiles as choose_tiles,
    moments as moments,
    split_bands as split_bands,
)
